"""Code coverage of Verilog: what Verilator counts is read, shared by specifications, and named."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from support.command_line import run
from support.effort import effort
from support.machine import NEEDS_COMPILER

from neuroloom.flows.coverage.code_coverage import code_coverage
from neuroloom.flows.coverage.measure import measure
from neuroloom.flows.macros.catalogue import macros
from neuroloom.flows.simulation.coverage_counts import HEAD, CodeSite, read_counts
from neuroloom.flows.simulation.coverage_points import CodePoint, merged, reached_points
from neuroloom.flows.simulation.job import BenchJob, save_traffic
from neuroloom.flows.simulation.names import SimulatorName
from neuroloom.flows.tools.errors import ToolFailed
from neuroloom.flows.verify import Runner, verify
from neuroloom.flows.verilog.emit import emit
from neuroloom.golden.arith.requantize import RequantizeSpec
from neuroloom.golden.events.event_fifo import EventFifoSpec
from neuroloom.verif.unreached import UNREACHED

RECORD = (
    "C '\x01f\x02design.v\x01l\x0282\x01n\x0214\x01t\x02branch\x01page\x02v_branch/queue"
    "\x01o\x02if\x01S\x0282-83\x01h\x02event_fifo.queue' 759"
)
VERILOG = """module lane_3 (
    always @(posedge clk) begin
        if (rst)
            count_12 <= 4'd0;
        else if (step_3 &
            (count_12 != 4'd9))
            count_12 <= last ? 4'd0 : (wide ? 4'd2 : 4'd1);
    end
    wire [3:0] n14 = count_12 & 4'd3;
    always @* begin
        case (state)
            2'd1:
                next = 2'd2;
            default:
                next = 2'd0;
        endcase
    end
"""


def site(line: int, event: str, column: int = 1, module: str = "lane_3") -> CodeSite:
    kind = "toggle" if "->" in event else "branch"
    return CodeSite(kind, module, line, column, event)


def only(counts: Mapping[CodeSite, int]) -> tuple[CodePoint, bool]:
    (item,) = reached_points(counts, VERILOG).items()
    return item


def test_records_of_one_place_are_added(tmp_path: Path) -> None:
    file = tmp_path / "coverage.dat"
    file.write_text(f"{HEAD}\n{RECORD}\n{RECORD}\n")
    assert read_counts(file) == {CodeSite("branch", "queue", 82, 14, "if"): 2 * 759}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "does not begin with"),
        (b"\xff\xfe", "not a text file"),
        (f"{HEAD}\n{RECORD}".encode(), "cut short"),
        (f"# SystemC::Coverage-4\n{RECORD}\n".encode(), "does not begin with"),
        (f"{HEAD}\n{RECORD}\n{RECORD[:40]}\n".encode(), "line 3 "),
        (f"{HEAD}\n{RECORD.replace('branch', 'brunch')}\n".encode(), "line 2 "),
        (f"{HEAD}\n{RECORD.replace('759', '-1')}\n".encode(), "line 2 "),
        (f"{HEAD}\n{RECORD.replace('l', 'k')}\n".encode(), "line 2 "),
        (f"{HEAD}\n{RECORD.replace('82', 'many')}\n".encode(), "line 2 "),
    ],
)
def test_a_damaged_file_is_one_sentence(content: bytes, sentence: str, tmp_path: Path) -> None:
    file = tmp_path / "coverage.dat"
    file.write_bytes(content)
    with pytest.raises(ToolFailed, match=sentence):
        read_counts(file)


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ToolFailed, match="Verilator left no coverage"):
        read_counts(tmp_path / "coverage.dat")


def test_a_point_is_a_statement_with_what_it_decides_and_without_numbers() -> None:
    asked = "count_#: else if (step_# & (count_# != #))"
    assert only({site(5, "if"): 1}) == (CodePoint("branch", "lane_#", asked, "taken"), True)
    assert only({site(5, "else"): 0}) == (CodePoint("branch", "lane_#", asked, "not taken"), False)
    point, _ = only({site(12, "case"): 1})
    assert point.text == "next: case (state) 'd1:"
    assert only({site(14, "case"): 1})[0].text == "next: case (state) default:"


def test_choices_in_one_line_are_told_apart() -> None:
    points = reached_points({site(7, "cond_then", 20): 1, site(7, "cond_then", 40): 0}, VERILOG)
    assert {point.text[-23:]: met for point, met in points.items()} == {
        " (choice 1 of its line)": True,
        " (choice 2 of its line)": False,
    }


def test_nets_are_known_by_name_or_by_value() -> None:
    assert only({site(1, "put_12[3]:0->1"): 1}) == (
        CodePoint("toggle", "lane_#", "put_#", "rises", 3),
        True,
    )
    assert only({site(1, "word[7][0]:1->0"): 1})[0] == CodePoint(
        "toggle", "lane_#", "word[#]", "falls", 0
    )
    assert only({site(9, "n14[2]:1->0"): 1})[0].text == "count_# & #"


def test_a_point_is_reached_where_one_specification_reaches_all_of_its_sites() -> None:
    half = reached_points({site(5, "if"): 1, site(5, "if", module="lane_4"): 0}, VERILOG)
    assert list(half.values()) == [False]
    whole = reached_points({site(5, "if"): 1, site(5, "if", module="lane_7"): 3}, VERILOG)
    assert list(merged([half, half]).values()) == [False]
    assert list(merged([half, whole, half]).values()) == [True]


def test_bits_of_a_net_share_a_sentence() -> None:
    bits = {
        CodePoint("toggle", "queue", "put", way, bit): False
        for bit in (0, 4, 5, 6)
        for way in ("rises", "falls")
    }
    coverage = code_coverage("event_fifo", [{**bits, CodePoint("line", "queue", "x", "run"): True}])
    assert coverage.sentences() == ("queue: put[6:4, 0] never falls or rises",)
    assert (coverage.lines_percent, coverage.toggles_percent) == (100.0, 0.0)
    assert coverage.count("line", "toggle") == (1, 9)
    widths = {CodePoint("toggle", "queue", "rest", "rises", bit): False for bit in (-1, 0)}
    assert code_coverage("event_fifo", [widths]).sentences() == ("queue: rest[0] never rises",)


@NEEDS_COMPILER
def test_the_one_branch_that_nothing_reaches_is_named() -> None:
    spec = RequantizeSpec(input_bits=9, shift=3, output_bits=4)
    extra = "reg met; always @(posedge clk) if (clk & ~clk) met <= 1'b1;"
    text = emit(spec).verilog
    broken = text.replace("endmodule", f"    {extra}\nendmodule", 1)
    whole, result = (
        code_coverage("requantize", [verify(spec, verilog=each, code_coverage=True).reached])
        for each in (text, broken)
    )
    assert not whole.unreached("line", "branch")
    (point,) = result.unreached("line", "branch")
    assert (point.way, point.module) == ("taken", "requantize") and "met" in point.text


@NEEDS_COMPILER
def test_a_restricted_stimulus_leaves_its_branch(tmp_path: Path) -> None:
    spec = EventFifoSpec()
    wraps = CodePoint("branch", "event_fifo_queue", "put <= (put == #) ? # : put + #;", "true")
    file = tmp_path / "traffic.npz"
    save_traffic({"write": {"event": np.arange(3)}}, file)
    runner = Runner(spec, SimulatorName.VERILATOR, 60.0, code_coverage=True)
    job = BenchJob(macro=spec.macro, spec=spec.model_dump(mode="json"), seed=1, traffic=file)
    assert runner.run(job).status == "passed"
    few = code_coverage(spec.macro, [runner.reached()])
    assert wraps in few.unreached("branch")
    assert any("put <= (put == #)" in sentence for sentence in few.sentences())
    assert wraps not in measure(spec).unreached("branch")


def test_without_a_compiler_it_is_a_sentence(
    bare_path: None, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, error = run(capsys, "verify", "event_fifo", "--code-coverage")
    assert (status, out) == (3, "")
    assert "install it with: sudo apt-get install g++" in error
    words = ("verify", "event_fifo", "--code-coverage", "--simulator", "icarus")
    status, out, error = run(capsys, *words)
    assert (status, out) == (2, "")
    assert "leave --simulator out" in error


def test_what_has_a_reason_says_it(monkeypatch: pytest.MonkeyPatch) -> None:
    point = CodePoint("branch", "queue", "put: if (full)", "taken")
    monkeypatch.setitem(UNREACHED, ("event_fifo", "queue", "put: if (full)"), "it is never full")
    coverage = code_coverage("event_fifo", [{point: False}])
    assert coverage.sentences() == ("queue: put: if (full) never taken: it is never full",)
    assert not coverage.unexplained


@NEEDS_COMPILER
@pytest.mark.regression
@pytest.mark.parametrize("name", list(macros())[:: effort(18, 1)])
def test_companions_reach_all_lines_that_can_be_reached(name: str) -> None:
    macro = macros()[name]
    spec = macro.standard
    assert spec is not None
    coverage = measure(spec, macro.companions(spec, fixed=False))
    assert not coverage.unexplained, coverage.sentences()
    assert coverage.toggles_percent >= 90, coverage.sentences()
    left = {(point.module, point.text) for point in coverage.unreached("line", "branch", "toggle")}
    listed = {key[1:] for key in UNREACHED if key[0] == name}
    assert listed <= left, f"the list names what is reached: {listed - left}"


def test_reasons_are_those_of_macros() -> None:
    assert {key[0] for key in UNREACHED} <= set(macros())
