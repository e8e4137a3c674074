"""Each address at most once a tick."""

from typing import ClassVar

import numpy as np
from pydantic import Field as Parameter

from neuroloom.golden.contract import Contract, before_second
from neuroloom.golden.formats import unsigned_bits
from neuroloom.golden.inventory import Inventory, register, stream_output
from neuroloom.golden.ports import Field, Integers, Stream, Traffic, count
from neuroloom.golden.spec import Model, Spec


class EventDedupeSpec(Spec):
    """Parameters of ``event_dedupe``."""

    macro: ClassVar[str] = "event_dedupe"
    summary: ClassVar[str] = "drops events whose address came before in the same tick"
    """each address at most once a tick"""
    source: ClassVar[str] = "a neuron spikes at most once a tick, e.g. in tick-driven cores"

    addresses: int = Parameter(
        default=256, ge=1, le=1024, description="addresses 0 … addresses - 1, a flip-flop each"
    )

    @property
    def address_bits(self) -> int:
        return unsigned_bits(self.addresses - 1)

    @property
    def streams(self) -> tuple[Stream, ...]:
        fields = (
            Field("address", self.address_bits, "of the event; of a tick it is only passed on"),
            Field("tick", 1, "no event: a tick ends here"),
        )
        return (
            Stream("events", "in", fields, "events and ticks"),
            Stream("unique", "out", fields, "the first event of each address, and every tick"),
        )

    @property
    def contract(self) -> Contract:
        return Contract(
            "token",
            {"events": 1},
            {"unique": 1},
            latency=1,
            interval=1,
            contention="a place in the tick: events that are dropped give no token",
            readiness="an event that is dropped is taken even while the output is held",
        )

    def room(self, sent: Traffic) -> dict[str, int]:
        """A repeated event is taken even while the output is held."""
        passes = np.zeros(count(sent["events"]), bool)
        passes[self.model().kept(sent)] = True
        return {"events": before_second(passes)}

    @property
    def inventory(self) -> Inventory:
        seen = register(self.addresses) + Inventory(
            multiplexers=self.addresses - 1, gates=3 * self.addresses
        )
        inside = Inventory(gates=self.address_bits)
        return seen + inside + stream_output(self.address_bits + 1)

    def model(self) -> "EventDedupeModel":
        return EventDedupeModel(self)


class EventDedupeModel(Model[EventDedupeSpec]):
    """Drops an event if one of its address came since the last tick, or since reset.

    Addresses that are not there are dropped, too.
    """

    def __init__(self, spec: EventDedupeSpec) -> None:
        super().__init__(spec)
        self.reset()

    def reset(self) -> None:
        self._seen: Integers = np.zeros(0, np.int64)
        """Addresses of this tick, each once."""

    def run(self, traffic: Traffic) -> Traffic:
        kept = self.kept(traffic)
        events = traffic["events"]
        return {"unique": {"address": events["address"][kept], "tick": events["tick"][kept]}}

    def kept(self, traffic: Traffic) -> Integers:
        """Places of the tokens that pass, as the next ones behind those before."""
        address = np.concatenate([self._seen, traffic["events"]["address"]])
        tick = np.concatenate([np.zeros_like(self._seen), traffic["events"]["tick"]])
        epoch = np.cumsum(tick)
        inside = (tick == 0) & (address < self.spec.addresses)
        keys = np.where(inside, epoch * self.spec.addresses + address, -1)
        _, first = np.unique(keys, return_index=True)
        fresh = np.zeros(len(address), bool)
        fresh[first] = True
        fresh &= inside
        kept = np.flatnonzero(fresh | (tick == 1))
        kept = kept[kept >= len(self._seen)] - len(self._seen)
        last_epoch = epoch[-1] if len(epoch) else 0
        self._seen = address[fresh & (epoch == last_epoch)]
        return kept
