"""What a specification says where it cannot compute what is wanted, and where it is told."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.ideal_macro import ideal

from neuroloom.flows import cli
from neuroloom.flows.macros.catalogue import Macro, macros
from neuroloom.flows.verilog.emit import emit
from neuroloom.golden.arith.accumulator import AccumulatorSpec
from neuroloom.golden.bnn.xnor_popcount import XnorPopcountSpec
from neuroloom.golden.cim.adc_post import AdcPostSpec
from neuroloom.golden.cim.cim_macro import CimMacroSpec
from neuroloom.golden.cim.converters import Converter

FEW = (
    "a read raises up to 31 rows, and a converter of 3 bits lacks 24 levels for their sums: "
    "those above 7 are read as 7; exact from adc_bits=5 on, or up to group=7"
)


@pytest.mark.parametrize("macro", macros().values(), ids=macros())
def test_defaults_compute_what_is_wanted(macro: Macro) -> None:
    assert macro.spec().cautions() == ()


def exact(spec: CimMacroSpec) -> bool:
    """Whether the sums of an ideal array are the products, for the vectors that raise the most."""
    rng = np.random.default_rng(1)
    outputs = spec.column_map.outputs[0]
    weights = rng.integers(0, 2, (spec.rows, outputs))
    weights[:, 0] = 1  # every row counts in this column
    ones = np.ones((1, spec.rows), np.int64)
    inputs = np.concatenate([ones, rng.integers(0, 2, (20, spec.rows))])
    found = ideal(spec, weights, 0).products(inputs)
    return bool((found == inputs @ weights).all())


@pytest.mark.parametrize("adc_bits", [1, 2, 3, 4])
def test_a_macro_is_exact_where_it_says_nothing(adc_bits: int) -> None:
    for group in (1, 3, 4, 7, 8, 15, 16, 40):
        spec = CimMacroSpec(
            rows=24,
            columns=8,
            group=group,
            adc_bits=adc_bits,
            weight_bits=(1,),
            weight_signed=False,
            converter=Converter.BINARY,
        )
        assert exact(spec) is (spec.cautions() == ()), (group, spec.cautions())
        if spec.cautions():
            wider = spec.model_copy(update={"adc_bits": min(group, 24).bit_length()})
            fewer = spec.model_copy(update={"group": 2**adc_bits - 1})
            assert f"adc_bits={wider.adc_bits} on" in spec.cautions()[0]
            assert f"group={fewer.group}" in spec.cautions()[0]
            assert wider.cautions() == fewer.cautions() == ()


def test_what_a_converter_lacks() -> None:
    assert CimMacroSpec(group=31).cautions() == (FEW,)
    assert "lacks 1 level for" in CimMacroSpec(group=8).cautions()[0]


@pytest.mark.parametrize(
    ("spec", "caution"),
    [
        (
            AccumulatorSpec(input_bits=4, length=8, accumulator_bits=6, overflow="wrap"),
            "sums of 8 values do not fit in 6 bits and wrap around: exact from "
            "accumulator_bits=7 on",
        ),
        (
            AccumulatorSpec(input_bits=4, length=8, accumulator_bits=6, overflow="saturate"),
            "sums of 8 values do not fit in 6 bits and are cut to -32 to 31: exact from "
            "accumulator_bits=7 on",
        ),
        (
            XnorPopcountSpec(lanes=8, folds=2, accumulator_bits=4, overflow="saturate"),
            "16 matches do not fit in 4 bits and are cut to 0 to 15: exact from "
            "accumulator_bits=5 on",
        ),
        (
            AdcPostSpec(code_bits=4, converter="binary", gain_bits=3, output_bits=5),
            "results of 0 to 105 are clipped to 0 to 31: output_bits=7 holds them all",
        ),
    ],
)
def test_sums_and_results_that_are_cut(spec: Any, caution: str) -> None:
    assert spec.cautions() == (caution,)
    field = "output_bits" if isinstance(spec, AdcPostSpec) else "accumulator_bits"
    needed = int(caution.split(f"{field}=")[1].split()[0])
    assert spec.model_copy(update={field: needed}).cautions() == ()
    assert spec.model_copy(update={field: needed - 1}).cautions() != ()


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[str, str]:
    saved, sys.argv = sys.argv, ["neuroloom", *words]
    try:
        cli.main()
    except SystemExit as leave:
        assert not leave.code
    finally:
        sys.argv = saved
    text = capsys.readouterr()
    return " ".join(text.out.split()), " ".join(text.err.split())


def test_show_and_generate_tell_it(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert f"Caution: {FEW}." in run(capsys, "show", "cim_macro", "group=31")[0]
    assert json.loads(run(capsys, "show", "cim_macro", "group=31", "--json")[0])["cautions"] == [
        FEW
    ]
    assert "Caution" not in run(capsys, "show", "cim_macro")[0]
    small = ("rows=32", "columns=8", "group=31")
    _, told = run(capsys, "generate", "cim_macro", *small, "-o", str(tmp_path))
    assert FEW in told
    manifest = json.loads((tmp_path / "cim_macro_manifest.json").read_text())
    assert manifest["cautions"] == [FEW]
    comment = [line[2:].strip() for line in (tmp_path / "cim_macro.v").read_text().splitlines()]
    assert f"Cautions {FEW} " in " ".join(comment)


def test_a_header_without_cautions_has_none() -> None:
    assert "Caution" not in emit(CimMacroSpec(rows=8, columns=8)).verilog
