"""Stimulus for ``plastic_core``."""

from collections.abc import Collection
from functools import cached_property
from itertools import count
from typing import Any

import numpy as np

from neuroloom.golden.formats import Rounding
from neuroloom.golden.learning.plastic_core import SHARED, PlasticCoreSpec, Rule
from neuroloom.golden.learning.stdp_options import Dependence
from neuroloom.golden.learning.stdp_window import Window
from neuroloom.golden.neurons.lif_options import Fire, Reset, UpdateStep
from neuroloom.golden.ports import Integers, Tokens, Traffic
from neuroloom.verif.landmarks import Landmark, told
from neuroloom.verif.learning.calcium_synapse import CalciumSynapseStimulus
from neuroloom.verif.learning.stdp import StdpStimulus
from neuroloom.verif.neurons.aimed_ticks import AimedTicks, aimed_ticks
from neuroloom.verif.neurons.lif import random_options
from neuroloom.verif.neurons.neuron_core import ticks_of
from neuroloom.verif.stimulus import Cover, Rng, Stimulus, pick, random_values

BUSY = 4
"""Ticks that drive one axon again and again."""
QUIET = 26
"""Ticks in which a trace decays while neurons fire: of most it comes to landmarks."""


class PlasticCoreStimulus(Stimulus[PlasticCoreSpec]):
    """Ticks with and without learning; axons again and again, read before and after; new weights
    and, for the second load, membranes at landmarks of the rounding.
    """

    operations = 40
    loads_in_flight = True
    loads_between = True

    def __init__(self, spec: PlasticCoreSpec) -> None:
        super().__init__(spec)
        self._loads = count()

    def setup(self, rng: Rng) -> Traffic:
        """A load, its tokens in any order. With the first one every neuron fires that is not below
        zero, and weights are all over their range.
        """
        spec = self.spec
        low, high = spec.weight.minimum, spec.weight.maximum
        shape = (spec.axons, spec.neurons)
        values = {
            parameter.name: random_values(parameter, rng, 1) for parameter in spec.neuron.parameters
        }
        number = next(self._loads)
        if number == 0:
            load = self._firing["program"]
        elif number == 1 and self._aimed is not None:
            load = self._aiming(self._aimed)["program"]
        else:
            weights = rng.integers(low, high, shape, np.int64, endpoint=True)
            at_end = rng.random(shape) < 0.3
            weights = np.where(at_end, rng.choice([low, high], shape), weights)
            reach = min(high, int(values["threshold"][0]))
            small = rng.integers(0, reach + 1, 1)
            values["threshold"] = small if rng.random() < 0.8 else values["threshold"]
            load = spec.program(weights, values["threshold"], values.get("leak", 0))["program"]
        order = rng.permutation(len(load["last"]))
        tokens = {name: column[order] for name, column in load.items()}
        return {"program": {**tokens, "last": load["last"]}}

    def corners(self) -> Traffic:
        """Ticks without learning for the second load; then all axons are read, have an event and,
        after the tick, are read, have an event and are read again; then ticks of all kinds; then an
        axon learns while its trace decays.
        """
        spec = self.spec
        every = np.arange(spec.axons)
        nothing = every[:0]
        events, reads = np.zeros_like(every), np.ones_like(every)
        twice = np.tile(every, 2)
        aimed = [] if self._aimed is None else [nothing, *self._aimed.events]
        first = len(aimed)
        busy = [np.repeat(axon % spec.axons, 4) for axon in range(BUSY)]
        ticks = [
            *aimed,
            nothing,
            twice,
            np.append(twice, every),
            nothing,
            *busy,
            every[::-1],
            nothing,
            every[:1],
            *[nothing] * QUIET,
            every[:1],
        ]
        read = [np.zeros(len(tick) + 1, np.int64) for tick in ticks]
        read[first + 1][:-1] = np.concatenate([reads, events])
        read[first + 2][:-1] = np.concatenate([reads, events, reads])
        read[-1][:-1] = 1
        clear = np.isin(np.arange(len(ticks)), [0, first - 1, first, len(ticks) - 1])
        learns = [
            np.full(len(tick) + 1, place >= first, np.int64) for place, tick in enumerate(ticks)
        ]
        flags = {"read": np.concatenate(read), "learn": np.concatenate(learns)}
        return {"events": self._tokens(ticks_of(ticks, clear), **flags, drift=flags["learn"])}

    def landmarks(self) -> Collection[Landmark]:
        loads = [self._firing, *([] if self._aimed is None else [self._aiming(self._aimed)])]
        met = [told(self.spec.model(), {**self.corners(), **load}) for load in loads]
        return set().union(*met)

    @property
    def _firing(self) -> Traffic:
        """Every neuron fires that is not below zero; weights are all over their range."""
        spec = self.spec
        shape = (spec.axons, spec.neurons)
        weights = np.linspace(spec.weight.minimum, spec.weight.maximum, spec.axons * spec.neurons)
        return spec.program(weights.astype(np.int64).reshape(shape), 0, 1)

    @cached_property
    def _aimed(self) -> AimedTicks | None:
        spec = self.spec
        ends = (spec.weight.minimum, spec.weight.maximum)
        return aimed_ticks(spec.neuron, ends, spec.axons, spec.neurons)

    def _aiming(self, aimed: AimedTicks) -> Traffic:
        return self.spec.program(aimed.weights, aimed.threshold, aimed.leak)

    def random(self, rng: Rng, operations: int) -> Traffic:
        spec = self.spec
        most = min(2 * spec.axons, 10)
        ticks = [
            rng.integers(0, spec.axons, pick(rng, [0, 1, int(rng.integers(0, most + 1))]))
            for _ in range(operations)
        ]
        tokens = ticks_of(ticks, rng.random(operations) < 0.1, rng)
        number = len(tokens["end"])
        chance = {"learn": 0.7, "read": 0.2, "drift": 0.3}
        flags = {name: (rng.random(number) < share).astype(int) for name, share in chance.items()}
        return {"events": self._tokens(tokens, **flags)}

    def _tokens(self, tokens: Tokens, **flags: Integers) -> Tokens:
        """Tokens with the flags that there are."""
        names = [field.name for field in self.spec.input_streams[0].fields]
        return {name: tokens[name] if name in tokens else flags[name] for name in names}

    def coverage(self) -> list[Cover]:
        points = [
            Cover("an event that learns", lambda sent, _: events_with(sent, learn=1).any()),
            Cover("an event that does not", lambda sent, _: events_with(sent, learn=0).any()),
            Cover("a tick with a spike", lambda _, got: (got["spikes"]["end"] == 0).any()),
            Cover("states are cleared", lambda _, got: got["spikes"]["clear"].any()),
            Cover("an axon learns twice running", lambda sent, _: twice_running(sent)),
        ]
        if not self._roomy:
            return points
        low, high = self.spec.weight.minimum, self.spec.weight.maximum
        rising, falling = self._moves
        if rising:
            points += [
                Cover("a weight goes up", lambda _, got: self._moved(got, rising, 1)),
                Cover(
                    "a weight saturates at its most",
                    lambda _, got: self._moved(got, rising, 1, high),
                ),
            ]
        if falling:
            points += [
                Cover("a weight goes down", lambda _, got: self._moved(got, falling, -1)),
                Cover(
                    "a weight saturates at its least",
                    lambda _, got: self._moved(got, falling, -1, low),
                ),
            ]
        return points

    @property
    def _roomy(self) -> bool:
        """Whether the first load has weights beside both ends, for neurons that fire."""
        spec = self.spec
        beside = spec.axons * spec.neurons >= 1 << spec.weight_bits > 4
        return beside and not spec.neuron.refractory and not spec.neuron.adaptation_bits

    @property
    def _moves(self) -> tuple[int, int]:
        """Reading of all axons in ``corners`` after which weights surely go up, and down; or 0.

        Pairs: up at the end of the first tick, when nothing was before; down by the next events.
        Calcium that jumps need is zero in the first tick: synapses only drift.
        """
        spec, stdp, calcium = self.spec, self.spec.stdp, self.spec.calcium
        if not spec.by_pairs:
            drifts = (calcium.calcium_thresholds or (0,))[0] > 0
            return int(drifts and calcium.drift_up > 0), int(drifts and calcium.drift_down > 0)
        if stdp.dependence is Dependence.MULTIPLICATIVE or stdp.weight_signed:
            return 0, 0
        least = 1 << stdp.fraction_bits
        return int(stdp.potentiation >= least), 2 * int(stdp.depression >= 4 * least)

    def _moved(self, got: Traffic, reading: int, sign: int, to: int | None = None) -> bool:
        """Whether a weight moved from one reading in ``corners`` to the next."""
        words = self.spec.words
        rows = got["row"]["weights"]
        before, after = (rows[(reading + k - 1) * words :][:words] for k in (0, 1))
        moved = np.sign(after - before) == sign
        return bool((moved & (after == to)).any() if to is not None else moved.any())

    @classmethod
    def random_spec(cls, rng: Rng) -> PlasticCoreSpec:
        while True:
            try:
                return random_core(rng)
            except ValueError:
                continue  # options that contradict each other


def random_core(rng: Rng) -> PlasticCoreSpec:
    """A small core; its options may contradict each other."""
    rule = pick(rng, Rule)
    stdp = StdpStimulus.random_spec(rng)
    trace_bits = int(rng.integers(2, 9))
    fraction_bits = int(rng.integers(0, trace_bits - 1))
    peaks = rng.integers(1 << fraction_bits, 1 << trace_bits, 2).tolist()
    stdp = stdp.model_copy(
        update={
            "window": Window.TRACE,
            "pairing": pick(rng, SHARED),
            "trace_bits": trace_bits,
            "fraction_bits": fraction_bits,
            "potentiation": peaks[0],
            "depression": peaks[1],
            "potentiation_tau": int(rng.integers(3, 12)),
            "depression_tau": int(rng.integers(3, 12)),
            "rounding": pick(
                rng, [rounding for rounding in Rounding if rounding is not Rounding.STOCHASTIC]
            ),
        }
    )
    calcium = CalciumSynapseStimulus.random_spec(rng)
    sizes = ("jump_up", "jump_down", "drift_up", "drift_down", "calcium_jump")
    least_one = {name: max(1, getattr(calcium, name)) for name in sizes}
    jump = min(least_one["calcium_jump"], calcium.calcium_format.maximum)
    calcium = calcium.model_copy(
        update={**least_one, "calcium_leak": min(1, calcium.calcium_leak, jump - 1)}
    )
    by_pairs = rule is Rule.STDP
    bits = stdp.weight_bits + (not stdp.weight_signed) if by_pairs else calcium.weight_bits + 1
    neuron: dict[str, Any] = {"membrane_signed": False, **random_options(rng)} | {
        "step": UpdateStep.INPUT_OR_TICK,
        "fire": Fire.TICK,
        "noise_bits": 0,
        "noise": "port",
        "reset": pick(rng, [Reset.TO_VALUE, Reset.SUBTRACT]),
        "reset_value": 0,
        "input_bits": max(2, bits + int(rng.integers(2))),
    }
    neuron["membrane_bits"] = max(neuron["membrane_bits"], neuron["input_bits"] - 1)
    if not by_pairs:
        membrane = {key: neuron[key] for key in ("membrane_bits", "membrane_signed")}
        low = -(1 << membrane["membrane_bits"] - 1) if membrane["membrane_signed"] else 0
        first, down, up = np.sort(rng.integers(0, 1 << calcium.calcium_bits, 3)).tolist()
        down, up = (max(first + 1, ticks) for ticks in (down, up))
        calcium = calcium.model_copy(
            update={
                **membrane,
                "calcium_thresholds": (first, down, up),
                "membrane_threshold": low + int(rng.integers(1 << membrane["membrane_bits"])),
            }
        )
    banks = 1 << int(rng.integers(0, 3))
    return PlasticCoreSpec.model_validate(
        {
            "neurons": banks * int(rng.integers(0, 4)) + int(rng.integers(1, banks + 1)),
            "axons": int(rng.integers(1, 8)),
            "banks": banks,
            "neuron": neuron,
            "rule": rule,
            "stdp": stdp.model_dump(),
            "calcium": calcium.model_dump(),
        }
    )


def events_with(sent: Traffic, learn: int) -> Integers:
    """Mask of the tokens that are events with that ``learn``."""
    events = sent["events"]
    return np.asarray((events["end"] == 0) & (events["read"] == 0) & (events["learn"] == learn))


def twice_running(sent: Traffic) -> bool:
    """Whether an event that learns follows one of the same axon."""
    learns, axon = events_with(sent, learn=1), sent["events"]["axon"]
    return bool((learns[1:] & learns[:-1] & (axon[1:] == axon[:-1])).any())
