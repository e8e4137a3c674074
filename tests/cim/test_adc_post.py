"""Behind the converters: every code of every converter, corrections against exact fractions."""

import itertools
from fractions import Fraction

import numpy as np
import pytest
from references.cim.adc_post import thermometer
from references.rounding import rounded

from neuroloom.flows.macros.catalogue import macros
from neuroloom.flows.macros.specification import validate
from neuroloom.flows.simulation.simulators import SimulatorName
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.verify import replay
from neuroloom.golden.checks import WITHOUT_CHANCE
from neuroloom.golden.cim.adc_post import AdcPostSpec
from neuroloom.golden.cim.converters import Bubbles, Converter, flash_codes
from neuroloom.golden.formats import Rounding
from neuroloom.golden.ports import Traffic


def results(spec: AdcPostSpec, *traffic: Traffic) -> list[int]:
    model = spec.model()
    got = [model.run(each)["results"]["value"] for each in traffic]
    return [int(value) for value in np.concatenate(got)]


@pytest.mark.parametrize("bubbles", Bubbles)
@pytest.mark.parametrize("code_bits", [1, 2, 3])
def test_every_thermometer_code(bubbles: Bubbles, code_bits: int) -> None:
    comparators = (1 << code_bits) - 1
    rows = list(itertools.product([0, 1], repeat=comparators))
    spec = AdcPostSpec(code_bits=code_bits, bubbles=bubbles, columns=1)
    words: Traffic = {"codes": {"levels": np.array(rows)}}
    assert results(spec, words) == [thermometer(bubbles, list(row)) for row in rows]
    assert replay(spec, words, SimulatorName.AMARANTH).passed


@pytest.mark.parametrize("bubbles", Bubbles)
def test_clean_codes_need_no_correction(bubbles: Bubbles) -> None:
    levels = (np.arange(255) < np.arange(256)[:, np.newaxis]).astype(np.int64)
    assert flash_codes(levels, bubbles).tolist() == list(range(256))


@pytest.mark.parametrize("hole", range(1, 5))
def test_one_bubble_is_voted_away(hole: int) -> None:
    row = (np.arange(7) < 7).astype(np.int64)[np.newaxis]
    row[0, hole] = 0
    assert flash_codes(row, Bubbles.MAJORITY).tolist() == [7]
    assert flash_codes(row, Bubbles.NONE).tolist() == [7 | hole]
    assert flash_codes(row, Bubbles.ONES_COUNT).tolist() == [6]


@pytest.mark.parametrize("weights", [None, (8, 4, 4, 2, 1), (3, 2, 1), (1,)])
def test_every_row_of_decisions(weights: tuple[int, ...] | None) -> None:
    bits = 4 if weights is None else sum(weights).bit_length()
    spec = AdcPostSpec(converter=Converter.SAR, code_bits=bits, sar_weights=weights, columns=1)
    each = weights or (8, 4, 2, 1)
    rows = list(itertools.product([0, 1], repeat=len(each)))
    words: Traffic = {"codes": {"decision": np.array(rows).reshape(-1)}}
    expected = [sum(w for w, bit in zip(each, row, strict=True) if bit) for row in rows]
    assert results(spec, words) == expected
    assert replay(spec, words, SimulatorName.AMARANTH).passed


def test_everything_off_is_a_pass_through() -> None:
    spec = AdcPostSpec(converter=Converter.BINARY, code_bits=5, columns=1)
    assert results(spec, {"codes": {"code": np.arange(32)}}) == list(range(32))
    assert spec.result_format.bits == 5
    assert spec.inventory.flip_flops == 5 + 1


@pytest.mark.parametrize("rounding", WITHOUT_CHANCE)
@pytest.mark.parametrize("seed", range(20))
def test_corrections_equal_exact_fractions(rounding: Rounding, seed: int) -> None:
    rng = np.random.default_rng(seed)
    columns, shift = int(rng.integers(1, 9)), int(rng.integers(0, 6))
    spec = AdcPostSpec(
        converter=Converter.BINARY,
        code_bits=4,
        columns=columns,
        table_bits=6,
        offset_bits=4,
        gain_bits=6,
        gain_shift=shift,
        rounding=rounding,
        zero_point=5 if shift < 4 else 1,
        output_bits=6,
    )
    table, codes = rng.integers(0, 64, 16), rng.integers(0, 16, (30, columns))
    offset, gain = rng.integers(-8, 8, columns), rng.integers(0, 64, columns)
    expected = []
    for frame in codes.tolist():
        for column, code in enumerate(frame):
            product = (int(table[code]) + int(offset[column])) * int(gain[column])
            exact = Fraction(product, 1 << shift)
            whole = rounded(exact, rounding)
            expected.append(max(-32, min(31, whole - spec.zero_point)))
    loads: Traffic = {
        "codes": {"code": codes[:0, 0]},
        "table": {"value": table},
        "coefficients": {"offset": offset, "gain": gain},
    }
    frames: Traffic = {"codes": {"code": codes.reshape(-1)}}
    assert results(spec, loads, frames) == expected, f"seed {seed}"


@pytest.mark.parametrize("loaded", ["table", "coefficients"])
def test_frames_before_their_parameters_are_refused(loaded: str) -> None:
    fields = {"table_bits": 3} if loaded == "table" else {"gain_bits": 3}
    spec = AdcPostSpec.model_validate({"converter": "binary", "columns": 1, **fields})
    with pytest.raises(ValueError, match=f"no {loaded} yet: load"):
        spec.model().run({"codes": {"code": np.array([1])}})


def test_a_load_in_part_is_refused() -> None:
    spec = AdcPostSpec(converter=Converter.BINARY, table_bits=2)
    with pytest.raises(ValueError, match="a load has 8 tokens; 7 leave a part"):
        spec.model().run(
            {"codes": {"code": np.zeros(0, int)}, "table": {"value": np.zeros(7, int)}}
        )


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"code_bits": 9}, "needs 511 comparators: converter=flash goes up to 8 bits"),
        ({"converter": "sar", "bubbles": "majority"}, "bubbles=majority goes with converter=flash"),
        ({"sar_weights": [2, 1]}, "sar_weights goes with converter=sar"),
        ({"converter": "sar", "sar_weights": [2, 0]}, "one positive weight a decision"),
        ({"converter": "sar", "sar_weights": []}, "one positive weight a decision"),
        ({"converter": "sar", "sar_weights": [6, 3]}, "a common factor: divide them by 3"),
        ({"converter": "sar", "sar_weights": [8, 1]}, "add up to 9: code_bits must be 4, not 3"),
        ({"converter": "sar", "code_bits": 13, "table_bits": 8}, "too large: at most 12"),
        ({"gain_shift": 1}, "gain_shift goes with gain_bits"),
        ({"rounding": "stochastic"}, "take floor, toward-zero, nearest-even, nearest-up or"),
        ({"gain_bits": 2, "gain_shift": 6}, "gain_shift=6 leaves nothing of the code"),
        ({"zero_point": 8}, "zero_point=8 is not among the corrected codes, 0 to 7"),
        ({"zero_point": -1}, "zero_point=-1 is not among the corrected codes, 0 to 7"),
    ],
)
def test_fields_that_contradict_each_other(fields: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=f"adc_post: .*{message}"):
        validate(macros()["adc_post"], fields)
