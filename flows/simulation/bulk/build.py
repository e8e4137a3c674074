"""Compiling a harness with a design, once for the same content."""

from dataclasses import dataclass
from pathlib import Path

from neuroloom.flows.cache import cached_folder
from neuroloom.flows.simulation.bulk.harness import harness
from neuroloom.flows.simulation.verilator import COMMON_FLAGS, Toolchain
from neuroloom.flows.verilog.emit import emit
from neuroloom.golden.spec import Spec

TOOLCHAIN = Toolchain(
    ("-std=c++20", "-O2", "-DVERILATOR=1", "-DVM_TRACE=1", "-DVM_TRACE_VCD=1"),
    ("verilated", "verilated_threads", "verilated_vcd_c"),
    ("verilated.h", "verilated_vcd_c.h"),
    ("verilator",),
)
SPEED = ("-O3", "--x-assign", "fast", "--x-initial", "fast", "--no-assert")
LANGUAGE = ("--default-language", "1364-2005")
"""Verilog alone: names of nets may be keywords of SystemVerilog."""
TOP_NETS = (
    "--trace-vcd", "--trace-depth", "1", "--trace-underscore", "--trace-max-width", "0",
    "--trace-max-array", "1",
)  # fmt: skip
"""Every net of the top module, whatever its name and width; no words of memories."""


@dataclass(frozen=True)
class Harness:
    """A compiled harness."""

    spec: Spec
    program: Path
    key: str
    """Names the program by its content: design, harness, flags and versions."""


def build(
    spec: Spec, verilog: str | None = None, top: str | None = None, traced: bool = False
) -> Harness:
    """Compile the harness of ``spec``, or find it in the cache.

    Parameters: ``verilog`` a text with the same ports in place of the generated one, its top
    module ``top`` (by default the macro's name); ``traced`` to make waves and toggle counts
    possible, of the nets of the top module alone.

    ToolMissing without a C++ compiler; ToolFailed with the tool's words when it refuses.
    """
    verilog, top = verilog or emit(spec).verilog, top or spec.macro
    text = harness(spec, traced)
    options = (*SPEED, *LANGUAGE, "--top-module", top, *(TOP_NETS if traced else ()))

    def make(scratch: Path, result: Path) -> None:
        main = scratch / "harness.cpp"
        main.write_text(text)
        TOOLCHAIN.program(result / "sim", scratch, verilog, options, main)

    parts = [TOOLCHAIN.runtime().name, *COMMON_FLAGS, *options, text, verilog]
    folder = cached_folder(f"bulk-{spec.macro}", parts, make)
    return Harness(spec, folder / "sim", folder.name)
