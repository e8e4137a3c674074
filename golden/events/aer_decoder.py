"""Addresses as lines."""

from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar, Self

import numpy as np
from pydantic import Field as Parameter
from pydantic import model_validator

from neuroloom.golden.contract import Contract
from neuroloom.golden.formats import unsigned_bits
from neuroloom.golden.inventory import Inventory, adder, register, stream_output
from neuroloom.golden.ports import Field, Stream, Traffic
from neuroloom.golden.spec import Model, Spec
from neuroloom.golden.unused import unless


class LineForm(StrEnum):
    """What a token at the output is."""

    VECTOR = "vector"
    """The lines of all events up to the one with ``last``."""
    ONE_HOT = "one-hot"
    """The line of one event."""


class AerDecoderSpec(Spec):
    """Parameters of ``aer_decoder``."""

    macro: ClassVar[str] = "aer_decoder"
    summary: ClassVar[str] = "addresses of events as one-hot lines, or as a vector a tick"
    """addresses as one-hot lines or as a vector a tick; addresses without a line are counted"""
    source: ClassVar[str] = "address-event representation, Mahowald 1992; Boahen 2000"

    lines: int = Parameter(default=64, ge=1, le=1024, description="lines, addresses 0 … lines - 1")
    address_bits: int | None = Parameter(
        default=None,
        ge=1,
        le=16,
        description="width of an address [bit]; by default as wide as the lines need",
    )
    form: LineForm = Parameter(default=LineForm.VECTOR, description="what a token is")
    outside_bits: int = Parameter(
        default=1,
        ge=1,
        le=16,
        description="width of the count of addresses without a line, which ends at its greatest "
        "value: 1 is a flag [bit]",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        needed = unsigned_bits(self.lines - 1)
        if self.address_bits is not None and self.address_bits < needed:
            raise ValueError(
                f"address_bits={self.address_bits} does not reach all of {self.lines} lines: give "
                f"{needed} bits"
            )
        if self.outside_bits > 1 and self.form is LineForm.ONE_HOT:
            raise ValueError(
                f"outside_bits={self.outside_bits} goes with form=vector: a single event is "
                "outside or not"
            )
        return self

    @property
    def width(self) -> int:
        """Bits of an address."""
        return self.address_bits or unsigned_bits(self.lines - 1)

    @property
    def can_be_outside(self) -> bool:
        """Whether there are addresses without a line."""
        return self.lines < 1 << self.width

    @property
    def gathers(self) -> bool:
        return self.form is LineForm.VECTOR

    @property
    def unused(self) -> frozenset[str]:
        return unless(outside_bits=self.gathers and self.can_be_outside)

    @property
    def streams(self) -> tuple[Stream, ...]:
        event = [Field("address", self.width, "of the event")]
        if self.gathers:
            event.append(Field("last", 1, "the vector ends with this token"))
            event.append(Field("empty", 1, "no event: the address is ignored"))
        lines = [Field("lines", 1, "lines with an event", lanes=self.lines)]
        if self.can_be_outside:
            doc = "events without a line, at most the greatest value"
            lines.append(Field("outside", self.outside_bits, doc))
        return (
            Stream("events", "in", tuple(event), "addresses, one an event"),
            Stream("vector", "out", tuple(lines), "one a vector, or one an event"),
        )

    @property
    def contract(self) -> Contract:
        contention = "the vector: an event that does not end one gives no token"
        return Contract(
            "event",
            {"events": 1},
            {"vector": 1},
            latency=1,
            interval=1,
            contention=contention if self.gathers else "",
            readiness="while no output is accepted, events up to the end of a vector are taken"
            if self.gathers
            else "",
        )

    def room(self, sent: Traffic) -> Mapping[str, int]:
        """Events are taken up to the end of a vector."""
        if not self.gathers:
            return super().room(sent)
        return {"events": int(np.argmax(np.asarray(sent["events"]["last"]))) + 1}

    @property
    def inventory(self) -> Inventory:
        held = stream_output(self.lines) + Inventory(gates=(3 if self.gathers else 1) * self.lines)
        if not self.can_be_outside:
            return held
        count = register(self.outside_bits) + Inventory(gates=self.width + self.outside_bits)
        if self.gathers:
            count += adder(self.outside_bits, 1, self.outside_bits)
        return held + count

    def model(self) -> "AerDecoderModel":
        return AerDecoderModel(self)


class AerDecoderModel(Model[AerDecoderSpec]):
    """The lines of the events of each vector; several on one line are the same as one.

    Events after the last ``last`` wait for the next call.
    """

    def __init__(self, spec: AerDecoderSpec) -> None:
        super().__init__(spec)
        self.reset()

    def reset(self) -> None:
        self._lines = np.zeros(self.spec.lines, np.int64)
        self._outside = 0

    def run(self, traffic: Traffic) -> Traffic:
        spec, events = self.spec, traffic["events"]
        address = np.asarray(events["address"])
        ones, zeros = np.ones_like(address), np.zeros_like(address)
        last, empty = events.get("last", ones), events.get("empty", zeros)
        vector = np.cumsum(last) - last
        inside = (empty == 0) & (address < spec.lines)
        outside = (empty == 0) & (address >= spec.lines)
        lines = np.zeros((int(last.sum()) + 1, spec.lines), np.int64)
        lines[0] = self._lines
        lines[vector[inside], address[inside]] = 1
        count = np.bincount(vector[outside], minlength=len(lines))
        count[0] += self._outside
        self._lines, self._outside = lines[-1], int(count[-1])
        tokens = {"lines": lines[:-1]}
        if spec.can_be_outside:
            greatest = (1 << spec.outside_bits) - 1
            tokens["outside"] = np.minimum(count[:-1], greatest).astype(np.int64)
        return {"vector": tokens}
