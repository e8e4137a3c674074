"""Recorded events, each in its tick."""

from collections import deque
from typing import ClassVar

import numpy as np
from pydantic import Field as Parameter

from neuroloom.golden.contract import Contract
from neuroloom.golden.inventory import Inventory, adder, register, stream_output
from neuroloom.golden.ports import Field, Stream, Tokens, Traffic
from neuroloom.golden.spec import Model, Spec

GIVEN = ("address", "late", "end", "last")


class EventReplaySpec(Spec):
    """Parameters of ``event_replay``."""

    macro: ClassVar[str] = "event_replay"
    summary: ClassVar[str] = "time-stamped events in order of time, each in its tick"
    """time-stamped events, each in its tick, late ones flagged; the same result whatever the
    timing of its inputs
    """
    source: ClassVar[str] = (
        "replay of address-event files; promises of times without events: Chandy and Misra 1979"
    )

    bits: int = Parameter(default=8, ge=1, le=63, description="width of an address [bit]")
    time_bits: int = Parameter(
        default=16,
        ge=2,
        le=32,
        description="width of a time, which begins again at 0; times up to half the range less "
        "one ahead of now are to come, others are past [bit]",
    )

    @property
    def streams(self) -> tuple[Stream, ...]:
        events = (
            Field("address", self.bits, "of the event"),
            Field("time", self.time_bits, "tick of the event, in ascending order"),
            Field("empty", 1, "no event: only a promise that none comes before its time"),
            Field("restart", 1, "from this one on times count from 0 again, in the same tick"),
        )
        ticks = (Field("last", 1, "handed on: the last tick of a sample, for example"),)
        replayed = (
            Field("address", self.bits, "of the event; 0 at the end of a tick"),
            Field("late", 1, "the time of the event is past"),
            Field("end", 1, "no event: the tick ends"),
            Field("last", 1, "of the tick that begins; 0 with an event"),
        )
        return (
            Stream("events", "in", events, "the recording"),
            Stream("ticks", "in", ticks, "one when a tick ends and the next begins"),
            Stream("replayed", "out", replayed, "the events of each tick and its end"),
        )

    @property
    def contract(self) -> Contract:
        """Cycles of ticks with one event each."""
        return Contract(
            "tick",
            {"events": 1, "ticks": 1},
            {"replayed": 2},
            latency=2,
            interval=2,
            contention="the cycle: every event takes one, empty ones too, and every end of a tick",
            readiness="an empty event whose time has come is taken even while the output is held",
        )

    def room(self, sent: Traffic) -> dict[str, int]:
        return self.model().taken(sent)

    @property
    def inventory(self) -> Inventory:
        time = self.time_bits
        now = register(time) + adder(time, 0, time) + Inventory(gates=2 * time)
        ahead = adder(time, time, time) + Inventory(gates=time)
        control = Inventory(gates=self.bits + 8)
        return now + ahead + control + stream_output(self.bits + len(GIVEN) - 1)

    def model(self) -> "EventReplayModel":
        return EventReplayModel(self)


class EventReplayModel(Model[EventReplaySpec]):
    """An event leaves as soon as its time is now or past; a tick ends once the event that comes
    next is known and still to come.

    Time is 0 after reset and one more after every tick, modulo ``2**time_bits``. Because a tick
    waits for what comes next, outputs depend on the order of tokens only; who has no event to send
    sends promises, so that ticks go on. Tokens that wait for the other stream stay for the next
    call.
    """

    def __init__(self, spec: EventReplaySpec) -> None:
        super().__init__(spec)
        self.reset()

    def reset(self) -> None:
        self._now = 0
        self._events: deque[tuple[int, ...]] = deque()
        self._ticks: deque[int] = deque()

    def run(self, traffic: Traffic) -> Traffic:
        self._send(traffic)
        replayed = np.array(self._replayed(), np.int64).reshape(-1, len(GIVEN))
        tokens: Tokens = dict(zip(GIVEN, replayed.T, strict=True))
        return {"replayed": tokens}

    def taken(self, traffic: Traffic) -> dict[str, int]:
        """Tokens of ``traffic`` that are taken while the first one that is given is held."""
        self._send(traffic)
        events, ticks = len(self._events), len(self._ticks)
        self._replayed(most=1)
        return {"events": events - len(self._events), "ticks": ticks - len(self._ticks)}

    def _send(self, traffic: Traffic) -> None:
        names = [field.name for field in self.spec.streams[0].fields]
        if "events" in traffic:
            columns = (traffic["events"][name].tolist() for name in names)
            self._events.extend(zip(*columns, strict=True))
        if "ticks" in traffic:
            self._ticks.extend(traffic["ticks"]["last"].tolist())

    def _replayed(self, most: int | None = None) -> list[tuple[int, ...]]:
        """What is given until something is missing, ``most`` tokens where so many are asked for."""
        replayed: list[tuple[int, ...]] = []
        period = 1 << self.spec.time_bits
        while self._events:
            address, time, empty, restart = self._events[0]
            ahead = (time - self._now) % period
            if 0 < ahead < period // 2:
                if not self._ticks or len(replayed) == most:
                    break
                replayed.append((0, 0, 1, self._ticks.popleft()))
                self._now = (self._now + 1) % period
                continue
            if not empty and len(replayed) == most:
                break
            self._events.popleft()
            if not empty:
                replayed.append((address, int(ahead > 0), 0, 0))
            if restart:
                self._now = 0
        return replayed
