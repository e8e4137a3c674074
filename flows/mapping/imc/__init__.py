"""Convolutional networks on chips of in-memory-computing cores: mapping, placement, timesteps."""
