"""Time-multiplexed neuron core that learns: synapses are updated while events and ticks go on."""

from dataclasses import replace
from enum import StrEnum
from typing import ClassVar, Self

import numpy as np
from pydantic import Field as Parameter
from pydantic import ValidationError, model_validator

from neuroloom.golden.checks import WITHOUT_CHANCE, one_of
from neuroloom.golden.contract import Contract, Counts, Variation
from neuroloom.golden.formats import Rounding, unsigned_bits
from neuroloom.golden.inventory import Inventory, index_bits
from neuroloom.golden.learning.calcium_synapse import CalciumSynapseSpec
from neuroloom.golden.learning.plastic_inventory import plastic_inventory
from neuroloom.golden.learning.plastic_model import PlasticCoreModel
from neuroloom.golden.learning.stdp import StdpSpec
from neuroloom.golden.learning.stdp_options import Pairing
from neuroloom.golden.learning.stdp_window import Window
from neuroloom.golden.neurons.core_memories import load
from neuroloom.golden.neurons.lif_options import Fire, LifOptions
from neuroloom.golden.neurons.neuron_core import MAX_WORD_BITS, NeuronCoreSpec
from neuroloom.golden.ports import Field, Integers, Stream, Tokens, Traffic
from neuroloom.golden.spec import Spec
from neuroloom.golden.unused import unless

SHARED = (Pairing.NEAREST, Pairing.ALL)
"""Pairings for which one trace does for all synapses of an axon or a neuron."""


class Rule(StrEnum):
    """How synapses learn."""

    STDP = "stdp"
    """Pairs of spikes: down at an event, up at a spike; traces of axons and neurons."""
    CALCIUM = "calcium"
    """Jumps at events, gated by membrane and calcium of the neuron; drift to two ends."""


class PlasticCoreSpec(Spec):
    """Parameters of ``plastic_core``. ``stdp`` and ``calcium`` count for their own rule only."""

    macro: ClassVar[str] = "plastic_core"
    summary: ClassVar[str] = "time-multiplexed neurons whose synapses learn: STDP or calcium"
    """time-multiplexed neurons whose synapses learn while they run, by STDP or by calcium; weights
    are read back
    """
    source: ClassVar[str] = (
        "rows and sweeps as in neuron_core; synapses updated in place as in Frenkel et al. 2019; "
        "rules: stdp and calcium_synapse"
    )

    neurons: int = Parameter(default=64, ge=1, le=4096, description="neurons N")
    axons: int = Parameter(default=64, ge=1, le=4096, description="inputs A")
    banks: int = Parameter(
        default=4,
        ge=1,
        le=64,
        description="neurons and synapses updated in a cycle, a power of two",
    )
    neuron: LifOptions = Parameter(
        default=LifOptions(fire=Fire.TICK, membrane_bits=12, input_bits=9),
        description="what a neuron does; weights are its inputs",
    )
    rule: Rule = Parameter(default=Rule.STDP, description="how synapses learn")
    stdp: StdpSpec = Parameter(
        default=StdpSpec(window=Window.TRACE), description="weights and updates of rule=stdp"
    )
    calcium: CalciumSynapseSpec = Parameter(
        default=CalciumSynapseSpec(
            membrane_bits=12,
            membrane_signed=False,
            membrane_threshold=1024,
            calcium_thresholds=(1, 6, 12),
        ),
        description="weights and updates of rule=calcium",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        try:
            width = self.banks * max(self.weight_bits, self.core.state_bits + self.learned_bits)
        except ValidationError as error:
            raise ValueError(error.errors()[0]["msg"].removeprefix("Value error, ")) from None
        if width > MAX_WORD_BITS:
            raise ValueError(f"a word of {width} bits is too wide: take fewer banks")
        if self.neuron.fire is not Fire.TICK:
            raise ValueError("synapses learn from the spikes of ticks: take neuron.fire=tick")
        least = self.weight_bits + (not self.weight_signed)
        if self.neuron.input_bits < least:
            raise ValueError(
                f"neuron.input_bits={self.neuron.input_bits} cannot hold a weight: "
                f"give {least} bits or more"
            )
        if self.rule is Rule.STDP:
            if self.stdp.window is not Window.TRACE:
                raise ValueError("the core keeps traces of spikes: take stdp.window=trace")
            if self.stdp.pairing not in SHARED:
                raise ValueError(
                    f"stdp.pairing={self.stdp.pairing} uses up a spike at one of the "
                    "synapses that share the trace of an axon or a neuron: take "
                    f"{one_of(SHARED)}"
                )
            if self.stdp.rounding is Rounding.STOCHASTIC:
                raise ValueError(
                    "random bits for every synapse are not offered here: take "
                    f"stdp.rounding={one_of(WITHOUT_CHANCE)}"
                )
        else:
            membrane = (self.calcium.membrane_bits, self.calcium.membrane_signed)
            if membrane != (self.neuron.membrane_bits, self.neuron.membrane_signed):
                raise ValueError(
                    "the rule reads the neuron's membrane: take calcium.membrane_bits "
                    "and calcium.membrane_signed from neuron"
                )
            if len(self.calcium.thresholds) < 4:
                raise ValueError(
                    "thresholds are constants here: give calcium.membrane_threshold "
                    "and calcium.calcium_thresholds"
                )
        return self

    @property
    def core(self) -> NeuronCoreSpec:
        """The core without learning; its weights are the neuron's inputs."""
        return NeuronCoreSpec(
            neurons=self.neurons, axons=self.axons, banks=self.banks, neuron=self.neuron, pipeline=0
        )

    @property
    def by_pairs(self) -> bool:
        """Whether the rule is STDP: axons have traces, and spikes walk columns of synapses."""
        return self.rule is Rule.STDP

    @property
    def summed_traces(self) -> bool:
        """Whether an event reads its axon's trace before it writes it."""
        return self.by_pairs and self.stdp.pairing is Pairing.ALL

    @property
    def groups(self) -> int:
        """Words of a row."""
        return -(-self.neurons // self.banks)

    @property
    def words(self) -> int:
        """Words of synapses."""
        return self.axons * self.groups

    @property
    def weight_bits(self) -> int:
        return self.stdp.weight_bits if self.by_pairs else self.calcium.weight_bits

    @property
    def weight_signed(self) -> bool:
        return self.by_pairs and self.stdp.weight_signed

    @property
    def learned_bits(self) -> int:
        """Bits of what learning keeps of a neuron: its trace or its calcium."""
        return self.stdp.trace_bits if self.by_pairs else self.calcium.calcium_bits

    @property
    def group_bits(self) -> int:
        return index_bits(self.groups)

    @property
    def axon_bits(self) -> int:
        return index_bits(self.axons)

    @property
    def place_bits(self) -> int:
        """Bits of the number of a word of synapses."""
        return index_bits(self.words)

    @property
    def weight(self) -> Field:
        """A word of synapses."""
        return Field(
            "weights", self.weight_bits, "of a group's neurons", self.weight_signed, self.banks
        )

    @property
    def program_fields(self) -> tuple[Field, ...]:
        """Fields of a token that programs, as those of ``neuron_core``."""
        weight = replace(self.weight, doc="synapses: of a group's neurons")
        fields = self.core.program_fields
        return tuple(weight if field.name == "weights" else field for field in fields)

    @property
    def unused(self) -> frozenset[str]:
        return unless(stdp=self.rule is Rule.STDP, calcium=self.rule is Rule.CALCIUM)

    @property
    def streams(self) -> tuple[Stream, ...]:
        ends = (Field("end", 1, "of a tick, no event"), Field("clear", 1, "with it states are 0"))
        axon = Field("axon", unsigned_bits(self.axons - 1), "that has an event, or is read")
        does = [
            Field("learn", 1, "the event or the end changes what learning keeps, and synapses"),
            Field("read", 1, "no event: the axon's weights are given"),
        ]
        if not self.by_pairs:
            does.append(Field("drift", 1, "with an end: all synapses drift"))
        neuron = Field("neuron", unsigned_bits(self.neurons - 1), "that fires; 0 with end")
        return (
            Stream("events", "in", (axon, *ends, *does), "events of a tick, then its end"),
            Stream("program", "in", self.program_fields, "words of all memories, in loads"),
            Stream("spikes", "out", (neuron, *ends), "spikes of a tick, then its end"),
            Stream("row", "out", (self.weight,), "of axons read, group by group; 0 past the last"),
        )

    @property
    def contract(self) -> Contract:
        """The slowest tick is taken to have one event of every axon, to learn, to drift, and to
        have a spike of every neuron.
        """
        axons, groups = self.axons, self.groups
        sweep = 2 * groups + self.words + axons if self.by_pairs else groups + self.words
        most = self.words + sweep + self.neurons + 1
        varies = f"{groups} cycles an event or a row that is read, {groups} the sweep, "
        if self.by_pairs:
            varies += (
                f"{groups} more if it learns and {axons} for each group with a spike then, "
                f"{axons} if it learns or clears, "
            )
        else:
            varies += f"{self.words} a drift, "
        return Contract(
            "tick",
            {"events": axons + 1},
            {"spikes": self.neurons + 1, "row": 0},
            latency=most,
            interval=most,
            start=groups + 1 + (axons if self.by_pairs else 0),
            varies=varies + "1 a spike, 1 the end",
        )

    def consumption(self, sent: Traffic) -> dict[str, Counts]:
        ends = np.flatnonzero(sent["events"]["end"]) if "events" in sent else np.zeros(0, int)
        return {"events": np.diff(ends, prepend=-1)}

    def variation(self, sent: Traffic, got: Traffic) -> Variation:
        if "events" not in sent:  # a load has no operation
            none = np.zeros(0, np.int64)
            return Variation(none, {"spikes": none, "row": none})
        events, spikes = sent["events"], got["spikes"]
        at_end = np.flatnonzero(events["end"])
        learns = np.asarray(events["learn"], np.int64)[at_end]
        clears = np.asarray(events["clear"], np.int64)[at_end]
        tokens = np.diff(np.flatnonzero(spikes["end"]), prepend=-1)
        steps: Counts = self.groups * self.consumption(sent)["events"]
        if self.by_pairs:
            steps = steps + learns * (self.groups + self.axons * self._groups_that_fire(spikes))
            steps = steps + self.axons * (learns | clears)
        else:
            steps = steps + self.words * np.asarray(events["drift"], np.int64)[at_end]
        tick = np.cumsum(events["end"]) - events["end"]
        reads = (np.asarray(events["read"]) == 1) & (np.asarray(events["end"]) == 0)
        rows = self.groups * np.bincount(tick[reads], minlength=len(at_end))
        return Variation(steps + tokens, {"spikes": tokens, "row": rows})

    def _groups_that_fire(self, spikes: Tokens) -> Counts:
        """Groups that fire, of every tick."""
        end = np.asarray(spikes["end"], np.int64)
        tick = np.cumsum(end) - end
        group = np.asarray(spikes["neuron"], np.int64) // self.banks
        first = np.ones(len(end), bool)
        first[1:] = (group[1:] != group[:-1]) | (tick[1:] != tick[:-1])
        return np.bincount(tick[first & (end == 0)], minlength=int(end.sum()))

    @property
    def inventory(self) -> Inventory:
        return plastic_inventory(self)

    def program(
        self, weights: Integers, thresholds: Integers | int = 0, leaks: Integers | int = 0
    ) -> Traffic:
        """A load of all memories; ``weights`` (axons, neurons)."""
        return {"program": load(self.core, weights, thresholds, leaks)}

    def model(self) -> PlasticCoreModel:
        return PlasticCoreModel(self)
