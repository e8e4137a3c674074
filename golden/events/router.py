"""Five-port router of a 2-D mesh: single-flit packets, X first, then Y."""

from collections.abc import Callable, Container
from typing import ClassVar, Self

import numpy as np
from pydantic import Field as Parameter
from pydantic import model_validator

from neuroloom.golden.contract import Contract, Waits, shared
from neuroloom.golden.events.packets import LOCAL, PacketFormat, Port, Side, outputs_of, step
from neuroloom.golden.inventory import Inventory, index_bits, register, stream_output
from neuroloom.golden.ports import Field, Stream, Tokens, Traffic, concatenate
from neuroloom.golden.spec import Model, Spec
from neuroloom.golden.streams.stream_fifo import register_fifo
from neuroloom.golden.unused import unless

DROP_BITS = 16
"""Bits of the counter of dropped copies whose tokens wait to be taken, where none are given."""
LEAST_DROP_BITS = 4
"""Bits in which all that one router drops in a cycle can be counted."""
DROPPED = "dropped"
"""Name of the stream that tells of dropped copies."""
EXTENTS = ("ex", "ey")
Reads = Callable[[Side, str], bool]
"""Whether what is behind an output reads an extent."""


def everything(output: Side, extent: str) -> bool:
    """What is outside reads all."""
    return True


class RouterSpec(Spec):
    """Parameters of ``router``."""

    macro: ClassVar[str] = "router"
    summary: ClassVar[str] = "five-port packet router of a 2-D mesh, X first, then Y"
    """packet router of a mesh: dimension order, copies along a tree, broadcast ticks, credits"""
    source: ClassVar[str] = (
        "dimension-order routing: Dally and Seitz 1987; copies along a tree: Merolla et al. 2014"
    )

    dx_bits: int = Parameter(
        default=5, ge=2, le=16, description="width of a packet's signed distance in columns [bit]"
    )
    dy_bits: int = Parameter(
        default=5, ge=2, le=16, description="width of a packet's signed distance in rows [bit]"
    )
    payload_bits: int = Parameter(
        default=16, ge=1, le=63, description="opaque bits that a packet carries [bit]"
    )
    source_bits: int = Parameter(
        default=0,
        ge=0,
        le=32,
        description="bits that say who sent a packet, different at every input [bit]; 0: none",
    )
    multicast: bool = Parameter(
        default=False, description="packets may go to a rectangle of routers"
    )
    tick: bool = Parameter(default=False, description="packets may be ticks, which flood the mesh")
    depth: int = Parameter(
        default=2, ge=2, le=16, description="packets that an input buffer holds [packet]"
    )
    edges: tuple[Side, ...] = Parameter(
        default=(), description="sides without a neighbour: copies that should go there are dropped"
    )
    count_drops: bool = Parameter(
        default=False, description="a token for each copy that was dropped at an edge"
    )
    drop_bits: int = Parameter(
        default=DROP_BITS,
        ge=LEAST_DROP_BITS,
        le=32,
        description="width of the count of dropped copies whose tokens wait [bit]; "
        "at its highest value further ones are not counted",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if len(set(self.edges)) < len(self.edges):
            raise ValueError(f"edges name a side twice: {', '.join(self.edges)}")
        if self.count_drops and not self.edges:
            raise ValueError("count_drops goes with edges: nothing is dropped without them")
        needed = index_bits(len(self.ports))
        if 0 < self.source_bits < needed:
            raise ValueError(
                f"source_bits={self.source_bits} cannot tell {len(self.ports)} inputs apart: "
                f"choose {needed} or more, or 0"
            )
        return self

    @property
    def unused(self) -> frozenset[str]:
        return unless(drop_bits=self.count_drops)

    @property
    def packets(self) -> PacketFormat:
        return PacketFormat(
            self.dx_bits,
            self.dy_bits,
            self.payload_bits,
            self.source_bits,
            self.multicast,
            self.tick,
        )

    @property
    def ports(self) -> tuple[Port, ...]:
        """The sides with a neighbour, and the local port."""
        return (*(side for side in Side if side not in self.edges), LOCAL)

    @property
    def inputs(self) -> dict[Port, Stream]:
        """The stream of packets into each port."""
        return {
            port: Stream("inject", "in", self.packets.injected, "packets from here")
            if port == LOCAL
            else Stream(f"from_{port}", "in", self.packets.link(Side(port)), f"from the {port}")
            for port in self.ports
        }

    @property
    def outputs(self) -> dict[Port, Stream]:
        """The stream of packets out of each port."""
        packets = self.packets
        named = {
            port: ("deliver", packets.carried, "packets for here")
            if port == LOCAL
            else (f"to_{port}", packets.link(Side(port)), f"to the {port}")
            for port in self.ports
        }
        return {
            port: Stream(name, "out", fields, doc, packets.flow(fields))
            for port, (name, fields, doc) in named.items()
        }

    @property
    def streams(self) -> tuple[Stream, ...]:
        streams = (*self.inputs.values(), *self.outputs.values())
        return (*streams, dropped(self.drop_bits)) if self.count_drops else streams

    @property
    def contract(self) -> Contract:
        produces = {stream.name: 1 for stream in self.outputs.values()}
        if self.count_drops:
            produces[DROPPED] = 0
        return Contract(
            "round",
            {stream.name: 1 for stream in self.inputs.values()},
            produces,
            latency=2,
            interval=1,
            contention="packets for the same output wait for each other, in turns",
            fairness=shared(self._waits, "packet"),
            waits=self._waits,
            room={stream.name: self.depth + 1 for stream in self.inputs.values()},
        )

    @property
    def _waits(self) -> tuple[Waits, ...]:
        """Each output takes packets of the inputs that lead there in turn."""
        return tuple(
            Waits(stream.name, {self.inputs[port].name: len(asking) for port in asking})
            for output, stream in self.outputs.items()
            if len(asking := self.requesters(output)) > 1
        )

    def requesters(self, output: Port) -> tuple[Port, ...]:
        """The inputs whose packets may go to ``output``."""
        return tuple(port for port in self.ports if output in outputs_of(port))

    def branches(self, port: Port) -> tuple[Port, ...]:
        """The outputs that packets from ``port`` may leave at; edges lead nowhere."""
        return tuple(output for output in outputs_of(port) if output in self.ports)

    @property
    def drops_a_cycle(self) -> range:
        """How many copies may be dropped in a cycle."""
        lost = [
            [output for output in outputs_of(port) if output in self.edges] for port in self.ports
        ]
        return range(
            sum(len(outputs) if self.multicast else min(1, len(outputs)) for outputs in lost) + 1
        )

    @property
    def copies(self) -> bool:
        """Whether a packet may leave at several outputs."""
        return self.multicast or self.tick

    def reads(self, port: Port, extent: str, beyond: Reads = everything) -> bool:
        """Whether anything depends on ``ex`` or ``ey`` of packets that came in at ``port``.

        Whether one goes straight on, or leaves to the east or north, does; other outputs pass it
        on to what reads it, or not.
        """
        along_x = extent == "ex"
        asks = Side.EAST if along_x else Side.NORTH
        if port != LOCAL and Side(port).along_x == along_x:
            asks = Side(port).opposite
        passed = (
            Side(branch)
            for branch in self.branches(port)
            if branch != LOCAL and (Side(branch).along_x or not along_x)
        )
        return (
            self.count_drops or asks in self.ports or any(beyond(side, extent) for side in passed)
        )

    @property
    def inventory(self) -> Inventory:
        parts = self.parts()
        return parts + drop_counter(self.drop_bits) if self.count_drops else parts

    def parts(self, inner: Container[Port] = (), beyond: Reads = everything) -> Inventory:
        """Buffers, switch and output registers.

        ``inner`` are the ports at which there is another router; ``beyond`` says which extents
        are read behind an output.
        """
        parts = Inventory()
        for port, stream in self.inputs.items():
            came = self.packets.always_zero(Side(port).opposite) if port in inner else None
            bits = sum(
                field.port_bits
                for field in stream.fields
                if field.name != came
                and (field.name not in EXTENTS or self.reads(port, field.name, beyond))
            )
            parts += register_fifo(bits, self.depth)
            branches = len(self.branches(port))
            if self.copies and branches > 1:
                parts += register(branches) + Inventory(gates=4 * branches)
            # a distance less by one, or its complement, for each axis; zero or not; the way
            axes = 2 if port == LOCAL or Side(port).along_x else 1
            steps = Inventory(half_adders=self.dx_bits - 1, gates=2 * self.dx_bits)
            parts += axes * (steps + Inventory(gates=4))
        for port, stream in self.outputs.items():
            zero = None if port == LOCAL else self.packets.always_zero(Side(port))
            bits = sum(
                field.port_bits
                for field in stream.fields
                if field.name != zero
                and (field.name not in EXTENTS or beyond(Side(port), field.name))
            )
            asking = len(self.requesters(port))
            choice = Inventory(multiplexers=(asking - 1) * bits)
            nodes = asking - 1
            turns = register(nodes) + Inventory(gates=6 * nodes, multiplexers=nodes)
            parts += stream_output(bits) + choice + turns
        return parts

    def model(self) -> "RouterModel":
        return RouterModel(self)


def dropped(bits: int = DROP_BITS) -> Stream:
    """Tells of dropped copies that a counter of so many bits has."""
    most = (1 << bits) - 1
    return Stream(
        DROPPED,
        "out",
        (Field("lost", 1, "always 1"),),
        f"a token for each copy dropped at an edge; up to {most} wait",
        waiting=most,
    )


def drop_counter(bits: int = DROP_BITS) -> Inventory:
    """Counts up by the copies of a cycle and down by a token."""
    adders = Inventory(half_adders=2 * bits, adder_depth=bits)
    return register(bits) + adders + Inventory(gates=bits)


def sources_apart(inputs: dict[str, Tokens]) -> None:
    """ValueError when packets of one source come in at two inputs: their order is open."""
    seen: dict[int, str] = {}
    for name, tokens in inputs.items():
        for source in np.unique(tokens["source"]).tolist():
            if seen.setdefault(source, name) != name:
                raise ValueError(
                    f"source {source} sends at {seen[source]} and at {name}; a source needs one "
                    "input, so that its packets have an order"
                )


class RouterModel(Model[RouterSpec]):
    """Every packet, or copy of one, at the output it takes; those of an input in their order."""

    def run(self, traffic: Traffic) -> Traffic:
        spec = self.spec
        inputs = {name.name: name for name in spec.inputs.values() if name.name in traffic}
        if spec.source_bits:
            sources_apart({name: traffic[name] for name in inputs})
        parts: list[Traffic] = [{name.name: name.unpack([]) for name in spec.output_streams}]
        lost = 0
        for port, stream in spec.inputs.items():
            if stream.name not in traffic:
                continue
            tokens = traffic[stream.name]
            tick = np.asarray(tokens["tick"] if spec.tick else 0) == 1
            for output, (leaves, distances) in step(port, tokens).items():
                if output not in spec.ports:
                    lost += int((leaves & ~tick).sum())
                    continue
                to = spec.outputs[output]
                columns = {**tokens, **distances}
                parts.append(
                    {to.name: {field.name: columns[field.name][leaves] for field in to.fields}}
                )
        if spec.count_drops:
            parts.append({DROPPED: {"lost": np.ones(lost, np.int64)}})
        return concatenate(parts)
