"""Binarized networks: bits stand for +1 (1) and -1 (0)."""
