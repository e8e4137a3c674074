"""Compute-in-memory: specifications and golden models of what surrounds the array."""
