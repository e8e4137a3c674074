"""Stimulus for ``neuron_core``."""

from collections.abc import Collection, Sequence
from functools import cached_property
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuroloom.golden.neurons.core_memories import PARAMETERS
from neuroloom.golden.neurons.lif_options import LifOptions, Reset, UpdateStep
from neuroloom.golden.neurons.neuron_core import NeuronCoreSpec, Sharing, Synapses
from neuroloom.golden.ports import Integers, Tokens, Traffic
from neuroloom.verif.landmarks import Landmark, told
from neuroloom.verif.neurons.aimed_ticks import AimedTicks, aimed_ticks
from neuroloom.verif.neurons.lif import random_options
from neuroloom.verif.stimulus import Cover, Rng, Stimulus, pick, random_values

MANY = 32
"""Axons above which the corners leave some out."""


class NeuronCoreStimulus(Stimulus[NeuronCoreSpec]):
    """Ticks without and with all events, with one axon again and again, and for the second load
    ticks that bring membranes to landmarks of the rounding.
    """

    operations = 40
    loads_in_flight = True
    loads_between = True

    def __init__(self, spec: NeuronCoreSpec) -> None:
        super().__init__(spec)
        self._loads = count()

    def setup(self, rng: Rng) -> Traffic:
        random = random_program(self.spec, rng)
        return random if next(self._loads) != 1 else self._aiming or random

    def corners(self) -> Traffic:
        spec = self.spec
        every = _axons(spec.axons)
        ticks: list[Integers] = [
            every[:0],
            every,
            every[:0],
            np.zeros(5, np.int64),
            every[::-1],
            every[:0],
        ]
        clear = np.arange(len(ticks)) == 3
        if self._aimed is not None:
            ticks += [every[:0], *self._aimed.events]
            clear = np.append(clear, [True, False, True])
        return {"events": ticks_of(ticks, clear)}

    def landmarks(self) -> Collection[Landmark]:
        return told(self.spec.model(), {**self.corners(), **self._aiming}) if self._aiming else ()

    @cached_property
    def _aimed(self) -> AimedTicks | None:
        spec = self.spec
        weight = next(field for field in spec.program_fields if field.name == "weights")
        if spec.binary_weights:
            return None
        return aimed_ticks(spec.neuron, (weight.minimum, weight.maximum), spec.axons, spec.neurons)

    @cached_property
    def _aiming(self) -> Traffic:
        """The load for the aimed ticks; empty without any."""
        if self._aimed is None:
            return {}
        try:
            return self.spec.program(self._aimed.weights, self._aimed.threshold, self._aimed.leak)
        except ValueError:  # more groups than there are entries for
            return {}

    def random(self, rng: Rng, operations: int) -> Traffic:
        spec = self.spec
        most = min(2 * spec.axons, 12)
        ticks = [
            rng.integers(0, spec.axons, pick(rng, [0, 1, int(rng.integers(0, most + 1))]))
            for _ in range(operations)
        ]
        return {"events": ticks_of(ticks, rng.random(operations) < 0.15, rng)}

    def coverage(self) -> list[Cover]:
        points = [
            Cover("a tick without events", lambda sent, _: (_counts(sent) == 0).any()),
            Cover("a tick with events", lambda sent, _: (_counts(sent) > 0).any()),
            Cover("states are cleared", lambda _, got: got["spikes"]["clear"].any()),
        ]
        if self.spec.neuron.reset is not Reset.WRAP:  # else the leak may be greater than all inputs
            points.append(
                Cover("a tick with spikes", lambda _, got: (_counts_of(got["spikes"]) > 0).any())
            )
        return points

    @classmethod
    def random_spec(cls, rng: Rng) -> NeuronCoreSpec:
        while True:
            try:
                return random_core(rng)
            except ValueError:
                continue  # options that contradict each other


def random_core(rng: Rng) -> NeuronCoreSpec:
    """A small core; its options may contradict each other."""
    neuron = random_options(rng)
    binary = bool(rng.random() < 0.2)
    wrap = neuron["reset"] is Reset.WRAP
    neuron |= {
        "step": UpdateStep.INPUT_OR_TICK,
        "input_bits": 2 if binary else neuron["input_bits"],
    }
    if not wrap:
        neuron |= {"noise_bits": 0, "noise": "port"}
    banks = 1 << int(rng.integers(0, 4))
    compressed = bool(rng.integers(2))
    neurons = banks * int(rng.integers(0, 5)) + int(rng.integers(1, banks + 1))
    axons = int(rng.integers(1, 10))
    groups = -(-neurons // banks)
    return NeuronCoreSpec(
        neurons=neurons,
        axons=axons,
        banks=banks,
        synapses=Synapses.COMPRESSED if compressed else Synapses.DENSE,
        entries=int(rng.integers(1, axons * groups + 1)) if compressed else 1,
        binary_weights=binary,
        neuron=LifOptions.model_validate(neuron),
        sharing=pick(rng, Sharing),
        pipeline=int(rng.integers(3)),
        cycles_per_tick=pick(rng, [0, int(rng.integers(1, 3 * groups + 4))]),
    )


def ticks_of(ticks: Sequence[Integers], clear: NDArray[Any], rng: Rng | None = None) -> Tokens:
    """Events of every tick, then its end; with ``rng`` noise in the fields that do not count."""
    axons = np.concatenate([np.append(tick, 0) for tick in ticks]).astype(np.int64)
    ends = np.concatenate([np.append(np.zeros(len(tick)), 1) for tick in ticks]).astype(np.int64)
    clears = np.zeros(len(ends), np.int64)
    clears[ends == 1] = clear
    if rng is not None:
        clears |= (ends == 0) & (rng.random(len(ends)) < 0.5)
    return {"axon": axons, "end": ends, "clear": clears}


def random_program(spec: NeuronCoreSpec, rng: Rng) -> Traffic:
    """A load, its tokens in any order, sometimes the parameters first: few weights where synapses
    are compressed, thresholds that are reached.
    """
    weight = next(field for field in spec.program_fields if field.name == "weights")
    if spec.binary_weights:
        weights = 2 * rng.integers(0, 2, (spec.axons, spec.neurons)) - 1
    else:
        shape = (spec.axons, spec.neurons)
        weights = rng.integers(weight.minimum, weight.maximum, shape, np.int64, endpoint=True)
        weights = np.where(rng.random(shape) < 0.3, weight.maximum, weights)
    if spec.compressed:
        groups = rng.permutation(spec.axons * spec.groups)[: rng.integers(0, spec.entries + 1)]
        kept = np.isin(np.arange(spec.axons * spec.groups), groups)
        kept = np.repeat(kept.reshape(spec.axons, -1), spec.banks, axis=1)[:, : spec.neurons]
        weights = np.where(kept, weights, 0)
    own = spec.neurons if spec.per_neuron else 1
    values = {field.name: random_values(field, rng, own) for field in spec.neuron.parameters}
    if "threshold" in values:
        reach = max(1, min(weight.maximum, int(values["threshold"].max(initial=0))))
        low = rng.integers(0, reach + 1, own)
        values["threshold"] = np.where(rng.random(own) < 0.7, low, values["threshold"])
    load = spec.program(weights, values.get("threshold", 0), values.get("leak", 0))["program"]
    order = rng.permutation(len(load["last"]))
    if rng.random() < 0.5:
        order = order[np.argsort(load["target"][order] != PARAMETERS, kind="stable")]
    tokens = {name: column[order] for name, column in load.items()}
    return {"program": {**tokens, "last": load["last"]}}


def _axons(number: int) -> Integers:
    """All axons, or of many those whose numbers have one bit, and the last ones: a tick of all
    takes as many cycles as there are synapses.
    """
    if number <= MANY:
        return np.arange(number)
    bits = 1 << np.arange((number - 1).bit_length())
    return np.unique([0, *bits, number - 2, number - 1])


def _counts(sent: Traffic) -> Integers:
    return _counts_of(sent["events"])


def _counts_of(tokens: Tokens) -> Integers:
    """Tokens of every tick before its end."""
    return np.diff(np.flatnonzero(tokens["end"]), prepend=-1) - 1
