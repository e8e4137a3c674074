"""Roundings: a bench aims at ties and what lies beside them, and notices what is wrong there."""

import importlib
from collections.abc import Collection
from typing import Any

import numpy as np
import pytest

from neuroloom.flows.macros.catalogue import macro
from neuroloom.flows.mutation.source import HARDWARE, source_of, substituted
from neuroloom.flows.simulation.job import BenchJob, BenchOutcome
from neuroloom.flows.simulation.simulators import run_amaranth
from neuroloom.golden.arith.requantize import RequantizeSpec
from neuroloom.golden.formats import Rounding, misrounded, shift_right
from neuroloom.golden.neurons.lif_options import LifOptions
from neuroloom.golden.ports import Traffic
from neuroloom.golden.spec import Spec
from neuroloom.hdl.arith.requantize import Requantize
from neuroloom.hdl.ports.flat import FlatPorts
from neuroloom.verif.arith.requantize import RequantizeStimulus
from neuroloom.verif.landmarks import LANDMARKS, Landmark, places, told, values_at
from neuroloom.verif.neurons.aimed_ticks import aimed_ticks
from neuroloom.verif.partners import BenchError
from neuroloom.verif.regimen import Regimen
from neuroloom.verif.simulator import Simulator, simulate

POSITIVE = {each for each in LANDMARKS if not each.negative}
EVERY = set(LANDMARKS)
NEURON = {"rounding": "nearest-even", "fire": "tick"}
SIGNED_NEURON = {**NEURON, "membrane_signed": True, "membrane_bits": 10}
SMALL_CORE = {"neurons": 16, "axons": 8, "banks": 2}
LEARNING = {"window": "trace", "weight_signed": True}

AIMED: list[tuple[str, dict[str, Any], Collection[Landmark]]] = [
    ("requantize", {}, EVERY),
    ("requantize", {"shift": 32, "input_bits": 40}, EVERY),
    ("requantize", {"rounding": "stochastic"}, ()),
    ("requantize", {"shift": 0}, ()),
    ("activation", {}, POSITIVE),
    ("activation", {"function": "none", "output_signed": True}, EVERY),
    ("activation", {"channels": 1, "shift": 0, "shift_bits": 4}, POSITIVE),
    (
        "activation",
        {
            "shift": 0,
            "function": "leaky-relu",
            "slope_shift": 6,
            "output_signed": True,
            "channels": 1,
        },
        EVERY - POSITIVE,
    ),
    (
        "activation",
        {
            "shift": 0,
            "function": "piecewise",
            "slope_shift": 6,
            "breakpoints": (0,),
            "slopes": (3, 5),
            "offsets": (-3, 6),
            "output_signed": True,
        },
        EVERY,
    ),
    ("adc_post", {"gain_bits": 12, "gain_shift": 11}, POSITIVE),
    (
        "adc_post",
        {
            "converter": "sar",
            "gain_bits": 12,
            "gain_shift": 11,
            "offset_bits": 6,
            "table_bits": 6,
            "columns": 20,
        },
        EVERY,
    ),
    ("adc_post", {"converter": "binary"}, ()),
    ("pixel_pool", {"operation": "average"}, POSITIVE),
    (
        "pixel_pool",
        {"operation": "average", "pixels": 9, "multiplier_bits": 4, "signed": True},
        EVERY,
    ),
    ("pixel_pool", {}, ()),
    ("digital_processor", {}, POSITIVE),
    ("digital_processor", {"signed": True, "relu": False, "channels": 1, "units": 1}, EVERY),
    ("digital_processor", {"residual": True, "partial": True}, EVERY),
    ("imc_core", {"processor": {"signed": True, "relu": False}}, EVERY),
    ("lif", {}, POSITIVE),
    ("lif", {"membrane_signed": True, "membrane_bits": 32, "leak_bits": 16}, EVERY),
    ("lif", {"membrane_signed": True, "membrane_bits": 16, "leak": "multiplicative"}, EVERY),
    ("lif", {"membrane_signed": True, "membrane_bits": 16, "step": "time-stamped"}, EVERY),
    ("lif", {"leak": "none", "adaptation_bits": 12}, POSITIVE),
    ("lif", {"leak": "none", "current_bits": 8, "current_shift": 3, "fire": "tick"}, EVERY),
    ("lif", {"leak": "none"}, ()),
    ("neuron_core", {**SMALL_CORE, "neuron": NEURON}, POSITIVE),
    ("neuron_core", {**SMALL_CORE, "neuron": SIGNED_NEURON}, EVERY),
    ("neuron_core", {**SMALL_CORE, "neuron": {**SIGNED_NEURON, "fire": "input"}}, EVERY),
    ("neuron_core", {**SMALL_CORE, "neuron": {**SIGNED_NEURON, "leak": "multiplicative"}}, EVERY),
    ("neuron_core", {**SMALL_CORE, "neuron": {"reset": "wrap"}}, POSITIVE),
    ("stdp", {}, POSITIVE),
    ("stdp", {"window": "trace", "weight_signed": True, "fraction_bits": 7}, EVERY),
    ("stdp", {"window": "trace", "weight_signed": True, "dependence": "multiplicative"}, EVERY),
    ("plastic_core", SMALL_CORE, POSITIVE),
    ("plastic_core", {**SMALL_CORE, "rule": "calcium"}, POSITIVE),
]
"""Specifications, and which landmarks their runs must meet."""

EVEN = "C((1 << (shift - 1)) - 1, shift) + odd"
AWAY = "C((1 << (shift - 1)) - 1, shift) + ~_negative(value)"
PLANTED: list[tuple[str, str, str, dict[str, Any]]] = [
    # the parity is forgotten, taken one bit too high, the wrong way round
    (EVEN, "C((1 << (shift - 1)) - 1, shift)", "activation", {"channels": 2}),
    (
        "odd.eq(value >> shift)",
        "odd.eq(value >> (shift + 1))",
        "adc_post",
        {"gain_bits": 8, "gain_shift": 7},
    ),
    (
        "odd.eq(value >> shift)",
        "odd.eq(~(value >> shift))",
        "digital_processor",
        {"channels": 2, "units": 2},
    ),
    # the half is one unit short, or two
    (
        "C(1 << (shift - 1), shift)",
        "C((1 << (shift - 1)) - 1, shift)",
        "activation",
        {"channels": 2, "rounding": "nearest-up"},
    ),
    (EVEN, "C(max(0, (1 << (shift - 1)) - 2), shift) + odd", "requantize", {"shift": 16}),
    # ties go up, or toward zero, whatever the sign
    (
        AWAY,
        "C((1 << (shift - 1)) - 1, shift) + 1",
        "activation",
        {"channels": 2, "rounding": "nearest-away", "function": "none", "output_signed": True},
    ),
    (
        AWAY,
        "C((1 << (shift - 1)) - 1, shift) + _negative(value)",
        "lif",
        {
            "rounding": "nearest-away",
            "leak": "multiplicative",
            "leak_bits": 12,
            "membrane_bits": 16,
        },
    ),
    # whole numbers below zero are moved as well
    (
        "value[-1] & value[:shift].any()",
        "value[-1]",
        "requantize",
        {"rounding": "toward-zero", "shift": 16},
    ),
    # the bit that rounds looks at what is below a half only, or not at all of it
    ("half & (below | value[shift])", "half & below", "lif", {"rounding": "nearest-even"}),
    (
        "half & (below | value[shift])",
        "half & below",
        "neuron_core",
        {**SMALL_CORE, "neuron": NEURON},
    ),
    (
        "value[shift - 1], value[: shift - 1].any()",
        "value[shift - 1], value[1 : shift - 1].any()",
        "neuron_core",
        {**SMALL_CORE, "neuron": NEURON},
    ),
]
"""What becomes of the source of the roundings, and a specification whose bench fails then."""


def run(spec: Spec, seed: int, component: Any) -> BenchOutcome:
    fields = spec.model_dump(mode="json", exclude_none=True)
    return run_amaranth(BenchJob(macro=spec.macro, spec=fields, seed=seed), component=component)


@pytest.mark.parametrize(("name", "fields", "landmarks"), AIMED)
def test_runs_must_meet_landmarks(
    name: str, fields: dict[str, Any], landmarks: Collection[Landmark]
) -> None:
    entry = macro(name)
    stimulus = entry.stimulus(entry.spec.model_validate(fields))
    wanted = set(stimulus.landmarks())
    assert {each.name for each in wanted} == {each.name for each in landmarks}


@pytest.mark.parametrize(("before", "after", "name", "fields"), PLANTED)
def test_a_wrong_rounding_is_noticed(
    before: str, after: str, name: str, fields: dict[str, Any]
) -> None:
    entry = macro(name)
    spec = entry.spec.model_validate(fields)
    file = source_of("formats")
    source = file.read_text()
    assert source.count(before) == 1
    code = compile(source.replace(before, after), str(file), "exec")
    with substituted("formats", code):
        face = importlib.import_module(f"{HARDWARE}.{entry.path}")
        outcome = run(spec, 1, getattr(face, entry.stem)(spec))
    assert outcome.status == "failed"
    assert "coverage" not in outcome.message


class Aimless(RequantizeStimulus):
    """Leaves out what is aimed at a tie, above an even number and below zero."""

    def corners(self) -> Traffic:
        values = super().corners()["value"]["data"]
        unit = 1 << self.spec.shift
        tie = (values % (2 * unit) == unit // 2) & (values < 0)
        return {"value": {"data": values[~tie]}}

    def landmarks(self) -> Collection[Landmark]:
        return RequantizeStimulus(self.spec).landmarks()


def test_a_run_that_misses_a_landmark_fails() -> None:
    spec = RequantizeSpec(shift=16, input_bits=40, output_bits=20)

    async def bench(sim: Simulator) -> None:
        await Regimen(spec, sim, 1).regress(Aimless(spec), 20)

    missed = "coverage: not reached: rounds a tie above an even number, below zero$"
    with pytest.raises(BenchError, match=missed):
        simulate(FlatPorts(Requantize(spec)), bench)


def test_a_slip_is_the_integer_on_the_other_side() -> None:
    values = np.arange(-64, 64)
    tie = Landmark("a tie", negative=True, odd=False)
    right = shift_right(values, 3, Rounding.NEAREST_EVEN)
    with misrounded(tie.slip):
        wrong = shift_right(values, 3, Rounding.NEAREST_EVEN)
    differ = values[wrong != right]
    assert differ.tolist() == [-60, -44, -28, -12]  # -7.5, -5.5, -3.5, -1.5
    assert (np.abs(8 * wrong - values)[wrong != right] == 4).all()
    assert (shift_right(values, 3, Rounding.NEAREST_EVEN) == right).all()


@pytest.mark.parametrize("rounding", [each for each in Rounding if each != Rounding.STOCHASTIC])
def test_every_landmark_is_a_value_that_slips(rounding: Rounding) -> None:
    values = np.arange(-64, 64)
    right = shift_right(values, 3, rounding)
    for landmark in LANDMARKS:
        with misrounded(landmark.slip):
            wrong = values[shift_right(values, 3, rounding) != right]
        assert len(wrong) == (4 if landmark.odd is not None else 8), landmark.name
        assert set((wrong % 8).tolist()) == {places(3)[landmark.place]}
        assert set((wrong < 0).tolist()) == {landmark.negative}


@pytest.mark.parametrize("multiplier", [1, -1, 3, 4, -12, 40, 64])
@pytest.mark.parametrize("offset", [0, 5, -8])
def test_values_at_landmarks(multiplier: int, offset: int) -> None:
    shift, unit = 5, 32
    found = values_at(shift, -1000, 1000, multiplier, offset)
    at = set(places(shift).values())
    assert all((value * multiplier + offset) % unit in at for value in found)
    near = [value for value in range(-64, 64) if (value * multiplier + offset) % unit in at]
    reached = {(value * multiplier + offset) % unit for value in near}
    assert {(value * multiplier + offset) % unit for value in found} == reached
    assert values_at(shift, 0, 3, multiplier, offset) == [each for each in near if 0 <= each <= 3]


def test_values_nearest_to_a_quotient() -> None:
    around = values_at(4, 0, 1 << 20, around=1000)
    assert {value >> 4 for value in around} == set(range(996, 1005))
    assert values_at(0, 0, 100) == values_at(4, 0, 100, multiplier=0) == []


def test_a_model_keeps_its_state_when_it_is_asked() -> None:
    spec = RequantizeSpec(rounding=Rounding.STOCHASTIC)
    model, values = spec.model(), {"value": {"data": np.arange(100) * 999}}
    told(model, values)
    assert (model.run(values)["result"]["data"] == spec.model().run(values)["result"]["data"]).all()


@pytest.mark.parametrize(
    "fields", [{"leak": "none"}, {"leak": "constant"}, {"current_bits": 6, "fire": "tick"}]
)
def test_neurons_that_nothing_is_aimed_at(fields: dict[str, Any]) -> None:
    assert aimed_ticks(LifOptions.model_validate(fields), (-8, 7), 64, 64) is None


def test_ticks_need_axons() -> None:
    options = LifOptions.model_validate(NEURON)
    assert aimed_ticks(options, (-8, 7), 3, 16) is None
    assert aimed_ticks(options, (-8, 0), 4, 16) is None
    aimed = aimed_ticks(options, (-8, 7), 4, 16)
    assert aimed is not None
    assert aimed.weights.min() >= 0
    assert aimed.weights.max() <= 7
