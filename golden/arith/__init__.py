"""Arithmetic parts: counters, rounding, pseudo-random sources."""
