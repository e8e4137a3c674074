"""The macro's periphery: exact products with an ideal array, any codes, fields."""

import numpy as np
import pytest
from support.ideal_macro import CHIP, SIGNS, drawn, ideal

from neuroloom.flows.macros.catalogue import macros
from neuroloom.flows.macros.specification import validate
from neuroloom.flows.simulation.bulk.simulate import simulate as simulate_bulk
from neuroloom.flows.tools.errors import UsageError
from neuroloom.golden.cim.cim_macro import CimMacroSpec
from neuroloom.golden.cim.closed_loop import ClosedLoop
from neuroloom.golden.cim.column_map import ColumnMap
from neuroloom.golden.cim.converters import Converter
from neuroloom.golden.devices.adc import FlashAdc, Sar, SarAdc
from neuroloom.golden.devices.array import IdealArray
from neuroloom.verif.cim.cim_macro import CimMacroStimulus


@pytest.mark.parametrize("input_bits", range(1, 9))
@pytest.mark.parametrize(("weight_signed", "input_signed"), SIGNS)
def test_an_ideal_array_gives_the_exact_products(
    weight_signed: bool, input_signed: bool, input_bits: int
) -> None:
    spec = CimMacroSpec(
        rows=30,
        columns=24,
        input_bits=input_bits,
        weight_signed=weight_signed,
        input_signed=input_signed,
    )
    rng = np.random.default_rng(input_bits)
    for precision, bits in enumerate(spec.weight_bits):
        shape = (spec.rows, spec.column_map.outputs[precision])
        inputs = drawn(rng, input_bits, input_signed, (5, spec.rows))
        for weights in (
            drawn(rng, bits, weight_signed, shape),
            *(np.full(shape, end) for end in drawn(rng, bits, weight_signed, (2, 1))[:, 0]),
        ):
            got = ideal(spec, weights, precision).products(inputs, precision)
            assert (got == inputs @ weights).all(), bits


def test_the_whole_chip_gives_the_exact_products() -> None:
    rng = np.random.default_rng(1)
    for precision, bits in enumerate(CHIP.weight_bits):
        weights = drawn(rng, bits, True, (128, CHIP.column_map.outputs[precision]))
        inputs = drawn(rng, 1, False, (4, 128))
        got = ideal(CHIP, weights, precision).products(inputs, precision)
        assert (got == inputs @ weights).all(), bits
    assert CHIP.column_map.outputs == (128, 64, 32, 16)
    assert CHIP.accumulators.widths == (8, 9, 11, 15)


def test_codes_must_answer_the_reads() -> None:
    sent = CimMacroStimulus(CHIP).random(np.random.default_rng(1), 3)
    short = {"levels": sent["codes"]["levels"][:-1]}
    with pytest.raises(ValueError, match=r"3 vectors make (\d+) reads; there are \d+ codes"):
        CHIP.model().run({**sent, "codes": short})
    with pytest.raises(UsageError, match=r"'codes' has \d+ tokens; the 3 vectors take \d+"):
        simulate_bulk(CHIP, {**sent, "codes": short})
    none = CHIP.model().run({"vector": {"values": np.zeros((0, 128), int)}})
    assert [len(tokens) for tokens in none["sums"].values()] == [0, 0]
    vector = {"values": np.zeros((1, 4), int), "precision": np.array([3])}
    spec = CimMacroSpec(rows=4, weight_bits=(1, 2, 4))
    with pytest.raises(ValueError, match="no precision 3: weight_bits has 3"):
        spec.model().run({"vector": vector})


def test_columns_hold_weights_as_stated() -> None:
    columns = ColumnMap(columns=37, columns_per_adc=8, weight_bits=(1, 3, 8), signed=True)
    assert (columns.adcs, columns.words, columns.last_words) == (5, (8, 2, 1), (5, 1, 0))
    assert (columns.steps, columns.outputs) == ((8, 6, 8), (37, 9, 4))
    assert columns.first_column(1).tolist() == [0, 3, 8, 11, 16, 19, 24, 27, 32]
    weights = np.array([[1, -4, 3, 0, 0, 0, 0, 0, -1]])
    cells = columns.cells(weights, 1)[0]
    assert cells[:11].tolist() == [0, 0, 1, 1, 0, 0, 0, 0, 0, 1, 1]
    assert (cells[11:32].any(), cells[32:].tolist()) == (False, [1, 1, 1, 0, 0])
    narrow = ColumnMap(columns=9, columns_per_adc=8, weight_bits=(2,))
    assert (narrow.adcs, narrow.outputs) == (1, (4,))
    with pytest.raises(ValueError, match=r"the shape \(rows, 9\) at 3 bits, not \(1, 8\)"):
        columns.cells(weights[:, :8], 1)
    with pytest.raises(ValueError, match="weights of 3 bits hold -4 to 3, not -4 to 4"):
        columns.cells(np.where(weights == 3, 4, weights), 1)


def test_loops_that_do_not_fit() -> None:
    spec = CimMacroSpec(rows=4, columns=8)
    with pytest.raises(ValueError, match="the array has 8 rows and 4 columns, not 4 and 8"):
        ClosedLoop(spec, IdealArray(np.zeros((8, 4), int)))
    array = IdealArray(np.ones((4, 8), int))
    with pytest.raises(ValueError, match="2 converters, not 1"):
        ClosedLoop(spec, array, [FlashAdc()] * 2)
    loop = ClosedLoop(spec, array, [SarAdc()])
    with pytest.raises(ValueError, match="needs a FlashAdc"):
        loop.products(np.ones((1, 4), int))


def test_whole_codes_of_a_successive_approximation() -> None:
    spec = CimMacroSpec(rows=20, columns=8, group=5, converter=Converter.BINARY, input_bits=4)
    rng = np.random.default_rng(2)
    weights, inputs = drawn(rng, 4, True, (20, 2)), drawn(rng, 4, False, (6, 20))
    array = IdealArray(spec.column_map.cells(weights, 2))
    loop = ClosedLoop(spec, array, [SarAdc(Sar(bits=3))])
    assert (loop.products(inputs, 2) == inputs @ weights).all()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"rows": 4096, "input_bits": 9}, "a vector of 36864 bits; it has at most 32768"),
        ({"converter": "sar"}, "take binary, with whole codes"),
        ({"converter": "binary", "bubbles": "majority"}, "bubbles=majority goes with conv"),
        ({"style": "direct", "pipeline": 1}, "pipeline=1 goes with style=marked"),
        ({"overflow": "error"}, "choose wrap or saturate"),
        ({"weight_bits": []}, "one width or more"),
        ({"weight_bits": [0, 1]}, "from 1 bit on and rising"),
        ({"weight_bits": [2, 2]}, "from 1 bit on and rising"),
        ({"weight_bits": [9]}, "a weight of 9 bits does not fit in the 8 columns"),
        ({"columns": 7}, "a weight of 8 bits does not fit in the 7 columns"),
        ({"columns_per_adc": 64, "weight_bits": [30]}, "30 bits is too wide: at most 29"),
        ({"input_bits": 16, "guard_bits": 2}, "an accumulator would have 33 bits, the most is 32"),
    ],
)
def test_fields_that_contradict_each_other(fields: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=f"cim_macro: .*{message}"):
        validate(macros()["cim_macro"], fields)


def test_fields_that_just_agree() -> None:
    macro = macros()["cim_macro"]
    validate(macro, {"rows": 4096, "input_bits": 8, "weight_bits": [1]})
    validate(macro, {"columns": 8})
    validate(macro, {"columns_per_adc": 64, "weight_bits": [20], "rows": 16})
    validate(macro, {"input_bits": 16, "guard_bits": 1})
