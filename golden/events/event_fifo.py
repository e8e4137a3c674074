"""A queue of events."""

from enum import StrEnum
from typing import ClassVar, Self

import numpy as np
from pydantic import Field as Parameter
from pydantic import model_validator

from neuroloom.golden.contract import ALL, Contract
from neuroloom.golden.inventory import Inventory, adder, register
from neuroloom.golden.ports import Field, Losses, Stream, Traffic
from neuroloom.golden.spec import Model, Spec
from neuroloom.golden.streams.stream_fifo import register_fifo, stream_fifo
from neuroloom.golden.unused import unless

DEEPEST_REGISTERS = 256


class WhenFull(StrEnum):
    """What becomes of an event that comes while the queue is full."""

    WAIT = "wait"
    """It waits for room: ``write_ready`` is low."""
    DROP = "drop"
    """It is dropped: ``write_ready`` is always high, and the next event says how many were lost."""


class Storage(StrEnum):
    """What holds the events."""

    MEMORY = "memory"
    """A memory with a clocked read, which becomes block RAM, and a register at the output."""
    REGISTERS = "registers"
    """Registers that shift towards the output."""


class EventFifoSpec(Spec):
    """Parameters of ``event_fifo``."""

    macro: ClassVar[str] = "event_fifo"
    summary: ClassVar[str] = "first-in first-out queue of events in block RAM or registers"
    """queue of events in block RAM or registers, any depth to 65,536; waits when full, or drops
    and tells how many
    """
    source: ClassVar[str] = "synchronous queue with first-word fall-through"

    bits: int = Parameter(default=16, ge=1, le=63, description="width of an event [bit]")
    depth: int = Parameter(
        default=16,
        ge=1,
        le=65536,
        description=f"events it holds; at most {DEEPEST_REGISTERS} for storage=registers",
    )
    storage: Storage = Parameter(default=Storage.MEMORY, description="what holds the events")
    when_full: WhenFull = Parameter(
        default=WhenFull.WAIT, description="what becomes of an event that finds it full"
    )
    lost_bits: int = Parameter(
        default=8,
        ge=1,
        le=16,
        description="for when_full=drop, width of the count of events dropped before one, which "
        "ends at its greatest value: 1 is a flag [bit]",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.storage is Storage.REGISTERS and self.depth > DEEPEST_REGISTERS:
            raise ValueError(
                f"storage=registers holds up to {DEEPEST_REGISTERS} events, not {self.depth}: "
                "choose storage=memory"
            )
        return self

    @property
    def drops(self) -> bool:
        return self.when_full is WhenFull.DROP

    @property
    def width(self) -> int:
        """Bits that are held of an event."""
        return self.bits + (self.lost_bits if self.drops else 0)

    @property
    def words(self) -> int:
        """Words of the memory; the output register holds one event more."""
        return 0 if self.storage is Storage.REGISTERS else self.depth - 1

    @property
    def unused(self) -> frozenset[str]:
        return unless(lost_bits=self.drops)

    @property
    def streams(self) -> tuple[Stream, ...]:
        event = (Field("event", self.bits, "an event"),)
        lost = Field("lost", self.lost_bits, "events dropped before it, at most the greatest value")
        return (
            Stream("write", "in", event, "events in"),
            Stream(
                "read",
                "out",
                event + (lost,) * self.drops,
                "the same events, in order",
                losses=Losses("lost", "by the next", self.depth) if self.drops else None,
            ),
        )

    @property
    def contract(self) -> Contract:
        loss = "an event that comes while the queue is full is dropped, and the next one says so"
        return Contract(
            "event",
            {"write": 1},
            {"read": 1},
            latency=1,
            interval=1,
            loss=loss if self.drops else "",
            room={"write": ALL if self.drops else self.depth},
        )

    @property
    def inventory(self) -> Inventory:
        if not self.drops:
            return self._queue
        counting = adder(self.lost_bits, 1, self.lost_bits) + Inventory(gates=self.lost_bits + 2)
        return self._queue + register(self.lost_bits) + counting

    @property
    def _queue(self) -> Inventory:
        if self.words:
            return stream_fifo(self.width, self.words)
        return register_fifo(self.width, self.depth)

    def model(self) -> "EventFifoModel":
        return EventFifoModel(self)


class EventFifoModel(Model[EventFifoSpec]):
    """Every event once, in order, as long as the queue is not full where that drops events."""

    def run(self, traffic: Traffic) -> Traffic:
        event = np.asarray(traffic["write"]["event"])
        lost = {"lost": np.zeros_like(event)} if self.spec.drops else {}
        return {"read": {"event": event, **lost}}
