"""References of the macros of ``bnn``."""
