"""References of the macros of ``events``."""
