"""Neurons: components."""
