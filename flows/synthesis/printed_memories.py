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


def rows(targets: Sequence[TargetReport]) -> list[tuple[str, ...]]:
    """A row for each memory of each target."""
    return [_row(target.target, memory) for target in targets for memory in target.memories]


def _row(target: str, memory: MemoryCost) -> tuple[str, ...]:
    ports = [f"{memory.read_ports} read", f"{memory.write_ports} write"]
    if memory.read_enable:
        ports.append("read enable")
    if memory.write_parts > 1:
        ports.append(f"{memory.write_parts} parts written alone")
    figures = (memory.area_um2, memory.access_ns, memory.read_pj, memory.write_pj)
    return (
        target,
        memory.name,
        f"{memory.words:,} × {memory.width}",
        ", ".join(ports),
        "; ".join(_becomes(memory)),
        *("–" if number is None else significant(number, 4) for number in figures),
    )


def _becomes(memory: MemoryCost) -> Iterator[str]:
    yield memory.becomes
    if memory.macros:
        yield ", ".join(f"{number} × {name}" for name, number in memory.macros.items())
    yield from filter(None, (memory.ports, memory.registers, memory.reason))
