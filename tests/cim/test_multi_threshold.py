"""Multi-threshold activation: every value against sorted thresholds, and what it costs."""

from typing import Any

import numpy as np
import pytest

from neuroloom.flows.macros.catalogue import macros
from neuroloom.flows.macros.specification import validate
from neuroloom.flows.synthesis.synthesize import synthesize_macro
from neuroloom.flows.synthesis.targets import TARGETS
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.verify import verify
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


@pytest.mark.parametrize("fixed", [False, True], ids=["loaded", "fixed"])
@pytest.mark.parametrize("channels", [1, 2, 3, 7])
def test_every_channel_has_thresholds_of_its_own(channels: int, fixed: bool) -> None:
    rng = np.random.default_rng(channels)
    rows = np.sort(rng.integers(-16, 16, (channels, 7))).tolist()
    given = {"thresholds": rows} if fixed else {}
    spec = MultiThresholdSpec.model_validate(
        {"input_bits": 5, "output_bits": 3, "channels": channels, **given}
    )
    model = spec.model()
    if not fixed:
        model.run(loaded([threshold for row in rows for threshold in row]))
    values = np.repeat(np.arange(-16, 16), channels)
    got = model.run({"values": {"data": values}})["codes"]["code"]
    expected = [sum(t <= v for t in row) for v in range(-16, 16) for row in rows]
    assert got.tolist() == expected
    if fixed:
        model.reset()
        assert model.run({"values": {"data": values}})["codes"]["code"].tolist() == expected


def test_fixed_thresholds_need_no_stream() -> None:
    spec = MultiThresholdSpec(output_bits=1, thresholds=((3,),))
    assert [stream.name for stream in spec.streams] == ["values", "codes"]
    assert spec.inventory.flip_flops == 2


def test_channels_read_their_thresholds_one_cycle_ahead() -> None:
    contract = MultiThresholdSpec(channels=5).contract
    assert (contract.operation, contract.latency, contract.interval) == ("frame", 9, 5)
    contract = MultiThresholdSpec().contract
    assert (contract.operation, contract.latency, contract.interval) == ("value", 4, 1)


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


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"channels": 2, "thresholds": [[1]]}, "1 rows: channels=2 needs one each"),
        ({"thresholds": [[1, 2]]}, "thresholds of channel 0 are 2: output_bits=1 takes 1"),
        ({"output_bits": 2, "thresholds": [[1, 3, 2]]}, "channel 0 do not rise: sort them"),
        ({"channels": 2, "thresholds": [[1], [128]]}, "channel 1 lie outside .* -128 to 127"),
        ({"thresholds": [[-129]]}, "channel 0 lie outside the values, -128 to 127"),
        ({"thresholds": [[-1]], "signed": False}, "channel 0 lie outside the values, 0 to 255"),
    ],
)
def test_thresholds_that_do_not_fit_are_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=f"multi_threshold: .*{message}"):
        validate(macros()["multi_threshold"], {"output_bits": 1, **fields})


@pytest.mark.regression
def test_thresholds_at_both_ends_are_taken() -> None:
    fields = {"output_bits": 1, "channels": 2, "thresholds": [[-128], [127]]}
    spec = validate(macros()["multi_threshold"], fields)
    assert verify(spec, seeds=(1,), operations=20).passed


@pytest.mark.flow
def test_four_bits_of_eight_beat_the_best_open_rtl() -> None:
    spec = MultiThresholdSpec(input_bits=8, output_bits=4)
    ice40 = synthesize_macro(spec, [ICE40], seeds=(1,)).targets[0]
    assert ice40.resources["LUT4"] < 150
    assert ice40.resources["FF"] < 241


@pytest.mark.flow
def test_fixed_thresholds_need_few_cells() -> None:
    row = np.sort(np.random.default_rng(1).integers(-127, 128, 15))
    spec = MultiThresholdSpec(thresholds=(tuple(row.tolist()),))
    ice40 = synthesize_macro(spec, [ICE40], seeds=(1,)).targets[0]
    assert ice40.resources["LUT4"] < 30
    assert ice40.resources["FF"] == 38
