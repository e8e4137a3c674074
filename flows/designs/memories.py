"""Memories of a design on standard cells: every bit becomes a flip-flop, which must be said."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from neuroloom.flows.tools.errors import UsageError
from neuroloom.golden.inventory import Inventory

MOST_BITS = 1 << 14
"""That are mapped unless the caller allows more."""
SHOWN = 6


@dataclass(frozen=True)
class DesignMemory:
    """A memory of the flat design."""

    name: str
    bits: int
    written: bool
    """Whether the design writes it; a table that is read alone becomes gates."""


def read_memories(text: str) -> list[DesignMemory]:
    """Those in yosys JSON of memory cells alone, the largest first."""
    memories = []
    for module in json.loads(text)["modules"].values():
        for cell in module["cells"].values():
            values = cell["parameters"]
            memories.append(
                DesignMemory(
                    values["MEMID"].removeprefix("\\"),
                    int(values["WIDTH"], 2) * int(values["SIZE"], 2),
                    int(values["WR_PORTS"], 2) > 0,
                )
            )
    return list(_largest_first(memories))


def declared_memories(module: Mapping[str, Any]) -> tuple[DesignMemory, ...]:
    """Those of a flat and clean module in yosys JSON, as its text declares them."""
    written = {
        cell["parameters"]["MEMID"].removeprefix("\\")
        for cell in module["cells"].values()
        if cell["type"].startswith("$memwr")
    }
    return _largest_first(
        DesignMemory(name, each["width"] * each["size"], name in written)
        for name, each in module.get("memories", {}).items()
    )


def stated_memories(inventory: Inventory) -> tuple[DesignMemory, ...]:
    """Those of an inventory, which have sizes in place of names."""
    return _largest_first(
        DesignMemory(f"{memory.depth:,} × {memory.width}:", memory.bits, memory.write_ports > 0)
        for memory in inventory.memories
    )


def refuse_memories(memories: Sequence[DesignMemory], top: str, most_bits: int) -> None:
    """UsageError when so many bits would be mapped for hours."""
    refused = refusal(memories, top, most_bits)
    if refused:
        raise UsageError(refused)


def refusal(memories: Sequence[DesignMemory], top: str, most_bits: int) -> str:
    """Why memories are not mapped; empty where they are."""
    bits = sum(memory.bits for memory in memories)
    if bits <= most_bits:
        return ""
    return (
        f"{top} has {bits:,} bits of memory ({_named(memories)}), each of which would become a "
        f"flip-flop or gates on standard cells, more than the {most_bits:,} that are mapped "
        "without being asked for: choose smaller memories, another target, "
        "synth --memories outside, SRAM macros with synth --sram-liberty FILE, "
        f"or --memory-bits {bits} and hours of time"
    )


def memory_warnings(memories: Sequence[DesignMemory]) -> list[str]:
    """What a report says of the memories that were mapped."""
    written = [memory for memory in memories if memory.written]
    tables = [memory for memory in memories if not memory.written]
    warnings = []
    if written:
        warnings.append(f"memory became flip-flops, for cells have no other: {_named(written)}")
    if tables:
        warnings.append(f"memory that nothing writes became gates: {_named(tables)}")
    return warnings


def _named(memories: Sequence[DesignMemory]) -> str:
    named = [f"{memory.name} {memory.bits:,} bits" for memory in memories[:SHOWN]]
    more = len(memories) - SHOWN
    return ", ".join(named) + (f" and {more} more" if more > 0 else "")


def _largest_first(memories: Iterable[DesignMemory]) -> tuple[DesignMemory, ...]:
    return tuple(sorted(memories, key=lambda memory: (-memory.bits, memory.name)))
