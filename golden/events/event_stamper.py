"""Events with the time at which they came."""

from enum import StrEnum
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field as Parameter

from neuroloom.golden.contract import Contract, before_second
from neuroloom.golden.inventory import Inventory, adder, equality, register, stream_output
from neuroloom.golden.ports import Field, Integers, Stream, Traffic
from neuroloom.golden.spec import Model, Spec


class Stamp(StrEnum):
    """Beginning of the count of ticks."""

    ABSOLUTE = "absolute"
    """Ticks from reset."""
    DELTA = "delta"
    """Ticks from the event before, or from reset."""


class EventStamperSpec(Spec):
    """Parameters of ``event_stamper``."""

    macro: ClassVar[str] = "event_stamper"
    summary: ClassVar[str] = "time stamps on events: ticks from reset or from the event before"
    """time stamps on events, from reset or from the event before, with marks where the time wraps
    """
    source: ClassVar[str] = "time-stamped address events with marks of overflow, as in AER files"

    bits: int = Parameter(default=8, ge=1, le=63, description="width of an address [bit]")
    time_bits: int = Parameter(
        default=16,
        ge=1,
        le=32,
        description="width of a time, which begins again at 0 after its greatest value [bit]",
    )
    stamp: Stamp = Parameter(default=Stamp.ABSOLUTE, description="from when on ticks are counted")
    markers: bool = Parameter(
        default=False, description="a token whenever the time begins again at 0"
    )

    @property
    def period(self) -> int:
        """Ticks after which the time begins again."""
        return 1 << self.time_bits

    @property
    def streams(self) -> tuple[Stream, ...]:
        address = Field("address", self.bits, "of the event; of a tick it is not looked at")
        events = (address, Field("tick", 1, "no event: the time goes on"))
        since = "reset" if self.stamp is Stamp.ABSOLUTE else "the event before"
        stamped = [
            Field("address", self.bits, "of the event"),
            Field("time", self.time_bits, f"ticks since {since}, modulo {self.period}"),
        ]
        if self.markers:
            doc = "no event: the time begins again at 0; the address is that of the tick"
            stamped.append(Field("wrap", 1, doc))
        return (
            Stream("events", "in", events, "events and ticks in their order"),
            Stream("stamped", "out", tuple(stamped), "events with their time"),
        )

    @property
    def contract(self) -> Contract:
        return Contract(
            "event",
            {"events": 1},
            {"stamped": 1},
            latency=1,
            interval=1,
            contention="the input: ticks give no token" + self.markers * " but where the time ends",
            readiness="what gives no token is taken even while the output is held",
        )

    def room(self, sent: Traffic) -> dict[str, int]:
        """A tick that gives no token is taken even while the output is held."""
        return {"events": before_second(self.model().given(sent)[0])}

    @property
    def inventory(self) -> Inventory:
        marking = equality(self.time_bits) if self.markers else Inventory()
        ticks = register(self.time_bits) + adder(self.time_bits, 0, self.time_bits)
        ticks += Inventory(gates=4)
        if self.stamp is Stamp.DELTA:
            ticks += Inventory(gates=2 * self.time_bits)
        return ticks + marking + stream_output(self.bits + self.time_bits + self.markers)

    def model(self) -> "EventStamperModel":
        return EventStamperModel(self)


class EventStamperModel(Model[EventStamperSpec]):
    """``time = (ticks before the event, since reset or the event before) mod 2**time_bits``.

    With ``markers`` the tick after which the time is 0 again gives a token, too, with the time
    that it ends: who adds ``2**time_bits`` for each of them knows all of the time.
    """

    def __init__(self, spec: EventStamperSpec) -> None:
        super().__init__(spec)
        self.reset()

    def reset(self) -> None:
        self._time = 0

    def run(self, traffic: Traffic) -> Traffic:
        spec = self.spec
        giving, elapsed, self._time = self.given(traffic)
        tick, address = (
            np.asarray(traffic["events"][name])[giving] for name in ("tick", "address")
        )
        stamped = np.where(tick == 0, elapsed[giving], elapsed[giving] - 1) % spec.period
        tokens = {"address": address, "time": stamped}
        if spec.markers:
            tokens["wrap"] = tick
        return {"stamped": tokens}

    def given(self, traffic: Traffic) -> tuple[NDArray[np.bool_], Integers, int]:
        """Mask of the tokens that give one, the time elapsed with each of them, and the time behind
        the last: of the next ones behind those before.
        """
        spec = self.spec
        tick = np.asarray(traffic["events"]["tick"], np.int64)
        elapsed = time = self._time + np.cumsum(tick)
        if spec.stamp is Stamp.DELTA and len(tick):
            begun = np.maximum.accumulate(np.where(tick == 0, time, 0))
            elapsed = time - np.concatenate([[0], begun[:-1]])
            time = time - begun
        wrap = (tick == 1) & (elapsed % spec.period == 0)
        now = int(time[-1]) % spec.period if len(time) else self._time
        return (tick == 0) | (wrap & spec.markers), elapsed, now
