"""How far and how long a proof is looked for, unless the caller says otherwise."""

DEPTH = 20
"""Cycles that are searched for the shortest counterexample."""
TIME_LIMIT = 300.0
"""Seconds for everything that is to be decided."""
