"""Parameters and a standard stimulus for each behaviour, and the neuron's answer to it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from neuroloom.golden.formats import Int64
from neuroloom.golden.neurons.izhikevich import IzhikevichSpec, fields_of
from neuroloom.golden.neurons.izhikevich_behaviours import Behaviour, IzhikevichParameters


@dataclass(frozen=True)
class Preset:
    """Parameters that show a behaviour under a current, in weight units, of each tick.

    The current comes in synaptic inputs of at most ``weight``, or as large as a weight may be.
    """

    parameters: IzhikevichParameters
    current: tuple[int, ...]
    weight: int | None = None


@dataclass(frozen=True)
class Answer:
    """What a neuron does, tick by tick: membrane after the tick, effective threshold, spikes."""

    membrane: Int64
    threshold: Int64
    spikes: Int64

    @property
    def times(self) -> list[int]:
        """Ticks with a spike, each as often as it has some."""
        return [int(tick) for tick in np.repeat(np.arange(len(self.spikes)), self.spikes)]


def stimulus(*parts: tuple[int, int]) -> tuple[int, ...]:
    """Currents in turn, each held for some ticks."""
    return tuple(current for current, ticks in parts for _ in range(ticks))


def preset(current: Sequence[int], **parameters: int) -> Preset:
    return Preset(IzhikevichParameters(**parameters), tuple(current))


STEP = stimulus((0, 10), (6, 90))
INHIBITION = stimulus((0, 10), (-6, 15), (0, 75))
RAMP = stimulus((0, 20), (1, 20), (2, 20), (3, 20), (4, 20))

PRESETS: dict[Behaviour, Preset] = {
    Behaviour.TONIC_SPIKING: preset(STEP, leak=1, reset=-8, refractory=0),
    Behaviour.PHASIC_SPIKING: preset(STEP, leak=1, phasic=1, persistence=3),
    Behaviour.TONIC_BURSTING: preset(STEP, leak=1, spikes=4, interval=2, refractory=12, reset=-4),
    Behaviour.PHASIC_BURSTING: preset(STEP, leak=1, spikes=4, interval=3, phasic=1, persistence=3),
    Behaviour.MIXED_MODE: preset(
        STEP, leak=1, spikes=4, interval=3, mixed=1, persistence=3, reset=-24
    ),
    Behaviour.FREQUENCY_ADAPTATION: preset(STEP, leak=1, adaptation=15, recovery=1, reset=0),
    Behaviour.CLASS_1: Preset(IzhikevichParameters(threshold=16), RAMP, weight=1),
    Behaviour.CLASS_2: Preset(
        IzhikevichParameters(threshold=16, persistence=1, minimum=8), RAMP, weight=1
    ),
    Behaviour.SPIKE_LATENCY: preset(
        stimulus((0, 10), (34, 1), (0, 39), (34, 1), (4, 10), (0, 39)), leak=1, latency=15, hasten=1
    ),
    Behaviour.SUBTHRESHOLD_OSCILLATIONS: preset(
        stimulus((0, 10), (36, 1), (0, 89)), leak=1, reset=-28, oscillates=1, refractory=5
    ),
    Behaviour.RESONATOR: preset(
        stimulus((0, 9), (22, 1), (0, 5), (22, 1), (0, 34), (22, 1), (0, 9), (22, 1), (0, 39)),
        leak=1,
        oscillates=1,
        refractory=5,
    ),
    Behaviour.INTEGRATOR: preset(
        stimulus((0, 9), (20, 1), (0, 3), (20, 1), (0, 36), (20, 1), (0, 15), (20, 1), (0, 33)),
        leak=2,
    ),
    Behaviour.REBOUND_SPIKE: preset(INHIBITION, leak=2, rebound=1),
    Behaviour.REBOUND_BURST: preset(INHIBITION, leak=2, rebound=1, spikes=4, interval=3),
    Behaviour.THRESHOLD_VARIABILITY: preset(
        stimulus((0, 9), (26, 1), (0, 30), (-20, 1), (0, 10), (26, 1), (0, 48)),
        leak=2,
        tracking=1,
        recovery=1,
    ),
    Behaviour.BISTABILITY: preset(
        stimulus((0, 9), (34, 1), (0, 49), (14, 1), (0, 40)), persistence=2, plateau=4, leak=1
    ),
    Behaviour.AFTER_POTENTIAL: preset(
        stimulus((0, 9), (14, 1), (0, 20), (34, 1), (0, 5), (14, 1), (0, 63)),
        leak=1,
        reset=26,
        refractory=3,
    ),
    Behaviour.ACCOMMODATION: preset(
        stimulus((0, 9), (3, 6), (4, 6), (5, 8), (0, 46), (12, 5), (0, 20)),
        leak=2,
        tracking=2,
        recovery=4,
    ),
    Behaviour.INHIBITION_SPIKING: preset(stimulus((0, 10), (-6, 70), (0, 20)), leak=1, inhibited=1),
    Behaviour.INHIBITION_BURSTING: preset(
        stimulus((0, 10), (-6, 70), (0, 20)),
        leak=1,
        inhibited=1,
        spikes=4,
        interval=2,
        refractory=10,
    ),
}


def events(current: int, minimum: int, maximum: int) -> list[int]:
    """A tick's current as synaptic inputs, each as large as a weight may be."""
    inputs = []
    while current:
        inputs.append(min(max(current, minimum), maximum))
        current -= inputs[-1]
    return inputs


def answer(spec: IzhikevichSpec, chosen: Preset) -> Answer:
    """One neuron from rest under the preset: the inputs of each tick, then the tick."""
    model = spec.model()
    constants = {
        name: np.array([value]) for name, value in fields_of(chosen.parameters, spec).items()
    }
    state = model.state(1)
    weight = spec.streams[0].fields[1]
    largest = weight.maximum if chosen.weight is None else chosen.weight
    rows = []
    for current in chosen.current:
        spikes = 0
        inputs = [(0, event) for event in events(current, weight.minimum, largest)]
        for tick, size in (*inputs, (1, 0)):
            event = {"tick": np.array([tick]), "weight": np.array([size])}
            state = model.update({**event, **state, **constants})
            spikes += int(state.pop("spike")[0])
        offset = int(state["offset"][0]) if "offset" in state else 0
        rows.append((int(state["membrane"][0]), chosen.parameters.threshold + offset, spikes))
    membrane, threshold, spikes_of = np.array(rows, np.int64).T
    return Answer(membrane, threshold, spikes_of)
