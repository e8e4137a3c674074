"""Networks that learn: inputs that come together win over others of the same rate, in hardware
as in the model.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from neuroloom.flows.verify import replay
from neuroloom.golden.learning.calcium_synapse import CalciumSynapseSpec, SynapseEvent
from neuroloom.golden.learning.stdp import StdpSpec
from neuroloom.golden.learning.stdp_options import StdpEvent
from neuroloom.golden.ports import Tokens, Traffic, concatenate
from neuroloom.golden.spec import Model

INPUTS, TOGETHER = 16, 8
"""Inputs of the neuron, and how many of them fire together."""
RATE = 0.06
Spikes = NDArray[np.bool_]
Weights = NDArray[np.int64]


@dataclass
class Learned:
    """Weights at the end, and every token that led there with what the model made of it."""

    weights: Weights
    traffic: Traffic

    @property
    def margin(self) -> int:
        """By how much the weakest of those together is above the strongest of the others."""
        return int(self.weights[:TOGETHER].min() - self.weights[TOGETHER:].max())


def inputs(ticks: int, seed: int) -> Spikes:
    """Spikes (ticks, inputs): the first in volleys, the others alone, all at the same rate."""
    rng = np.random.default_rng(seed)
    volleys = rng.random(ticks) < RATE / 0.9
    alone = rng.random((ticks, INPUTS)) < RATE
    alone[:, :TOGETHER] = volleys[:, np.newaxis] & (rng.random((ticks, TOGETHER)) < 0.9)
    return alone


def asked(model: Model[Any], kind: int, fields: Tokens, log: list[Traffic]) -> Tokens:
    """The model's update of some synapses; the tokens go into the log."""
    token = {"kind": np.full(len(fields["weight"]), kind), **fields}
    log.append({"event": token})
    return model.run(log[-1])["update"]


STDP = StdpSpec(
    weight_bits=6,
    potentiation=40,
    depression=44,
    potentiation_tau=4,
    depression_tau=12,
    fraction_bits=4,
)


def learn_by_stdp(spec: StdpSpec, spikes: Spikes) -> Learned:
    """A leaky neuron whose synapses start in the middle of their range."""
    model = spec.model()
    log: list[Traffic] = []
    weights = np.full(INPUTS, 1 << (spec.weight_bits - 1))
    mask = (1 << spec.time_bits) - 1
    kept = ("pre_time", "post_time", "pre_seen", "post_seen")
    past = {name: np.zeros(INPUTS, np.int64) for name in kept}
    membrane, threshold = 0, 4 << (spec.weight_bits - 1)
    for tick, row in enumerate(spikes):
        now = np.full(INPUTS, tick & mask)
        membrane = membrane // 2 + int(weights[row].sum())
        fires = membrane >= threshold
        for kind, chosen in ((StdpEvent.PRE, row), (StdpEvent.POST, np.full(INPUTS, fires))):
            if not chosen.any():
                continue
            fields = {"weight": weights[chosen], "now": now[chosen]}
            fields |= {name: values[chosen] for name, values in past.items()}
            after = asked(model, kind, fields, log)
            weights[chosen] = after["weight"]
            for name, values in past.items():
                values[chosen] = after[name]
        membrane = 0 if fires else membrane
    return Learned(weights, concatenate(log))


CALCIUM = CalciumSynapseSpec(
    weight_bits=6,
    membrane_bits=9,
    membrane_signed=False,
    calcium_bits=5,
    jump_up=6,
    jump_down=12,
    drift_up=1,
    drift_down=1,
    calcium_jump=6,
    calcium_leak=1,
    membrane_threshold=100,
    calcium_thresholds=(1, 28, 31),
)


def learn_by_calcium(spec: CalciumSynapseSpec, spikes: Spikes) -> Learned:
    """The same neuron; its membrane and calcium gate the synapses, which drift every 8 ticks."""
    model = spec.model()
    log: list[Traffic] = []
    weights = np.full(INPUTS, 1 << (spec.weight_bits - 1))
    membrane, calcium, threshold = 0, 0, 4 << (spec.weight_bits - 1)

    def update(kind: SynapseEvent, chosen: Spikes) -> None:
        nonlocal calcium
        fields = {
            "weight": weights[chosen],
            "membrane": np.full(chosen.sum(), min(membrane, spec.membrane_format.maximum)),
            "calcium": np.full(chosen.sum(), calcium),
        }
        after = asked(model, kind, fields, log)
        weights[chosen] = after["weight"]
        calcium = int(after["calcium"][0])

    for tick, row in enumerate(spikes):
        membrane = membrane // 2 + int(weights[row].sum())
        if row.any():
            update(SynapseEvent.PRE, row)
        if membrane >= threshold:
            membrane = 0
            update(SynapseEvent.POST, np.ones(INPUTS, bool))
        if tick % 8 == 0:
            update(SynapseEvent.TICK, np.ones(INPUTS, bool))
    return Learned(weights, concatenate(log))


@pytest.mark.parametrize("seed", range(3))
def test_stdp_finds_the_inputs_that_come_together(seed: int) -> None:
    learned = learn_by_stdp(STDP, inputs(1500, seed))
    assert learned.margin > 20, f"seed {seed}: {learned.weights}"


@pytest.mark.parametrize("seed", range(3))
def test_bistable_synapses_end_on_either_side(seed: int) -> None:
    learned = learn_by_calcium(CALCIUM, inputs(1500, seed))
    assert learned.margin > 20, f"seed {seed}: {learned.weights}"


def test_without_order_nothing_is_found() -> None:
    """Shuffled in time, the same spikes lead to no difference."""
    spikes = inputs(1500, 0)
    rng = np.random.default_rng(0)
    shuffled = rng.permuted(spikes, axis=0)
    assert learn_by_stdp(STDP, shuffled).margin < 0


@pytest.mark.regression
def test_the_hardware_learns_the_same() -> None:
    spikes = inputs(400, 1)
    for spec, learned in (
        (STDP, learn_by_stdp(STDP, spikes)),
        (CALCIUM, learn_by_calcium(CALCIUM, spikes)),
    ):
        verification = replay(spec, learned.traffic)
        assert verification.passed, verification.outcomes[0].message
        assert verification.outcomes[0].report["tokens"] > 800
