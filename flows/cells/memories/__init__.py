"""Memories of a design on standard cells: what they are, and the SRAM macros that hold them."""
