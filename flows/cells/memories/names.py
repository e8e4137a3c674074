"""Words for what memories become, which a command knows before anything is loaded."""

from enum import StrEnum

SRAM_BITS = 1024
"""Least size of a memory that becomes SRAM without being asked for: below, the smallest macros of
the open kits are larger than flip-flops."""


class MemoryMode(StrEnum):
    """What memories become on standard cells."""

    FLIP_FLOPS = "flip-flops"
    OUTSIDE = "outside"
    SRAM = "sram"


class SramAim(StrEnum):
    """What SRAM macros are chosen for."""

    AREA = "area"
    ENERGY = "energy"
