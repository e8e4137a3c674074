"""Integrate-and-fire neurons against exact fractions, written apart from the models."""

from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
from references.neurons.lif import slow_update
from references.plain import random_words
from support.effort import effort

from neuroloom.flows.macros.catalogue import macros
from neuroloom.flows.macros.specification import validate
from neuroloom.flows.simulation.bulk.simulate import simulate
from neuroloom.flows.synthesis.synthesize import synthesize_macro
from neuroloom.flows.synthesis.targets import TARGETS
from neuroloom.flows.tools.errors import UsageError
from neuroloom.golden.neurons.decay import multipliers
from neuroloom.golden.neurons.integrate_and_fire import IntegrateAndFireSpec
from neuroloom.golden.neurons.lif import LifSpec
from neuroloom.golden.neurons.lif_options import LifOptions
from neuroloom.verif.neurons.lif import LifStimulus, corner_updates, random_updates


def check(spec: LifSpec | IntegrateAndFireSpec, updates: dict[str, np.ndarray]) -> None:
    options = spec.options if isinstance(spec, IntegrateAndFireSpec) else spec
    updated = spec.model().run({"update": updates})["updated"]
    noise = random_words(options.seed, options.noise_bits)
    for index in range(len(updates["membrane"])):
        given = {name: int(values[index]) for name, values in updates.items()}
        if options.noise == "lfsr":
            given["noise"] = next(noise)
        got = {name: int(values[index]) for name, values in updated.items()}
        assert got == slow_update(options, given), (given, spec.model_dump_json())


@pytest.mark.parametrize("name", ["lif", "integrate_and_fire"])
@pytest.mark.parametrize("seed", range(effort(60, 600)))
def test_models_equal_the_slow_update(name: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    spec: Any = macros()[name].stimulus_type.random_spec(rng)
    options = spec.options if isinstance(spec, IntegrateAndFireSpec) else spec
    check(spec, random_updates(options, rng, 100))
    check(spec, corner_updates(options))


def every_update(options: LifOptions) -> dict[str, np.ndarray]:
    fields = (*options.state, *options.parameters, *options.drive)
    ranges = [range(field.minimum, field.maximum + 1) for field in fields]
    columns = np.array(list(product(*ranges)), np.int64).T
    return {field.name: column for field, column in zip(fields, columns, strict=True)}


SMALL = {"membrane_bits": 4, "input_bits": 3, "leak_bits": 2}
EXHAUSTIVE: dict[str, dict[str, object]] = {
    "shift": {"rounding": "floor", "membrane_signed": True},
    "shift toward zero": {"rounding": "toward-zero", "membrane_signed": True},
    "constant": {"leak": "constant"},
    "constant signed": {"leak": "constant", "membrane_signed": True},
    "constant clocked": {"leak": "constant", "membrane_signed": True, "step": "clocked"},
    "multiplicative": {"leak": "multiplicative", "membrane_signed": True},
    "multiplicative toward zero": {
        "leak": "multiplicative",
        "membrane_signed": True,
        "rounding": "toward-zero",
    },
    "wrapping": {"overflow": "wrap", "membrane_signed": True, "reset": "subtract"},
    "current": {"current_bits": 4, "fire": "tick", "current_shift": 2, "membrane_signed": True},
    "current clocked": {"current_bits": 4, "step": "clocked", "leak": "none"},
    "adaptive": {"adaptation_bits": 3, "adaptation_jump": 3, "adaptation_shift": 1},
    "refractory": {"refractory": 3, "step": "clocked"},
    "refractory with input": {"refractory": 2, "refractory_input": True, "reset_value": 2},
    "noise": {"noise_bits": 2, "reset": "subtract"},
    "time stamps": {"step": "time-stamped", "time_bits": 2, "membrane_signed": True},
    "time stamps, constant": {"step": "time-stamped", "time_bits": 2, "leak": "constant"},
    "wrap": {"reset": "wrap"},
    "shift to nearest even": {"rounding": "nearest-even", "membrane_signed": True},
    "shift to nearest up": {"rounding": "nearest-up", "membrane_signed": True},
    "shift to nearest away": {"rounding": "nearest-away", "membrane_signed": True},
    "multiplicative to nearest": {
        "leak": "multiplicative",
        "membrane_signed": True,
        "rounding": "nearest-away",
    },
    "threshold taken off next": {
        "reset": "subtract-next",
        "step": "clocked",
        "membrane_signed": True,
        "rounding": "nearest-even",
    },
    "threshold taken off at the next tick": {
        "reset": "subtract-next",
        "fire": "tick",
        "leak": "constant",
        "membrane_signed": True,
    },
    "threshold taken off by a wrapping sum": {
        "reset": "subtract-next",
        "step": "clocked",
        "leak": "none",
        "overflow": "wrap",
        "refractory": 2,
    },
}


@pytest.mark.parametrize("name", EXHAUSTIVE)
def test_every_update_of_a_small_neuron(name: str) -> None:
    spec = LifSpec.model_validate({**SMALL, **EXHAUSTIVE[name]})
    updates = every_update(spec)
    assert len(updates["membrane"]) <= 1 << 17
    check(spec, updates)


@pytest.mark.regression
@pytest.mark.parametrize("name", list(EXHAUSTIVE)[:: effort(3, 1)])
def test_every_update_of_a_small_neuron_in_verilog(name: str) -> None:
    spec = LifSpec.model_validate({**SMALL, **EXHAUSTIVE[name]})
    report = simulate(spec, {"update": every_update(spec)}, chunk=1 << 20).report
    assert report.passed, report.message


def test_a_membrane_that_wraps_keeps_the_amount() -> None:
    spec = IntegrateAndFireSpec()
    updates = {"membrane": np.array([60, 60, 3, 3, 63]), "input": np.array([3, 4, -3, -4, 7])}
    updated = spec.model().run({"update": updates})["updated"]
    assert updated["membrane"].tolist() == [63, 0, 0, 0, 6]
    assert updated["spike"].tolist() == [0, 1, 0, 0, 1]


def run(spec: LifSpec, inputs: list[int], threshold: int, **others: list[int]) -> list[list[int]]:
    """Spike and state after every update of one neuron that starts at zero."""
    state = dict.fromkeys((field.name for field in spec.state), 0)
    seen = []
    for index, each in enumerate(inputs):
        given = {
            **state,
            "threshold": threshold,
            "input": each,
            **{name: values[index] for name, values in others.items()},
        }
        tokens = {name: np.array([value]) for name, value in given.items()}
        updated = spec.model().run({"update": tokens})["updated"]
        seen.append([int(values[0]) for values in updated.values()])
        state = {name: int(updated[name][0]) for name in state}
    return seen


def test_a_constant_input_reaches_the_fixed_point_of_the_leak() -> None:
    spec = LifSpec(step="clocked", leak="shift", leak_bits=3, membrane_bits=8)
    membranes = [each[1] for each in run(spec, [5] * 60, threshold=255)]
    # v = v - floor(v / 8) + 5 rises until floor(v / 8) = 5
    assert membranes[-1] == 40
    assert membranes[:3] == [5, 10, 14]


def test_the_threshold_is_taken_off_in_the_next_step() -> None:
    """snnTorch's ``Leaky`` with ``reset_mechanism="subtract"``: ``mem = beta * mem + input - reset
    * threshold``, where ``reset`` says that the membrane of the step before was above."""
    spec = LifSpec(
        step="clocked",
        leak="shift",
        leak_bits=2,
        membrane_bits=12,
        membrane_signed=True,
        reset="subtract-next",
        rounding="nearest-even",
        input_bits=8,
    )
    rng = np.random.default_rng(3)
    inputs = rng.integers(-30, 90, 200).tolist()
    threshold, mem, expected = 100, 0, []
    for each in inputs:
        reset = mem >= threshold
        mem = mem - round(Fraction(mem, 4)) + each - reset * threshold
        expected.append([int(mem >= threshold), mem])
    seen = run(spec, inputs, threshold)
    assert [each[:2] for each in seen] == expected
    assert sum(spike for spike, _ in expected) > 20
    at_once = run(spec.model_copy(update={"reset": "subtract"}), inputs, threshold)
    assert [each[0] for each in at_once] != [each[0] for each in seen]


def test_nearest_decays_below_the_shift() -> None:
    """Floor leaves up to ``2**shift - 1`` for ever, nearest no more than half of it."""
    rest = {}
    for rounding in ("floor", "toward-zero", "nearest-even", "nearest-up", "nearest-away"):
        spec = LifSpec(step="clocked", leak="shift", leak_bits=3, rounding=rounding)
        rest[rounding] = run(spec, [7] * 6 + [0] * 80, threshold=255)[-1][1]
    assert rest == {
        "floor": 7,
        "toward-zero": 7,
        "nearest-even": 4,
        "nearest-up": 3,
        "nearest-away": 3,
    }


def test_spikes_are_apart_by_the_refractory_period() -> None:
    spec = LifSpec(step="clocked", leak="none", refractory=4)
    spikes = [each[0] for each in run(spec, [7] * 13, threshold=1)]
    assert spikes == [1, 0, 0, 0] * 3 + [1]


def test_adaptation_makes_intervals_longer() -> None:
    spec = LifSpec(
        step="clocked", leak="none", adaptation_bits=8, adaptation_jump=16, adaptation_shift=7
    )
    spikes = np.flatnonzero([each[0] for each in run(spec, [4] * 60, threshold=8)])
    # thresholds 8, 24, 40, 56 and 72 are reached after 2, 6, 10, 14 and 18 inputs of 4
    assert spikes.tolist() == [1, 7, 17, 31, 49]


def test_a_pause_decays_as_the_ticks_in_it() -> None:
    spec = LifSpec(step="time-stamped", leak="constant", leak_bits=3, time_bits=4)
    seen = run(spec, [7, 7, 7], threshold=200, leak=[2, 2, 2], now=[3, 4, 9])
    assert [each[1] for each in seen] == [7, 7 - 2 + 7, 12 - 10 + 7]
    assert [each[2] for each in seen] == [3, 4, 9]


@pytest.mark.parametrize("shift", [1, 3, 6])
def test_multipliers_are_the_nearest_integers(shift: int) -> None:
    table = multipliers(shift, 16, 10)
    assert table[0] == 1024
    for tick, each in enumerate(table):
        assert abs(each - Fraction(1024) * (1 - Fraction(1, 2**shift)) ** tick) <= Fraction(1, 2)


def test_stochastic_thresholds_fire_as_often_as_the_noise_says() -> None:
    spec = LifSpec(noise_bits=4, noise="lfsr", leak="none", step="clocked")
    count = 16_000
    updates = {
        "membrane": np.full(count, 20),
        "input": np.zeros(count, int),
        "threshold": np.full(count, 16),
    }
    rate = spec.model().run({"update": updates})["updated"]["spike"].mean()
    assert abs(rate - 5 / 16) < 5 * 0.5 / count**0.5  # noise 0 … 4 of 0 … 15


def test_random_specs_have_every_option() -> None:
    specs = [LifStimulus.random_spec(np.random.default_rng(seed)) for seed in range(300)]
    for name in ("step", "leak", "fire", "reset", "overflow", "rounding", "noise", "pipeline"):
        kinds = {"pipeline": 3, "step": 3, "leak": 4, "reset": 4, "rounding": 5}.get(name, 2)
        assert len({getattr(each, name) for each in specs}) == kinds, name


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"overflow": "error"}, "choose wrap or saturate"),
        ({"rounding": "stochastic"}, "take floor, toward-zero, nearest-even, nearest-up or"),
        ({"reset": "subtract-next"}, "a check a time step: it goes with step=clocked, or with"),
        ({"reset": "subtract-next", "step": "time-stamped"}, "needs a check a time step"),
        ({"reset": "subtract-next", "step": "clocked", "noise_bits": 2}, "without adaptation and"),
        ({"reset": "subtract-next", "step": "clocked", "adaptation_bits": 5}, "without adaptation"),
        ({"reset": "subtract-next", "step": "clocked", "reset_value": 1}, "reset_value goes with"),
        ({"input_bits": 10}, "input_bits=10 is too wide for a membrane of 8 bits: at most 9"),
        ({"current_bits": 10, "fire": "tick"}, "current_bits=10 is too wide .* at most 9"),
        ({"current_bits": 3, "fire": "tick"}, "current_bits=3 cannot hold an input: give 4"),
        ({"leak_bits": 8}, "a shift of leak_bits=8 leaves nothing of 8 bits"),
        ({"current_bits": 5, "current_shift": 5, "fire": "tick"}, "current_shift=5 leaves nothing"),
        ({"adaptation_bits": 4}, "adaptation_shift=4 leaves nothing of 4 bits"),
        ({"adaptation_bits": 5, "adaptation_jump": 32}, "adaptation_jump=32 does not fit in"),
        ({"fire": "tick", "step": "clocked"}, "fire=tick goes with step=input-or-tick"),
        ({"current_bits": 5}, "only a tick the membrane: take fire=tick"),
        ({"refractory": 1, "step": "clocked"}, "refractory=1 changes nothing"),
        ({"step": "time-stamped", "leak": "multiplicative"}, "leak=none, shift or constant"),
        ({"step": "time-stamped", "current_bits": 5}, "goes without a current"),
        ({"reset_value": 256}, "reset_value=256 is not a membrane: it lies in 0 to 255"),
        ({"reset_value": -1}, "reset_value=-1 is not a membrane"),
        ({"reset_value": 1, "reset": "subtract"}, "reset_value goes with reset=to-value"),
        ({"reset": "wrap", "membrane_signed": True}, "unsigned membrane that saturates at 0"),
        ({"reset": "wrap", "overflow": "wrap"}, "unsigned membrane that saturates at 0"),
        ({"reset": "wrap", "fire": "tick"}, "fires at every overflow"),
        ({"reset": "wrap", "refractory": 2}, "fires at every overflow"),
        ({"reset": "wrap", "adaptation_bits": 6}, "has a fixed threshold"),
        ({"reset": "wrap", "noise_bits": 6}, "has a fixed threshold"),
        ({"noise": "lfsr"}, "noise=lfsr needs a width: give noise_bits"),
    ],
)
def test_options_that_contradict_each_other(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=f"lif: .*{message}"):
        validate(macros()["lif"], fields)


def test_options_that_just_agree() -> None:
    for fields in (
        {"input_bits": 9},
        {"current_bits": 9, "fire": "tick"},
        {"leak_bits": 7},
        {"adaptation_bits": 5, "adaptation_jump": 31},
        {"reset_value": 255},
        {"current_bits": 4, "fire": "tick", "current_shift": 3},
    ):
        validate(macros()["lif"], fields)


def test_an_integrate_and_fire_neuron_has_the_checks_of_its_options() -> None:
    with pytest.raises(UsageError, match="unsigned membrane that saturates at 0"):
        validate(macros()["integrate_and_fire"], {"membrane_signed": True})


@pytest.mark.flow
@pytest.mark.parametrize(
    ("fields", "luts", "gates"),
    [
        ({"membrane_bits": 8, "leak": "constant", "leak_bits": 7}, 60, 130),
        (
            {"membrane_bits": 12, "membrane_signed": True, "leak": "constant", "leak_bits": 7},
            75,
            210,
        ),
    ],
)
def test_update_units_are_small(fields: dict[str, Any], luts: int, gates: int) -> None:
    spec = LifSpec.model_validate(fields)
    found = synthesize_macro(spec, [TARGETS["ice40-hx8k"], TARGETS["gates"]], seeds=(1,))
    assert found.targets[0].resources["LUT4"] <= luts
    assert found.targets[1].resources["gates"] <= gates
