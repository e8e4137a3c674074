"""Trained networks of ReLU layers as integrate-and-fire neurons whose rates are the activations.

A value is the share of ticks in which an axon has an event. A neuron that adds its weights and
takes its threshold away when it fires, fires at the rate ``ReLU(weights · rates) / threshold``
(Rueckauer et al. 2017). Thresholds are what the training inputs reach (Diehl et al. 2015). An axon
with an event in every tick carries the bias: the last axon of every layer. For the next layer the
last neuron of a layer makes it, whose threshold is 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.neural_network import MLPClassifier

from neuroloom.flows.simulation.bulk.simulate import BulkReport, simulate
from neuroloom.golden.formats import unsigned_bits
from neuroloom.golden.neurons.decay import Leak
from neuroloom.golden.neurons.lif_options import Fire, LifOptions, Reset
from neuroloom.golden.neurons.neuron_core import NeuronCoreSpec, Sharing
from neuroloom.golden.ports import Integers, Tokens, Traffic

REACHED = 99.0
"""Percentile of the training activations that becomes a rate of 1."""
SUMS = 4
"""A membrane holds this many thresholds, on either side of 0."""


@dataclass(frozen=True)
class SpikingLayer:
    """Weights (axons, neurons) and thresholds (neurons,) of a core."""

    weights: Integers
    thresholds: Integers
    weight_bits: int

    def core(self, banks: int) -> NeuronCoreSpec:
        """The core that computes the layer, ``banks`` neurons at once."""
        axons, neurons = self.weights.shape
        bits = unsigned_bits(SUMS * int(self.thresholds.max())) + 1
        neuron = LifOptions(
            membrane_bits=bits,
            membrane_signed=True,
            input_bits=self.weight_bits,
            leak=Leak.NONE,
            fire=Fire.TICK,
            reset=Reset.SUBTRACT,
        )
        return NeuronCoreSpec(
            neurons=neurons, axons=axons, banks=banks, neuron=neuron, sharing=Sharing.PER_NEURON
        )

    def program(self, core: NeuronCoreSpec) -> Traffic:
        return core.program(self.weights, self.thresholds)


def convert(
    network: MLPClassifier, inputs: NDArray[Any], weight_bits: int = 4
) -> tuple[SpikingLayer, ...]:
    """The layers of a network of ReLU neurons trained on ``inputs`` (batch, N) in 0 … 1."""
    top = (1 << weight_bits - 1) - 1
    layers = []
    rates = np.asarray(inputs, np.float64)
    unit = 1.0
    for number, (weights, bias) in enumerate(
        zip(network.coefs_, network.intercepts_, strict=True), start=1
    ):
        last = number == len(network.coefs_)
        both = np.vstack([weights, bias / unit])
        step = np.abs(both).max(axis=0) / top
        step = np.broadcast_to(step.max(), step.shape) if last else step
        whole = np.clip(np.rint(both / step), -top - 1, top).astype(np.int64)
        sums = rates @ weights + bias / unit
        greatest = np.percentile(sums.max(axis=1), REACHED)
        thresholds = np.maximum(np.rint(greatest / step), 1).astype(np.int64)
        rates = np.clip(sums / greatest, 0, 1)
        unit *= greatest
        if not last:  # the neuron of the bias: no input reaches it, and 0 is enough to fire
            whole = np.hstack([whole, np.zeros((len(whole), 1), np.int64)])
            thresholds = np.append(thresholds, 0)
        layers.append(SpikingLayer(whole, thresholds, weight_bits))
    return tuple(layers)


def encode(values: Integers, most: int, ticks: int) -> Tokens:
    """Events of every image: axon n has ``values[n]`` of them in ``most`` ticks, evenly spread.

    Parameters: ``values`` (images, N), 0 … ``most``. Axon N, of the bias, has one in every tick.
    States are cleared with the last tick of an image.
    """
    images, axons = values.shape
    time = np.arange(ticks)
    values = np.hstack([values, np.full((images, 1), most)]).astype(np.int64)
    due = values[:, np.newaxis] * time[:, np.newaxis]
    active = (due + values[:, np.newaxis]) // most > due // most
    # the end of a tick stands behind its last axon
    present = np.concatenate([active, np.ones((images, ticks, 1), bool)], axis=2)
    _, tick, axon = np.nonzero(present)
    end = axon == axons + 1
    return {
        "axon": np.where(end, 0, axon),
        "end": end.astype(np.int64),
        "clear": (end & (tick == ticks - 1)).astype(np.int64),
    }


def passed_on(spikes: Tokens) -> Tokens:
    """Spikes of a core as events of the next."""
    return {"axon": spikes["neuron"], "end": spikes["end"], "clear": spikes["clear"]}


def spike_counts(spikes: Tokens, neurons: int) -> Integers:
    """Spikes of every neuron between two ends with ``clear``, (images, neurons)."""
    image = np.cumsum(spikes["clear"]) - spikes["clear"]
    counts = np.zeros((int(spikes["clear"].sum()), neurons), np.int64)
    fired = np.asarray(spikes["end"]) == 0
    np.add.at(counts, (image[fired], spikes["neuron"][fired]), 1)
    return counts


def infer(
    layers: Sequence[SpikingLayer], cores: Sequence[NeuronCoreSpec], events: Tokens
) -> Integers:
    """Spike counts of the last layer, by the golden models."""
    for layer, core in zip(layers, cores, strict=True):
        spikes = core.model().run({**layer.program(core), "events": events})["spikes"]
        events = passed_on(spikes)
    return spike_counts(spikes, cores[-1].neurons)


def simulate_layers(
    layers: Sequence[SpikingLayer], cores: Sequence[NeuronCoreSpec], events: Tokens, chunk: int
) -> tuple[Integers, list[BulkReport]]:
    """Spike counts of the last layer from the cores' Verilog, each fed with what the one before it
    gave; and a report a core, held against its golden model.

    ``chunk`` ticks of whole images are simulated from reset.
    """
    reports = []
    for layer, core in zip(layers, cores, strict=True):
        done = simulate(core, {"events": events}, setup=layer.program(core), chunk=chunk)
        reports.append(done.report)
        events = passed_on(done.outputs["spikes"])
    return spike_counts(done.outputs["spikes"], cores[-1].neurons), reports
