"""Producers and consumers of streams, with random gaps and the protocol checks."""

from collections import deque
from dataclasses import dataclass, field
from random import Random

from neuroloom.golden.ports import Stream, port_name
from neuroloom.verif.simulator import Simulator


class BenchError(Exception):
    """The hardware and the golden model, its contract or the stream protocol disagree.

    ``stream`` and ``token`` are the output token that it is about, ``operation`` the operation,
    where that is known.
    """

    def __init__(
        self, message: str, stream: str = "", token: int | None = None, operation: int | None = None
    ) -> None:
        super().__init__(message)
        self.stream, self.token, self.operation = stream, token, operation


class NotCovered(BenchError):
    """All that came was right, but not all came that should be seen."""


@dataclass
class Gaps:
    """When a producer offers and a consumer accepts: each cycle with these probabilities.

    ``blocked`` consumers stay closed until nothing moves any more, so that every buffer fills.
    """

    offer: float = 1.0
    accept: float = 1.0
    blocked: bool = False


@dataclass(eq=False)
class Producer:
    """Drives an input stream. Offers a token until it is taken; payload is noise in between."""

    sim: Simulator
    stream: Stream
    random: Random
    words: list[tuple[int, ...]] = field(default_factory=list)
    gaps: Gaps = field(default_factory=Gaps)
    taken: list[int] = field(default_factory=list)
    """Cycle in which each word was accepted."""
    waited: bool = False
    """Whether any word had to wait, over all phases."""

    def __post_init__(self) -> None:
        self._ports = [port_name(self.stream, entry.name) for entry in self.stream.fields]
        self._widths = [entry.port_bits for entry in self.stream.fields]
        self._valid = port_name(self.stream, "valid")
        self._ready = port_name(self.stream, "ready")
        self._noise = Random(self.stream.name)
        self.withdraw()

    @property
    def done(self) -> bool:
        return len(self.taken) == len(self.words)

    def start(self, words: list[tuple[int, ...]], gaps: Gaps) -> None:
        self.words, self.gaps, self.taken = words, gaps, []

    def withdraw(self) -> None:
        """Offer nothing, whatever was offered before: for reset only."""
        self._offering = self._valid_high = False
        self.sim.set(self._valid, 0)
        self._scramble()

    def forget(self, lasting: int = 0) -> None:
        """Offer nothing behind a reset; who sees none of it may go on for ``lasting`` cycles."""
        self.withdraw()

    def press(self) -> None:
        """Offer what must not be taken: while reset is high. Decided apart from all else."""
        self._offering = False
        self._valid_high = True
        self.sim.set(self._valid, 1)
        for port, width in zip(self._ports, self._widths, strict=True):
            self.sim.set(port, self._noise.getrandbits(width))

    def _scramble(self) -> None:
        for port, width in zip(self._ports, self._widths, strict=True):
            self.sim.set(port, self.random.getrandbits(width))

    def drive(self) -> None:
        if self._offering:
            return
        if not self.done and (self.gaps.offer == 1 or self.random.random() < self.gaps.offer):
            for port, value in zip(self._ports, self.words[len(self.taken)], strict=True):
                self.sim.set(port, value)
            if not self._valid_high:
                self.sim.set(self._valid, 1)
            self._offering = self._valid_high = True
        elif self._valid_high:
            self.sim.set(self._valid, 0)
            self._scramble()
            self._valid_high = False

    def observe(self, cycle: int) -> bool:
        """Whether a token was handed over in this cycle."""
        if not self._offering:
            return False
        ready = self.sim.get(self._ready)
        if ready is None:
            raise BenchError(f"{self._ready} is unknown (X) in cycle {cycle}")
        if not ready:
            self.waited = True
            return False
        self.taken.append(cycle)
        self._offering = False
        return True


@dataclass(eq=False)
class Consumer:
    """Accepts from an output stream and holds every token against what is expected of its flow.

    A stream whose tokens all keep their order is one flow.
    """

    sim: Simulator
    stream: Stream
    random: Random
    expected: list[tuple[int, ...]] = field(default_factory=list)
    gaps: Gaps = field(default_factory=Gaps)
    delivered: list[int] = field(default_factory=list)
    """Cycle in which each word was handed over."""
    stalled: bool = False
    """Whether the macro ever had to hold a word, over all phases."""
    senders: tuple[str, int] | None = None
    """A field that also tells flows, by what is left of it after division by a number."""

    def __post_init__(self) -> None:
        self._ports = [port_name(self.stream, entry.name) for entry in self.stream.fields]
        self._valid = port_name(self.stream, "valid")
        self._ready = port_name(self.stream, "ready")
        self._open = False
        self._held: tuple[int, ...] | None = None
        self._flows: dict[tuple[int, ...], deque[int]] = {}
        self.sim.set(self._ready, 0)

    @property
    def done(self) -> bool:
        return len(self.delivered) == len(self.expected)

    def start(self, expected: list[tuple[int, ...]], gaps: Gaps) -> None:
        self.expected, self.gaps, self.delivered = [], gaps, []
        self._flows = {}
        self.expect(expected)

    def expect(self, words: list[tuple[int, ...]]) -> None:
        """More words, behind those that are expected already."""
        for index, word in enumerate(words, len(self.expected)):
            self._flows.setdefault(self._flow_of(word), deque()).append(index)
        self.expected = self.expected + words

    def forget(self, lasting: int = 0) -> None:
        """Drop what was held: for reset only. An acknowledge, where there is one, stays as it was
        for ``lasting`` cycles.
        """
        self._held = None

    def press(self) -> None:
        """Accept what must not be given: while reset is high."""
        self._open = True
        self.sim.set(self._ready, 1)

    def drive(self, blocked: bool) -> None:
        opening = not blocked and (self.gaps.accept == 1 or self.random.random() < self.gaps.accept)
        if opening is not self._open:
            self.sim.set(self._ready, int(opening))
            self._open = opening

    def observe(self, cycle: int) -> bool:
        """Whether a token was handed over in this cycle."""
        valid = self.sim.get(self._valid)
        if valid is None:
            raise self._error(f"{self._valid} is unknown (X) in cycle {cycle}")
        if not valid:
            if self._held is not None:
                raise self._error(
                    f"{self._valid} fell in cycle {cycle} before the token was accepted"
                )
            return False
        payload = tuple(self._read(port, cycle) for port in self._ports)
        if self._held is not None and payload != self._held:
            raise self._error(
                f"stream {self.stream.name!r} changed its payload in cycle {cycle} while waiting: "
                f"{self._show(self._held)} became {self._show(payload)}"
            )
        if not self._open:
            self._held = payload
            self.stalled = True
            return False
        self._held = None
        self._check(payload, cycle)
        self.delivered.append(cycle)
        return True

    def _flow_of(self, word: tuple[int, ...]) -> tuple[int, ...]:
        if self.senders is None:
            return self.stream.flow_of(word)
        name, senders = self.senders
        return (word[[entry.name for entry in self.stream.fields].index(name)] % senders,)

    def _read(self, port: str, cycle: int) -> int:
        value = self.sim.get(port)
        if value is None:
            raise self._error(f"{port} is unknown (X) in cycle {cycle}")
        return value

    def _error(self, message: str, token: int | None = None) -> BenchError:
        """An error about that token, or the next one."""
        return BenchError(
            message, self.stream.name, len(self.delivered) if token is None else token
        )

    def _check(self, payload: tuple[int, ...], cycle: int) -> None:
        flow = self._flow_of(payload)
        coming = self._flows.get(flow)
        if not coming:
            known = sum(self._flow_of(word) == flow for word in self.expected)
            raise BenchError(
                f"stream {self.stream.name!r} gave an extra token in cycle {cycle} after the "
                f"{known} expected{self._flow(payload)}: {self._show(payload)}"
            )
        index = coming.popleft()
        if payload != self.expected[index]:
            raise self._error(
                f"stream {self.stream.name!r}, token {index} of {len(self.expected)}"
                f"{self._flow(payload)}, cycle {cycle}: "
                f"expected {self._show(self.expected[index])}, got {self._show(payload)}",
                index,
            )

    @property
    def awaited(self) -> int:
        """The first token that did not come."""
        return min(coming[0] for coming in self._flows.values() if coming)

    def missing(self) -> str:
        """A sentence about the tokens that did not come."""
        first = self.expected[self.awaited]
        return (
            f"stream {self.stream.name!r} gave {len(self.delivered)} of {len(self.expected)} "
            f"tokens; the next{self._flow(first)} would be {self._show(first)}"
        )

    def _flow(self, payload: tuple[int, ...]) -> str:
        """Flow that a token belongs to, in words, where there are several."""
        if self.senders is not None:
            return f" of sender {self._flow_of(payload)[0]}"
        return f" of flow {self._show(payload, self.stream.flow)}" if self.stream.flow else ""

    def _show(self, payload: tuple[int, ...], names: tuple[str, ...] | None = None) -> str:
        return words_shown(self.stream, payload, names)


def words_shown(
    stream: Stream, payload: tuple[int, ...], names: tuple[str, ...] | None = None
) -> str:
    """The fields of a token, all or those of some ``names``: those with lanes as on their port."""
    tokens = stream.unpack([payload])
    return ", ".join(
        f"{entry.name}={tokens[entry.name][0] if entry.lanes is None else hex(value)}"
        for entry, value in zip(stream.fields, payload, strict=True)
        if names is None or entry.name in names
    )
