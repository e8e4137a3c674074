"""The macro ``accumulator``."""

from typing import Any

import numpy as np
import pytest

from neuroloom.flows.macros.catalogue import macros
from neuroloom.flows.macros.specification import validate
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.verify import verify
from neuroloom.golden.arith.accumulator import AccumulatorSpec
from neuroloom.golden.formats import Overflow
from neuroloom.golden.ports import concatenate

MACRO = macros()["accumulator"]


def sums(spec: AccumulatorSpec, data: list[int], last: list[int]) -> list[int]:
    """Plain Python: one value after the other, the rule after each."""
    fmt = spec.sum_format
    found, total = [], 0
    for value, ends in zip(data, last, strict=True):
        total += value
        if spec.overflow is Overflow.SATURATE:
            total = max(fmt.minimum, min(fmt.maximum, total))
        elif spec.overflow is Overflow.WRAP:
            total = (total - fmt.minimum) % (1 << fmt.bits) + fmt.minimum
        if ends:
            found.append(total)
            total = 0
    return found


@pytest.mark.parametrize("seed", range(40))
def test_model_equals_plain_python(seed: int) -> None:
    rng = np.random.default_rng(seed)
    spec = MACRO.stimulus_type.random_spec(rng)
    assert isinstance(spec, AccumulatorSpec)
    stimulus = MACRO.stimulus(spec)
    traffic = concatenate([stimulus.corners(), stimulus.random(rng, 9)])
    data = traffic["values"]["data"].tolist()
    counted = [int((index + 1) % spec.length == 0) for index in range(len(data))]
    last = traffic["values"]["last"].tolist() if spec.last_flag else counted
    found = spec.model().run(traffic)["total"]["sum"].tolist()
    assert found == sums(spec, data, last), f"seed {seed}: {spec.model_dump_json()}"


def test_saturation_depends_on_the_order() -> None:
    spec = AccumulatorSpec(input_bits=4, length=3, accumulator_bits=4, overflow=Overflow.SATURATE)
    rows = np.array([7, 7, -8, 7, -8, 7])
    assert spec.model().run({"values": {"data": rows}})["total"]["sum"].tolist() == [-1, 6]


def test_a_part_of_a_sum_is_refused() -> None:
    with pytest.raises(ValueError, match="takes 16 tokens for each sum; 5 leave a part"):
        AccumulatorSpec().model().run({"values": {"data": np.zeros(5, np.int64)}})


def test_a_flagged_sum_waits_for_its_last_value() -> None:
    model = AccumulatorSpec(length=4, last_flag=True).model()

    def sums(data: list[int], last: list[int]) -> list[int]:
        values = {"data": np.array(data, np.int64), "last": np.array(last, np.int64)}
        return list(model.run({"values": values})["total"]["sum"])

    assert sums([1, 2, 3], [0, 1, 0]) == [3]
    assert sums([4], [0]) == []
    assert sums([5, 6], [1, 1]) == [12, 6]
    assert sums([7], [0]) == []
    model.reset()
    assert sums([8], [1]) == [8]


def test_contract_of_a_carry_save_sum() -> None:
    fields = {"style": "carry-save", "input_bits": 12, "accumulator_bits": 32, "overflow": "wrap"}
    spec = AccumulatorSpec.model_validate({**fields, "length": 10, "segment": 12})
    assert (spec.resolution, spec.contract.latency, spec.contract.interval) == (3, 13, 10)
    short = AccumulatorSpec.model_validate({**fields, "length": 2, "segment": 8})
    assert (short.resolution, short.contract.latency, short.contract.interval) == (4, 6, 5)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"accumulator_bits": 19},
            "accumulator_bits=19 cannot hold every sum of 16 values: "
            "give 20 bits, or overflow=wrap or saturate",
        ),
        ({"style": "carry-save", "overflow": "saturate"}, "saturate needs the sum after every"),
        ({"style": "carry-save", "length": 1}, "a single value needs no accumulation"),
    ],
)
def test_fields_that_contradict_each_other(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=f"accumulator: .*{message}"):
        validate(MACRO, fields)


def test_fields_that_just_agree() -> None:
    validate(MACRO, {"accumulator_bits": 20})
    validate(MACRO, {"style": "carry-save", "length": 2, "overflow": "wrap", "segment": 48})


@pytest.mark.regression
@pytest.mark.parametrize("style", ["binary", "carry-save"])
@pytest.mark.parametrize("last_flag", [False, True])
def test_accumulator_equals_its_model(style: str, last_flag: bool) -> None:
    fields = {"input_bits": 5, "length": 6, "segment": 3, "style": style, "last_flag": last_flag}
    verified = verify(AccumulatorSpec.model_validate(fields), seeds=(1, 2))
    assert verified.passed, verified.outcomes[0].message
