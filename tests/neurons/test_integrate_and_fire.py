"""The macro ``integrate_and_fire``."""

from typing import Any

import numpy as np
import pytest

from neuroloom.flows.macros.catalogue import macros
from neuroloom.flows.macros.specification import validate
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.verify import verify
from neuroloom.golden.formats import Overflow
from neuroloom.golden.neurons.integrate_and_fire import IntegrateAndFireSpec
from neuroloom.golden.neurons.lif_options import Reset

MACRO = macros()["integrate_and_fire"]


def updated(spec: IntegrateAndFireSpec, **numbers: list[int]) -> list[tuple[int, int]]:
    """Spike and membrane after each update of these membranes, inputs and thresholds."""
    sent = {name: np.array(values, np.int64) for name, values in numbers.items()}
    after = spec.model().run({"update": sent})["updated"]
    return list(zip(after["spike"].tolist(), after["membrane"].tolist(), strict=True))


def test_a_membrane_that_wraps() -> None:
    """Six bits: a spike when the sum is more than 63, of which the rest stays; never below 0."""
    numbers = {"membrane": [60, 63, 63, 63, 3, 0, 8], "input": [7, 0, 1, 7, -8, -1, -8]}
    after = [(1, 3), (0, 63), (1, 0), (1, 6), (0, 0), (0, 0), (0, 0)]
    assert updated(IntegrateAndFireSpec(), **numbers) == after


@pytest.mark.parametrize("step", [1, 5, 7])
def test_a_membrane_that_wraps_loses_nothing(step: int) -> None:
    """Spikes times 64 and what is left are all that came in."""
    spec, membrane, spikes = IntegrateAndFireSpec(), 0, 0
    for update in range(1, 200):
        ((spike, membrane),) = updated(spec, membrane=[membrane], input=[step])
        spikes += spike
        assert 64 * spikes + membrane == step * update


def test_a_membrane_that_returns_to_a_value() -> None:
    """The threshold itself is enough; 63 stays where the sum would be 67."""
    spec = IntegrateAndFireSpec(reset=Reset.TO_VALUE, reset_value=5)
    numbers = {"membrane": [6, 6, 60, 2, 0], "input": [4, 3, 7, -8, 0]}
    thresholds = [10, 10, 63, 1, 0]
    after = [(1, 5), (0, 9), (1, 5), (0, 0), (1, 5)]
    assert updated(spec, **numbers, threshold=thresholds) == after


def test_a_membrane_that_loses_its_threshold() -> None:
    spec = IntegrateAndFireSpec(reset=Reset.SUBTRACT)
    numbers = {"membrane": [60, 10, 9], "input": [7, 7, 0], "threshold": [50, 10, 10]}
    assert updated(spec, **numbers) == [(1, 13), (1, 7), (0, 9)]  # 63 - 50, not 67 - 50


def test_a_threshold_that_is_taken_off_later() -> None:
    """A spike keeps V; the next update takes the threshold with its input."""
    spec = IntegrateAndFireSpec(reset=Reset.SUBTRACT_NEXT)
    numbers = {"membrane": [12, 8, 30, 3], "input": [-1, 7, 2, 0], "threshold": [10] * 4}
    fired = [0, 1, 1, 1]
    assert updated(spec, **numbers, fired=fired) == [(1, 11), (0, 5), (1, 22), (0, 0)]


@pytest.mark.parametrize(
    ("signed", "overflow", "after"),
    [
        (True, Overflow.SATURATE, [(0, -32), (1, 0), (0, -1), (1, 0)]),
        (True, Overflow.WRAP, [(1, 0), (0, -30), (0, -1), (1, 0)]),  # -38 is 26, 34 is -30
    ],
)
def test_a_signed_membrane(signed: bool, overflow: Overflow, after: list[tuple[int, int]]) -> None:
    spec = IntegrateAndFireSpec(membrane_signed=signed, overflow=overflow, reset=Reset.TO_VALUE)
    numbers = {"membrane": [-30, 31, -1, -1], "input": [-8, 3, 0, 1]}
    assert updated(spec, **numbers, threshold=[20, 31, 0, 0]) == after


def test_an_unsigned_membrane_that_goes_round() -> None:
    """67 is 3 and -2 is 62."""
    spec = IntegrateAndFireSpec(overflow=Overflow.WRAP, reset=Reset.SUBTRACT)
    numbers = {"membrane": [60, 6], "input": [7, -8], "threshold": [50, 60]}
    assert updated(spec, **numbers) == [(0, 3), (1, 2)]


def test_the_widest_membrane() -> None:
    spec = IntegrateAndFireSpec(membrane_bits=32, input_bits=24)
    most = 4_294_967_295
    numbers = {"membrane": [most, most, 0], "input": [8_388_607, 0, -8_388_608]}
    assert updated(spec, **numbers) == [(1, 8_388_606), (0, most), (0, 0)]


def test_streams_and_contract() -> None:
    def named(spec: IntegrateAndFireSpec) -> list[list[tuple[str, int, bool]]]:
        return [
            [(field.name, field.bits, field.signed) for field in stream.fields]
            for stream in spec.streams
        ]

    wraps = [[("membrane", 6, False), ("input", 4, True)], [("spike", 1, False)]]
    wraps[1].append(("membrane", 6, False))
    assert named(IntegrateAndFireSpec()) == wraps
    signed = IntegrateAndFireSpec(membrane_signed=True, reset=Reset.SUBTRACT_NEXT)
    before = [("membrane", 6, True), ("fired", 1, False), ("threshold", 5, False)]
    after = [("spike", 1, False), ("membrane", 6, True), ("fired", 1, False)]
    assert named(signed) == [[*before, ("input", 4, True)], after]
    for pipeline in range(3):
        contract = IntegrateAndFireSpec(pipeline=pipeline).contract
        assert (contract.latency, contract.interval) == (pipeline, 1)
        assert (contract.consumes, contract.produces) == ({"update": 1}, {"updated": 1})


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"overflow": "error", "reset": "subtract"},
            "overflow=error cannot be promised for any inputs: choose wrap or saturate",
        ),
        ({"input_bits": 8}, "input_bits=8 is too wide for a membrane of 6 bits: at most 7"),
        (
            {"reset": "to-value", "reset_value": 64},
            "reset_value=64 is not a membrane: it lies in 0 to 63",
        ),
        (
            {"reset": "to-value", "reset_value": -33, "membrane_signed": True},
            "reset_value=-33 is not a membrane: it lies in -32 to 31",
        ),
        ({"reset": "subtract", "reset_value": 1}, "reset_value goes with reset=to-value"),
        ({"reset_value": 1}, "reset_value goes with reset=to-value"),
        (
            {"membrane_signed": True},
            "reset=wrap goes with an unsigned membrane that saturates at 0",
        ),
        ({"overflow": "wrap"}, "reset=wrap goes with an unsigned membrane that saturates at 0"),
        ({"pipeline": 3}, "pipeline=3 is wrong: input should be less than or equal to 2"),
        ({"membrane_bits": 1}, "membrane_bits=1 is wrong: .*greater than or equal to 2"),
        ({"input_bits": 25}, "input_bits=25 is wrong: input should be less than or equal to 24"),
    ],
)
def test_fields_that_contradict_each_other(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=f"integrate_and_fire: .*{message}"):
        validate(MACRO, fields)


def test_fields_that_just_agree() -> None:
    validate(MACRO, {"input_bits": 7})
    validate(MACRO, {"reset": "to-value", "reset_value": 63})
    validate(MACRO, {"reset": "to-value", "reset_value": -32, "membrane_signed": True})
    validate(MACRO, {"overflow": "wrap", "reset": "subtract", "membrane_signed": True})


@pytest.mark.regression
@pytest.mark.parametrize("reset", Reset)
@pytest.mark.parametrize("pipeline", [0, 2])
def test_integrate_and_fire_equals_its_model(reset: Reset, pipeline: int) -> None:
    spec = IntegrateAndFireSpec(
        membrane_bits=7,
        membrane_signed=reset in (Reset.SUBTRACT, Reset.SUBTRACT_NEXT),
        reset=reset,
        reset_value=9 if reset is Reset.TO_VALUE else 0,
        pipeline=pipeline,
    )
    verified = verify(spec, seeds=(1, 2))
    assert verified.passed, verified.outcomes[0].message
