"""How many cycles a macro takes: promised beside the golden model, measured by the bench."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
Cycles = NDArray[np.int64]


FEW_INPUTS = 2
"""Inputs at most that are named one by one."""
ALL = -1
"""Tokens of an input that never waits: all are taken, each in the cycle in which it is offered."""


@dataclass(frozen=True)
class Variation:
    """What each operation of some traffic takes and gives, where that depends on the data.

    ``busy`` (operations,) counts the cycles from the delivery that ends one operation to the one
    that ends the next; ``produces`` the tokens (operations,) on each output stream whose number
    varies. ValueError when the shapes differ.
    """

    busy: Counts
    produces: Mapping[str, Counts]

    def __post_init__(self) -> None:
        for stream, tokens in self.produces.items():
            if np.shape(tokens) != np.shape(self.busy):
                raise ValueError(
                    f"the variation has {len(self.busy)} operations but counts tokens of stream "
                    f"{stream!r} for {len(tokens)}"
                )


@dataclass(frozen=True)
class Waits:
    """Inputs that share an output: while each of them always has a token for ``output``, one in
    ``most`` tokens there is its own, so that it waits for so many and never for more.
    """

    output: str
    most: Mapping[str, int]
    """Name of each input to the tokens of ``output`` from one of its own to its next."""


@dataclass(frozen=True)
class Ahead:
    """How far an output runs ahead of what answers it: while ``answers`` gives nothing, exactly
    ``tokens`` of ``output`` leave, or ``at_most`` so many where other things take their places.
    """

    output: str
    answers: str
    tokens: int
    at_most: bool = False


def before_second(gives: NDArray[np.bool_]) -> int:
    """Tokens that are taken while the output is held, where those that give nothing are taken
    always: all before the second one that gives.
    """
    giving = np.flatnonzero(gives)
    return int(giving[1]) if len(giving) > 1 else len(gives)


def shared(waits: Sequence[Waits], unit: str) -> str:
    """The fairness at outputs that several inputs share, in words; empty where none is shared."""
    counts = [most for wait in waits for most in wait.most.values()]
    if not counts:
        return ""
    return "at an output, " + turns(
        max(counts), unit, Fraction(1, max(counts)), Fraction(1, min(counts))
    )


def turns(longest: int, unit: str, least: Fraction, greatest: Fraction) -> str:
    """The fairness of turns: ``longest`` ``unit``s to wait, and the part of them each one gets."""
    cycles = f"{least}" if least == greatest else f"{least} to {greatest}"
    return (
        f"one that keeps asking waits for at most {longest} {unit}s; while all ask, each gets "
        f"{cycles} of them"
    )


@dataclass(frozen=True)
class Contract:
    """Timing of a macro whose input always has the next token and whose output never waits.

    ``latency`` counts the cycles from the one that accepts the first token of an operation to the
    one that delivers its last token, for the first operation after reset (or after a pause);
    ``interval`` the cycles from the last delivery of one operation to that of the next.

    Where cycles depend on the data, ``varies`` says how, and ``latency``, ``interval`` and
    ``produces`` are those of the slowest operation there is. The promise stays exact: the
    :class:`Variation` of the traffic (:meth:`neuroloom.golden.spec.Spec.variation`) has the cycles
    and tokens of every operation. Each then gives at least one token, so that its end is seen.
    A tick that takes any number of events has no slowest: the macro's contract says which one it
    states, and a variation may have slower ones.

    Where operations contend for something, ``contention`` says for what. The promise then holds
    for operations that do not: those of the stimulus' ``uncontended``, each of which gives
    ``produces``. Of others only the tokens are promised, and that all of them come.
    """

    operation: str
    """What one operation is, in words: "word", "vector", "image"."""
    consumes: dict[str, int]
    """Tokens that one operation takes from each input stream, at most where that varies."""
    produces: dict[str, int]
    """Tokens that one operation gives on each output stream."""
    latency: int
    interval: int
    start: int = 0
    """Cycles after reset in which no token is taken yet, such as those that clear a memory."""
    varies: str = ""
    """What cycles and tokens depend on, in words; empty where they are the same for all data."""
    contention: str = ""
    """What operations contend for, in words; empty where none delays another one."""
    loss: str = ""
    """What is lost when an output is held, in words; empty where inputs wait. The promise then
    holds for outputs that are accepted at once, and all tokens come."""

    fairness: str = ""
    """Who is served how often where several ask for the same, in words; empty where none does."""
    waits: tuple[Waits, ...] = ()
    """Outputs that inputs share, and how long each of them waits: as exact as the interval."""

    room: Mapping[str, int] | None = None
    """Tokens of inputs that are taken while every output is held, from a standstill with nothing
    under way, or :data:`ALL`; None: of pipelines as many as are in them, of others not stated."""
    readiness: str = ""
    """What is taken while every output is held where that depends on data, in words: the numbers
    are those of :meth:`neuroloom.golden.spec.Spec.room`."""
    ahead: tuple[Ahead, ...] = ()
    """Outputs that are answered from outside, and how many answers may be missing."""

    @property
    def held(self) -> Mapping[str, int]:
        """Tokens of inputs that are taken while every output is held; empty: not stated."""
        if self.room is not None:
            return self.room
        pipelined = self.interval == 1 and not (self.varies or self.contention or self.loss)
        if not pipelined:
            return {}
        return {name: tokens * self.latency for name, tokens in self.consumes.items()}

    @property
    def standstill(self) -> str:
        """What passes while outputs are held or answers are missing, in words; empty: unknown."""
        held = {name: room for name, room in self.held.items() if room != ALL}
        told = [f"every token of {name} is taken at once" for name in self.held.keys() - held]
        if held:
            least, most = min(held.values()), max(held.values())
            rooms = ", ".join(f"{room} tokens of {name}" for name, room in held.items())
            if len(held) > FEW_INPUTS:
                rooms = (
                    f"{least} to {most} tokens of each input"
                    if least < most
                    else (f"{most} tokens of each input")
                )
            told.append(f"while no output is accepted, {rooms} are taken")
        told += [self.readiness] * bool(self.readiness)
        told += [
            f"while no token of {lead.answers} comes, {'at most ' * lead.at_most}{lead.tokens} of "
            f"{lead.output} leave"
            for lead in self.ahead
        ]
        return "; ".join(told)

    def deliveries(self, operations: int, variation: Variation | None = None) -> Cycles:
        """Cycle of each operation's last delivery, counted from the first acceptance."""
        busy = np.full(operations, self.interval, np.int64)
        if variation is not None:
            busy = np.asarray(variation.busy, np.int64)
        return self.latency - self.interval + np.cumsum(busy)

    def cycles(self, operations: int, variation: Variation | None = None) -> int:
        """Cycles from the first acceptance to the end of the last delivery, both included."""
        return int(self.deliveries(operations, variation)[-1]) + 1 if operations else 0

    def completions(
        self, handed: Mapping[str, Sequence[int] | Cycles], variation: Variation | None = None
    ) -> Cycles:
        """Cycle in which each operation was complete, from the cycles of all output tokens.

        ``handed`` maps every output stream to the cycles of its tokens, in order. ValueError when
        the tokens are not those of whole operations.
        """
        varying = {} if variation is None else variation.produces
        whole = [
            len(handed[stream]) // per_operation
            for stream, per_operation in self.produces.items()
            if per_operation and stream not in varying
        ]
        operations = max(whole, default=0) if variation is None else len(variation.busy)
        complete = np.full(operations, -1, np.int64)
        for stream, per_operation in self.produces.items():
            tokens = np.asarray(varying.get(stream, np.full(operations, per_operation)), np.int64)
            if tokens.sum() != len(handed[stream]):
                raise ValueError(
                    f"{operations} {self.operation}s give {tokens.sum()} tokens on stream "
                    f"{stream!r}, not {len(handed[stream])}"
                )
            last = np.cumsum(tokens) - 1
            gives = tokens > 0
            cycles = np.asarray(handed[stream], np.int64)[last[gives]]
            complete[gives] = np.maximum(complete[gives], cycles)
        if (complete < 0).any():
            silent = int(np.flatnonzero(complete < 0)[0])
            raise ValueError(f"{self.operation} {silent} gives no token: its end cannot be seen")
        return complete
