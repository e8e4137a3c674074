"""Formal proofs of control logic."""
