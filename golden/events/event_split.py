"""Events to the outputs whose addresses they match."""

from functools import lru_cache
from typing import ClassVar, Self

import numpy as np
from pydantic import Field as Parameter
from pydantic import model_validator

from neuroloom.golden.contract import Contract, Variation, before_second
from neuroloom.golden.inventory import Inventory, adder, register
from neuroloom.golden.ports import Field, Integers, Stream, Traffic
from neuroloom.golden.spec import Model, Spec
from neuroloom.golden.unused import unless

Route = tuple[int, int]
"""Mask and match: the events of which the bits in the mask are those of the match."""

DROPPED = "an event that is dropped is taken even while the outputs are held"


class EventSplitSpec(Spec):
    """Parameters of ``event_split``."""

    macro: ClassVar[str] = "event_split"
    summary: ClassVar[str] = "one stream of events to several by masks of addresses, with copies"
    """one stream of events to up to 64 outputs by mask and match, with copies; what matches
    nothing is counted
    """
    source: ClassVar[str] = "address filters of address-event routers: mask, compare, copy"

    bits: int = Parameter(
        default=8,
        ge=1,
        le=63,
        description="width of an event; bits that no mask has are carried along [bit]",
    )
    routes: tuple[Route, ...] = Parameter(
        default=((0x80, 0x00), (0x80, 0x80)),
        min_length=1,
        max_length=64,
        description="mask and match of each output, which gets the events that equal the match "
        "in the bits of the mask",
    )
    dropped_bits: int = Parameter(
        default=8,
        ge=1,
        le=16,
        description="where an event may match no output, width of the count of those dropped "
        "before one, which ends at its greatest value: 1 is a flag [bit]",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        greatest = (1 << self.bits) - 1
        for number, (mask, match) in enumerate(self.routes):
            if not 0 <= mask <= greatest:
                raise ValueError(
                    f"the mask {mask} of output {number} is not one of {self.bits} bits: give 0 "
                    f"to {greatest}"
                )
            if match & ~mask:
                raise ValueError(
                    f"output {number} gets no event: its match {match} has bits that are not in "
                    f"its mask {mask}"
                )
        return self

    @property
    def nowhere(self) -> int | None:
        """The event of which no output gets a copy, one of them; None where all have one."""
        return unmatched(self.routes)

    @property
    def can_drop(self) -> bool:
        return self.nowhere is not None

    def matched(self, event: Integers) -> Integers:
        """Outputs that get each event: bits (events, outputs)."""
        mask, match = np.array(self.routes, np.int64).T
        matched: Integers = ((np.asarray(event)[:, np.newaxis] & mask) == match).astype(np.int64)
        return matched

    @property
    def outputs(self) -> tuple[str, ...]:
        return tuple(f"output{number}" for number in range(len(self.routes)))

    @property
    def unused(self) -> frozenset[str]:
        return unless(dropped_bits=self.can_drop)

    @property
    def streams(self) -> tuple[Stream, ...]:
        fields = [Field("event", self.bits, "an event")]
        if self.can_drop:
            doc = "events dropped before it since the one before, at most the greatest value"
            fields.append(Field("dropped", self.dropped_bits, doc))
        return (
            Stream("events", "in", (fields[0],), "events"),
            *(
                Stream(
                    name, "out", tuple(fields), f"events that are {match:#x} in the bits {mask:#x}"
                )
                for name, (mask, match) in zip(self.outputs, self.routes, strict=True)
            ),
        )

    @property
    def contract(self) -> Contract:
        contention = "the input: an event that is dropped gives no token"
        return Contract(
            "event",
            {"events": 1},
            dict.fromkeys(self.outputs, 1),
            latency=1,
            interval=1,
            varies="a token on each output that it matches",
            contention=contention if self.can_drop else "",
            room=None if self.can_drop else {"events": 1},
            readiness=DROPPED if self.can_drop else "",
        )

    def room(self, sent: Traffic) -> dict[str, int]:
        gives = np.asarray(self.matched(sent["events"]["event"]).any(axis=1))
        return {"events": before_second(gives)}

    def variation(self, sent: Traffic, got: Traffic) -> Variation:
        matched: Integers = np.zeros((0, len(self.routes)), np.int64)
        if "events" in sent:
            matched = self.matched(sent["events"]["event"])
        copies = matched[matched.any(axis=1)]
        return Variation(
            np.ones(len(copies), np.int64), dict(zip(self.outputs, copies.T, strict=True))
        )

    @property
    def inventory(self) -> Inventory:
        """Comparisons as if they shared nothing."""
        outputs = len(self.routes)
        compared = sum(max(0, mask.bit_count() - 1) for mask, _ in self.routes)
        held = register(self.bits + outputs) + Inventory(gates=5 * outputs + compared)
        if not self.can_drop:
            return held
        count = 2 * register(self.dropped_bits) + adder(self.dropped_bits, 1, self.dropped_bits)
        return held + count + Inventory(gates=2 * self.dropped_bits)

    def model(self) -> "EventSplitModel":
        return EventSplitModel(self)


@lru_cache
def unmatched(routes: tuple[Route, ...]) -> int | None:
    """An event that none of ``routes`` matches; None if there is none.

    Splits by one bit after the other, the half with fewer matching events first: where fewer than
    all match, one is found without a step back.
    """
    if not routes:
        return 0
    bits = max(mask for mask, _ in routes).bit_length()
    if any(mask == 0 for mask, _ in routes):
        return None
    top = 1 << (bits - 1)
    halves = {
        value: tuple(
            (mask & ~top, match & ~top)
            for mask, match in routes
            if not mask & top or match & top == value
        )
        for value in (0, top)
    }
    for value in sorted(
        halves, key=lambda half: sum(2.0 ** -m.bit_count() for m, _ in halves[half])
    ):
        event = unmatched(halves[value])
        if event is not None:
            return value | event
    return None


class EventSplitModel(Model[EventSplitSpec]):
    """Every output gets the events that match it, in order; an event that matches none is counted
    in the next one that matches any, in all of its copies.
    """

    def __init__(self, spec: EventSplitSpec) -> None:
        super().__init__(spec)
        self.reset()

    def reset(self) -> None:
        self._dropped = 0
        """Events dropped since the last one that was not."""

    def run(self, traffic: Traffic) -> Traffic:
        spec = self.spec
        event = np.asarray(traffic["events"]["event"])
        matched = spec.matched(event)
        kept = np.flatnonzero(matched.any(axis=1))
        before = np.diff(kept, prepend=-1) - 1
        before[:1] += self._dropped
        behind = len(event) - 1 - int(kept[-1]) if len(kept) else self._dropped + len(event)
        self._dropped = behind
        dropped = np.minimum(before, (1 << spec.dropped_bits) - 1)
        outputs = {}
        for name, copies in zip(spec.outputs, matched[kept].T == 1, strict=True):
            tokens = {"event": event[kept[copies]]}
            if spec.can_drop:
                tokens["dropped"] = dropped[copies]
            outputs[name] = tokens
        return outputs
