"""Simultaneous events as addresses, one after the other."""

from enum import StrEnum
from typing import ClassVar

import numpy as np
from pydantic import Field as Parameter

from neuroloom.golden.contract import Contract, Variation
from neuroloom.golden.events.arbiter import encoder, round_robin
from neuroloom.golden.formats import unsigned_bits
from neuroloom.golden.inventory import Inventory, register
from neuroloom.golden.ports import Field, Integers, Stream, Traffic
from neuroloom.golden.spec import Model, Spec


class ServingOrder(StrEnum):
    """Order of a vector's events: which goes first."""

    FIXED = "fixed"
    """The lowest address."""
    ROUND_ROBIN = "round-robin"
    """The next address after the one that went last, in this vector or before, around the end."""


class AerEncoderSpec(Spec):
    """Parameters of ``aer_encoder``."""

    macro: ClassVar[str] = "aer_encoder"
    summary: ClassVar[str] = "vectors of simultaneous events as addresses, one a cycle, none lost"
    """vectors of up to 1,024 simultaneous events as addresses, one a cycle, none lost; fixed or
    round-robin order
    """
    source: ClassVar[str] = "address-event representation, Mahowald 1992; Boahen 2000"

    lines: int = Parameter(default=64, ge=1, le=1024, description="lines of events a vector")
    order: ServingOrder = Parameter(
        default=ServingOrder.FIXED, description="which event of a vector goes first"
    )

    @property
    def address_bits(self) -> int:
        return unsigned_bits(self.lines - 1)

    @property
    def streams(self) -> tuple[Stream, ...]:
        lines = Field("lines", 1, "lines with an event", lanes=self.lines)
        address = Field("address", self.address_bits, "line of the event; 0 without one")
        return (
            Stream("vector", "in", (lines,), "events that came together"),
            Stream(
                "events",
                "out",
                (
                    address,
                    Field("last", 1, "the last one of its vector"),
                    Field("empty", 1, "no event: the vector has none"),
                ),
                "the events of each vector; one token for a vector without any",
            ),
        )

    @property
    def contract(self) -> Contract:
        return Contract(
            "vector",
            {"vector": 1},
            {"events": self.lines},
            latency=self.lines,
            interval=self.lines,
            varies="a cycle an event of the vector, at least 1",
            room={"vector": 1},
        )

    def variation(self, sent: Traffic, got: Traffic) -> Variation:
        tokens = np.zeros(0, np.int64)
        if "vector" in sent:
            tokens = np.maximum(np.asarray(sent["vector"]["lines"]).sum(axis=1), 1)
        return Variation(tokens, {"events": tokens})

    @property
    def inventory(self) -> Inventory:
        lines = self.lines
        loading = register(lines + 1) + Inventory(multiplexers=lines, gates=lines + 3)
        choice = Inventory(gates=3 * (lines - 1))
        if self.order is ServingOrder.ROUND_ROBIN:
            choice = round_robin(lines)
        several = Inventory(gates=4 * (lines - 1))
        return loading + choice + several + encoder(lines)

    def model(self) -> "AerEncoderModel":
        return AerEncoderModel(self)


class AerEncoderModel(Model[AerEncoderSpec]):
    """Each event of a vector once, then those of the next; an ``empty`` one for zeros."""

    def __init__(self, spec: AerEncoderSpec) -> None:
        super().__init__(spec)
        self.reset()

    def reset(self) -> None:
        self._first = 0
        """Address at which the next search begins."""

    def run(self, traffic: Traffic) -> Traffic:
        lines = np.asarray(traffic["vector"]["lines"])
        address: Integers = np.nonzero(lines)[1]
        number = lines.sum(axis=1)
        if self.spec.order is ServingOrder.ROUND_ROBIN:
            address = self._rotated(address, number)
        tokens = np.maximum(number, 1)
        ends = np.cumsum(tokens) - 1
        last = np.zeros(tokens.sum(), np.int64)
        last[ends] = 1
        empty = np.zeros_like(last)
        empty[ends[number == 0]] = 1
        addresses = np.zeros_like(last)
        addresses[empty == 0] = address
        return {"events": {"address": addresses, "last": last, "empty": empty}}

    def _rotated(self, address: Integers, number: Integers) -> Integers:
        """Addresses of each vector from the place where its search begins, around the end."""
        rotated = address.copy()
        begin = 0
        for end in np.cumsum(number).tolist():
            if end == begin:
                continue
            ascending = address[begin:end]
            behind = int(np.searchsorted(ascending, self._first))
            rotated[begin:end] = np.roll(ascending, -behind)
            self._first = int(rotated[end - 1]) + 1
            begin = end
        return rotated
