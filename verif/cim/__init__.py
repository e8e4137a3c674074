"""Compute-in-memory: stimulus of what surrounds the array."""
