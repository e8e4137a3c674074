"""References of the macros of ``streams``."""
