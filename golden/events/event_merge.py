"""Several streams of events in one."""

from typing import ClassVar

import numpy as np
from pydantic import Field as Parameter

from neuroloom.golden.contract import Contract, Waits, shared
from neuroloom.golden.events.arbiter import encoder, round_robin
from neuroloom.golden.formats import unsigned_bits
from neuroloom.golden.inventory import Inventory, stream_output
from neuroloom.golden.ports import Field, Integers, Stream, Traffic
from neuroloom.golden.spec import Model, Spec


class EventMergeSpec(Spec):
    """Parameters of ``event_merge``."""

    macro: ClassVar[str] = "event_merge"
    summary: ClassVar[str] = "several streams of events in one, in turn, with their source"
    """up to 256 streams of events in one, round robin, with the number of the source"""
    source: ClassVar[str] = "round-robin arbitration: Dally and Towles 2004, chapter 18"

    sources: int = Parameter(default=4, ge=1, le=256, description="streams of events")
    bits: int = Parameter(default=8, ge=1, le=63, description="width of an event [bit]")
    attach: bool = Parameter(default=True, description="an event says which source it came from")

    @property
    def source_bits(self) -> int:
        return unsigned_bits(self.sources - 1)

    @property
    def inputs(self) -> tuple[str, ...]:
        return tuple(f"source{number}" for number in range(self.sources))

    @property
    def streams(self) -> tuple[Stream, ...]:
        event = Field("event", self.bits, "an event")
        source = Field("source", self.source_bits, "number of the stream it came from")
        merged = Stream(
            "merged",
            "out",
            (event, source) if self.attach else (event,),
            "the events of all sources, those of a source in their order",
            flow=("source" if self.attach else "event",) if self.sources > 1 else (),
        )
        streams = (Stream(name, "in", (event,), f"events from {name}") for name in self.inputs)
        return (*streams, merged)

    @property
    def contract(self) -> Contract:
        """A round is an event of every source."""
        contention = "the output: events of several sources leave one after the other, in turn"
        turns = Waits("merged", dict.fromkeys(self.inputs, self.sources))
        waits = (turns,) if self.sources > 1 else ()
        return Contract(
            "round",
            dict.fromkeys(self.inputs, 1),
            {"merged": self.sources},
            latency=self.sources,
            interval=self.sources,
            contention=contention if self.sources > 1 else "",
            fairness=shared(waits, "event"),
            waits=waits,
            room={name: int(place == 0) for place, name in enumerate(self.inputs)},
        )

    @property
    def inventory(self) -> Inventory:
        sources = self.sources
        chosen = Inventory(gates=(2 * sources - 1) * self.bits + sources)
        number = encoder(sources) if self.attach else Inventory()
        width = self.bits + (self.source_bits if self.attach and sources > 1 else 0)
        return round_robin(sources) + chosen + number + stream_output(width)

    def model(self) -> "EventMergeModel":
        return EventMergeModel(self)


class EventMergeModel(Model[EventMergeSpec]):
    """The first event of every source, then the second of each, and so on: the order in which they
    leave where all sources always have one, and one of those that may be where they do not.

    Of the order of a source's events the output says all where they have their source attached;
    where they have not, only which events came.
    """

    def run(self, traffic: Traffic) -> Traffic:
        spec = self.spec
        none: Integers = np.zeros(0, np.int64)
        events = [
            np.asarray(traffic[name]["event"]) if name in traffic else none for name in spec.inputs
        ]
        place = np.concatenate([np.arange(len(column)) for column in events])
        source = np.repeat(np.arange(spec.sources), [len(column) for column in events])
        order = np.argsort(place, kind="stable")
        tokens = {"event": np.concatenate(events)[order]}
        if spec.attach:
            tokens["source"] = source[order]
        return {"merged": tokens}
