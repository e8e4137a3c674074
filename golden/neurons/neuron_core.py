"""Time-multiplexed neuron core: events walk rows of synapses, ticks sweep the neurons."""

from enum import StrEnum
from typing import ClassVar, Self

import numpy as np
from pydantic import Field as Parameter
from pydantic import model_validator

from neuroloom.golden.contract import Contract, Counts, Variation
from neuroloom.golden.formats import unsigned_bits
from neuroloom.golden.inventory import Inventory, index_bits
from neuroloom.golden.neurons.core_inventory import core_inventory
from neuroloom.golden.neurons.core_memories import load
from neuroloom.golden.neurons.core_model import CYCLES_LIMIT, NeuronCoreModel
from neuroloom.golden.neurons.lif_options import Fire, LifOptions, UpdateStep
from neuroloom.golden.ports import Field, Integers, Stream, Traffic
from neuroloom.golden.spec import Spec
from neuroloom.golden.unused import unless

MAX_WORD_BITS = 1 << 12
"""Widest word of weights or of states [bit]."""


class Synapses(StrEnum):
    """How weights are stored."""

    DENSE = "dense"
    """One word for every axon and group."""
    COMPRESSED = "compressed"
    """A list of the groups that each axon reaches, found through a table of rows."""


class Sharing(StrEnum):
    """Whose threshold and leak are used."""

    SHARED = "shared"
    PER_NEURON = "per-neuron"


class NeuronCoreSpec(Spec):
    """Parameters of ``neuron_core``."""

    macro: ClassVar[str] = "neuron_core"
    summary: ClassVar[str] = "time-multiplexed integrate-and-fire neurons, driven by events"
    """time-multiplexed integrate-and-fire neurons, 1 … 4,096, driven by events: dense or
    compressed synapses in block RAM
    """
    source: ClassVar[str] = (
        "event-driven rows and tick sweeps of time-multiplexed digital cores, e.g. Merolla et al. "
        "2014, Frenkel et al. 2019"
    )

    neurons: int = Parameter(default=256, ge=1, le=4096, description="neurons N")
    axons: int = Parameter(default=256, ge=1, le=4096, description="inputs A")
    banks: int = Parameter(
        default=4, ge=1, le=64, description="neurons updated in a cycle, a power of two"
    )
    synapses: Synapses = Parameter(default=Synapses.DENSE, description="how weights are stored")
    entries: int = Parameter(
        default=1, ge=1, le=1 << 20, description="words for compressed synapses, all rows together"
    )
    binary_weights: bool = Parameter(
        default=False, description="a weight is one bit: 1 is +1 and 0 is -1"
    )
    neuron: LifOptions = Parameter(
        default=LifOptions(fire=Fire.TICK), description="what a neuron does; weights are its inputs"
    )
    sharing: Sharing = Parameter(
        default=Sharing.SHARED, description="whose threshold and leak are used"
    )
    pipeline: int = Parameter(
        default=1,
        ge=0,
        le=2,
        description="registers between integration and firing, then behind the memories [cycle]",
    )
    cycles_per_tick: int = Parameter(
        default=0,
        ge=0,
        lt=1 << 24,
        description="cycles that a tick may take before it counts as overrun; 0: never [cycle]",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.banks & (self.banks - 1):
            raise ValueError(f"banks={self.banks} is not a power of two")
        if self.banks > self.neurons:
            raise ValueError(f"banks={self.banks} is more than the {self.neurons} neurons")
        if self.neuron.step is not UpdateStep.INPUT_OR_TICK:
            raise ValueError("the core has ticks of its own: neuron.step is input-or-tick")
        if self.neuron.noise_bits:
            raise ValueError("stochastic thresholds are not offered here: take neuron.noise_bits=0")
        if self.binary_weights and self.neuron.input_bits != 2:
            raise ValueError("binary weights are +1 and -1: take neuron.input_bits=2")
        if self.pipeline and (self.compressed or self.groups < self.pipeline + 2):
            raise ValueError(
                f"pipeline={self.pipeline} needs dense synapses and {self.pipeline + 2} groups of "
                "banks or more, so that no neuron is read before it is written: take pipeline=0"
            )
        if self.compressed and self.groups < 2:
            raise ValueError("synapses=compressed skips groups of banks: take fewer banks")
        if not self.compressed and self.entries != 1:
            raise ValueError("entries goes with synapses=compressed")
        widest = self.banks * max(self.weight_bits, self.state_bits)
        if widest > MAX_WORD_BITS:
            raise ValueError(f"a word of {widest} bits is too wide: take fewer banks")
        return self

    @property
    def compressed(self) -> bool:
        return self.synapses is Synapses.COMPRESSED

    @property
    def per_neuron(self) -> bool:
        return self.sharing is Sharing.PER_NEURON

    @property
    def groups(self) -> int:
        """Steps of a whole row and of a sweep."""
        return -(-self.neurons // self.banks)

    @property
    def group_bits(self) -> int:
        return index_bits(self.groups)

    @property
    def axon_bits(self) -> int:
        return index_bits(self.axons)

    @property
    def weight_bits(self) -> int:
        return 1 if self.binary_weights else self.neuron.input_bits

    @property
    def state_bits(self) -> int:
        return sum(field.bits for field in self.neuron.state)

    @property
    def parameter_bits(self) -> int:
        return sum(field.bits for field in self.neuron.parameters)

    @property
    def words(self) -> int:
        """Words of synapses."""
        return self.entries if self.compressed else self.axons * self.groups

    @property
    def place_bits(self) -> int:
        """Bits of the number of a word of synapses."""
        return index_bits(self.words)

    @property
    def length_bits(self) -> int:
        """Bits of the number of groups in a row."""
        return unsigned_bits(self.groups)

    @property
    def held(self) -> tuple[Field, ...]:
        """What is registered of every neuron between integration and firing.

        A threshold that all share stands still while there are steps.
        """
        same = (
            {"checked"}
            if self.per_neuron or self.neuron.adaptation_bits
            else {"checked", "reached"}
        )
        return tuple(field for field in self.neuron.integrated if field.name not in same)

    @property
    def program_fields(self) -> tuple[Field, ...]:
        """Fields of a token that programs; each target reads its own."""
        lanes = self.banks if self.per_neuron else None
        deepest = max(self.words, 1 if lanes is None else self.groups)
        weight = Field(
            "weights",
            self.weight_bits,
            "synapses: of a group's neurons",
            not self.binary_weights,
            self.banks,
        )
        fields = [weight]
        address = "of a synapse: group · A + axon; of parameters: group"
        for parameter in self.neuron.parameters:
            fields.append(
                Field(parameter.name, parameter.bits, f"parameters: {parameter.doc}", lanes=lanes)
            )
        if self.compressed:
            deepest = max(deepest, self.axons)
            address = "of a synapse: entry; of parameters: group; of a row: axon"
            fields += [
                Field("group", self.group_bits, "synapses: the group that they belong to"),
                Field("first", unsigned_bits(self.words - 1), "rows: the row's first word"),
                Field("length", self.length_bits, "rows: its words, in order of their groups"),
            ]
        return (
            Field("target", 2 if self.compressed else 1, "0 synapses, 1 parameters, 2 rows"),
            Field("address", unsigned_bits(deepest - 1), address),
            *fields,
            Field("last", 1, "the load ends: events go on"),
        )

    @property
    def cycles_limit(self) -> int:
        """Count of a tick's cycles at which it stays; 0 without a count."""
        return CYCLES_LIMIT if self.compressed else self.cycles_per_tick

    @property
    def unused(self) -> frozenset[str]:
        return unless(entries=self.synapses is Synapses.COMPRESSED)

    @property
    def streams(self) -> tuple[Stream, ...]:
        ends = (Field("end", 1, "of a tick, no event"), Field("clear", 1, "with it states are 0"))
        axon = Field("axon", unsigned_bits(self.axons - 1), "that has an event")
        fields = [Field("neuron", unsigned_bits(self.neurons - 1), "that fires; 0 with end"), *ends]
        if self.compressed:
            fields.append(Field("cycles", CYCLES_LIMIT.bit_length(), "with end: of the tick"))
        if self.cycles_per_tick:
            fields.append(Field("overrun", 1, "with end: it took more than cycles_per_tick"))
        return (
            Stream("events", "in", (axon, *ends), "events of a tick, then its end"),
            Stream("program", "in", self.program_fields, "words of all memories, in loads"),
            Stream("spikes", "out", tuple(fields), "spikes of a tick, then its end"),
        )

    @property
    def contract(self) -> Contract:
        """The slowest tick is taken to have one event of every axon and a spike of every neuron."""
        most = (self.axons + 1) * self.groups + self.neurons + 1
        row = "max(1, groups of its row)" if self.compressed else f"{self.groups}"
        return Contract(
            "tick",
            {"events": self.axons + 1},
            {"spikes": self.neurons + 1},
            latency=most + self.depth,
            interval=most,
            start=self.groups + self.pipeline + 1,
            varies=f"{row} cycles an event, {self.groups} the sweep, 1 a spike, 1 the end",
        )

    @property
    def depth(self) -> int:
        """Cycles from the step that ends a tick to its end, less the one of the end itself."""
        return self.pipeline + 2 * self.compressed

    def consumption(self, sent: Traffic) -> dict[str, Counts]:
        ends = np.flatnonzero(sent["events"]["end"]) if "events" in sent else np.zeros(0, int)
        return {"events": np.diff(ends, prepend=-1)}

    def variation(self, sent: Traffic, got: Traffic) -> Variation:
        if "events" not in sent:  # a load has no operation
            return Variation(np.zeros(0, np.int64), {"spikes": np.zeros(0, np.int64)})
        ends = np.flatnonzero(got["spikes"]["end"])
        tokens = np.diff(ends, prepend=-1)
        if self.compressed:  # only the memory knows how long its rows are
            cycles = np.asarray(got["spikes"]["cycles"][ends], np.int64)
            return Variation(cycles, {"spikes": tokens})
        return Variation(
            self.groups * self.consumption(sent)["events"] + tokens, {"spikes": tokens}
        )

    @property
    def inventory(self) -> Inventory:
        return core_inventory(self)

    def program(
        self, weights: Integers, thresholds: Integers | int = 0, leaks: Integers | int = 0
    ) -> Traffic:
        """A load of all memories; see :func:`neuroloom.golden.neurons.core_memories.load`."""
        return {"program": load(self, weights, thresholds, leaks)}

    def model(self) -> NeuronCoreModel:
        return NeuronCoreModel(self)
