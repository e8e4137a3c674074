"""References of the macros of ``cim``."""
