"""References of the macros of ``systems``."""
