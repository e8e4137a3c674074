"""An asynchronous link for events, or one end of it."""

from enum import StrEnum
from typing import ClassVar, Self

import numpy as np
from pydantic import Field as Parameter
from pydantic import model_validator

from neuroloom.golden.contract import Contract
from neuroloom.golden.inventory import (
    Inventory,
    counter,
    equality,
    index_bits,
    register,
    stream_output,
)
from neuroloom.golden.ports import Field, Handshake, Losses, Stream, Traffic
from neuroloom.golden.spec import Model, Spec
from neuroloom.golden.unused import unless


class LinkEnd(StrEnum):
    """Part of the link that there is."""

    BOTH = "both"
    """Transmitter and receiver, the wires between them inside."""
    TRANSMITTER = "transmitter"
    RECEIVER = "receiver"


class LinkProtocol(StrEnum):
    """How the two ends agree on an event."""

    FOUR_PHASE = "four-phase"
    """Request and acknowledge, both returning to zero, with bundled data."""
    STROBE = "strobe"
    """A strobe that is high while the address is valid, and no answer."""


class AerLinkSpec(Spec):
    """Parameters of ``aer_link``."""

    macro: ClassVar[str] = "aer_link"
    summary: ClassVar[str] = "asynchronous link for events: four-phase or strobe, one end or both"
    """asynchronous link, four-phase or strobe: transmitter, receiver or both, synchronized and
    safe to reset
    """
    source: ClassVar[str] = (
        "four-phase bundled-data address-event links: Mahowald 1992, Boahen 2000; address and "
        "strobe only: Stuijt et al. 2021"
    )

    bits: int = Parameter(default=8, ge=1, le=63, description="width of an address [bit]")
    protocol: LinkProtocol = Parameter(
        default=LinkProtocol.FOUR_PHASE, description="how the ends agree on an event"
    )
    end: LinkEnd = Parameter(default=LinkEnd.BOTH, description="which part there is")
    synchronizer: int = Parameter(
        default=2,
        ge=2,
        le=4,
        description="flip-flops between an asynchronous wire and what reads it",
    )
    setup: int = Parameter(
        default=1,
        ge=0,
        le=255,
        description="for which the address is there before request or strobe rises [cycle]",
    )
    pulse: int = Parameter(
        default=4,
        ge=1,
        le=255,
        description="for which a strobe is high; a receiver needs synchronizer + 1 [cycle]",
    )
    gap: int = Parameter(
        default=4,
        ge=1,
        le=255,
        description="for which a strobe is low at least, with the address held [cycle]",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.strobes and self.receives and self.pulse <= self.synchronizer:
            raise ValueError(
                f"pulse={self.pulse} ends before the address is read behind {self.synchronizer} "
                f"flip-flops: give {self.synchronizer + 1} cycles or more"
            )
        return self

    @property
    def transmits(self) -> bool:
        return self.end is not LinkEnd.RECEIVER

    @property
    def receives(self) -> bool:
        return self.end is not LinkEnd.TRANSMITTER

    @property
    def strobes(self) -> bool:
        return self.protocol is LinkProtocol.STROBE

    @property
    def unused(self) -> frozenset[str]:
        return unless(setup=self.transmits, pulse=self.strobes, gap=self.strobes)

    @property
    def streams(self) -> tuple[Stream, ...]:
        address = (Field("address", self.bits, "of the event"),)
        lost = Field("lost", 1, "events before this one were lost: the one held was in the way")
        handshake = Handshake(self.protocol.value)
        events = Stream("events", "in", address, "events to be sent")
        link = Stream(
            "link",
            "in" if self.receives else "out",
            address,
            f"the asynchronous wires, {handshake.value}",
            handshake=handshake,
            pulse=(self.pulse, self.gap),
            widths=() if self.receives else (self.pulse,),
        )
        received = address + ((lost,) if self.strobes else ())
        losses = Losses("lost", "by the next", room=1) if self.strobes else None
        came = Stream("received", "out", received, "events that came", losses=losses)
        match self.end:
            case LinkEnd.BOTH:
                return (events, came)
            case LinkEnd.TRANSMITTER:
                return (events, link)
            case LinkEnd.RECEIVER:
                return (link, came)

    @property
    def contract(self) -> Contract:
        """Cycles with a partner that answers in the cycle after it sees a wire change. Latency
        counts from a strobe, or from the acknowledge, to what is received, and to a strobe or
        acknowledge from what is sent.
        """
        first, last = (stream.name for stream in self.streams)
        late = self.synchronizer
        loss = "an event that comes while another one is held is lost, and the next one says so"
        if self.strobes:
            latency = {
                LinkEnd.BOTH: self.setup + late + 2,
                LinkEnd.TRANSMITTER: self.setup + 1,
                LinkEnd.RECEIVER: late + 1,
            }[self.end]
            period = self.pulse + self.gap + (self.setup if self.transmits else 0)
            return Contract(
                "event",
                {first: 1},
                {last: 1},
                latency=latency,
                interval=period,
                loss=loss if self.receives else "",
            )
        latency, interval = {
            LinkEnd.BOTH: (self.setup + late + 2, self.setup + 4 * late + 4),
            LinkEnd.TRANSMITTER: (self.setup + 2, self.setup + 2 * late + 4),
            LinkEnd.RECEIVER: (0, 2 * late + 4),
        }[self.end]
        # a receiver may still acknowledge: what it says is known behind the flip-flops only
        start = late if self.transmits else 0
        return Contract(
            "event",
            {first: 1},
            {last: 1},
            latency=latency,
            interval=interval,
            start=start,
            room={first: self.transmits + self.receives},
        )

    @property
    def inventory(self) -> Inventory:
        parts = Inventory()
        if self.transmits:
            parts += self._strobing if self.strobes else self._requesting
        if self.receives:
            parts += stream_output(self.bits) + register(self.synchronizer + 1)
            parts += register(2) + Inventory(gates=4) if self.strobes else Inventory(gates=5)
        return parts

    @property
    def _requesting(self) -> Inventory:
        """Address, request, the synchronized acknowledge, and cycles until the request."""
        sending = register(self.bits + 1 + self.synchronizer) + Inventory(gates=5)
        return sending + counter(self.setup + 1)

    @property
    def _strobing(self) -> Inventory:
        """Address, strobe, and where in the period it is."""
        period = self.setup + self.pulse + self.gap
        edges = 2 * equality(index_bits(period))
        return register(self.bits + 1 + (period > 1)) + counter(period) + edges

    def model(self) -> "AerLinkModel":
        return AerLinkModel(self)


class AerLinkModel(Model[AerLinkSpec]):
    """Every event once, in order, and none lost as long as what is received is accepted at once.

    After a reset of both ends the link is empty. Where only one of two ends is reset, the event
    in flight may be lost or come twice; others are not concerned, and no end waits for ever.
    """

    def run(self, traffic: Traffic) -> Traffic:
        source, sink = self.spec.streams
        address = np.asarray(traffic[source.name]["address"])
        tokens = {"address": address}
        if len(sink.fields) > 1:
            tokens["lost"] = np.zeros_like(address)
        return {sink.name: tokens}
