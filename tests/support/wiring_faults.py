"""Wrong wires of composed macros, one at a time, in their hardware alone."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from neuroloom.golden.composition import Composition
from neuroloom.golden.ports import Stream
from neuroloom.golden.wires import Wire
from neuroloom.golden.wiring import Wiring


@dataclass(frozen=True)
class WiringFault:
    """A change of the wiring."""

    kind: str
    told: str
    change: Callable[[Wiring], None]

    def of(self, spec: Composition) -> Composition:
        """The specification with the fault, for hardware; its model would have it, too."""
        faulty = spec.model_copy()
        self.change(faulty.wiring)
        return faulty


def wiring_faults(spec: Composition) -> Iterator[WiringFault]:
    """Two parts exchanged, lanes moved by one, constants exchanged, a taker forgotten by its fork;
    only where tokens are not the same then.
    """
    wiring = spec.wiring
    yield from _exchanged(wiring)
    for number, wire in enumerate(wiring.wires):
        yield from _moved(wiring, number, wire)
    yield from _neighbours(wiring)
    for source, takers in wiring.takers.items():
        if len(takers) > 1:
            for wire in takers:
                yield WiringFault(
                    "forgotten", f"the fork of {source} forgets {wire.sink}", _without(wire)
                )


def _exchanged(wiring: Wiring) -> Iterator[WiringFault]:
    """The sinks of two wires, of equal tokens of different origin."""
    joined = [wire for wire in wiring.wires if not wire.by_hand]
    for one, other in combinations(joined, 2):
        ends = wiring.stream(one.sink), wiring.stream(other.sink)
        same = one.source == other.source and one.fields == other.fields
        if same or _shape(ends[0]) != _shape(ends[1]):
            continue
        if wiring.is_outer(one.sink) or wiring.is_outer(other.sink):
            continue

        def change(faulty: Wiring, one: Wire = one, other: Wire = other) -> None:
            for wire, sink in ((one, other.sink), (other, one.sink)):
                _replace(faulty, wire, replace(wire, sink=sink))

        yield WiringFault("exchanged", f"{one.sink} and {other.sink} are exchanged", change)


def _moved(wiring: Wiring, number: int, wire: Wire) -> Iterator[WiringFault]:
    if isinstance(wire.source, str):
        return
    for place, piece in enumerate(wire.source):
        lanes = wiring.stream(piece.source).fields[0].lanes or 1
        for first in (piece.first - 1, piece.first + 1):
            if 0 <= first <= lanes - piece.number:
                moved = list(wire.source)
                moved[place] = replace(piece, first=first)
                wrong = replace(wire, source=tuple(moved))

                def change(faulty: Wiring, wire: Wire = wire, wrong: Wire = wrong) -> None:
                    _replace(faulty, wire, wrong)

                yield WiringFault("moved", f"wire {wire} from lane {first}", change)


def _neighbours(wiring: Wiring) -> Iterator[WiringFault]:
    given = [each for each in wiring.constants.values() if each.tokens]
    for one, other in combinations(given, 2):
        streams = wiring.stream(one.sink), wiring.stream(other.sink)
        differ = any(
            field.name not in other.tokens
            or not np.array_equal(one.tokens[field.name], other.tokens[field.name])
            for field in streams[0].fields
        )
        if differ and _shape(streams[0]) == _shape(streams[1]):

            def change(faulty: Wiring, a: str = one.sink, b: str = other.sink) -> None:
                constants = faulty.constants
                constants[a], constants[b] = constants[b], constants[a]

            yield WiringFault("constants", f"constants of {one.sink} and {other.sink}", change)


def _without(wire: Wire) -> Callable[[Wiring], None]:
    def change(faulty: Wiring) -> None:
        faulty.wires.remove(wire)
        for source in wire.sources:
            faulty.takers[source].remove(wire)

    return change


def _replace(faulty: Wiring, wire: Wire, wrong: Wire) -> None:
    faulty.wires[faulty.wires.index(wire)] = wrong
    for takers in faulty.takers.values():
        takers[:] = [wrong if taker == wire else taker for taker in takers]


def _shape(stream: Stream) -> tuple[object, ...]:
    fields = [(field.name, field.bits, field.signed, field.lanes) for field in stream.fields]
    return stream.handshake, *fields
