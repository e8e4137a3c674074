"""Memories of a design on standard cells, in the terminal and on the page of a report."""

from collections.abc import Iterator, Sequence

from neuroloom.flows.designs.report import MemoryCost, TargetReport
from neuroloom.flows.tools.numbers import significant

HEAD = (
    "target",
    "memory",
    "words × bits",
    "ports",
    "becomes",
    "area [µm²]",
    "access [ns]",
    "read [pJ]",
    "write [pJ]",
)
FIGURES = (5, 6, 7, 8)
"""Columns with numbers."""


def rows(targets: Sequence[TargetReport], brief: bool = False) -> list[tuple[str, ...]]:
    """A row for each memory of each target; ``brief`` ones are for narrow places."""
    return [_row(target.target, memory, brief) for target in targets for memory in target.memories]


def _row(target: str, memory: MemoryCost, brief: bool) -> tuple[str, ...]:
    ports = [f"{memory.read_ports} read", f"{memory.write_ports} write"]
    if memory.read_enable and not brief:
        ports.append("read enable")
    if memory.write_parts > 1:
        ports.append(f"{memory.write_parts} parts written alone")
    figures = (memory.area_um2, memory.access_ns, memory.read_pj, memory.write_pj)
    return (
        target,
        memory.name,
        f"{memory.words:,} × {memory.width}",
        ", ".join(ports),
        _macros(memory) or memory.becomes if brief else "; ".join(_becomes(memory)),
        *("–" if number is None else significant(number, 4) for number in figures),
    )


def _macros(memory: MemoryCost) -> str:
    return ", ".join(f"{number} × {name}" for name, number in memory.macros.items())


def _becomes(memory: MemoryCost) -> Iterator[str]:
    yield memory.becomes
    yield from filter(None, (_macros(memory), memory.ports, memory.registers, memory.reason))
