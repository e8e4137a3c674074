"""References of the macros of ``neurons``."""
