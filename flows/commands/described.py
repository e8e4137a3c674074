"""Ports, memories and parts of a specification as rows of tables."""

from collections.abc import Iterable, Sequence

from rich.table import Table

from neuroloom.flows.tools.terminal import table
from neuroloom.golden.composition import Composition
from neuroloom.golden.inventory import index_bits
from neuroloom.golden.memories.memory_map import MappedMemory
from neuroloom.golden.ports import Stream, port_name


def port_rows(streams: Iterable[Stream]) -> list[tuple[str, str, str, str]]:
    """Direction, Verilog port, width and meaning of every field of every stream."""
    return [
        (
            stream.direction,
            port_name(stream, field.name),
            f"{field.lanes} × {field.bits}" if field.lanes is not None else str(field.bits),
            f"{'signed; ' if field.signed else ''}{field.doc} ({stream.doc})",
        )
        for stream in streams
        for field in stream.fields
    ]


def memory_table(memories: Sequence[MappedMemory]) -> Table:
    """Place of every field of a programmed memory: kind, address and bits of the data."""
    rows = []
    for memory in memories:
        place, parts = 0, []
        for name, number in reversed(memory.index):
            parts.append(f"{name} << {place}" if place else name)
            place += index_bits(number)
        address = " | ".join(reversed(parts))
        for field in memory.fields:
            low = memory.low_bits[field.name]
            data = f"{low + field.bits - 1}:{low}" if field.bits > 1 else f"{low}"
            meaning = ("signed; " if field.signed else "") + field.doc
            rows.append((str(memory.kind), memory.name, address, data, field.name, meaning))
    titles = (">kind", "memory", "address", ">data", "field", "meaning")
    return table(titles, rows, "what the program stream writes")


def part_table(spec: Composition) -> Table:
    """Every part with its macro and what its inputs come from, through queues of how many."""
    wiring = spec.wiring
    rows = []
    for name in wiring.order:
        part, told = wiring.parts[name], []
        for stream in part.input_streams:
            end = f"{name}.{stream.name}"
            wire = wiring.wire_to.get(end)
            if wire is not None:
                source = ", ".join(wire.sources)
            else:
                source = "constant" if wiring.constants[end].tokens else "nothing"
            queue = f", queue of {wire.places}" if wire is not None and wire.places else ""
            told.append(f"{stream.name} from {source}{queue}")
        rows.append((name, part.macro, "; ".join(told)))
    return table(("part", "macro", "takes"), rows)
