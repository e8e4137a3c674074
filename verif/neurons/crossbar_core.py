"""Stimulus for ``crossbar_core``."""

from collections.abc import Sequence
from itertools import count

import numpy as np
from numpy.typing import NDArray

from neuroloom.golden.formats import Overflow
from neuroloom.golden.memories.memory_map import MappedMemory, Words, programming_tokens
from neuroloom.golden.neurons.crossbar_contents import CoreContents
from neuroloom.golden.neurons.crossbar_core import CrossbarCoreSpec
from neuroloom.golden.ports import Field, Integers, Traffic
from neuroloom.verif.events.delay_scheduler import DelaySchedulerStimulus
from neuroloom.verif.stimulus import Cover, Rng, Stimulus, joined, pick

MANY = 24
"""Events of a busy tick in large cores."""


class CrossbarCoreStimulus(Stimulus[CrossbarCoreSpec]):
    """Loads of dense and sparse crossbars, the first one with neurons that fire by themselves, the
    second one with neurons that fall silent, the third with neurons that noise makes pass their
    negative threshold; ticks with no event, with a few, and with all axons.
    """

    operations = 20
    loads_in_flight = True
    last_in_flight = True

    def __init__(self, spec: CrossbarCoreSpec) -> None:
        super().__init__(spec)
        self._loads = count()

    def setup(self, rng: Rng) -> Traffic | None:
        if self.spec.contents is not None:
            return None
        number = next(self._loads)
        words = random_words(
            self.spec,
            rng,
            eager=number == 0,
            quiet=number == 1,
            noisy=number % 3 == 2 and self.spec.noise_bits > 0,
        )
        load = dict(programming_tokens(self.spec.memories, words))
        return {"program": load, **self._ticks([])}

    def corners(self) -> Traffic:
        """Every axon alone and then all at once, while neurons fire from what came before."""
        spec = self.spec
        number = min(spec.axons, MANY)
        some = np.linspace(0, spec.axons - 1, number).astype(np.int64)
        alone = [some[place : place + 1] for place in range(0, number, 5)]
        return self._ticks([some[:0], *alone, some[-1:], some, some, some[:0], some[:0]])

    def random(self, rng: Rng, operations: int) -> Traffic:
        spec = self.spec
        most = min(MANY, spec.axons + 2)
        ticks = [
            rng.integers(0, spec.axons, pick(rng, [0, 1, int(rng.integers(0, most)), most]))
            for _ in range(operations)
        ]
        return self._ticks(ticks, rng)

    def _ticks(self, ticks: Sequence[Integers], rng: Rng | None = None) -> Traffic:
        """Events of each tick and the tick; due in the next one unless there are random delays."""
        slots = self.spec.slots
        scheduler = DelaySchedulerStimulus(self.spec.scheduler)
        parts = [scheduler.tick(np.zeros(0, np.int64), np.zeros(0, np.int64))]
        for axons in ticks:
            delay = np.ones(len(axons), np.int64)
            if rng is not None:
                delay = np.where(
                    rng.random(len(axons)) < 0.5, 1, rng.integers(0, slots, len(axons))
                )
            parts.append(scheduler.tick(axons, delay % slots))
        every = joined(*parts)["events"]
        return {"events": {name: values[1:] for name, values in every.items()}}

    def coverage(self) -> list[Cover]:
        if self.spec.contents is not None:
            return []
        points = [
            Cover("a packet", lambda _, got: (got["packets"]["tick"] == 0).any()),
            Cover("a tick without packets", self._silent),
        ]
        if self.spec.neurons > 1:
            points.append(Cover("two packets in a tick", self._two))
        return points

    def _silent(self, _: Traffic, got: Traffic) -> bool:
        tick = got["packets"]["tick"]
        return bool((tick[1:] & tick[:-1]).any())

    def _two(self, _: Traffic, got: Traffic) -> bool:
        tick = got["packets"]["tick"]
        return bool((tick[1:] + tick[:-1] == 0).any())

    @classmethod
    def random_spec(cls, rng: Rng) -> CrossbarCoreSpec:
        membrane = int(rng.integers(3, 12))
        threshold = int(rng.integers(1, membrane))
        stochastic = bool(rng.integers(2))
        spec = CrossbarCoreSpec(
            axons=pick(rng, [1, 2, int(rng.integers(3, 20))]),
            neurons=pick(rng, [1, 2, 3, int(rng.integers(4, 12))]),
            types=int(rng.integers(1, 6)),
            weight_bits=int(rng.integers(3 if stochastic else 2, 8)),
            membrane_bits=membrane,
            threshold_bits=threshold,
            overflow=pick(rng, [Overflow.WRAP, Overflow.SATURATE]),
            slots=pick(rng, [1, 2, int(rng.integers(3, 8))]),
            word=int(rng.choice([1, 2, 4, 8])),
            dx_bits=int(rng.integers(2, 6)),
            dy_bits=int(rng.integers(2, 6)),
            leak_reversal=bool(rng.integers(2)),
            stochastic=stochastic,
            noise_bits=pick(rng, [0, int(rng.integers(0, threshold + 1))]),
            seed=int(rng.integers(1, 1 << 31)),
        )
        if rng.integers(4):
            return spec
        contents = CoreContents.from_words(spec, random_words(spec, rng))
        return CrossbarCoreSpec.model_validate({**dict(spec), "contents": contents})


def random_words(
    spec: CrossbarCoreSpec, rng: Rng, eager: bool = False, quiet: bool = False, noisy: bool = False
) -> Words:
    """Contents of every memory: of any neurons, of those that fire again and again by themselves,
    of those that fire no more than once, or of those that noise decides about.
    """
    density = float(rng.choice([0.1, 0.5, 0.9, 1.0]))
    words = {}
    for memory in spec.memories:
        values = {field.name: _drawn(memory, field, spec, rng) for field in memory.fields}
        if memory.name == "crossbar":
            values["synapses"] = _synapses(spec, rng.random((spec.neurons, spec.axons)) < density)
        if quiet and memory.name in ("weights", "resets"):
            values = {name: np.zeros_like(column) for name, column in values.items()}
        if quiet and memory.name == "thresholds":
            values["positive"] = np.maximum(values["positive"], 1)
        if eager and memory.name == "thresholds":
            values = {name: np.zeros_like(column) for name, column in values.items()}
        if eager and memory.name == "resets":
            values["floor"] = np.ones_like(values["floor"])
            values["value"] = np.maximum(values["value"], 0)
        if eager and memory.name == "weights":
            values["weight"][:, -1] = np.maximum(values["weight"][:, -1], 0)
        if noisy:
            values |= _noisy(memory, spec, rng)
        words[memory.name] = memory.pack(values)
    return words


def _noisy(memory: MappedMemory, spec: CrossbarCoreSpec, rng: Rng) -> dict[str, Integers]:
    """Contents for neurons that fire and fall below zero, where noise says whether they pass the
    negative threshold; who does fires again in the next tick, so that it is seen.
    """
    depth = int(min(1 << spec.noise_bits, (1 << spec.threshold_bits - 1)))  # below zero at most
    shape = memory.shape
    if memory.name == "thresholds":
        near = np.full(shape, depth) - rng.integers(0, 1 << spec.noise_bits, shape)
        return {
            "positive": rng.integers(0, depth + 1, shape),
            "negative": np.maximum(near, 0),
            "noise": np.full(shape, (1 << spec.noise_bits) - 1),
        }
    if memory.name == "resets":
        return {"value": np.full(shape, -depth), "mode": np.zeros(shape, np.int64)}
    if memory.name == "weights":
        return {"weight": rng.integers(-1, 2, shape)}
    return {}


def _drawn(memory: MappedMemory, field: Field, spec: CrossbarCoreSpec, rng: Rng) -> Integers:
    """Values of a field: small ones, and sometimes any."""
    limit = {"type": spec.types, "mode": 3, "axon": spec.axons, "delay": spec.slots}
    if field.name in limit:
        return rng.integers(0, limit[field.name], memory.shape)
    anything = rng.integers(field.minimum, field.maximum, memory.shape, np.int64, endpoint=True)
    small = np.clip(anything % 8 - (4 if field.signed else 0), field.minimum, field.maximum)
    return np.where(rng.random(memory.shape) < (0.7 if field.bits > 4 else 0), small, anything)


def _synapses(spec: CrossbarCoreSpec, connected: NDArray[np.bool_]) -> Integers:
    lanes, words = spec.scheduler.lanes, spec.scheduler.words
    rows = np.zeros((spec.neurons, words * lanes), np.int64)
    rows[:, : spec.axons] = connected
    return np.asarray(rows.reshape(spec.neurons, words, lanes) @ (1 << np.arange(lanes)))
