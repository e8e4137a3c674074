"""The macro ``requantize``."""

from typing import Any

import numpy as np
import pytest

from neuroloom.flows.macros.catalogue import macros
from neuroloom.flows.macros.specification import validate
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.verify import verify
from neuroloom.golden.arith.requantize import RequantizeSpec
from neuroloom.golden.formats import Overflow, Rounding

MACRO = macros()["requantize"]


def requantized(values: list[int], **fields: Any) -> list[int]:
    spec = RequantizeSpec.model_validate(fields)
    sent = {"value": {"data": np.array(values, np.int64)}}
    return list(spec.model().run(sent)["result"]["data"].tolist())


@pytest.mark.parametrize(
    ("rounding", "quarters"),
    [
        # -2.5 -1.75 -1.5 -1.25 -0.75 -0.5 -0.25 0 0.25 0.5 0.75 1.25 1.5 1.75 2.5
        (Rounding.FLOOR, [-3, -2, -2, -2, -1, -1, -1, 0, 0, 0, 0, 1, 1, 1, 2]),
        (Rounding.TOWARD_ZERO, [-2, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 2]),
        (Rounding.NEAREST_EVEN, [-2, -2, -2, -1, -1, 0, 0, 0, 0, 0, 1, 1, 2, 2, 2]),
        (Rounding.NEAREST_UP, [-2, -2, -1, -1, -1, 0, 0, 0, 0, 1, 1, 1, 2, 2, 3]),
        (Rounding.NEAREST_AWAY, [-3, -2, -2, -1, -1, -1, 0, 0, 0, 1, 1, 1, 2, 2, 3]),
    ],
)
def test_quarters_by_hand(rounding: Rounding, quarters: list[int]) -> None:
    values = [-10, -7, -6, -5, -3, -2, -1, 0, 1, 2, 3, 5, 6, 7, 10]
    assert requantized(values, input_bits=8, shift=2, rounding=rounding) == quarters


@pytest.mark.parametrize(
    ("signed", "overflow", "results"),
    [
        (True, "saturate", [-8, -8, -8, -1, 0, 7, 7, 7]),
        (True, "wrap", [0, 7, -8, -1, 0, 7, -8, -1]),
        (False, "saturate", [0, 0, 0, 0, 0, 7, 8, 15]),
        (False, "wrap", [0, 7, 8, 15, 0, 7, 8, 15]),
    ],
)
def test_results_outside_four_bits(signed: bool, overflow: str, results: list[int]) -> None:
    fields = {"input_bits": 8, "shift": 0, "output_bits": 4, "output_signed": signed}
    values = [-16, -9, -8, -1, 0, 7, 8, 15]
    assert requantized(values, **fields, overflow=overflow) == results


def test_rounding_carries_into_one_more_bit() -> None:
    """127.5 is 128, which eight signed bits do not hold, and -128.5 is -128."""
    fields = {"input_bits": 9, "shift": 1, "rounding": "nearest-even", "output_bits": 8}
    assert requantized([255, 254, -255, -256], **fields) == [127, 127, -128, -128]
    assert requantized([255, -255], **fields, overflow="wrap") == [-128, -128]
    unsigned = {**fields, "input_signed": False, "output_signed": False}
    assert requantized([511, 510, 509, 507], **unsigned) == [255, 255, 254, 254]
    assert requantized([511, 509], **unsigned, overflow="wrap") == [0, 254]


def test_the_widest_numbers() -> None:
    most = (1 << 47) - 1
    whole = {"input_bits": 48, "shift": 0, "output_bits": 48, "overflow": "error"}
    assert requantized([most, -most - 1], **whole) == [140_737_488_355_327, -140_737_488_355_328]
    shifted = {"input_bits": 48, "shift": 32, "output_bits": 17, "overflow": "error"}
    assert requantized([most, -most - 1, 1 << 31, 3 << 31], **shifted) == [32768, -32768, 0, 2]
    gone = {"input_bits": 1, "shift": 32, "output_bits": 1}
    assert requantized([-1, 0], **gone, rounding="floor") == [-1, 0]
    assert requantized([-1, 0], **gone, rounding="nearest-even") == [0, 0]


def test_chance_rounds_up_as_often_as_the_fraction_says() -> None:
    """5/8 upward in 4000 rolls: 2500, and six standard deviations are 184."""
    fields = {"input_bits": 8, "shift": 3, "rounding": "stochastic"}
    results = requantized([13] * 4000, **fields)
    assert set(results) == {1, 2}
    assert abs(results.count(2) - 2500) < 184
    assert set(requantized([16, -16] * 50, **fields)) == {2, -2}  # whole numbers stay
    assert requantized([13] * 40, **fields, seed=1) == results[:40]
    assert requantized([13] * 40, **fields, seed=2) != results[:40]


def test_entropy_goes_on_from_call_to_call() -> None:
    model = RequantizeSpec(rounding=Rounding.STOCHASTIC, shift=4).model()
    values = {"value": {"data": np.full(50, 8)}}
    first, second = (model.run(values)["result"]["data"].tolist() for _ in range(2))
    assert first != second
    model.reset()
    assert model.run(values)["result"]["data"].tolist() == first


def test_streams_and_contract() -> None:
    spec = RequantizeSpec(input_bits=48, output_bits=3, output_signed=False)
    value, result = (stream.fields[0] for stream in spec.streams)
    assert (value.name, value.bits, value.signed) == ("data", 48, True)
    assert (result.name, result.bits, result.signed) == ("data", 3, False)
    contract = spec.contract
    assert (contract.latency, contract.interval) == (1, 1)
    assert (contract.consumes, contract.produces) == ({"value": 1}, {"result": 1})


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"output_bits": 16},
            "overflow=error needs an output that holds every result, -32768 to 32768: "
            "choose wrap or saturate, or widen output_bits",
        ),
        ({"output_bits": 17, "output_signed": False}, "every result, -32768 to 32768: "),
        ({"output_bits": 15, "rounding": "floor"}, "every result, -32768 to 32767: "),
        ({"output_bits": 16, "rounding": "nearest-up"}, "every result, -32768 to 32768: "),
        ({"output_bits": 16, "rounding": "stochastic"}, "every result, -32768 to 32768: "),
        ({"input_signed": False, "output_bits": 16}, "every result, 0 to 65536: "),
    ],
)
def test_results_that_may_not_fit(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=f"requantize: .*{message}"):
        validate(MACRO, {"overflow": "error", **fields})


def test_results_that_just_fit() -> None:
    for fields in (
        {"output_bits": 17},
        {"output_bits": 16, "rounding": "floor"},
        {"output_bits": 16, "rounding": "toward-zero"},
        {"output_bits": 17, "output_signed": False, "input_signed": False},
    ):
        validate(MACRO, {"overflow": "error", **fields})


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"input_bits": 49}, "input_bits=49 is wrong: input should be less than or equal to 48"),
        ({"output_bits": 0}, "output_bits=0 is wrong: input should be greater than or equal to 1"),
        ({"shift": 33}, "shift=33 is wrong: input should be less than or equal to 32"),
        ({"shift": -1}, "shift=-1 is wrong: input should be greater than or equal to 0"),
        ({"seed": 0}, "seed=0 is wrong: input should be greater than or equal to 1"),
        ({"rounding": "up"}, "rounding=up is wrong: .*; choose one of floor, toward-zero, "),
    ],
)
def test_wrong_fields(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=f"requantize: {message}"):
        validate(MACRO, fields)


@pytest.mark.regression
@pytest.mark.parametrize("rounding", Rounding)
@pytest.mark.parametrize("overflow", [Overflow.SATURATE, Overflow.WRAP])
def test_requantize_equals_its_model(rounding: Rounding, overflow: Overflow) -> None:
    wrap = overflow is Overflow.WRAP
    spec = RequantizeSpec(
        input_bits=9,
        input_signed=not wrap,
        shift=3,
        rounding=rounding,
        output_bits=4,
        output_signed=wrap,
        overflow=overflow,
    )
    verified = verify(spec, seeds=(1, 2))
    assert verified.passed, verified.outcomes[0].message
