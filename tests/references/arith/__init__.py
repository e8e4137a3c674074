"""References of the macros of ``arith``."""
