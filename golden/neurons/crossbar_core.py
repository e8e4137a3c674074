"""TrueNorth-style core: axons, a binary crossbar, neurons that fire packets."""

from typing import ClassVar, Self

import numpy as np
from pydantic import Field as Parameter
from pydantic import model_validator

from neuroloom.golden.contract import Contract, Counts, Variation
from neuroloom.golden.events.delay_scheduler import ActiveForm, DelaySchedulerSpec, events_of_ticks
from neuroloom.golden.formats import IntegerFormat, Overflow
from neuroloom.golden.inventory import Inventory, adder, index_bits, memory, register, saturation
from neuroloom.golden.memories.memory_map import MappedMemory, programming_stream
from neuroloom.golden.neurons.crossbar_contents import CoreContents, core_memories
from neuroloom.golden.neurons.crossbar_model import LFSR_DEGREE, CrossbarCoreModel
from neuroloom.golden.ports import Field, Stream, Traffic
from neuroloom.golden.spec import Spec
from neuroloom.golden.unused import unless

DRAIN = 7
"""Cycles from the end of a walk to the token that ends the tick, besides the sweep itself."""


class CrossbarCoreSpec(Spec):
    """Parameters of ``crossbar_core``."""

    macro: ClassVar[str] = "crossbar_core"
    summary: ClassVar[str] = "neurosynaptic core: binary crossbar, axon types, scheduler, packets"
    """TrueNorth-style core: axons × neurons binary crossbar, weights by axon type, delays,
    destinations, noise
    """
    source: ClassVar[str] = (
        "TrueNorth: Merolla et al. 2014; neuron equations: Cassidy et al. 2013, "
        "in a sweep over neurons that visits active axons only"
    )

    axons: int = Parameter(default=32, ge=1, le=1024, description="axons")
    neurons: int = Parameter(default=32, ge=1, le=1024, description="neurons")
    types: int = Parameter(default=4, ge=1, le=8, description="axon types, each with its weights")
    weight_bits: int = Parameter(
        default=9, ge=2, le=16, description="width of signed weights and leaks [bit]"
    )
    membrane_bits: int = Parameter(
        default=20, ge=3, le=32, description="width of the signed membrane potential [bit]"
    )
    threshold_bits: int = Parameter(
        default=18, ge=1, le=24, description="width of the thresholds, less than the membrane [bit]"
    )
    overflow: Overflow = Parameter(
        default=Overflow.SATURATE, description="rule of the membrane: wrap or saturate"
    )
    slots: int = Parameter(default=16, ge=1, le=64, description="greatest delay [tick]")
    word: int = Parameter(
        default=16,
        ge=1,
        le=32,
        description="axons in a word of scheduler and crossbar, a power of two [bit]",
    )
    dx_bits: int = Parameter(
        default=5, ge=2, le=16, description="width of a destination's signed columns to go [bit]"
    )
    dy_bits: int = Parameter(
        default=5, ge=2, le=16, description="width of a destination's signed rows to go [bit]"
    )
    leak_reversal: bool = Parameter(
        default=False, description="leaks may have the membrane's sign, and none at zero"
    )
    stochastic: bool = Parameter(
        default=False, description="weights and leaks may act by chance, as steps of one"
    )
    noise_bits: int = Parameter(
        default=0, ge=0, le=15, description="width of noise added to the thresholds; 0: none [bit]"
    )
    seed: int = Parameter(
        default=1, ge=1, le=(1 << 31) - 1, description="of the random numbers after reset"
    )
    contents: CoreContents | None = Parameter(
        default=None,
        description="what the memories hold from the start; without it they are programmed",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.overflow is Overflow.ERROR:
            raise ValueError("a membrane may always leave its range: choose wrap or saturate")
        if self.threshold_bits >= self.membrane_bits:
            raise ValueError(
                f"threshold_bits={self.threshold_bits} do not fit in a membrane of "
                f"{self.membrane_bits} bits with its sign: choose {self.membrane_bits - 1} or less"
            )
        if self.noise_bits > self.threshold_bits:
            raise ValueError(
                f"noise_bits={self.noise_bits} is more than threshold_bits={self.threshold_bits}"
            )
        if self.stochastic and self.weight_bits == 2:
            raise ValueError(
                "stochastic=true needs weight_bits of 3 and more: steps of one are certain"
            )
        if self.word & (self.word - 1):
            raise ValueError(f"word={self.word} is not a power of two")
        if self.contents is not None:
            self.contents.words(self)
        return self

    @property
    def scheduler(self) -> DelaySchedulerSpec:
        return DelaySchedulerSpec(
            axons=self.axons, slots=self.slots, word=self.word, form=ActiveForm.ADDRESSES
        )

    @property
    def membrane_format(self) -> IntegerFormat:
        return IntegerFormat(bits=self.membrane_bits, signed=True, overflow=self.overflow)

    @property
    def sum_bits(self) -> int:
        """Width of the accumulator: exact where the end of the sum saturates."""
        if self.overflow is Overflow.WRAP:
            return self.membrane_bits
        reach = (1 << (self.membrane_bits - 1)) + (self.axons + 1 << (self.weight_bits - 1))
        return reach.bit_length() + 1

    @property
    def distance_bits(self) -> int:
        """Width of the signed distance from a threshold with its noise."""
        return max(self.membrane_bits, self.threshold_bits + (self.noise_bits > 0) + 1)

    @property
    def type_bits(self) -> int:
        """Bits that say which weight: of a type, or the leak."""
        return index_bits(self.types + 1)

    @property
    def destination_fields(self) -> tuple[Field, ...]:
        """What a packet carries."""
        return (
            Field("dx", self.dx_bits, "columns to go, east positive", signed=True),
            Field("dy", self.dy_bits, "rows to go, north positive", signed=True),
            Field("axon", self.scheduler.axon_bits, "axon there"),
            Field("delay", self.scheduler.delay_bits, f"ticks; 0 stands for {self.slots}"),
        )

    @property
    def memories(self) -> tuple[MappedMemory, ...]:
        """What is programmed, or given as contents."""
        return core_memories(self)

    @property
    def memory_map(self) -> tuple[MappedMemory, ...]:
        return () if self.contents else self.memories

    @property
    def unused(self) -> frozenset[str]:
        return unless(word=self.axons > 1, seed=self.stochastic or self.noise_bits > 0)

    @property
    def streams(self) -> tuple[Stream, ...]:
        events = self.scheduler.input_streams[0].fields
        fired = (Field("tick", 1, "the tick has ended; the rest is 0"), *self.destination_fields)
        program = () if self.contents else (programming_stream(self.memories),)
        return (
            *program,
            Stream("events", "in", events, "packets for the axons, and ticks"),
            Stream("packets", "out", fired, "of the neurons that fired, in order, tick by tick"),
        )

    @property
    def contract(self) -> Contract:
        slowest = self.axons + 2 + DRAIN + self.neurons * (self.axons + 1)
        return Contract(
            "tick",
            {"events": 1},
            {"packets": self.neurons + 1},
            latency=slowest,
            interval=slowest,
            start=max(self.scheduler.start, self.neurons + DRAIN - 1),
            varies=f"{self.neurons} · (active axons + 1) cycles, {DRAIN + 2}, one an active axon, "
            "and one a word without any but the last; events come in the sweep, or in a cycle each",
        )

    def consumption(self, sent: Traffic) -> dict[str, Counts]:
        return {"events": events_of_ticks(sent) + 1}

    def variation(self, sent: Traffic, got: Traffic) -> Variation:
        """Cycles and packets of every tick, for a core that holds no events before ``sent``."""
        end = np.asarray(got["packets"]["tick"], np.int64)
        produces = np.diff(np.flatnonzero(end), prepend=-1)
        events = events_of_ticks(sent)
        if not len(events):
            return Variation(produces, {"packets": produces})
        active = self.scheduler.model().run({"events": sent["events"]})
        walks = self.scheduler.variation({"events": sent["events"]}, active)
        walk = walks.busy - events - 3
        axons = walks.produces["active"] - 1
        cycle, walked = 0, -1
        ends = []
        for number, walking, axon in zip(events, walk, axons, strict=True):
            begin = max(cycle, walked + int(number) + 1)
            walked = begin + 2 + int(walking)
            cycle = walked + DRAIN + self.neurons * (int(axon) + 1)
            ends.append(cycle)
        return Variation(np.diff(ends, prepend=0), {"packets": produces})

    @property
    def inventory(self) -> Inventory:
        neuron, axon = index_bits(self.neurons), index_bits(self.axons)
        bits, lanes = self.membrane_bits, self.scheduler.lanes
        number = self.axons.bit_length()
        kind = index_bits(self.types)
        programs = self.contents is None
        memories = sum((store.inventory(int(programs)) for store in self.memories), Inventory())
        listing = memory(axon + kind, self.axons) if axon + kind else Inventory()
        listing += register(axon + 1 + number) + Inventory(half_adders=number)
        # which neuron and entry is read, the leak and the end behind the entries
        control = register(neuron + number + 3 + programs) + Inventory(half_adders=neuron + number)
        control += Inventory(xors=number, gates=2 * number + neuron + 4 * len(self.memories))
        flags = 5 + 6 + 3 if self.neurons > 1 else 6 + 3  # the only leak is followed by the end
        stages = register(5 * neuron + flags + index_bits(lanes))
        weight = Inventory(multiplexers=lanes - 1, gates=self.weight_bits)
        weight += register(min(self.weight_bits, self.sum_bits))
        total = Inventory(multiplexers=self.sum_bits) + register(self.sum_bits)
        total += adder(self.sum_bits, self.weight_bits, self.sum_bits)
        if self.overflow is Overflow.SATURATE:
            total = total.then(saturation(self.sum_bits, bits, 2))
        reach = self.distance_bits
        crossing = Inventory(multiplexers=self.threshold_bits, xors=reach)
        crossing += adder(reach, reach, reach)
        crossing += register(2 * bits + self.distance_bits + 2)
        reset = Inventory(multiplexers=3 * bits, xors=bits, half_adders=bits, gates=2 * bits + 8)
        chance = Inventory()
        if self.stochastic:
            chance = register(LFSR_DEGREE + 2) + Inventory(
                xors=4 * self.weight_bits, comparator_bits=self.weight_bits - 1
            )
        if self.leak_reversal:
            chance += register(1) + Inventory(xors=self.weight_bits, half_adders=self.sum_bits)
        if self.noise_bits:
            chance += register(LFSR_DEGREE) + Inventory(xors=4 * self.noise_bits)
            chance += adder(self.threshold_bits, self.noise_bits, self.threshold_bits + 1)
        membranes = memory(bits, self.neurons)
        sent = sum(field.bits for field in self.destination_fields)
        output = register(2) + Inventory(gates=sent + 2)
        parts = self.scheduler.inventory + memories + listing + control + stages + weight
        return parts + total.then(crossing).then(reset) + chance + membranes + output

    def model(self) -> CrossbarCoreModel:
        return CrossbarCoreModel(self)
