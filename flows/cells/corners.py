"""A mapped netlist in the corners of its kit: the same cells, other tables."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from neuroloom.flows.cells.library import Cell, Library
from neuroloom.flows.cells.mapping import Mapped
from neuroloom.flows.cells.netlist import MappedNetlist
from neuroloom.flows.cells.sources import KITS, WorkingLibrary, corner_libraries
from neuroloom.flows.cells.timing import time_netlist
from neuroloom.flows.designs.report import CornerTiming
from neuroloom.flows.tools.errors import ToolFailed

TYPICAL = "typical"


def corner_timings(
    kit: str, mapped: Mapped, working: WorkingLibrary, dont_use: Sequence[str] = ()
) -> tuple[CornerTiming, ...]:
    """Timing and leakage in each corner that the kit has a file of, the typical one first.

    Memory macros have their typical tables in all of them, which is marked; paths that begin and
    end elsewhere are timed once more by themselves.
    """
    libraries = {TYPICAL: working.library}
    if kit in KITS:
        further = corner_libraries(kit, dont_use)
        libraries |= {name: each.library for name, each in further.items()}
    return tuple(_timing(name, library, mapped) for name, library in libraries.items())


def corner_notes(kit: str, working: WorkingLibrary) -> list[str]:
    """What is to be said of the corners."""
    if kit not in KITS or not corner_libraries(kit):
        return ["the library has its typical corner only, so that no other one is timed"]
    if working.memories:
        return ["memories have their typical tables at every corner, for there are no others"]
    return []


def _timing(name: str, library: Library, mapped: Mapped) -> CornerTiming:
    framed = _in_corner(mapped.framed, library.cells)
    timing = time_netlist(framed)
    memories = [each for each in framed.instances if each.cell.is_memory]
    leakage = sum(each.cell.leakage for each in framed.design if not each.cell.is_memory)
    return CornerTiming(
        name=name,
        corner=library.corner,
        mhz=1000.0 / timing.period,
        setup_ns=timing.period,
        hold_slack_ns=timing.hold_slack,
        leakage_uw=leakage / 1000.0,
        without_memories_ns=_without_memories(framed) if memories else None,
        memory="typical memory" if memories and name != TYPICAL else "",
    )


def _in_corner(netlist: MappedNetlist, cells: Mapping[str, Cell]) -> MappedNetlist:
    """The netlist with cells of another library of the same names; memories stay."""

    def swapped() -> Iterator[Cell]:
        for instance in netlist.instances:
            if instance.cell.is_memory:
                yield instance.cell
                continue
            if instance.cell.name not in cells:
                raise ToolFailed(f"the cell {instance.cell.name} is not in every corner")
            yield cells[instance.cell.name]

    pairs = zip(netlist.instances, swapped(), strict=True)
    instances = [replace(instance, cell=cell) for instance, cell in pairs]
    return replace(netlist, instances=instances)


def _without_memories(framed: MappedNetlist) -> float | None:
    """Shortest period of the paths that no memory begins or ends; None where there are none."""
    rest = [each for each in framed.instances if not each.cell.is_memory]
    try:
        return time_netlist(replace(framed, instances=rest)).period
    except ToolFailed:
        return None
