"""Neurons: specifications and golden models."""
