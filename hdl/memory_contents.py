"""Memories with the contents that they need from the start, and those that need none."""

from collections.abc import Sequence
from typing import Any

from amaranth.hdl import ShapeLike
from amaranth.lib import memory

WRITTEN_FIRST = "written_first"
"""Attribute of a memory whose contents before the first write are of no consequence."""


def written_first(shape: ShapeLike, depth: int) -> memory.Memory:
    """A memory of which no word has an effect before it was written.

    Emitted Verilog gives it no initial contents: SRAM cannot have any, and they are long to read
    and to synthesize. Whoever calls this promises that what is read too early goes nowhere, from
    power-up on and after every reset, which does not touch memories.
    """
    attributes: dict[str, Any] = {WRITTEN_FIRST: 1}
    return memory.Memory(shape=shape, depth=depth, init=[], attrs=attributes)


def parameter_memory(shape: ShapeLike, depth: int, contents: Sequence[int] | None) -> memory.Memory:
    """A memory that has its ``contents`` from the start; without any it is written first."""
    if contents is None:
        return written_first(shape, depth)
    return memory.Memory(shape=shape, depth=depth, init=contents)
