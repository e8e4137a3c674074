"""Events that become due a number of ticks later."""

from enum import StrEnum
from typing import ClassVar, Self

import numpy as np
from pydantic import Field as Parameter
from pydantic import model_validator

from neuroloom.golden.contract import Contract, Counts, Variation
from neuroloom.golden.inventory import (
    Inventory,
    adder,
    counter,
    equality,
    index_bits,
    memory,
    register,
)
from neuroloom.golden.ports import Field, Integers, Stream, Tokens, Traffic
from neuroloom.golden.spec import Model, Spec
from neuroloom.golden.unused import unless

READINESS = "while no output is accepted, events up to the end of a tick are taken"


class ActiveForm(StrEnum):
    """How the axons of a tick come out."""

    WORDS = "words"
    """Words of a bit an axon, all of them, the lowest axons first."""
    ADDRESSES = "addresses"
    """Numbers of the active axons in ascending order, and a token that ends the tick."""


class DelaySchedulerSpec(Spec):
    """Parameters of ``delay_scheduler``."""

    macro: ClassVar[str] = "delay_scheduler"
    summary: ClassVar[str] = "events held for a number of ticks, each axon once a tick"
    """ring of time slots: every event comes out as many ticks later as it asks, once a tick"""
    source: ClassVar[str] = (
        "scheduler of a neurosynaptic core: Merolla et al. 2014 and Akopyan et al. 2015, "
        "16 slots of 256 axons"
    )

    axons: int = Parameter(default=256, ge=1, le=4096, description="axons")
    slots: int = Parameter(default=16, ge=1, le=64, description="greatest delay [tick]")
    word: int = Parameter(
        default=16,
        ge=1,
        le=64,
        description="axons in a word of the memory, a power of two; fewer where there are [bit]",
    )
    form: ActiveForm = Parameter(
        default=ActiveForm.ADDRESSES, description="how the axons of a tick come out"
    )
    merged_bits: int = Parameter(
        default=0,
        ge=0,
        le=32,
        description="width of the count of events that were there already, which saturates; "
        "0 for none [bit]",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.word & (self.word - 1):
            below = 1 << (self.word.bit_length() - 1)
            raise ValueError(
                f"word={self.word} is not a power of two: choose {below} or {2 * below}"
            )
        return self

    @property
    def lanes(self) -> int:
        """Axons in a word: no more than the power of two that holds all."""
        return min(self.word, 1 << index_bits(self.axons))

    @property
    def words(self) -> int:
        """Words of a slot."""
        return -(-self.axons // self.lanes)

    @property
    def word_bits(self) -> int:
        return index_bits(self.words)

    @property
    def slot_bits(self) -> int:
        return index_bits(self.slots)

    @property
    def turns_by_itself(self) -> bool:
        """Whether the number of a slot returns to 0 by losing its carry."""
        return self.slots == 1 << self.slot_bits

    @property
    def axon_bits(self) -> int:
        return max(1, index_bits(self.axons))

    @property
    def delay_bits(self) -> int:
        return max(1, self.slot_bits)

    @property
    def depth(self) -> int:
        """Words of the memory: a slot begins at a power of two."""
        return ((self.slots - 1) << self.word_bits) + self.words

    @property
    def unused(self) -> frozenset[str]:
        return unless(word=self.axons > 1)

    @property
    def streams(self) -> tuple[Stream, ...]:
        doc = f"ticks until it is due; 0 stands for {self.slots}"
        events = (
            Field("tick", 1, "a tick begins; the other fields are not looked at"),
            Field("axon", self.axon_bits, f"0 to {self.axons - 1}"),
            Field("delay", self.delay_bits, f"{doc}; 0 to {self.slots - 1}"),
        )
        if self.form is ActiveForm.WORDS:
            active = [
                Field("bits", 1, "active axons, the lowest in lane 0", lanes=self.lanes),
                Field("last", 1, "the last word of the tick"),
            ]
        else:
            active = [
                Field("end", 1, "the tick has no further axons"),
                Field("axon", self.axon_bits, "an active axon; 0 at the end"),
            ]
        if self.merged_bits:
            doc = "events since the tick before that found themselves there, in every token"
            active.append(Field("merged", self.merged_bits, doc))
        return (
            Stream("events", "in", events, "events and ticks in their order"),
            Stream("active", "out", tuple(active), "the axons that are due, tick by tick"),
        )

    @property
    def contract(self) -> Contract:
        if self.form is ActiveForm.WORDS:
            return Contract(
                "tick",
                {"events": 1},
                {"active": self.words},
                latency=self.words,
                interval=self.words + 1,
                start=self.start,
                varies="and a cycle an event before the tick",
                readiness=READINESS,
            )
        return Contract(
            "tick",
            {"events": 1},
            {"active": self.axons + 1},
            latency=self.axons + 2,
            interval=self.axons + 3,
            start=self.start,
            varies="3 cycles, one an active axon, one a word without any but the last, and one "
            "an event before the tick",
            readiness=READINESS,
        )

    @property
    def start(self) -> int:
        """Cycles after reset in which the memory is cleared, slot by slot."""
        return self.slots * (self.words + (1 if self.form is ActiveForm.WORDS else 2))

    def consumption(self, sent: Traffic) -> dict[str, Counts]:
        return {"events": events_of_ticks(sent) + 1}

    def variation(self, sent: Traffic, got: Traffic) -> Variation:
        events = events_of_ticks(sent)
        if self.form is ActiveForm.WORDS:
            return Variation(events + self.words + 1, {})
        end = np.asarray(got["active"]["end"], np.int64)
        tick = np.cumsum(end) - end
        ones = np.zeros((len(events), self.words), np.int64)
        axons = end == 0
        np.add.at(ones, (tick[axons], got["active"]["axon"][axons] // self.lanes), 1)
        return Variation(events + 3 + self.walk(ones), {"active": ones.sum(axis=1) + 1})

    def walk(self, ones: Counts) -> Counts:
        """Cycles that walks over slots take between fetching the first word and the end, from the
        active axons of each word: (slots, words) → (slots,).
        """
        return np.asarray(np.maximum(ones[:, :-1], 1).sum(axis=1) + ones[:, -1], np.int64)

    def room(self, sent: Traffic) -> dict[str, int]:
        """Events up to the end of a tick; no event comes while one is swept."""
        return {"events": int(self.consumption(sent)["events"][0])}

    @property
    def inventory(self) -> Inventory:
        slot, word, bit = self.slot_bits, self.word_bits, index_bits(self.lanes)
        place = register(slot + word + bit + 2)
        time = register(slot) + adder(slot, slot, slot) + Inventory(gates=2 * slot)
        if not self.turns_by_itself:
            time = time.then(adder(slot, slot, slot)) + Inventory(multiplexers=slot)
        walk = counter(self.words) + register(2) + Inventory(multiplexers=word, gates=4)
        decoded = Inventory(gates=2 * self.lanes)
        ring = memory(self.lanes, self.depth)
        merging = Inventory()
        if self.merged_bits:
            counted = Inventory(half_adders=self.merged_bits, adder_depth=self.merged_bits)
            merging = register(self.merged_bits) + counted + Inventory(multiplexers=self.lanes)
        search = Inventory()
        if self.form is ActiveForm.ADDRESSES:
            search = register(self.lanes + word + 1)
            search += Inventory(gates=6 * self.lanes, multiplexers=self.lanes)
            search += equality(self.lanes)
        return ring + place + time + walk + decoded + merging + search

    def model(self) -> "DelaySchedulerModel":
        return DelaySchedulerModel(self)


class DelaySchedulerModel(Model[DelaySchedulerSpec]):
    """An event with delay d is due at the d-th tick after it; of equal axons one is left.

    Slot (now + d) mod slots of a ring holds it. A tick takes the next slot and clears it, so that
    delay 0 finds the current slot free again and means a full turn. Events that no tick has
    followed yet wait for the next call. ValueError for an axon or a delay that is not there.
    """

    def __init__(self, spec: DelaySchedulerSpec) -> None:
        super().__init__(spec)
        self.reset()

    def reset(self) -> None:
        self._due: Integers = np.zeros(0, np.int64)
        """Ticks until each of the events held is due, less one."""
        self._axons: Integers = np.zeros(0, np.int64)
        self._merged = 0
        """Events merged since the last tick."""

    def run(self, traffic: Traffic) -> Traffic:
        spec = self.spec
        tick, axon, due = self._due_events(traffic["events"])
        ticks = int(tick.sum())
        due = np.concatenate([self._due, due])
        axon = np.concatenate([self._axons, axon])
        (_, first) = np.unique(due * spec.axons + axon, return_index=True)

        again = np.ones(len(due), bool)
        again[first] = False
        before = (np.cumsum(tick) - tick)[tick == 0]
        merged = np.bincount(before[again[len(self._due) :]], minlength=ticks + 1)
        merged[0] += self._merged
        self._merged = int(merged[ticks])

        due, axon = due[first], axon[first]
        now = due < ticks
        self._due, self._axons = due[~now] - ticks, axon[~now]
        counts = np.minimum(merged[:ticks], (1 << spec.merged_bits) - 1)
        return {"active": self._tokens(due[now], axon[now], counts)}

    def _due_events(self, events: Tokens) -> tuple[Integers, Integers, Integers]:
        """Mask of the ticks, and of the other tokens the axons and the ticks they are due at."""
        spec = self.spec
        tick = np.asarray(events["tick"], np.int64)
        axon, delay = (np.asarray(events[name], np.int64)[tick == 0] for name in ("axon", "delay"))
        for name, values, number in (("axon", axon, spec.axons), ("delay", delay, spec.slots)):
            if values.size and values.max() >= number:
                raise ValueError(f"there is no {name} {values.max()}: it lies in 0 to {number - 1}")
        before = np.cumsum(tick)[tick == 0]
        return tick, axon, before + (delay - 1) % spec.slots

    def _tokens(self, tick: Integers, axon: Integers, merged: Counts) -> Tokens:
        spec, ticks = self.spec, len(merged)
        if spec.form is ActiveForm.WORDS:
            bits = np.zeros((ticks, spec.words * spec.lanes), np.int64)
            bits[tick, axon] = 1
            last = np.tile(np.arange(spec.words) == spec.words - 1, ticks).astype(np.int64)
            tokens = {"bits": bits.reshape(-1, spec.lanes), "last": last}
            of_tick = np.repeat(np.arange(ticks), spec.words)
        else:
            of_tick = np.concatenate([tick, np.arange(ticks)])
            end = np.arange(len(of_tick)) >= len(tick)
            order = np.argsort(2 * of_tick + end, kind="stable")
            numbers = np.concatenate([axon, np.zeros(ticks, np.int64)])
            tokens = {"end": end[order].astype(np.int64), "axon": numbers[order]}
            of_tick = of_tick[order]
        return {**tokens, "merged": merged[of_tick]} if spec.merged_bits else tokens


def events_of_ticks(sent: Traffic, stream: str = "events") -> Counts:
    """Events before each tick of a stream that carries both; those behind the last not counted."""
    if stream not in sent:
        return np.zeros(0, np.int64)
    ticks = np.flatnonzero(sent[stream]["tick"])
    return np.asarray(np.diff(ticks, prepend=-1) - 1, np.int64)
