"""Memories and multipliers that did not become what the device has for them."""

from pathlib import Path

import pytest

from neuroloom.flows.designs.design import of_files
from neuroloom.flows.synthesis.synthesize import Options, synthesize
from neuroloom.flows.synthesis.targets import TARGETS

pytestmark = pytest.mark.flow

MEMORY = """
module buffer(input clk, write, input [7:0] at, input [15:0] data, output logic [15:0] q);
  logic [15:0] words [256];
  always_ff @(posedge clk) if (write) words[at] <= data;
  {read}
endmodule
"""
CLOCKED = MEMORY.format(read="always_ff @(posedge clk) q <= words[at];")
AT_ONCE = MEMORY.format(read="assign q = words[at];")
MULTIPLIER = """
module product(input clk, input [{high}:0] a, b, output logic [31:0] q);
  always_ff @(posedge clk) q <= a * b;
endmodule
"""


def warnings(text: str, top: str, target: str, folder: Path) -> tuple[str, ...]:
    file = folder / "design.sv"
    file.write_text(text)
    report = synthesize(of_files([file], top), [TARGETS[target]], Options(seeds=(1,)))
    return report.targets[0].warnings


def test_a_memory_that_is_read_at_once_is_a_warning(tmp_path: Path) -> None:
    assert warnings(CLOCKED, "buffer", "ice40-hx8k", tmp_path) == ()
    (warning,) = warnings(AT_ONCE, "buffer", "ice40-hx8k", tmp_path)
    assert warning == "memory became flip-flops, not BRAM: words"
    assert warnings(AT_ONCE, "buffer", "ecp5-25k", tmp_path) == ()  # distributed RAM can do it


def test_a_multiplier_in_logic_is_a_warning_where_there_are_dsp_blocks(tmp_path: Path) -> None:
    assert warnings(MULTIPLIER.format(high=15), "product", "ice40-up5k", tmp_path) == ()
    assert warnings(MULTIPLIER.format(high=15), "product", "ecp5-25k", tmp_path) == ()
    assert warnings(MULTIPLIER.format(high=15), "product", "ice40-hx8k", tmp_path) == ()
    (warning,) = warnings(MULTIPLIER.format(high=3), "product", "ice40-up5k", tmp_path)
    assert warning == "the design multiplies, and no multiplier became a DSP block"
