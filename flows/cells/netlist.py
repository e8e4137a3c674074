"""A mapped netlist as a graph of cells and nets, read from yosys' JSON."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from neuroloom.flows.cells.library import Cell, Library
from neuroloom.flows.tools.errors import ToolFailed


@dataclass
class CellInstance:
    """A cell of the design; ``nets`` by pin, None where a pin is constant or open."""

    name: str
    cell: Cell
    nets: dict[str, int | None]
    ties: dict[str, str] = field(default_factory=dict)
    """Verilog constants by pin."""
    port: str = ""
    """The port bit at which it stands, for a register around the design that is there for timing
    alone."""

    @property
    def of_frame(self) -> bool:
        return bool(self.port)


@dataclass(frozen=True)
class PortBit:
    """A bit of a port; ``index`` is None where the port is of one bit."""

    port: str
    index: int | None = None

    def __str__(self) -> str:
        return self.port if self.index is None else f"{self.port}[{self.index}]"


@dataclass
class MappedNetlist:
    """A flat design of library cells; nets are numbers, ``names`` their names in the source."""

    top: str
    instances: list[CellInstance]
    names: dict[int, str]
    inputs: dict[PortBit, int]
    outputs: dict[PortBit, int]
    constant_outputs: dict[PortBit, str] = field(default_factory=dict)
    """Output bits that are always ``0`` or ``1``."""

    @cached_property
    def driver(self) -> dict[int, tuple[CellInstance, str]]:
        return {
            net: (instance, pin)
            for instance in self.instances
            for pin, net in instance.nets.items()
            if net is not None and instance.cell.pins[pin].output
        }

    @cached_property
    def loads(self) -> dict[int, list[tuple[CellInstance, str]]]:
        found: dict[int, list[tuple[CellInstance, str]]] = {}
        for instance in self.instances:
            for pin, net in instance.nets.items():
                if net is not None and not instance.cell.pins[pin].output:
                    found.setdefault(net, []).append((instance, pin))
        return found

    @cached_property
    def clocks(self) -> set[int]:
        """Nets at clock pins."""
        return {
            net
            for instance in self.instances
            if instance.cell.is_clocked
            and (net := instance.nets.get(instance.cell.clock)) is not None
        }

    @property
    def design(self) -> Iterator[CellInstance]:
        """The cells of the design itself, without the frame."""
        return (instance for instance in self.instances if not instance.of_frame)

    def area(self, sequential: bool | None = None) -> float:
        """Area of the design's cells without memories [µm²]; of its flip-flops or of all else where
        ``sequential`` says.
        """
        return sum(
            instance.cell.area
            for instance in self.design
            if not instance.cell.is_memory
            and (sequential is None or instance.cell.is_flip_flop is sequential)
        )

    @property
    def memory_area(self) -> float:
        """Area of the design's memory macros [µm²]."""
        return sum(each.cell.area for each in self.design if each.cell.is_memory)

    def cells(self) -> dict[str, int]:
        """Cell types of the design and how often they occur."""
        counts: dict[str, int] = {}
        for instance in self.design:
            counts[instance.cell.name] = counts.get(instance.cell.name, 0) + 1
        return dict(sorted(counts.items()))


def read_netlist(
    text: str, top: str, library: Library, ties: Mapping[str, tuple[Cell, str]] | None = None
) -> MappedNetlist:
    """The graph of module ``top`` in yosys JSON; ``ties`` are cells and their pins that stand there
    under other names with a pin ``Y``. ToolFailed when a cell was left unmapped.
    """
    module: dict[str, Any] = json.loads(text)["modules"][top]
    instances = []
    for name, entry in module["cells"].items():
        kind = entry["type"]
        if ties and kind in ties:
            tie, output = ties[kind]
            instances.append(CellInstance(name, tie, {output: _net(entry["connections"]["Y"])}))
            continue
        if kind not in library.cells:
            raise ToolFailed(_unmapped(kind, entry, library))
        cell = library.cells[kind]
        pins = _by_bit(entry["connections"], cell)
        nets = dict.fromkeys(cell.pins) | {pin: _net(bits) for pin, bits in pins.items()}
        constants = {
            pin: f"1'b{int(bits[0] == '1')}"  # what does not matter is 0
            for pin, bits in pins.items()
            if bits and isinstance(bits[0], str) and not cell.pins[pin].output
        }
        instances.append(CellInstance(name, cell, nets, constants))
    names: dict[int, str] = {}
    for name, entry in module["netnames"].items():
        for index, bit in enumerate(entry["bits"]):
            if isinstance(bit, int) and (bit not in names or _better(name, names[bit])):
                offset = entry.get("offset", 0)
                names[bit] = name if len(entry["bits"]) == 1 else f"{name}[{index + offset}]"
    ports: dict[str, dict[PortBit, int]] = {"output": {}, "input": {}}
    fixed: dict[PortBit, str] = {}
    for name, entry in module["ports"].items():
        for index, bit in enumerate(entry["bits"]):
            place = PortBit(name, index if len(entry["bits"]) > 1 else None)
            if not isinstance(bit, int):
                fixed[place] = bit
            elif entry["direction"] in ports:
                ports[entry["direction"]][place] = bit
    for bits in ports.values():
        names |= {net: str(place) for place, net in bits.items()}
    return MappedNetlist(top, instances, names, ports["input"], ports["output"], fixed)


def _by_bit(connections: Mapping[str, list[int | str]], cell: Cell) -> dict[str, list[int | str]]:
    """Connections of single pins; those of a memory's buses are pins with a number."""
    return {
        name: [bit]
        for pin, bits in connections.items()
        for index, bit in enumerate(bits)
        for name in (pin if pin in cell.pins else f"{pin}[{index}]",)
    }


def _net(bits: list[int | str]) -> int | None:
    return bits[0] if bits and isinstance(bits[0], int) else None


def _better(name: str, other: str) -> bool:
    """Whether a name tells more: those of the source before made ones, then the shorter."""
    return ("$" in name, len(name), name) < ("$" in other, len(other), other)


def _unmapped(kind: str, entry: dict[str, Any], library: Library) -> str:
    source = entry.get("attributes", {}).get("src", "")
    where = f" ({source})" if source else ""
    if "LATCH" in kind.upper():
        return f"the design has a latch{where}; only flip-flops of one clock can be timed"
    return f"no cell of the library {library.name} can do {kind}{where}"
