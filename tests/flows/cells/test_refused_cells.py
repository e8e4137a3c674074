"""What standard cells cannot take is wrong use, before any work; and paths name ports alone."""

import json
from pathlib import Path

import pytest
from support.command_line import run

from neuroloom.flows.designs import yosys
from neuroloom.flows.designs.design import of_files, of_spec
from neuroloom.flows.designs.memories import declared_memories
from neuroloom.flows.synthesis.synthesize import Options, synthesize
from neuroloom.flows.synthesis.targets import TARGETS
from neuroloom.flows.tools.errors import UsageError
from neuroloom.golden.arith.popcount import PopcountSpec
from neuroloom.golden.neurons.neuron_core import NeuronCoreSpec

CELLS = TARGETS["predictive-45"]
KEEPER = """
module keeper (input clk, we, input [3:0] at, input [7:0] d, output reg [7:0] q, output [7:0] t);
  reg [7:0] weights [0:15];
  reg [7:0] fixed [0:15];
  reg [7:0] unread [0:15];
  initial for (int i = 0; i < 16; i++) fixed[i] = i * 37 + 11;
  always @(posedge clk) begin
    if (we) begin weights[at] <= d; unread[at] <= d; end
    q <= weights[at];
  end
  assign t = fixed[at];
endmodule
module outer (input clk, we, input [3:0] at, input [7:0] d, output [7:0] q, t, r, u);
  keeper a (.*);
  keeper b (.clk, .we(~we), .at, .d, .q(r), .t(u));
endmodule
"""


@pytest.fixture
def no_yosys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yosys, "WORKER", "raise SystemExit('yosys was run')")


@pytest.mark.usefixtures("no_yosys")
def test_memories_that_a_specification_states_are_refused_before_any_work() -> None:
    design = of_spec(NeuronCoreSpec())
    stated = sum(each.bits for each in design.memories)
    assert stated == NeuronCoreSpec().inventory.memory_bits > 16384
    for targets in ([CELLS], [TARGETS["gates"], CELLS]):
        with pytest.raises(UsageError, match=rf"neuron_core has {stated:,} bits of memory \(.* × "):
            synthesize(design, targets, failed=[])


def test_memories_of_own_verilog_are_known_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "keeper.sv"
    file.write_text(KEEPER)
    design = of_files([file], "outer")
    assert sorted((each.name, each.bits, each.written) for each in design.memories) == [
        ("a.fixed", 128, False),
        ("a.weights", 128, True),
        ("b.fixed", 128, False),
        ("b.weights", 128, True),
    ]
    monkeypatch.setattr(yosys, "WORKER", "raise SystemExit('yosys was run')")
    with pytest.raises(UsageError, match="outer has 512 bits of memory"):
        synthesize(design, [CELLS], Options(memory_bits=511))
    assert declared_memories({"cells": {}}) == ()


def test_default_targets_leave_cells_out_where_memory_is_too_large(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "neuroloom.flows.synthesis.targets.default_targets", lambda: [TARGETS["gates"], CELLS]
    )
    few = ("--memory-bits", "100", "--json")
    status, text, error = run(capsys, "synth", "event_fifo", *few)
    document = json.loads(text)
    assert status == 0
    assert [each["target"] for each in document["targets"]] == ["gates"]
    (warning,) = document["warnings"]
    assert warning.startswith("standard cells are left out: event_fifo has ")
    assert warning in " ".join(error.split())
    status, _, error = run(capsys, "synth", "event_fifo", *few, "--target", "predictive-45")
    assert (status, "event_fifo has" in error) == (2, True)


@pytest.mark.usefixtures("no_yosys")
@pytest.mark.parametrize("pattern", ["*", "*df*", "*inv*"])
def test_too_few_cells_left_are_wrong_use(pattern: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("synth", "popcount", "--target", "gates", "--target", "predictive-45")
    status, _, error = run(capsys, *words, "--dont-use", pattern)
    assert status == 2
    assert (
        f"predictive-45: too few cells are left without {pattern}: a flip-flop and an inverter are "
        "needed; leave out fewer with --dont-use" in error
    )


def test_wrong_use_that_shows_late_keeps_its_status(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise UsageError("no flip-flop for a rising clock edge")

    monkeypatch.setattr("neuroloom.flows.synthesis.synthesize._on_cells", refuse)
    words = ("synth", "popcount", "--target", "predictive-45")
    assert run(capsys, *words)[0] == 2
    monkeypatch.setattr(yosys, "WORKER", "raise SystemExit('yosys was run')")
    assert run(capsys, *words, "--target", "gates")[0] == 1


@pytest.mark.flow
@pytest.mark.parametrize("target", ["ice40-hx8k", "ecp5-25k"])
@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("module w (input [1:0] a, output y); assign y = a[1]; endmodule", {"a", "y"}),
        ("module w (input a, output [1:0] y); assign y = {a, a}; endmodule", {"a", "y"}),
        (
            "module w (input a, result, output y); assign y = a & result; endmodule",
            {"a", "result", "y"},
        ),
    ],
)
def test_paths_of_plain_wires_name_ports_alone(
    text: str, names: set[str], target: str, tmp_path: Path
) -> None:
    file = tmp_path / "wires.sv"
    file.write_text(text)
    timing = synthesize(of_files([file], "w"), [TARGETS[target]], Options((1,))).targets[0].timing
    assert timing is not None
    assert set(timing.critical_path) <= names
    if target == "ice40-hx8k" and "a[1]" in text:  # others lie in what registers the ports
        assert timing.critical_path == ("a", "y")


def test_a_small_design_is_not_refused() -> None:
    assert not of_spec(PopcountSpec()).memories
