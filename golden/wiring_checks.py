"""Whether what a composition states is of the kinds it should be, and each of its wires fits."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from neuroloom.golden.ports import Field, Handshake, Stream
from neuroloom.golden.program import Program
from neuroloom.golden.spec import Spec
from neuroloom.golden.wire_fields import check_taken, described, pieces, shape
from neuroloom.golden.wires import Constant, End, Lanes, Wire

if TYPE_CHECKING:
    from neuroloom.golden.wiring import Wiring

MOST_PLACES = 65536
"""Most places of a queue on a wire."""


def check_kinds(
    parts: Mapping[str, Spec],
    wires: Sequence[Wire],
    constants: Sequence[Constant],
    outer: Mapping[str, End | Stream | Program],
) -> None:
    """ValueError where a property of a composition gives something of another kind."""
    for told, mapping in (("parts", parts), ("outer", outer)):
        if not isinstance(mapping, Mapping) or not all(isinstance(name, str) for name in mapping):
            raise ValueError(f"{told} maps names to what they stand for")
    if not parts:
        raise ValueError("a composed macro has no parts")
    for name, part in parts.items():
        if not isinstance(part, Spec):
            raise ValueError(f"part {name!r} is no specification but {part!r}")
    for name, end in outer.items():
        if not isinstance(end, str | Stream | Program):
            raise ValueError(f"stream {name!r} is no end of a part, stream or program but {end!r}")
    for told, kind, several in (("wires", Wire, wires), ("constants", Constant, constants)):
        if not isinstance(several, Sequence) or not all(isinstance(one, kind) for one in several):
            raise ValueError(f"{told} is a tuple of {kind.__name__}")


@contextmanager
def about(subject: str) -> Iterator[None]:
    """ValueError of what is within, with what it is about."""
    try:
        yield
    except (ValueError, KeyError) as error:
        raise ValueError(f"{subject}: {error}") from None


def check_wire(wiring: "Wiring", wire: Wire, ordered: bool) -> None:
    """ValueError where ends, tokens or the queue of a wire do not fit, or where a model that
    follows from the wires (``ordered``) would not be that of the hardware.
    """
    if type(wire.places) is not int or not 0 <= wire.places <= MOST_PLACES:
        raise ValueError(f"a queue has 0 to {MOST_PLACES} places, not {wire.places}")
    sink = wiring.outer.get(wire.sink) or wiring.end(wire.sink)
    if (sink.direction == "in") == wiring.is_outer(wire.sink):
        raise ValueError(f"{wire.sink} takes no tokens from inside")
    for end in wire.sources:
        source = wiring.outer.get(end) or wiring.end(end)
        if (source.direction == "out") == wiring.is_outer(end):
            raise ValueError(f"{end} gives no tokens to the inside")
        if source.flow or source.losses:
            _check_timed(wiring, wire, end, sink, ordered)
    if wire.by_hand:
        if ordered:
            raise ValueError("joined by hand; write the model by hand, too")
        return
    if _is_bare(wiring, wire):
        return
    if not _is_link(wiring, wire):
        for end in (*wire.sources, wire.sink):
            if wiring.stream(end).handshake is not Handshake.VALID_READY:
                raise ValueError(f"{end} has no ready; it can only be passed on")
    if isinstance(wire.source, str):
        _check_fields(wiring, wire, sink)
    else:
        _check_lanes(wiring, wire, wire.source, sink)


def _check_timed(wiring: "Wiring", wire: Wire, end: End, sink: Stream, ordered: bool) -> None:
    """ValueError where tokens whose order or number depends on time go where it may not."""
    first = "" if wiring.stream(end).losses else " first"
    told = f"which tokens {end} gives{first} depends on time, so that what follows"
    if ordered and not wiring.is_outer(wire.sink):
        raise ValueError(f"{told} does, too; write the model by hand")
    if wiring.is_outer(wire.sink) and not (sink.flow or sink.losses):
        raise ValueError(f"{told} is compared flow by flow: {wire.sink!r} has to say which")


def _is_bare(wiring: "Wiring", wire: Wire) -> bool:
    """Whether it only gives a part's stream another name at the ports."""
    return (
        isinstance(wire.source, str)
        and not wire.fields
        and (wiring.is_outer(wire.source) or wiring.is_outer(wire.sink))
        and wiring.stream(wire.source).fields == wiring.stream(wire.sink).fields
    )


def _is_link(wiring: "Wiring", wire: Wire) -> bool:
    """Whether it joins two parts by a handshake of theirs that goes with the clock."""
    if not isinstance(wire.source, str) or wire.places or wire.fields or wire.where:
        return False
    ends = wiring.stream(wire.source), wiring.stream(wire.sink)
    alone = sum(wire.source in other.sources for other in wiring.wires) == 1
    return alone and ends[0].handshake is ends[1].handshake and not ends[0].asynchronous


def _check_fields(wiring: "Wiring", wire: Wire, sink: Stream) -> None:
    fields = wiring.fields(wire)
    if not isinstance(wire.fields, Mapping):
        offered = _named(wiring, wire)
        if [shape(field) for field in offered] != [shape(field) for field in sink.fields]:
            raise ValueError(f"tokens of {described(offered)} do not fit {described(sink.fields)}")
    taken = wiring.taken(wire)
    for field in sink.fields:
        check_taken(taken[field.name], field, fields)
    if wire.where is not None:
        bits, value = wire.where
        pieces((bits,), fields)
        if not 0 <= value < 1 << bits.number:
            raise ValueError(f"{bits} are never {value}")


def _named(wiring: "Wiring", wire: Wire) -> list[Field]:
    """The fields that are taken in their order. ValueError for one that is not there."""
    fields = wiring.fields(wire)
    for name in wire.fields:
        if name not in fields:
            raise ValueError(f"no field {name!r}; there are {', '.join(fields)}")
    return [fields[name] for name in wire.fields or fields]


def _check_lanes(wiring: "Wiring", wire: Wire, lanes: Sequence[Lanes], sink: Stream) -> None:
    """Tokens of one field, made of lanes of several."""
    if wire.fields or wire.where:
        raise ValueError("lanes side by side are taken as they are")
    if not lanes:
        raise ValueError("no lanes are named")
    elements = set()
    for piece in lanes:
        fields = wiring.stream(piece.source).fields
        if len(fields) != 1:
            raise ValueError(f"{piece.source} has no single field to take lanes of")
        number, bits, signed = shape(fields[0])
        if piece.number < 1 or not 0 <= piece.first <= number - piece.number:
            raise ValueError(f"{piece.source} has lanes 0 to {number - 1}")
        elements.add((bits, signed))
    if len(elements) != 1:
        raise ValueError("lanes side by side differ in width or sign")
    ((bits, signed),) = elements
    row = Field("", bits, "", signed, sum(piece.number for piece in lanes))
    if [shape(row)] != [shape(field) for field in sink.fields]:
        raise ValueError(f"tokens of {described([row])} do not fit {described(sink.fields)}")
