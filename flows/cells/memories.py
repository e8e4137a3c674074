"""Memories of a design on standard cells: every bit becomes a flip-flop, which must be said."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from neuroloom.flows.errors import UsageError

MOST_BITS = 1 << 14
"""That are mapped unless the caller allows more."""
SHOWN = 6


@dataclass(frozen=True)
class Memory:
    """A memory of the flat design."""

    name: str
    bits: int
    written: bool
    """Whether the design writes it; a table that is read alone becomes gates."""


def read_memories(text: str) -> list[Memory]:
    """Those in yosys JSON of memory cells alone, the largest first."""
    found = []
    for module in json.loads(text)["modules"].values():
        for cell in module["cells"].values():
            values = cell["parameters"]
            found.append(
                Memory(
                    values["MEMID"].removeprefix("\\"),
                    int(values["WIDTH"], 2) * int(values["SIZE"], 2),
                    int(values["WR_PORTS"], 2) > 0,
                )
            )
    return sorted(found, key=lambda memory: (-memory.bits, memory.name))


def refuse_memories(memories: Sequence[Memory], top: str, most_bits: int) -> None:
    """UsageError when so many bits would be mapped for hours."""
    bits = sum(memory.bits for memory in memories)
    if bits > most_bits:
        raise UsageError(
            f"{top} has {bits:,} bits of memory ({_named(memories)}), each of which would become a "
            f"flip-flop or gates on standard cells, more than the {most_bits:,} that are mapped "
            "without being asked for: choose smaller memories, another target, or "
            f"--memory-bits {bits} and hours of time"
        )


def memory_warnings(memories: Sequence[Memory]) -> list[str]:
    """What a report says of the memories that were mapped."""
    written = [memory for memory in memories if memory.written]
    tables = [memory for memory in memories if not memory.written]
    warnings = []
    if written:
        warnings.append(f"memory became flip-flops, for cells have no other: {_named(written)}")
    if tables:
        warnings.append(f"memory that nothing writes became gates: {_named(tables)}")
    return warnings


def _named(memories: Sequence[Memory]) -> str:
    named = [f"{memory.name} {memory.bits:,} bits" for memory in memories[:SHOWN]]
    more = len(memories) - SHOWN
    return ", ".join(named) + (f" and {more} more" if more > 0 else "")
