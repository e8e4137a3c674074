"""A queue of events."""

from enum import StrEnum
from typing import ClassVar, Self

import numpy as np
from pydantic import Field as Parameter
from pydantic import model_validator

from neuroloom.golden.contract import Contract
from neuroloom.golden.events.stream_fifo import register_fifo, stream_fifo
from neuroloom.golden.inventory import Inventory
from neuroloom.golden.ports import Field, Stream, Traffic
from neuroloom.golden.spec import Model, Spec

DEEPEST_REGISTERS = 256


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
    source: ClassVar[str] = "synchronous queue with first-word fall-through"

    bits: int = Parameter(default=16, ge=1, le=63, description="width of an event [bit]")
    depth: int = Parameter(
        default=16, ge=1, le=65536,
        description=f"events it holds; at most {DEEPEST_REGISTERS} for storage=registers",
    )  # fmt: skip
    storage: Storage = Parameter(default=Storage.MEMORY, description="what holds the events")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.storage is Storage.REGISTERS and self.depth > DEEPEST_REGISTERS:
            raise ValueError(
                f"storage=registers holds up to {DEEPEST_REGISTERS} events, not {self.depth}: "
                "choose storage=memory"
            )
        return self

    @property
    def words(self) -> int:
        """Words of the memory; the output register holds one event more."""
        return 0 if self.storage is Storage.REGISTERS else self.depth - 1

    @property
    def streams(self) -> tuple[Stream, ...]:
        event = Field("event", self.bits, "an event")
        return (
            Stream("write", "in", (event,), "events in"),
            Stream("read", "out", (event,), "the same events, in order"),
        )

    @property
    def contract(self) -> Contract:
        return Contract("event", {"write": 1}, {"read": 1}, latency=1, interval=1)

    @property
    def inventory(self) -> Inventory:
        if self.words:
            return stream_fifo(self.bits, self.words)
        return register_fifo(self.bits, self.depth)

    def model(self) -> "EventFifoModel":
        return EventFifoModel(self)


class EventFifoModel(Model[EventFifoSpec]):
    """Every event once, in order."""

    def run(self, traffic: Traffic) -> Traffic:
        return {"read": {"event": np.asarray(traffic["write"]["event"])}}
