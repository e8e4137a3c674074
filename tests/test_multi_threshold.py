"""Multi-threshold activation: every value against sorted thresholds, and what it costs."""

import numpy as np
import pytest

from neuroloom.flows.catalogue import macros
from neuroloom.flows.errors import UsageError
from neuroloom.flows.specification import validate
from neuroloom.flows.synthesis.synthesize import synthesize_macro
from neuroloom.flows.synthesis.targets import TARGETS
from neuroloom.golden.cim.multi_threshold import MultiThresholdSpec
from neuroloom.golden.ports import Traffic

ICE40 = TARGETS["ice40-hx8k"]


def loaded(thresholds: list[int]) -> Traffic:
    return {
        "values": {"data": np.zeros(0, np.int64)},
        "thresholds": {"data": np.array(thresholds, np.int64)},
    }


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("output_bits", range(1, 7))
def test_the_code_counts_the_thresholds_that_are_reached(signed: bool, output_bits: int) -> None:
    spec = MultiThresholdSpec(input_bits=8, signed=signed, output_bits=output_bits)
    fmt = spec.streams[0].fields[0].format
    values = np.arange(fmt.minimum, fmt.maximum + 1)
    rng = np.random.default_rng(output_bits)
    for _ in range(20):  # equal thresholds and both ends of the range among them
        thresholds = sorted(rng.choice(values[:: rng.integers(1, 64)], spec.steps).tolist())
        model = spec.model()
        model.run(loaded(thresholds))
        got = model.run({"values": {"data": values}})["codes"]["code"]
        assert got.tolist() == [sum(t <= v for t in thresholds) for v in values.tolist()]


def test_the_last_load_counts() -> None:
    model = MultiThresholdSpec(output_bits=1).model()
    assert len(model.run(loaded([3, 5]))["codes"]["code"]) == 0
    values: Traffic = {"values": {"data": np.array([3, 4, 5])}}
    assert model.run(values)["codes"]["code"].tolist() == [0, 0, 1]


def test_values_before_thresholds_are_refused() -> None:
    with pytest.raises(ValueError, match="no thresholds yet: load them"):
        MultiThresholdSpec().model().run({"values": {"data": np.array([1])}})


def test_a_load_in_part_is_refused() -> None:
    with pytest.raises(ValueError, match="a load has 15 thresholds; 14 leave a part"):
        MultiThresholdSpec().model().run(loaded([0] * 14))


def test_a_sign_alone_is_refused() -> None:
    with pytest.raises(UsageError, match=r"multi_threshold: .*input_bits of 2 or more"):
        validate(macros()["multi_threshold"], {"input_bits": 1})


@pytest.mark.flow
def test_four_bits_of_eight_beat_the_best_open_rtl() -> None:
    spec = MultiThresholdSpec(input_bits=8, output_bits=4)
    ice40 = synthesize_macro(spec, [ICE40], seeds=(1,)).targets[0]
    assert ice40.resources["LUT4"] < 150
    assert ice40.resources["FF"] < 241
