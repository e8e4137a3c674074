"""Names that could be commands, clocks through a hierarchy, and memories on standard cells."""

import json
from pathlib import Path

import pytest
from support.cells import FLIP_FLOP, HEAD, INVERTER, NAND
from typer.testing import CliRunner

from neuroloom.flows.cells.frame import netlist_verilog
from neuroloom.flows.cells.gate_level import gate_level_verilog
from neuroloom.flows.cells.mapping import RELAXED_PS, map_design
from neuroloom.flows.cells.sources import from_files
from neuroloom.flows.cli import app
from neuroloom.flows.designs import memories, yosys
from neuroloom.flows.designs.design import of_files
from neuroloom.flows.designs.memories import memory_warnings, read_memories, refuse_memories
from neuroloom.flows.synthesis.harness import harness, harness_name
from neuroloom.flows.synthesis.place import signal_name
from neuroloom.flows.synthesis.synthesize import Options, synthesize
from neuroloom.flows.synthesis.targets import TARGETS
from neuroloom.flows.tools.errors import NeuroloomError, UsageError

ODD = 'it\'s a "ü" $x; #y \\z'
"""A name of a folder or file that no script can be trusted with."""
COUNTER = """
module counter (input clk, input [3:0] step, output reg [3:0] count);
  always @(posedge clk) count <= count + step;
endmodule
"""
HIERARCHY = """
module stage (input clk, input [3:0] d, output reg [3:0] q);
  always @(posedge clk) q <= d + 4'd3;
endmodule
module inner (input c, input [3:0] d, output [3:0] q);
  wire [3:0] between;
  wire local_clock = c & 1'b1;
  stage first (.clk(c), .d(d), .q(between));
  stage second (.clk(local_clock), .d(between), .q(q));
endmodule
module outer (input clk, input [3:0] d, output [3:0] q, output [3:0] r);
  inner a (.c(clk), .d(d), .q(q));
  inner b (.c(clk), .d(~d), .q(r));
endmodule
"""
ESCAPED = r"""
module \a;!touch(pwned (input \c;lk , input [3:0] \b[0] , output reg [3:0] \q"y );
  reg [3:0] \m;exec--touch{pwned} [0:3];
  always @(posedge \c;lk ) begin
    \m;exec--touch{pwned} [\b[0] [1:0]] <= \b[0] ;
    \q"y <= \m;exec--touch{pwned} [\b[0] [3:2]];
  end
endmodule
module top (input clk, input \a;touch_x , input [3:0] \b[0] , input [1:0] b,
            output [3:0] \q"y , output reg [3:0] \module );
  \a;!touch(pwned  \i#;!touch(pwned ("""
ESCAPED += r""".\c;lk (clk), .\b[0] (\b[0] ), .\q"y (\q"y ));
  always @(posedge clk) \module <= \b[0] ^ {4{\a;touch_x }} ^ b;
endmodule
"""
KEYWORD = COUNTER.replace("counter", "neuroloom_harness")


def written(folder: Path, text: str, name: str = "design.sv") -> Path:
    file = folder / name
    file.write_text(text)
    return file


def test_a_library_cannot_run_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for tie in ("t1 Y -locell t0 Y; exec -- touch pwned #", "t1 Y\n!touch pwned\n"):
        ties = f'cell ("{tie}") {{ area : 1; pin (Y) {{ direction : output; function : "1"; }} }}'
        ties += ties.replace(tie, "t0").replace('"1"', '"0"')
        text = f"{HEAD}{INVERTER}{NAND}{FLIP_FLOP}{ties}}}"
        library, design = written(tmp_path, text, "ties.lib"), written(tmp_path, COUNTER)
        arguments = ["synth", "--verilog", str(design), "--top", "counter", "--liberty"]
        done = CliRunner().invoke(app, [*arguments, str(library)])
        assert isinstance(done.exception, UsageError)
        assert "ties.lib names a cell" in str(done.exception)
    assert not list(tmp_path.rglob("pwned"))


def test_constants_come_from_tie_cells_that_no_script_names(tmp_path: Path) -> None:
    tie = 'cell (u.tie[{0}]) {{ area : 1; pin (Z[0]) {{ direction : output; function : "{0}"; }} }}'
    text = f"{HEAD}{INVERTER}{NAND}{FLIP_FLOP}{tie.format(0)}{tie.format(1)}}}"
    working = from_files([written(tmp_path, text, "ties.lib")])
    design = "module fixed (input a, output y, output z, output o); "
    design += "assign y = a; assign z = 1'b0; assign o = 1'b1; endmodule"
    (mapped,) = map_design(design, "fixed", working, [("area", RELAXED_PS)]).points
    assert mapped.netlist.cells() == {"u.tie[0]": 1, "u.tie[1]": 1}
    assert not mapped.netlist.constant_outputs
    verilog = netlist_verilog(mapped.netlist)
    assert "\\u.tie[1]  c" in verilog
    assert "(.\\Z[0] (n" in verilog
    assert r"module \u.tie[0] (" in gate_level_verilog(mapped.netlist, working)


@pytest.mark.parametrize("top", ["a;b", "a b", "a\nb", "1a", "", "ä", "-auto", "a.b", "a\n"])
def test_top_names_that_are_none_are_refused(top: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be the name of a top module: use letters"):
        of_files([written(tmp_path, COUNTER)], top or " ")
    if top:
        with pytest.raises(UsageError, match="cannot be the name of a top module"):
            yosys.synthesize(COUNTER, top, ["synth"])


def test_words_of_a_pass_are_no_commands(tmp_path: Path) -> None:
    written(tmp_path, COUNTER, "design.v")
    for line in ("read_verilog design.v;!touch$IFS/pwned", "!touch pwned", "read_verilog <<x"):
        with pytest.raises(NeuroloomError):
            yosys.run_passes(tmp_path, [line])
    assert not (tmp_path / "pwned").exists()


def test_a_clock_is_followed_through_the_hierarchy(tmp_path: Path) -> None:
    design = of_files([written(tmp_path, HIERARCHY)], "outer")
    assert design.clock == "clk"
    assert design.inputs == {"d": 4}
    gates = synthesize(design, [TARGETS["gates"]], Options((1,))).targets[0]
    assert gates.resources["FF"] == 16
    two = HIERARCHY.replace(".c(clk), .d(~d)", ".c(d[0]), .d(~d)")
    with pytest.raises(UsageError, match=r"clocked by several nets \(clk, d\[0\]\)"):
        of_files([written(tmp_path, two)], "outer")
    gated = HIERARCHY.replace("c & 1'b1", "c & d[0]")
    with pytest.raises(UsageError, match="clocked by several nets"):
        of_files([written(tmp_path, gated)], "outer")


@pytest.mark.parametrize(
    "text", ["module top; endmodule", "module top (input clk, input [3:0] d); endmodule"]
)
def test_a_module_without_outputs_is_refused_in_a_sentence(text: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="top has no outputs, so that synthesis would leave noth"):
        of_files([written(tmp_path, text)], "top")


def test_a_clock_that_is_part_of_a_port_is_refused(tmp_path: Path) -> None:
    text = COUNTER.replace("input clk", "input [1:0] clk").replace("posedge clk", "posedge clk[1]")
    with pytest.raises(UsageError, match=r"the clock of counter, clk\[1\], is not one of its in"):
        of_files([written(tmp_path, text)], "counter")


def test_the_harness_has_a_name_of_its_own(tmp_path: Path) -> None:
    design = of_files([written(tmp_path, KEYWORD)], "neuroloom_harness")
    assert harness_name(design) == "neuroloom_harness_"
    assert "module neuroloom_harness_ (" in harness(design)


@pytest.mark.flow
@pytest.mark.parametrize("target", ["gates", "predictive-45"])
@pytest.mark.parametrize(("text", "top"), [(ESCAPED, "top"), (KEYWORD, "neuroloom_harness")])
def test_odd_names_are_synthesized_in_an_odd_folder(
    text: str, top: str, target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / ODD
    for name in ("tmp", "cache"):
        (folder / name).mkdir(parents=True)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("TMPDIR", str(folder / "tmp"))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setenv("NEUROLOOM_CACHE", str(folder / "cache"))
    design = of_files([written(folder, text, f"{ODD}.sv")], top)
    made = synthesize(design, [TARGETS[target]], Options((1,))).targets[0]
    if target == "predictive-45":
        assert made.resources["FF"] == (24 if top == "top" else 4)
        assert made.timing is not None
        assert (
            set(made.timing.critical_path[-1:])
            <= {
                *(f'q"y[{bit}]' for bit in range(4)),
                *(f"module[{bit}]" for bit in range(4)),
                *(f"count[{bit}]" for bit in range(4)),
            }
            or "m;exec" in made.timing.critical_path[-1]
        )
    else:
        assert made.resources["FF"] == 4
    assert not [file for file in tmp_path.rglob("*pwned*") if "touch" not in file.name]


@pytest.mark.flow
@pytest.mark.parametrize("target", ["ice40-hx8k", "ecp5-25k"])
@pytest.mark.parametrize(("text", "top"), [(ESCAPED, "top"), (KEYWORD, "neuroloom_harness")])
def test_odd_names_are_placed_in_an_odd_folder(
    text: str, top: str, target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / ODD
    (folder / "tmp").mkdir(parents=True)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("TMPDIR", str(folder / "tmp"))
    monkeypatch.setattr("tempfile.tempdir", None)
    design = of_files([written(folder, text, f"{ODD}.sv")], top)
    timing = synthesize(design, [TARGETS[target]], Options((1,))).targets[0].timing
    assert timing is not None
    assert timing.median_mhz > 100
    assert not {"chain", "caught", "folded", "result"} & set(timing.critical_path)
    assert timing.critical_path


def test_included_files_are_found_beside_the_including_one(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    written(tmp_path, "`define STEP 5\n", "common.svh")
    written(tmp_path / "deep", "`define MORE 1\n", "near.svh")
    text = '`include "../common.svh"\n`include "near.svh"\n' + COUNTER
    file = written(tmp_path / "deep", text.replace("+ step", "+ `STEP + `MORE"))
    assert of_files([file], "counter").outputs == {"count": 4}


def test_paths_on_an_fpga_name_ports() -> None:
    registers = {"chain_SB_DFF_Q_3": "d", "caught_SB_DFF_Q": "q", "caught_SB_DFF_Q_1": 'o"1'}
    for cell, name in {
        "chain_SB_DFF_Q_3_DFFLC": "d",
        "caught_SB_DFF_Q_1_D_SB_LUT4_O_I2_SB_CARRY_CO": 'o"1',
        "caught_SB_DFF_Q_D_SB_LUT4_O_LC": "q",
        "caught_SB_DFF_Q$CCU2_COMB1": "q",
        "folded_SB_DFF_Q_2": "",
        "$nextpnr_ICESTORM_LC_0": "",
        "macro.core.chain_SB_DFF_Q_3_D_SB_LUT4_O": "core.chain",
        "result_SB_LUT4_O": "",
        "serial_out_TRELLIS_FF_Q": "",
    }.items():
        assert signal_name(cell, registers) == name


MEMORY = """
module keeper (input clk, input we, input [{high}:0] at, input [15:0] d, output reg [15:0] q);
  reg [15:0] weights [0:{last}];
  wire [7:0] table_out;
  table_rom rom (.at({{at, at}}), .value(table_out));
  always @(posedge clk) begin
    if (we) weights[at] <= d;
    q <= weights[at] ^ table_out;
  end
endmodule
module table_rom (input [4:0] at, output [7:0] value);
  reg [7:0] fixed [0:31];
  integer i;
  initial for (i = 0; i < 32; i = i + 1) fixed[i] = i * 37 + 11;
  assign value = fixed[at];
endmodule
"""


@pytest.mark.flow
def test_memories_on_standard_cells_are_told(tmp_path: Path) -> None:
    design = of_files([written(tmp_path, MEMORY.format(high=2, last=7))], "keeper")
    made = synthesize(design, [TARGETS["predictive-45"]], Options()).targets[0]
    assert made.resources["FF"] == 8 * 16 + 16
    assert "memory became flip-flops, for cells have no other: weights 128 bits" in made.warnings


def test_memories_beyond_the_limit_are_refused_before_they_are_mapped(tmp_path: Path) -> None:
    file = written(tmp_path, MEMORY.format(high=14, last=32767))
    arguments = ["synth", "--verilog", str(file), "--top", "keeper", "--target", "predictive-45"]
    done = CliRunner().invoke(app, arguments)
    assert isinstance(done.exception, UsageError)
    message = str(done.exception)
    assert "weights 524,288 bits" in message
    assert f"more than the {memories.MOST_BITS:,}" in message
    assert "choose smaller memories, another target, synth --memories outside, " in message
    assert "or --memory-bits 52" in message
    small = written(tmp_path, MEMORY.format(high=2, last=7))
    with pytest.raises(UsageError, match=r"more than the 100 that are mapped"):
        synthesize(
            of_files([small], "keeper"), [TARGETS["predictive-45"]], Options(memory_bits=100)
        )


def test_what_is_said_of_memories() -> None:
    def cell(name: str, width: int, words: int, ports: int) -> dict[str, object]:
        values = {"MEMID": f"\\{name}", "WIDTH": width, "SIZE": words, "WR_PORTS": ports}
        return {"parameters": {k: v if k == "MEMID" else f"{v:032b}" for k, v in values.items()}}

    cells = {str(n): cell(f"m{n}", 8, 1 << n, n % 2) for n in range(9)}
    found = read_memories(json.dumps({"modules": {"top": {"cells": cells}}}))
    assert [memory.bits for memory in found] == [8 << n for n in reversed(range(9))]
    assert memory_warnings(found) == [
        "memory became flip-flops, for cells have no other: "
        "m7 1,024 bits, m5 256 bits, m3 64 bits, m1 16 bits",
        "memory that nothing writes became gates: "
        "m8 2,048 bits, m6 512 bits, m4 128 bits, m2 32 bits, m0 8 bits",
    ]
    refuse_memories(found, "top", 8 * 511)
    with pytest.raises(UsageError, match=r"top has 4,088 bits of memory \(m8 2,048 bits, .* and 3"):
        refuse_memories(found, "top", 8 * 511 - 1)
    assert memory_warnings([]) == []
