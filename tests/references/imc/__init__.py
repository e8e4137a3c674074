"""References of the macros of ``imc``."""
