"""Digits as events through two neuron cores: what is computed, and how well."""

import warnings
from functools import cache

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from neuroloom.flows.training.datasets import load_digits
from neuroloom.flows.training.spiking import (
    SpikingLayer,
    convert,
    encode,
    infer,
    simulate_layers,
    spike_counts,
)
from neuroloom.golden.ports import Integers

MOST, TICKS = 16, 16


@cache
def trained() -> tuple[MLPClassifier, tuple[SpikingLayer, ...]]:
    split = load_digits()
    inputs = split.train_images.reshape(len(split.train_images), -1) / MOST
    network = MLPClassifier((48,), alpha=1e-2, max_iter=200, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        network.fit(inputs, split.train_labels)
    return network, convert(network, inputs, weight_bits=4)


def held_out() -> tuple[Integers, Integers]:
    split = load_digits()
    return split.test_images.reshape(len(split.test_images), -1).astype(int), split.test_labels


def test_values_become_as_many_events_evenly_spread() -> None:
    values = np.array([[0, 1, 5, 16], [16, 8, 0, 3]])
    events = encode(values, MOST, TICKS)
    ends = np.flatnonzero(events["end"])
    assert len(ends) == 2 * TICKS
    assert np.flatnonzero(events["clear"]).tolist() == [ends[TICKS - 1], ends[-1]]
    tick = np.cumsum(events["end"]) - events["end"]
    for image, row in enumerate(values.tolist()):
        for axon, value in enumerate([*row, MOST]):  # the last carries the bias
            here = (events["end"] == 0) & (events["axon"] == axon) & (tick // TICKS == image)
            times = tick[here] % TICKS
            assert len(times) == value
            assert not value or np.diff(times, append=times[0] + TICKS).max() == -(-TICKS // value)


def test_spikes_are_counted_image_by_image() -> None:
    spikes = {
        "neuron": np.array([1, 1, 0, 0, 2, 0, 0]),
        "end": np.array([0, 0, 1, 0, 0, 1, 1]),
        "clear": np.array([0, 0, 0, 0, 0, 1, 1]),
    }
    assert spike_counts(spikes, 3).tolist() == [[1, 2, 1], [0, 0, 0]]


@pytest.mark.regression
def test_rates_are_the_activations_of_the_network() -> None:
    network, layers = trained()
    images, _ = held_out()
    core = layers[0].core(banks=4)
    ticks = 64
    spikes = core.model().run(
        {**layers[0].program(core), "events": encode(images[:20], MOST, ticks)}
    )["spikes"]
    rates = spike_counts(spikes, core.neurons) / ticks
    assert (rates[:, -1] == 1).all()  # the bias of the next layer
    hidden = np.maximum(images[:20] / MOST @ network.coefs_[0] + network.intercepts_[0], 0)
    error = rates[:, :-1] * (hidden.max() / rates[:, :-1].max()) - hidden
    assert np.abs(error).mean() < 0.1 * hidden.max()


@pytest.mark.flow
def test_the_spiking_network_reads_digits() -> None:
    network, layers = trained()
    images, labels = held_out()
    cores = [layers[0].core(banks=4), layers[1].core(banks=2)]
    counts = infer(layers, cores, encode(images[:120], MOST, TICKS))
    real = (network.predict(images[:120] / MOST) == labels[:120]).mean()
    assert (counts.argmax(axis=1) == labels[:120]).mean() > max(0.9, real - 0.04)


@pytest.mark.flow
def test_the_hardware_reads_every_image_as_the_model_does() -> None:
    _, layers = trained()
    images, labels = held_out()
    assert len(images) == 360
    cores = [layers[0].core(banks=4), layers[1].core(banks=2)]
    events = encode(images, MOST, TICKS)
    counts, reports = simulate_layers(layers, cores, events, chunk=90 * TICKS)
    for report in reports:
        assert report.passed, report.message
        assert report.contract is True
        assert report.operations == len(images) * TICKS
        assert report.chunks_with_state == 0  # every image begins with states of zero
    assert np.array_equal(counts, infer(layers, cores, events))
    accuracy = (counts.argmax(axis=1) == labels).mean()
    print(f"{accuracy:.1%} of {len(labels)} digits; cycles {[each.cycles for each in reports]}")
    assert accuracy > 0.93
