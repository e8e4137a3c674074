"""Phenomenological neuron: a slow reference, every behaviour on its stimulus, and the cost."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from references.neurons.izhikevich import Neuron
from support.effort import effort
from support.places import RESULTS

from neuroloom.flows.benchmarks.izhikevich import izhikevich_svg
from neuroloom.flows.designs import yosys
from neuroloom.flows.macros.catalogue import macros
from neuroloom.flows.macros.specification import validate
from neuroloom.flows.synthesis.targets import TARGETS
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.verify import verify
from neuroloom.flows.verilog.emit import emit
from neuroloom.golden.neurons.izhikevich import IzhikevichSpec
from neuroloom.golden.neurons.izhikevich_behaviours import (
    MECHANISMS,
    PARAMETERS,
    Behaviour,
    Mechanism,
)
from neuroloom.golden.neurons.izhikevich_presets import PRESETS, Preset, answer
from neuroloom.verif.neurons.izhikevich import IzhikevichStimulus

ICE40 = TARGETS["ice40-hx8k"]


@pytest.mark.parametrize("seed", range(effort(10, 60)))
def test_the_model_is_the_slow_reference(seed: int) -> None:
    rng = np.random.default_rng(seed)
    spec = IzhikevichStimulus.random_spec(rng) if seed else IzhikevichSpec()
    stimulus = IzhikevichStimulus(spec)
    for traffic in (stimulus.corners(), stimulus.random(rng, 200)):
        got = spec.model().run(traffic)["update"]
        columns = {name: values.tolist() for name, values in traffic["event"].items()}
        for index, row in enumerate(zip(*columns.values(), strict=True)):
            token = dict(zip(columns, row, strict=True))
            neuron = Neuron(spec, token)
            expected = {"spike": neuron.event(token["tick"], token["weight"])}
            expected |= {name: getattr(neuron, name) for name in spec.state_names}
            found = {name: int(values[index]) for name, values in got.items()}
            assert found == expected, f"seed {seed}: {token}, {spec.model_dump_json()}"


def times(behaviour: Behaviour, **others: int) -> list[int]:
    """Ticks in which the preset's neuron fires, some parameters changed."""
    chosen = PRESETS[behaviour]
    parameters = chosen.parameters.model_copy(update=others)
    changed = Preset(parameters, chosen.current, chosen.weight)
    return answer(IzhikevichSpec(), changed).times


def intervals(behaviour: Behaviour, **others: int) -> list[int]:
    return [after - before for before, after in pairwise(times(behaviour, **others))]


def bursts(behaviour: Behaviour) -> list[int]:
    """Spikes of each burst: spikes at most 4 ticks apart are one."""
    lengths = [1]
    for gap in intervals(behaviour):
        if gap <= 4:
            lengths[-1] += 1
        else:
            lengths.append(1)
    return lengths


@pytest.mark.parametrize("behaviour", Behaviour)
def test_a_behaviour_needs_its_own_mechanisms_only(behaviour: Behaviour) -> None:
    chosen = PRESETS[behaviour]
    alone = IzhikevichSpec(behaviours=(behaviour,))
    fixed = IzhikevichSpec(behaviours=(behaviour,), parameters=chosen.parameters)
    everything = answer(IzhikevichSpec(), chosen)
    for spec in (alone, fixed):
        found = answer(spec, chosen)
        assert found.times == everything.times
        assert np.array_equal(found.membrane, everything.membrane)


def test_tonic_spiking_goes_on_at_one_rate() -> None:
    assert times(Behaviour.TONIC_SPIKING)[0] > 10
    assert set(intervals(Behaviour.TONIC_SPIKING)) == {8}


def test_phasic_spiking_marks_the_onset_only() -> None:
    assert times(Behaviour.PHASIC_SPIKING) == [16]
    assert len(times(Behaviour.PHASIC_SPIKING, phasic=0)) > 8


def test_tonic_bursting_repeats_its_bursts() -> None:
    assert bursts(Behaviour.TONIC_BURSTING) == [4, 4, 4, 4]
    assert max(intervals(Behaviour.TONIC_BURSTING)) > 12


def test_phasic_bursting_is_one_burst() -> None:
    assert bursts(Behaviour.PHASIC_BURSTING) == [4]


def test_mixed_mode_is_a_burst_and_then_single_spikes() -> None:
    first, *others = bursts(Behaviour.MIXED_MODE)
    assert first == 4
    assert others == [1] * 7


def test_frequency_adaptation_slows_down() -> None:
    gaps = intervals(Behaviour.FREQUENCY_ADAPTATION)
    assert gaps == sorted(gaps)
    assert gaps[-1] > 1.5 * gaps[0]


def test_class_1_starts_slowly_and_class_2_at_once() -> None:
    first, second = intervals(Behaviour.CLASS_1), intervals(Behaviour.CLASS_2)
    assert times(Behaviour.CLASS_1)[0] < 40, "it fires for the weakest current"
    assert times(Behaviour.CLASS_2)[0] > 40, "it is silent for the weakest current"
    assert first[-1] <= 4 and second[-1] <= 4, "both fire fast for the strongest"
    assert first[0] >= 10 and second[0] <= 8


def test_latency_shrinks_with_the_strength() -> None:
    weak, strong = times(Behaviour.SPIKE_LATENCY)
    assert (weak - 10, strong - 50) == (14, 7)


def test_oscillations_below_threshold_follow_a_spike() -> None:
    chosen = PRESETS[Behaviour.SUBTHRESHOLD_OSCILLATIONS]
    found = answer(IzhikevichSpec(), chosen)
    assert found.times == [10]
    after = found.membrane[11:]
    crossings = np.flatnonzero((after[1:] < 0) != (after[:-1] < 0))
    assert len(crossings) >= 4
    assert set(np.diff(crossings[:4])) == {chosen.parameters.refractory}
    peaks = np.abs(after)[:: chosen.parameters.refractory]
    assert (np.diff(peaks) <= 0).all() and peaks[-1] == 0, "they die out"


def test_a_resonator_prefers_its_period_and_an_integrator_the_shortest() -> None:
    """Two equal pulses of 22 some ticks apart: the period is 10 ticks."""
    chosen = PRESETS[Behaviour.RESONATOR].parameters
    firing = []
    for gap in range(2, 16):
        pulses = np.zeros(40, int)
        pulses[[5, 5 + gap]] = 22
        if answer(IzhikevichSpec(), Preset(chosen, tuple(pulses.tolist()))).times:
            firing.append(gap)
    assert 10 in firing and not {6, 7, 8} & set(firing)
    assert times(Behaviour.RESONATOR) == [60]
    assert times(Behaviour.INTEGRATOR) == [13], "the pair that is close together"


def test_rebound_comes_after_the_inhibition() -> None:
    assert len(times(Behaviour.REBOUND_SPIKE)) == 1
    assert times(Behaviour.REBOUND_SPIKE)[0] > 25
    assert times(Behaviour.REBOUND_SPIKE, rebound=0) == []
    assert bursts(Behaviour.REBOUND_BURST) == [4]
    assert times(Behaviour.REBOUND_BURST)[0] > 25


def test_the_threshold_varies_with_what_came_before() -> None:
    assert times(Behaviour.THRESHOLD_VARIABILITY) == [51], "the pulse behind inhibition alone"
    assert times(Behaviour.THRESHOLD_VARIABILITY, tracking=0) == []


def test_bistability_is_switched_on_and_off() -> None:
    found = times(Behaviour.BISTABILITY)
    assert found[0] == 9 and len(found) > 5 and found[-1] < 60
    endless = PRESETS[Behaviour.BISTABILITY]
    on = Preset(endless.parameters, (*endless.current[:59], *[0] * 100))
    assert answer(IzhikevichSpec(), on).times[-1] > 150


def test_the_after_potential_lets_a_weak_pulse_fire() -> None:
    assert times(Behaviour.AFTER_POTENTIAL) == [30, 36]
    assert times(Behaviour.AFTER_POTENTIAL, reset=0) == [30]


def test_accommodation_ignores_the_slow_rise() -> None:
    assert times(Behaviour.ACCOMMODATION) == [78]
    assert times(Behaviour.ACCOMMODATION, tracking=0)[0] < 40


def test_inhibition_makes_it_fire() -> None:
    spiking = times(Behaviour.INHIBITION_SPIKING)
    assert len(spiking) == 10 and spiking[0] > 10 and spiking[-1] < 80
    assert bursts(Behaviour.INHIBITION_BURSTING) == [4, 4, 4]
    assert times(Behaviour.INHIBITION_SPIKING, inhibited=0) == []


def test_refractory_ticks_are_deaf() -> None:
    assert set(intervals(Behaviour.TONIC_SPIKING, refractory=5)) == {12}, (
        "the tick of the spike is the first"
    )


def test_both_saturate() -> None:
    spec = IzhikevichSpec(behaviours=(Behaviour.FREQUENCY_ADAPTATION,), membrane_bits=4)
    token = {
        "tick": [0, 0, 0],
        "weight": [7, -8, 7],
        "membrane": [5, -3, 5],
        "offset": [7, -8, 5],
        "threshold": [7, 7, 1],
        "leak": [0, 0, 0],
        "reset": [-8, 0, -8],
        "adaptation": [15, 0, 15],
        "recovery": [0, 0, 0],
    }
    got = spec.model().run({"event": {name: np.array(each) for name, each in token.items()}})
    assert {name: each.tolist() for name, each in got["update"].items()} == {
        "spike": [0, 0, 1],
        "membrane": [7, -8, -8],
        "offset": [7, -8, 7],
    }


def test_the_picture_is_committed_and_shows_every_behaviour() -> None:
    committed = RESULTS / "izhikevich.svg"
    drawn = izhikevich_svg()
    for behaviour in Behaviour:
        assert behaviour.value.replace("-", " ") in drawn
    assert len(committed.read_text()) == pytest.approx(len(drawn), rel=0.05)


def test_every_mechanism_has_a_behaviour_and_a_parameter() -> None:
    assert frozenset().union(*MECHANISMS.values()) == frozenset(Mechanism)
    assert frozenset().union(*PARAMETERS.values()) == frozenset(Mechanism)
    assert set(MECHANISMS) == set(PRESETS) == set(Behaviour)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"behaviours": ["class-1", "class-1"]}, "behaviours name one twice"),
        ({"behaviours": []}, "at least 1 item"),
        ({"parameters": {"leak": 16}}, "parameter leak is 16; it lies in 0 to 15"),
        ({"parameters": {"reset": -129}}, "parameter reset is -129; it lies in -128 to 127"),
        ({"parameters": {"threshold": -1}}, "parameter threshold is -1; it lies in 0 to 127"),
        (
            {"behaviours": ["class-1"], "parameters": {"latency": 1}},
            "parameter latency has no effect: none of the behaviours builds latency",
        ),
    ],
)
def test_wrong_specifications(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=f"izhikevich: .*{message}"):
        validate(macros()["izhikevich"], fields)


@pytest.mark.flow
@pytest.mark.parametrize(
    ("behaviours", "most"),
    [(tuple(Behaviour), 190), ((Behaviour.TONIC_SPIKING,), 66)],
    ids=["all twenty", "tonic spiking"],
)
def test_the_size_stays(behaviours: tuple[Behaviour, ...], most: int) -> None:
    emitted = emit(IzhikevichSpec(behaviours=behaviours))
    cells = yosys.synthesize(emitted.verilog, emitted.name, ICE40.script).cells
    assert ICE40.count(cells)["LUT4"] <= most


@pytest.mark.regression
def test_izhikevich_equals_its_model() -> None:
    assert verify(IzhikevichSpec(), seeds=range(1, effort(2, 6))).passed
