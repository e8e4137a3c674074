"""Binary max pooling against loops over pixels."""

from typing import Any

import pytest

from neuroloom.flows.macros.catalogue import macros
from neuroloom.flows.macros.specification import validate
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.verify import verify
from neuroloom.golden.bnn.max_pool import MaxPoolSpec


def test_the_contract_of_a_whole_image() -> None:
    contract = MaxPoolSpec().contract
    assert (contract.latency, contract.interval) == (28 * 28, 28 * 28)
    # the last pixel, the last row and the last column are dropped
    odd = MaxPoolSpec(height=5, width=7, channels=6, lanes=4).contract
    assert (odd.latency, odd.interval) == (2 * (3 * 7 + 6), 2 * 5 * 7)
    assert odd.produces == {"pooled": 2 * 2 * 3}


@pytest.mark.regression
@pytest.mark.parametrize(
    "spec",
    [
        MaxPoolSpec(height=5, width=7, channels=6, lanes=4),
        MaxPoolSpec(height=7, width=6, channels=3, lanes=3, kernel=3),
        MaxPoolSpec(height=2, width=3, channels=1, lanes=1, kernel=1),
    ],
)
def test_pools_in_verilog(spec: MaxPoolSpec) -> None:
    assert verify(spec, seeds=(1,)).passed


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"lanes": 5}, "lanes=5 is more than the 4 channels"),
        ({"kernel": 4}, "kernel=4 is more than the 3 pixels of the shorter side"),
    ],
)
def test_fields_that_contradict_each_other(fields: dict[str, Any], message: str) -> None:
    small = {"height": 3, "width": 5, "channels": 4, "lanes": 2}
    with pytest.raises(UsageError, match=message):
        validate(macros()["max_pool"], {**small, **fields})


def test_fields_that_just_agree() -> None:
    fields = {"height": 3, "width": 5, "channels": 4, "lanes": 4, "kernel": 3}
    validate(macros()["max_pool"], fields)
