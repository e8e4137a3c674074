"""What is proved of a macro: named properties over its streams, for every input and any reset.

A macro with control logic has a fifth face, ``<Stem>Properties`` in
``verif/<area>/<name>_properties.py``. It says what always holds, what can happen, and which small
faults the properties notice::

    class LeakyQueueProperties(Properties[LeakyQueueSpec]):
        '''Nothing is lost, and somebody who waits gets on.'''

        def state(self, proof: Proof, component: Any) -> None:
            taken = component.entries.valid & component.entries.ready
            given = component.exits.valid & component.exits.ready
            level = Signal(range(self.spec.depth + 2))
            proof.m.d.sync += level.eq(level + taken - given)
            proof.always("room", "it never takes more than it holds", level <= self.spec.depth)
            proof.at_most(
                "progress", "a token leaves within three cycles of a ready consumer",
                counted=component.exits.ready & level.any(), cleared=given, limit=3,
            )
            proof.can("full", "it fills up", level == self.spec.depth)

        def faults(self) -> list[Fault]:
            def leaky(m: Module, inner: Any, outer: Any) -> None:
                m.d.comb += outer.entries.ready.eq(1)

            return [Fault("leaky", "it takes tokens when it is full", self.tampered(leaky))]

        @classmethod
        def small_specs(cls) -> list[LeakyQueueSpec]:
            return [LeakyQueueSpec(depth=1), LeakyQueueSpec(depth=3)]

The stream protocol is stated of every macro without a word (``neuroloom.verif.stream_protocol``):
producers keep their tokens, and so does the macro, and faults against it are tried too. Of
asynchronous streams, whose wires are free in every cycle, the macro's own properties say it. Inputs
are free in every cycle and so is reset, which also resets whatever the properties remember in the
domain ``sync``.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from amaranth.hdl import Cat, ClockDomain, Module, Mux, Signal, Value

from neuroloom.golden.spec import Spec
from neuroloom.hdl.component import Component

S = TypeVar("S", bound=Spec)
Tampering = Callable[[Module, Any, Any], None]
"""Gets the module, the component inside and the one outside; what it assigns comes last."""


@dataclass(frozen=True)
class Claim:
    """Something that always holds, or something that can happen."""

    name: str
    sentence: str
    monitor: Signal
    """High in a cycle in which a property is violated, or in which a cover is reached."""
    steps: int = 2
    """Cycles that induction takes for granted before the one in which it proves."""


@dataclass(frozen=True)
class Fault:
    """A small deliberate fault that some property must reject."""

    name: str
    sentence: str
    component: Callable[[], Component[Any]]
    noticed_by: tuple[str, ...] = ()
    """The properties that it must violate; any of them will do where none is named."""


class Properties(ABC, Generic[S]):
    """The properties of a macro; see the top of this file. ``build`` makes its component."""

    most_bits: ClassVar[int] = 60
    """Most bits of state, flip-flops and memory, in companions that are proved."""

    def __init__(self, spec: S, build: Callable[[], Component[S]]) -> None:
        self.spec, self.build = spec, build

    @abstractmethod
    def state(self, proof: "Proof", component: Any) -> None:
        """Add properties, covers and assumptions about ``component`` to ``proof``."""

    @abstractmethod
    def faults(self) -> list[Fault]:
        """Faults beside those against the stream protocol; each property notices some fault."""

    @classmethod
    @abstractmethod
    def small_specs(cls) -> list[S]:
        """Specifications at which everything is proved in seconds, with every option."""

    def tampered(self, change: Tampering) -> Callable[[], Component[S]]:
        """The macro with ``change`` between it and its ports."""
        return lambda: Tampered(self.build(), change)


class Tampered(Component[S]):
    """Another component behind the same ports, with a change in between."""

    def __init__(self, inner: Component[S], change: Tampering) -> None:
        super().__init__(inner.spec)
        self.inner, self.change = inner, change

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        m.submodules.inner = self.inner
        for port in self.spec.streams:
            inner, outer = getattr(self.inner, port.name), getattr(self, port.name)
            source, sink = (outer, inner) if port.direction == "in" else (inner, outer)
            offer, *answers = port.controls
            m.d.comb += getattr(sink, offer).eq(getattr(source, offer))
            m.d.comb += sink.payload.eq(source.payload)
            m.d.comb += [getattr(source, name).eq(getattr(sink, name)) for name in answers]
        self.change(m, self.inner, self)
        return m


class Proof:
    """A component with monitors around it; every input of it is free in every cycle.

    ``m`` takes logic that watches the component; ``fresh`` is high in the first cycle and in the
    first one after a reset.
    """

    def __init__(self, component: Component[Any]) -> None:
        self.m = Module()
        self.component = component
        self.domain = ClockDomain("sync")
        self.inputs: dict[str, Signal] = {"rst": self.domain.rst}
        """What an engine chooses freely: reset, the component's inputs, and more."""
        self.properties: list[Claim] = []
        self.covers: list[Claim] = []
        self.lemmas: list[Claim] = []
        """Properties that others may rest on; all of them are proved in one induction."""
        self.fresh = Signal(init=1)
        self._assumptions: list[Value] = []
        self._legal = Signal()
        self.m.domains.sync = self.domain
        self.m.submodules.component = component
        self.m.d.sync += self.fresh.eq(0)
        for port in component.spec.streams:
            interface = getattr(component, port.name)
            offer, *answers = port.controls
            free = [offer] if port.direction == "in" else answers
            self.inputs |= {f"{port.name}.{name}": getattr(interface, name) for name in free}
            if port.direction == "in":
                self.inputs[f"{port.name}.payload"] = Value.cast(interface.payload)

    def assume(self, condition: Value) -> None:
        """Runs in which ``condition`` was ever low since reset violate and reach nothing."""
        self._assumptions.append(condition)

    def always(self, name: str, sentence: str, condition: Value, steps: int = 2) -> None:
        """``condition`` is high in every cycle; induction takes ``steps`` cycles for granted."""
        self.properties.append(self._claim(name, sentence, ~_truth(condition), steps))

    def lemma(self, name: str, sentence: str, condition: Value) -> None:
        """A property of what is inside, on which all others may rest."""
        self.always(name, sentence, condition)
        self.lemmas.append(self.properties[-1])

    def can(self, name: str, sentence: str, condition: Value) -> None:
        """There is a run in which ``condition`` is high in some cycle."""
        self.covers.append(self._claim(name, sentence, _truth(condition)))

    def at_most(self, name: str, sentence: str, counted: Value, cleared: Value, limit: int) -> None:
        """States that at most ``limit`` cycles are ``counted`` with none ``cleared`` among or
        between them.
        """
        count = Signal(range(limit + 1), name=f"count_{_plain(name)}")
        more = Signal(name=f"more_{_plain(name)}")
        self.m.d.comb += more.eq(_truth(counted) & ~_truth(cleared))
        with self.m.If(_truth(cleared)):
            self.m.d.sync += count.eq(0)
        with self.m.Elif(more & (count != limit)):
            self.m.d.sync += count.eq(count + 1)
        self.always(name, sentence, ~(more & (count == limit)))

    def within(self, name: str, sentence: str, waiting: Value, limit: int) -> None:
        """States that at most ``limit`` cycles in a row are ``waiting``. Induction sees as many."""
        count = Signal(range(limit + 1), name=f"count_{_plain(name)}")
        with self.m.If(~_truth(waiting)):
            self.m.d.sync += count.eq(0)
        with self.m.Elif(count != limit):
            self.m.d.sync += count.eq(count + 1)
        self.always(name, sentence, ~(_truth(waiting) & (count == limit)), steps=limit + 2)

    def past(self, value: Any) -> Signal:
        """``value`` in the cycle before; 0 after reset."""
        signal = Signal(len(Value.cast(value)), name=f"past_{len(self.inputs)}")
        self.m.d.sync += signal.eq(value)
        return signal

    def anything(self, name: str, shape: Any) -> Signal:
        """A free value in every cycle, for a property that holds whatever it is."""
        self.inputs[name] = signal = Signal(shape, name=name)
        return signal

    def constant(self, name: str, shape: Any) -> Signal:
        """A free value that stays the same until reset, such as the number of one to watch."""
        signal = self.anything(name, shape)
        self.assume(self.fresh | (signal == self.past(signal)))
        return signal

    def _claim(self, name: str, sentence: str, happens: Value, steps: int = 2) -> Claim:
        if any(name == claim.name for claim in (*self.properties, *self.covers)):
            raise ValueError(f"there are two claims with the name {name!r}")
        monitor = Signal(name=f"monitor_{_plain(name)}")
        self.m.d.comb += monitor.eq(self._legal & happens)
        return Claim(name, sentence, monitor, steps)

    def finished(self) -> Module:
        """The module with everything in it; once, after the last claim and assumption."""
        m = self.m
        held_so_far = Signal(init=1)
        m.d.comb += self._legal.eq(held_so_far & Cat(map(_truth, self._assumptions)).all())
        m.d.sync += held_so_far.eq(self._legal)
        return m


def implies(condition: Value, consequence: Value) -> Value:
    """Low only where ``condition`` is high and ``consequence`` is not."""
    return ~_truth(condition) | _truth(consequence)


def one_hot_or_none(bits: Value) -> Value:
    """Whether at most one bit is high."""
    return ~(bits & (bits - 1)[: len(bits)]).any()


def number_as_one_hot(number: Value, size: int) -> Value:
    """One of ``size`` bits, at the place ``number``."""
    return Cat(number == place for place in range(size))


def chosen(bits: Value, number: Value) -> Value:
    """The bit of ``bits`` at the place ``number``; 0 where there is none."""
    return Cat(Mux(number == place, bit, 0) for place, bit in enumerate(bits)).any()


def _truth(condition: Any) -> Value:
    return Value.cast(condition).any()


def _plain(name: str) -> str:
    return name.replace("-", "_").replace(".", "_")
