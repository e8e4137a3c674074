"""Memories of parameters: loaded, programmed through a map of addresses, or constant."""
