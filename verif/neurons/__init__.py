"""Neurons: stimuli."""
