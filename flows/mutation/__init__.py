"""Mutants: small changes of hardware, each of which the bench of its macro has to notice."""
