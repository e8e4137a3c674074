"""References of the macros of ``learning``."""
