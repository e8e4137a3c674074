"""Compute-in-memory: hardware of what surrounds the array."""
