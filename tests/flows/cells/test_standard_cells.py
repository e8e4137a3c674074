"""Mapping to standard cells, its timing, power and gate-level netlists, on real libraries."""

import shutil
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from support.effort import effort
from support.machine import INSTALLED, kit_params

from neuroloom.flows.cells import opensta
from neuroloom.flows.cells.gate_level import gate_level_verilog
from neuroloom.flows.cells.mapping import RELAXED_PS, TIGHT_PS, Aim, Mappings, map_design
from neuroloom.flows.cells.power import measure_power
from neuroloom.flows.cells.sources import WorkingLibrary
from neuroloom.flows.designs.design import of_files, of_spec
from neuroloom.flows.designs.report import Power, TargetReport
from neuroloom.flows.macros.catalogue import macro, macros
from neuroloom.flows.simulation.simulators import SimulatorName
from neuroloom.flows.synthesis.printed import power_row
from neuroloom.flows.synthesis.synthesize import Options, synthesize
from neuroloom.flows.synthesis.targets import TARGETS
from neuroloom.flows.tools.errors import NeuroloomError, ToolFailed, ToolMissing, UsageError
from neuroloom.flows.verify import verify
from neuroloom.golden.arith.popcount import PopcountSpec
from neuroloom.golden.arith.requantize import RequantizeSpec
from neuroloom.golden.bnn.layer import BnnLayerSpec
from neuroloom.golden.bnn.layer_options import ParameterSource
from neuroloom.golden.spec import Spec
from neuroloom.golden.streams.width_adapter import WidthAdapterSpec

pytestmark = pytest.mark.flow
NEEDS_STA = pytest.mark.skipif(shutil.which("sta") is None, reason="OpenSTA is not installed")
LIBRARIES = effort(
    ["predictive-7", *kit_params()[:2]], ["predictive-45", "predictive-7", *kit_params()]
)
GATE_LEVEL: list[object] = effort(
    ["predictive-45"],
    ["predictive-45", *(each for each in kit_params() if "sg13g2" in each.values)],
)
VERILOG_SIMULATORS = effort(
    [SimulatorName.ICARUS if INSTALLED[SimulatorName.ICARUS] else SimulatorName.VERILATOR],
    [SimulatorName.ICARUS, SimulatorName.VERILATOR],
)
QUICK = (("area", RELAXED_PS),)


def working(name: str) -> WorkingLibrary:
    cells = TARGETS[name].cells
    assert cells is not None
    return cells(())


@cache
def mapped(spec: Spec, name: str, points: tuple[tuple[str, int], ...] = QUICK) -> Mappings:
    design = of_spec(spec)
    return map_design(design.text, design.name, working(name), points)


def small(name: str) -> Spec:
    """A specification that keeps a netlist small."""
    entry = macro(name)
    return entry.stimulus_type.random_spec(np.random.default_rng(3))


@NEEDS_STA
@pytest.mark.parametrize("library", LIBRARIES)
def test_own_timing_and_opensta_agree(library: str) -> None:
    for spec in (
        RequantizeSpec(),
        PopcountSpec(width=33, pipeline=1),
        BnnLayerSpec(inputs=13, neurons=5, simd=4, pe=2),
    ):
        for point in mapped(spec, library, (("area", RELAXED_PS), ("delay", TIGHT_PS))).points:
            other = opensta.analyse(point.framed, working(library))
            assert other.period == pytest.approx(point.timing.period, rel=0.01), point.recipe
            assert other.hold_slack == pytest.approx(point.timing.hold_slack, rel=0.02)


@pytest.mark.parametrize("simulator", VERILOG_SIMULATORS)
@pytest.mark.parametrize("library", GATE_LEVEL)
@pytest.mark.parametrize("name", list(macros())[:: effort(3, 1)])
def test_the_netlist_passes_the_bench_of_its_macro(
    name: str, library: str, simulator: SimulatorName
) -> None:
    if not INSTALLED[simulator]:
        pytest.skip(f"{simulator.value} is not installed")
    spec = small(name)
    netlist = mapped(spec, library).points[0].netlist
    verilog = gate_level_verilog(netlist, working(library))
    result = verify(spec, (1, 2), simulator=simulator, verilog=verilog)
    assert result.passed, result.outcomes


def test_a_wrong_cell_in_the_netlist_is_noticed() -> None:
    spec, library = RequantizeSpec(), working("predictive-45")
    netlist = mapped(spec, "predictive-45").points[0].netlist
    cells = library.library.cells
    sound = next(each for each in netlist.instances if "_nand2_" in each.cell.name)
    wrong = replace(sound, cell=cells[sound.cell.name.replace("nand2", "nor2")])
    instances = [wrong if each is sound else each for each in netlist.instances]
    broken = gate_level_verilog(replace(netlist, instances=instances), library)
    assert not verify(spec, (1,), verilog=broken).passed


def test_mappings_trade_area_for_speed() -> None:
    design = of_spec(PopcountSpec(width=64))
    mappings = map_design(design.text, design.name, working("predictive-45"))
    area, speed = mappings.best(Aim.AREA), mappings.best(Aim.SPEED)
    assert area.area < speed.area
    assert area.timing.period > speed.timing.period
    product = min(each.area * each.timing.period for each in mappings.points)
    balanced = mappings.best(Aim.BALANCED)
    assert balanced.area * balanced.timing.period == product
    between = (area.timing.period + speed.timing.period) / 2
    chosen = mappings.best(Aim.BALANCED, between)
    assert chosen.timing.period <= between
    assert all(
        each.area >= chosen.area for each in mappings.points if each.timing.period <= between
    )
    assert mappings.best(Aim.AREA, 0.001) is speed


def test_a_clock_that_cannot_be_met_is_a_warning() -> None:
    report = synthesize(of_spec(RequantizeSpec()), [TARGETS["predictive-45"]], Options(period=0.01))
    (warning,) = report.targets[0].warnings
    assert warning.startswith("no mapping meets a clock period of 0.01 ns; the fastest needs ")
    relaxed = synthesize(
        of_spec(RequantizeSpec()), [TARGETS["predictive-45"]], Options(period=100.0)
    )
    assert relaxed.targets[0].warnings == ()
    assert relaxed.targets[0].area is not None
    assert report.targets[0].area is not None
    assert relaxed.targets[0].area.total_um2 < report.targets[0].area.total_um2


def test_a_report_splits_area_and_keeps_the_curve() -> None:
    spec = BnnLayerSpec(inputs=64, neurons=64, simd=32, pe=8, parameters=ParameterSource.STREAMED)
    report = synthesize(of_spec(spec), [TARGETS["predictive-45"]]).targets[0]
    area, timing = report.area, report.timing
    assert area is not None
    assert timing is not None
    assert area.sequential_um2 + area.combinational_um2 == pytest.approx(area.total_um2)
    assert report.resources["FF"] == 553
    flip_flop = area.sequential_um2 / 553
    assert flip_flop > 3 * area.combinational_um2 / sum(report.cells.values())
    assert area.total_um2 in [point.area_um2 for point in area.curve]
    assert timing.median_mhz in [pytest.approx(point.mhz, rel=0.01) for point in area.curve]
    assert sum(area.modules_um2.values()) == pytest.approx(area.total_um2, rel=0.25)
    assert len(area.modules_um2) > 4
    assert timing.critical_path
    assert not any("$" in name for name in timing.critical_path)
    assert timing.hold_slack_ns is not None
    assert "before layout" in report.method.options
    ratios = {line.name: line.ratio for line in report.estimates}
    assert set(ratios) == {"area", "sequential area", "combinational area"}


def test_cells_can_be_left_out() -> None:
    target = TARGETS["predictive-45"]
    plain = synthesize(of_spec(RequantizeSpec()), [target]).targets[0]
    assert any("xor2" in name for name in plain.cells)
    without = synthesize(
        of_spec(RequantizeSpec()), [target], Options(dont_use=("*xor2*", "*xnor2*"))
    ).targets[0]
    assert not any("xor2" in name or "xnor2" in name for name in without.cells)


@pytest.mark.parametrize("library", GATE_LEVEL)
def test_energy_follows_the_rate_of_events(library: str) -> None:
    spec = WidthAdapterSpec()
    point = mapped(spec, library).points[0]
    interval = spec.contract.interval

    def power_at(spacing: int) -> tuple[float, float]:
        """Energy a cycle of the clock, and of all else."""
        made = measure_power(spec, point, working(library), 100.0, spacing=spacing, operations=400)
        share = made.operations / made.cycles
        return made.clock_pj * share, (made.sequential_pj + made.combinational_pj) * share

    clock, once = power_at(8 * interval)
    clock_twice, twice = power_at(4 * interval)
    clock_often, often = power_at(2 * interval)
    assert clock == pytest.approx(clock_twice)
    assert clock == pytest.approx(clock_often)
    assert twice == pytest.approx(2 * once, rel=0.1)
    assert often == pytest.approx(4 * once, rel=0.1)


@pytest.mark.parametrize("name", list(macros())[:: effort(3, 1)])
def test_an_idle_macro_spends_on_clock_and_leakage_only(name: str) -> None:
    spec, library = small(name), "predictive-45"
    point = mapped(spec, library).points[0]
    made = measure_power(spec, point, working(library), 100.0)
    clock_uw = made.clock_pj * made.operations / made.cycles * made.clock_mhz
    assert made.idle_uw == pytest.approx(made.leakage_uw + clock_uw)
    assert made.leakage_uw > 0
    assert made.dynamic_uw > clock_uw
    assert made.energy_pj > 0
    assert "without glitches" in made.method.options


def test_powers_are_given_at_the_clock_that_was_asked_for() -> None:
    design, target = of_spec(RequantizeSpec()), TARGETS["predictive-45"]

    def measured(options: Options) -> tuple[TargetReport, Power]:
        made = synthesize(design, [target], options).targets[0]
        assert made.timing is not None and made.power is not None
        return made, made.power

    made, power = measured(Options(power=True))
    assert made.timing is not None
    assert (power.clock_mhz, power.clock_asked) == (made.timing.median_mhz, False)
    assert "powers at Fmax" in power.method.options
    made, power = measured(Options(power=True, period=20.0))
    assert made.timing is not None and made.timing.median_mhz > 100
    assert (power.clock_mhz, power.clock_asked) == (50.0, True)
    assert "powers at 50 MHz as asked for" in power.method.options
    clock_uw = power.clock_pj * power.operations / power.cycles * 50.0
    assert power.idle_uw == pytest.approx(power.leakage_uw + clock_uw)
    assert power_row("x", power)[-1] == "50 MHz"
    made, power = measured(Options(power=True, period=0.01))
    (warning,) = made.warnings
    assert power.clock_mhz == pytest.approx(100_000)
    assert warning.endswith("; powers are those of the clock asked for, as if it were met")


COUNTER = """
module counter #(parameter int W = 6) (
  input logic clk_i, input logic rst_ni, input logic [W-1:0] step_i, output logic [W-1:0] count_o);
  always_ff @(posedge clk_i or negedge rst_ni)
    if (!rst_ni) count_o <= '0; else count_o <= count_o + step_i;
endmodule
"""


def test_other_peoples_verilog_takes_the_same_way(tmp_path: Path) -> None:
    file = tmp_path / "counter.sv"
    file.write_text(COUNTER)
    design = of_files([file], "counter")
    assert design.clock == "clk_i"
    assert design.inputs == {"rst_ni": 1, "step_i": 6}
    assert design.outputs == {"count_o": 6}
    names = ["ice40-hx8k", "gates", "sky130"]
    targets = [TARGETS[name] for name in names if TARGETS[name].available]
    report = synthesize(design, targets, Options(seeds=(1,)))
    for each in report.targets:
        assert each.resources["FF"] == 6
        assert each.operations_per_second is None
    assert report.spec == {}
    assert report.targets[0].timing is not None


@pytest.mark.parametrize(
    ("text", "top", "message"),
    [
        (COUNTER, "a b", "cannot be the name of a top module"),
        (
            "module two(input a, b, d, output logic q, r);"
            "always_ff @(posedge a) q <= d; always_ff @(posedge b) r <= d; endmodule",
            "two",
            r"clocked by several nets \(a, b\)",
        ),
        ("module io(inout a); endmodule", "io", r"inout ports \(a\)"),
    ],
)
def test_verilog_that_cannot_be_used_is_refused(
    text: str, top: str, message: str, tmp_path: Path
) -> None:
    file = tmp_path / "design.sv"
    file.write_text(text)
    with pytest.raises(UsageError, match=f"(?s){message}"):
        of_files([file], top)
    with pytest.raises(UsageError, match="there is no Verilog file"):
        of_files([tmp_path / "absent.sv"], top)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "module odd(input clk, e, d, output logic q); always_latch if (e) q = d; endmodule",
            "latch",
        ),
        (
            "module odd(input clk, d, output logic q); wire a, b; assign a = ~(b & d);"
            "assign b = ~(a | d); always_ff @(posedge clk) q <= a; endmodule",
            "combinational loop",
        ),
    ],
)
def test_designs_that_cannot_be_timed_are_refused(text: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "odd.sv"
    file.write_text(text)
    names = ["predictive-45"] if message == "latch" else ["predictive-45", "ice40-hx8k"]
    for name in names:
        with pytest.raises(ToolFailed, match=message):
            synthesize(of_files([file], "odd"), [TARGETS[name]])


def test_a_target_that_is_not_there_is_a_missing_tool(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PDK_ROOT", raising=False)
    with pytest.raises(ToolMissing, match="target sky130: set PDK_ROOT"):
        synthesize(of_spec(RequantizeSpec()), [TARGETS["sky130"]])


def test_other_targets_go_on_when_one_fails() -> None:
    spec = PopcountSpec(width=2048)
    targets = [TARGETS["ice40-hx1k"], TARGETS["gates"]]
    failed: list[NeuroloomError] = []
    report = synthesize(of_spec(spec), targets, Options(seeds=(1,)), failed=failed)
    assert [each.target for each in report.targets] == ["gates"]
    assert "does not fit" in report.failures["ice40-hx1k"]
    assert list(map(str, failed)) == list(report.failures.values())


def test_initial_values_that_no_reset_sets_are_a_warning(tmp_path: Path) -> None:
    file = tmp_path / "start.sv"
    file.write_text(
        "module start(input clk, d, output logic q = 1'b1); logic held = 1'b1;"
        "always_ff @(posedge clk) begin held <= d; q <= held ^ d; end endmodule"
    )
    report = synthesize(of_files([file], "start"), [TARGETS["predictive-45"]])
    (warning,) = report.targets[0].warnings
    assert "initial values are lost" in warning
    assert "held" in warning
