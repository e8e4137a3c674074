"""Parts and wires of a composed macro: whether they fit, and which tokens each wire brings."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from itertools import combinations

import numpy as np

from neuroloom.golden.inventory import Inventory
from neuroloom.golden.ports import Field, Integers, Stream, Tokens, port_name
from neuroloom.golden.program import Program, ProgramLayout
from neuroloom.golden.spec import Spec
from neuroloom.golden.wire_fields import Taken, field_values, planes
from neuroloom.golden.wires import Constant, End, Lanes, Wire
from neuroloom.golden.wiring_checks import about, check_kinds, check_wire

JOINING = re.compile(r"queue\d+|(fork|constant)_.*")
"""Names of what stands between parts."""
TAKEN = frozenset({"at", "elaborate", "metadata", "parts", "signature", "spec"})
"""Names that streams cannot have, since the hardware of a composed macro has them."""


class Wiring:
    """Parts and wires that fit each other. ValueError with the first end that does not.

    Parameters: ``outer`` maps each stream of the composed macro to the end that it is, to the ends
    that it programs, or to a stream of its own that wires name; ``ordered`` says that the model
    follows from the wires: then no part may wait for tokens of its own, nor take any whose order
    depends on timing.
    """

    def __init__(
        self,
        parts: Mapping[str, Spec],
        wires: Sequence[Wire],
        constants: Sequence[Constant],
        outer: Mapping[str, End | Stream | Program],
        ordered: bool,
    ) -> None:
        check_kinds(parts, wires, constants, outer)
        self.parts = dict(parts)
        self.inside: dict[End, Stream] = {
            f"{name}.{stream.name}": stream
            for name, part in self.parts.items()
            for stream in part.streams
        }
        self.outer: dict[str, Stream] = {}
        self.programs: dict[str, ProgramLayout] = {}
        self.wires = [*wires]
        for name, end in outer.items():
            self._open(name, end)
        self._check_names()
        self.constants = {constant.sink: constant for constant in constants}
        self.wire_to = self._by_sink(constants)
        for wire in self.wires:
            with about(f"wire {wire}"):
                check_wire(self, wire, ordered)
        self._check_all_meet()
        self.takers: dict[End, list[Wire]] = {}
        for wire in self.wires:
            for source in () if wire.by_hand else wire.sources:
                self.takers.setdefault(source, []).append(wire)
        self.order = self._order() if ordered else tuple(self.parts)

    def stream(self, end: End) -> Stream:
        """The stream at an end of a wire."""
        return self.outer[end] if end in self.outer else self.inside[end]

    def fields(self, wire: Wire) -> dict[str, Field]:
        """The fields of its single source by name."""
        assert isinstance(wire.source, str)
        return {field.name: field for field in self.stream(wire.source).fields}

    def taken(self, wire: Wire) -> dict[str, Taken]:
        """What each field of the sink, by its name, gets of those of the single source.

        ValueError where what is told is not of all fields and of no other.
        """
        names = [field.name for field in self.stream(wire.sink).fields]
        if isinstance(wire.fields, Mapping):
            if set(names) != set(wire.fields):
                told = ", ".join(wire.fields)
                raise ValueError(f"{told} are told of the fields {', '.join(names)}")
            return {name: wire.fields[name] for name in names}
        return dict(zip(names, wire.fields or self.fields(wire), strict=True))

    def is_outer(self, end: End) -> bool:
        """Whether it is a stream of the composed macro itself."""
        return end in self.outer

    def width(self, wire: Wire) -> int:
        """Bits of a token on a wire."""
        return sum(field.port_bits for field in self.stream(wire.sink).fields)

    @property
    def chosen(self) -> Inventory:
        """What compares bits where only some tokens go on."""
        compared = [wire.where[0].number for wire in self.wires if wire.where is not None]
        return Inventory(gates=sum(bits + 1 for bits in compared))

    @property
    def meetings(self) -> list[tuple[str, str]]:
        """Places at which tokens meet again after different ways: the last part or stream outside
        that is behind both ways, and the part or stream at which they meet.
        """
        ends = [name for name, stream in self.outer.items() if stream.direction == "out"]
        behind: dict[str, set[str]] = {name: {name} for name in self.outer}
        met = []
        for place in (*self.order, *ends):
            ways = [
                behind[_place(end)]
                for wire in self.wires
                for end in wire.sources
                if _place(wire.sink) == place
            ]
            common = set[str]().union(*(one & other for one, other in combinations(ways, 2)))
            if common:
                met.append((max(common, key=[*self.outer, *self.order].index), place))
            behind[place] = {place}.union(*ways)
        return met

    def _open(self, name: str, end: End | Stream | Program) -> None:
        """A stream of the composed macro, with the wires to what it is."""
        if isinstance(end, Program):
            ends = {inner: self.end(inner) for inner in end.ends}
            layout = ProgramLayout(ends, {inner: self.parts[_place(inner)] for inner in ends})
            self.programs[name] = layout
            self.outer[name] = layout.stream(name)
            for inner, taken, where in layout.taken():
                self.wires.append(Wire(name, inner, fields=taken, where=where))
            return
        stream = end if isinstance(end, Stream) else self.end(end)
        self.outer[name] = replace(stream, name=name)
        if isinstance(end, str):
            self.wires.append(Wire(*((name, end) if stream.direction == "in" else (end, name))))

    def _check_names(self) -> None:
        """ValueError for a part that something else is called like, or that Verilog cannot name."""
        for name in self.parts:
            if not name.isidentifier():
                raise ValueError(f"a part is called {name!r}: letters, digits and _ make a name")
            if name in self.outer:
                raise ValueError(f"{name!r} is a part and a stream")
            if JOINING.fullmatch(name):
                raise ValueError(f"a part is called {name!r}, as what joins parts is")
        for name in self.outer:
            if name in TAKEN:
                raise ValueError(f"a stream is called {name!r}: its hardware has that name itself")
        ports = Counter(
            port_name(stream, member)
            for stream in self.outer.values()
            for member in (*stream.controls, *(field.name for field in stream.fields))
        )
        for port, number in ports.items():
            if number > 1:
                raise ValueError(f"two streams have a port {port!r}")

    def end(self, end: End) -> Stream:
        """The stream of a part. ValueError, with what there is instead, where there is none."""
        if end in self.inside:
            return self.inside[end]
        part, _, stream = end.rpartition(".")
        if part not in self.parts:
            names = ", ".join((*self.parts, *self.outer))
            raise ValueError(f"no part or stream is called {part or stream!r}; there are {names}")
        names = ", ".join(known.name for known in self.parts[part].streams)
        raise ValueError(f"part {part!r} has no stream {stream!r}; it has {names}")

    def _by_sink(self, constants: Sequence[Constant]) -> dict[End, Wire]:
        by_hand = {wire.sink for wire in self.wires if wire.by_hand}
        sinks = [wire.sink for wire in self.wires if not wire.by_hand]
        drivers = Counter([*sinks, *by_hand, *(constant.sink for constant in constants)])
        for sink, number in drivers.items():
            if number > 1:
                here = [str(wire) for wire in self.wires if wire.sink == sink]
                here += ["constant"] * sum(constant.sink == sink for constant in constants)
                raise ValueError(
                    f"{sink} is driven by {number} wires or constants: {'; '.join(here)}"
                )
        for constant in constants:
            stream = self.end(constant.sink)
            if stream.direction != "in":
                raise ValueError(f"constant → {constant.sink}: that is no input of a part")
            if constant.tokens:
                with about(f"constant → {constant.sink}"):
                    stream.pack(constant.tokens)
        return {wire.sink: wire for wire in self.wires}

    def _check_all_meet(self) -> None:
        left = {source for wire in self.wires for source in wire.sources}
        met = left | self.wire_to.keys() | self.constants.keys()
        for end in (*self.inside, *self.outer):
            if end not in met:
                raise ValueError(f"{end} meets nothing: wire it, or let it be a stream outside")

    def _order(self) -> tuple[str, ...]:
        """The parts, each behind those that it takes from."""
        before: dict[str, set[str]] = {name: set() for name in self.parts}
        for wire in self.wires:
            if not self.is_outer(wire.sink):
                inner = [end for end in wire.sources if not self.is_outer(end)]
                before[_place(wire.sink)] |= {_place(end) for end in inner}
        try:
            return tuple(TopologicalSorter(before).static_order())
        except CycleError as error:
            loop = " → ".join(reversed(error.args[1]))
            raise ValueError(f"parts in a loop: {loop}; write the model by hand") from None

    def passed(self, wire: Wire, tokens: Mapping[End, Tokens]) -> Tokens:
        """The tokens that a wire brings to its sink, of those of all ends."""
        sink = self.stream(wire.sink)
        if not isinstance(wire.source, str):
            rows = np.concatenate([self._lanes(piece, tokens) for piece in wire.source], axis=1)
            return {field.name: rows.reshape(field.shape(len(rows))) for field in sink.fields}
        given, fields, taken = tokens[wire.source], self.fields(wire), self.taken(wire)
        if wire.where is not None:
            bits, value = wire.where
            wanted = value >> np.arange(bits.number) & 1
            goes = (planes(bits, fields, given) == wanted).all(axis=1)
            given = {name: np.asarray(values)[goes] for name, values in given.items()}
        return {
            field.name: field_values(taken[field.name], field, fields, given)
            for field in sink.fields
        }

    @staticmethod
    def _lanes(piece: Lanes, tokens: Mapping[End, Tokens]) -> Integers:
        (values,) = tokens[piece.source].values()
        rows = np.asarray(values)
        if rows.ndim == 1:
            rows = rows[:, np.newaxis]
        return rows[:, piece.first : piece.first + piece.number]


def _place(end: End) -> str:
    """The part of an end, or the stream outside that it is."""
    return end.rpartition(".")[0] or end
