"""Hardware of composed macros: parts, and what joins their streams."""

from collections import Counter
from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from typing import Any, TypeVar

from amaranth.hdl import C as Const
from amaranth.hdl import Cat, Module, Signal, Value
from amaranth.lib.wiring import connect as passed_on
from amaranth.lib.wiring import flipped

from neuroloom.golden.composition import Composition
from neuroloom.golden.ports import Field, Handshake
from neuroloom.golden.spec import Spec
from neuroloom.golden.wire_fields import Bits, Taken, pieces
from neuroloom.golden.wires import End, Wire
from neuroloom.hdl.component import Component
from neuroloom.hdl.parts import connect
from neuroloom.hdl.sharing import Shared
from neuroloom.hdl.streams.constant_stream import ConstantStream
from neuroloom.hdl.streams.stream_fifo import StreamFifo
from neuroloom.hdl.streams.stream_fork import StreamFork

C = TypeVar("C", bound=Composition)


def component_of(spec: Spec) -> Component[Any]:
    """The hardware of a part, found beside its golden model by the path of its module.

    A composition without hardware of its own is built as its wires say.
    """
    module = type(spec).__module__
    place = module.replace(".golden.", ".hdl.", 1)
    if place == module or find_spec(place) is None:
        if not isinstance(spec, Composition):
            raise TypeError(f"{module} has no hardware beside it: {place} is not there")
        return Composed(spec)
    stem = type(spec).__name__.removesuffix("Spec")
    component: Component[Any] = getattr(import_module(place), stem)(spec)
    return component


class Composed(Component[C]):
    """The parts of a composition and the streams between them, built as its wires say.

    Equal parts are elaborated once. A macro that adds something, such as what wires by hand stand
    for, finds the streams by :meth:`at`; what it assigns behind ``super().elaborate`` comes last.
    """

    @cached_property
    def parts(self) -> dict[str, Component[Any]]:
        """The hardware of the parts by name."""
        return {name: component_of(part) for name, part in self.spec.wiring.parts.items()}

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        wiring = self.spec.wiring
        keys = {name: (type(part), part.model_dump_json()) for name, part in wiring.parts.items()}
        times = Counter(keys.values())
        for name, component in self.parts.items():
            several = times[keys[name]] > 1
            m.submodules[name] = Shared(component, keys[name][1]) if several else component
        self._forks = {
            source: self._fork(m, source, len(takers))
            for source, takers in wiring.takers.items()
            if len(takers) > 1
        }
        self._queued = [wire for wire in wiring.wires if wire.places]
        for wire in wiring.wires:
            if not wire.by_hand:
                self._wire(m, wire)
        for sink, constant in wiring.constants.items():
            if not constant.tokens:
                continue
            fields = wiring.stream(sink).fields
            words = [
                _word(token, [field.port_bits for field in fields])
                for token in wiring.stream(sink).pack(constant.tokens)
            ]
            source = ConstantStream(sum(field.port_bits for field in fields), words)
            m.submodules[f"constant_{_name(sink)}"] = source
            connect(m, source.output, self.at(sink))
        return m

    def at(self, end: End) -> Any:
        """The stream's interface, of a part or of the macro itself."""
        if self.spec.wiring.is_outer(end):
            return getattr(self, end)
        part, _, stream = end.rpartition(".")
        return getattr(self.parts[part], stream)

    def _fork(self, m: Module, source: End, takers: int) -> list[Any]:
        interface = self.at(source)
        m.submodules[f"fork_{_name(source)}"] = fork = StreamFork(
            len(Value.cast(interface.payload)), takers
        )
        connect(m, interface, fork.input)
        return [fork.output(number) for number in range(takers)]

    def _from(self, source: End) -> Any:
        """What a further wire leaves."""
        return self._forks[source].pop(0) if source in self._forks else self.at(source)

    def _wire(self, m: Module, wire: Wire) -> None:
        wiring = self.spec.wiring
        sink = self.at(wire.sink)
        if wire.places:
            queue = StreamFifo(wiring.width(wire), wire.places)
            m.submodules[f"queue{self._queued.index(wire)}"] = queue
            connect(m, queue.output, sink)
            sink = queue.input
        if not isinstance(wire.source, str):
            self._lanes(m, wire, sink)
        elif wiring.stream(wire.source).handshake is not Handshake.VALID_READY:
            passed_on(m, self._inner(wire.source), self._inner(wire.sink))
        else:
            self._fields(m, wire, wire.source, sink)

    def _inner(self, end: End) -> Any:
        interface = self.at(end)
        return flipped(interface) if self.spec.wiring.is_outer(end) else interface

    def _fields(self, m: Module, wire: Wire, end: End, sink: Any) -> None:
        """What the sink's fields get, of all tokens or of those that are wanted."""
        wiring, source = self.spec.wiring, self._from(end)
        fields, taken = wiring.fields(wire), wiring.taken(wire)
        word = Cat(
            _field(source.payload, fields, taken[field.name], field)
            for field in wiring.stream(wire.sink).fields
        )
        m.d.comb += [
            Value.cast(sink.payload).eq(word),
            sink.valid.eq(source.valid),
            source.ready.eq(sink.ready),
        ]
        if wire.where is not None:
            bits, value = wire.where
            wanted = Signal(name=f"wanted_{_name(wire.sink)}")
            m.d.comb += [
                wanted.eq(_bits(source.payload, fields, bits) == value),
                sink.valid.eq(source.valid & wanted),
                source.ready.eq(sink.ready | ~wanted),
            ]

    def _lanes(self, m: Module, wire: Wire, sink: Any) -> None:
        """Tokens of all sources at once, the lanes wanted of each side by side."""
        assert not isinstance(wire.source, str)
        sources = {end: self._from(end) for end in wire.sources}
        words = []
        for piece in wire.source:
            (field,) = self.spec.wiring.stream(piece.source).fields
            word = Value.cast(sources[piece.source].payload)
            words.append(word[piece.first * field.bits :][: piece.number * field.bits])
        offered = Signal(len(sources), name=f"offered_{_name(wire.sink)}")
        m.d.comb += [
            offered.eq(Cat(each.valid for each in sources.values())),
            sink.valid.eq(offered.all()),
            Value.cast(sink.payload).eq(Cat(words)),
            *(each.ready.eq(sink.ready & offered.all()) for each in sources.values()),
        ]


def _field(payload: Any, fields: dict[str, Field], taken: Taken, sink: Field) -> Value:
    """All bits of a field of the sink."""
    if isinstance(taken, int):
        return Const(taken, sink.bits)
    given = Cat(_bits(payload, fields, bits) for bits in pieces(taken, fields))
    missing = sink.port_bits - len(given)
    signed = isinstance(taken, str) and fields[taken].signed
    return Cat(given, (given[-1] if signed else Const(0, 1)).replicate(missing))


def _bits(payload: Any, fields: dict[str, Field], bits: Bits) -> Value:
    low = 0
    for name, field in fields.items():
        if name == bits.field:
            break
        low += field.port_bits
    return Value.cast(payload)[low + bits.first :][: bits.number]


def _name(end: End) -> str:
    return end.replace(".", "_")


def _word(values: tuple[int, ...], widths: list[int]) -> int:
    """The fields of a token as one number, the first one lowest."""
    word, low = 0, 0
    for value, width in zip(values, widths, strict=True):
        word |= value << low
        low += width
    return word
