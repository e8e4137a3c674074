"""Wires between the parts of a composed macro: what they join, and whether they fit."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

import numpy as np

from neuroloom.golden.ports import Field, Integers, Stream, Tokens

if TYPE_CHECKING:
    from neuroloom.golden.spec import Spec

End = str
"""A stream of a part, ``part.stream``, or a stream of the composed macro by its name alone."""


@dataclass(frozen=True)
class Lanes:
    """Some lanes of an end whose tokens have one field."""

    source: End
    first: int = 0
    number: int = 1

    def __str__(self) -> str:
        return f"lanes {self.first} to {self.first + self.number - 1} of {self.source}"


@dataclass(frozen=True)
class Wire:
    """Tokens of ``source``, as they are, or lanes of several sources side by side, to ``sink``.

    An end that several wires leave hands each token to all of them. ``places`` is the number of
    tokens that a queue before the sink holds, one more waiting at its output; 0 for no queue.
    """

    source: End | tuple[Lanes, ...]
    sink: End
    places: int = 0
    fields: tuple[str, ...] = ()
    """Those of the source that are taken; none named: all of them."""

    @property
    def sources(self) -> tuple[End, ...]:
        """The ends that it leaves, each once."""
        if isinstance(self.source, str):
            return (self.source,)
        return tuple(dict.fromkeys(piece.source for piece in self.source))

    def __str__(self) -> str:
        source = self.source if isinstance(self.source, str) else ", ".join(map(str, self.source))
        return f"{source} → {self.sink}"


@dataclass(frozen=True)
class Constant:
    """Tokens that are offered to an end once, from reset on."""

    sink: End
    tokens: Tokens


class Wiring:
    """Parts and wires that fit each other. ValueError with the first end that does not.

    Parameters: ``outer`` maps each stream of the composed macro to the end that it is, or to a
    stream of its own that wires name; ``ordered`` says that the model follows from the wires:
    then no part may wait for tokens of its own, nor take any whose order depends on timing.
    """

    def __init__(
        self,
        parts: Mapping[str, "Spec"],
        wires: Sequence[Wire],
        constants: Sequence[Constant],
        outer: Mapping[str, End | Stream],
        ordered: bool,
    ) -> None:
        if not parts:
            raise ValueError("a composed macro has no parts")
        self.parts = dict(parts)
        self.inside: dict[End, Stream] = {
            f"{name}.{stream.name}": stream
            for name, part in self.parts.items()
            for stream in part.streams
        }
        self.outer: dict[str, Stream] = {}
        self.wires = [*wires]
        for name, end in outer.items():
            if name in self.parts:
                raise ValueError(f"{name!r} is a part and a stream")
            stream = end if isinstance(end, Stream) else self._end(end)
            self.outer[name] = replace(stream, name=name)
            if isinstance(end, str):
                opened = (name, end) if stream.direction == "in" else (end, name)
                self.wires.append(Wire(*opened))
        self.constants = {constant.sink: constant for constant in constants}
        self.wire_to = self._by_sink(constants)
        for wire in self.wires:
            self._check(wire, ordered)
        self._check_all_meet()
        self.takers: dict[End, list[Wire]] = {}
        for wire in self.wires:
            for source in wire.sources:
                self.takers.setdefault(source, []).append(wire)
        self.order = self._order() if ordered else tuple(self.parts)

    def stream(self, end: End) -> Stream:
        """The stream at an end of a wire."""
        return self.outer[end] if end in self.outer else self.inside[end]

    def taken(self, wire: Wire) -> tuple[Field, ...]:
        """The fields of its single source that a wire takes. ValueError for one that is not."""
        assert isinstance(wire.source, str)
        fields = {field.name: field for field in self.stream(wire.source).fields}
        for name in wire.fields:
            if name not in fields:
                raise ValueError(f"wire {wire}: no field {name!r}; there are {', '.join(fields)}")
        return tuple(fields[name] for name in wire.fields or fields)

    def is_outer(self, end: End) -> bool:
        """Whether it is a stream of the composed macro itself."""
        return end in self.outer

    def width(self, wire: Wire) -> int:
        """Bits of a token on a wire."""
        return sum(field.port_bits for field in self.stream(wire.sink).fields)

    def _end(self, end: End) -> Stream:
        """ValueError with what there is instead."""
        if end in self.inside:
            return self.inside[end]
        part, _, stream = end.rpartition(".")
        if part not in self.parts:
            names = ", ".join((*self.parts, *self.outer))
            raise ValueError(f"no part or stream is called {part or stream!r}; there are {names}")
        names = ", ".join(each.name for each in self.parts[part].streams)
        raise ValueError(f"part {part!r} has no stream {stream!r}; it has {names}")

    def _by_sink(self, constants: Sequence[Constant]) -> dict[End, Wire]:
        sinks = [wire.sink for wire in self.wires]
        drivers = Counter([*sinks, *(constant.sink for constant in constants)])
        for sink, number in drivers.items():
            if number > 1:
                raise ValueError(f"{sink} is driven by {number} wires or constants")
        for constant in constants:
            stream = self._end(constant.sink)
            if stream.direction != "in":
                raise ValueError(f"constant → {stream.name}: that is no input of a part")
            stream.pack(constant.tokens)
        return {wire.sink: wire for wire in self.wires}

    def _check(self, wire: Wire, ordered: bool) -> None:
        sink = self.outer.get(wire.sink) or self._end(wire.sink)
        if (sink.direction == "in") == self.is_outer(wire.sink):
            raise ValueError(f"wire {wire}: {wire.sink} takes no tokens from inside")
        for end in wire.sources:
            source = self.outer.get(end) or self._end(end)
            if (source.direction == "out") == self.is_outer(end):
                raise ValueError(f"wire {wire}: {end} gives no tokens to the inside")
            timed = source.flow or source.losses
            if timed and ordered and not self.is_outer(wire.sink):
                raise ValueError(
                    f"wire {wire}: which tokens {end} gives first depends on time, so that what "
                    "follows does, too; write the model by hand"
                )
        if self._is_bare(wire):
            return
        ends = (*wire.sources, wire.sink)
        asynchronous = [end for end in ends if self.stream(end).asynchronous]
        if asynchronous:
            raise ValueError(f"wire {wire}: {asynchronous[0]} keeps to no clock; it can only leave")
        self._check_fields(wire, sink)

    def _is_bare(self, wire: Wire) -> bool:
        """Whether it only gives a part's stream another name at the ports."""
        return (
            isinstance(wire.source, str)
            and (self.is_outer(wire.source) or self.is_outer(wire.sink))
            and self.stream(wire.source).fields == self.stream(wire.sink).fields
        )

    def _check_fields(self, wire: Wire, sink: Stream) -> None:
        wanted = [_shape(field) for field in sink.fields]
        if isinstance(wire.source, str):
            offered = [_shape(field) for field in self.taken(wire)]
        else:
            offered = [self._side_by_side(wire, wire.source)]
        if offered != wanted:
            raise ValueError(
                f"wire {wire}: tokens of {_described(offered)} do not fit {_described(wanted)}"
            )

    def _side_by_side(self, wire: Wire, pieces: tuple[Lanes, ...]) -> tuple[int, int, bool]:
        elements = set()
        for piece in pieces:
            fields = self.stream(piece.source).fields
            if len(fields) != 1:
                raise ValueError(
                    f"wire {wire}: {piece.source} has no single field to take lanes of"
                )
            lanes, bits, signed = _shape(fields[0])
            if piece.number < 1 or not 0 <= piece.first <= lanes - piece.number:
                raise ValueError(f"wire {wire}: {piece.source} has lanes 0 to {lanes - 1}")
            elements.add((bits, signed))
        if len(elements) != 1:
            raise ValueError(f"wire {wire}: lanes side by side differ in width or sign")
        bits, signed = elements.pop()
        return sum(piece.number for piece in pieces), bits, signed

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
                before[wire.sink.rpartition(".")[0]] |= {end.rpartition(".")[0] for end in inner}
        try:
            return tuple(TopologicalSorter(before).static_order())
        except CycleError as error:
            loop = " → ".join(reversed(error.args[1]))
            raise ValueError(f"parts in a loop: {loop}; write the model by hand") from None

    def passed(self, wire: Wire, tokens: Mapping[End, Tokens]) -> Tokens:
        """The tokens that a wire brings to its sink, of those of all ends."""
        sink = self.stream(wire.sink)
        if isinstance(wire.source, str):
            columns = [tokens[wire.source][field.name] for field in self.taken(wire)]
        else:
            columns = [
                np.concatenate([self._lanes(piece, tokens) for piece in wire.source], axis=1)
            ]
        return {
            field.name: np.asarray(column).reshape(field.shape(len(column)))
            for field, column in zip(sink.fields, columns, strict=True)
        }

    @staticmethod
    def _lanes(piece: Lanes, tokens: Mapping[End, Tokens]) -> Integers:
        (values,) = tokens[piece.source].values()
        rows = np.asarray(values)
        if rows.ndim == 1:
            rows = rows[:, np.newaxis]
        return rows[:, piece.first : piece.first + piece.number]


def _shape(field: Field) -> tuple[int, int, bool]:
    """Lanes, bits and sign; a lane alone is a number."""
    return field.lanes or 1, field.bits, field.signed


def _described(shapes: Sequence[tuple[int, int, bool]]) -> str:
    return " and ".join(
        f"{lanes} {'signed' if signed else 'unsigned'} number{'s' * (lanes > 1)} of {bits} "
        f"bit{'s' * (bits > 1)}"
        for lanes, bits, signed in shapes
    )
