"""Dazzi et al. 2021: ResNet-32 on in-memory-computing cores."""
