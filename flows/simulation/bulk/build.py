"""Compiling a harness with a design, once for the same content."""

from dataclasses import dataclass, replace
from pathlib import Path

from neuroloom.flows.simulation.bulk.harness import harness
from neuroloom.flows.simulation.verilator import COMMON_FLAGS, Toolchain
from neuroloom.flows.tools.cache import cached_folder
from neuroloom.flows.verilog.emitted import emitted_verilog
from neuroloom.golden.spec import Spec

FAST = Toolchain("-O2", ("verilated", "verilated_threads", "verilated_vcd_c"), ("verilator",))
UNOPTIMISED = replace(FAST, optimisation="-O0")
"""A traced run is short; a netlist of 4,000 nets compiles in seconds, with -O1 for minutes."""
SPEED = ("-O3", "--x-assign", "fast", "--x-initial", "fast", "--no-assert")
LANGUAGE = ("--default-language", "1364-2005")
"""Verilog alone: names of nets may be keywords of SystemVerilog."""
TOP_NETS = (
    "--trace-vcd",
    "--trace-depth",
    "1",
    "--trace-underscore",
    "--trace-max-width",
    "0",
    "--trace-max-array",
    "1",
)
"""Every net of the top module, whatever its name and width; no words of memories."""
KEPT_NETS = '`verilator_config\npublic_flat_rd -module "{top}" -var "*"\n'
"""Each net is kept as a variable. Otherwise the text that reads a net repeats the expressions of
all nets before it, and that of a netlist of 4,000 nets compiles for minutes."""


@dataclass(frozen=True)
class Harness:
    """A compiled harness."""

    spec: Spec
    program: Path
    key: str
    """Names the program by its content: design, harness, flags and versions."""


def build(
    spec: Spec,
    verilog: str | None = None,
    top: str | None = None,
    traced: bool = False,
    quick: bool = False,
) -> Harness:
    """Compile the harness of ``spec``, or find it in the cache.

    Parameters: ``verilog`` a text with the same ports in place of the generated one, its top
    module ``top`` (by default the macro's name); ``traced`` to make waves and toggle counts
    possible, of the nets of the top module alone; ``quick`` to compile large designs in seconds
    instead of minutes, for runs that are not long.

    ToolMissing without a C++ compiler; ToolFailed with the tool's words when it refuses.
    """
    verilog, top = verilog or emitted_verilog(spec), top or spec.macro
    text = harness(spec, traced)
    toolchain = UNOPTIMISED if traced or quick else FAST
    kept = KEPT_NETS.format(top=top) if traced else ""
    options = (*SPEED, *LANGUAGE, "--top-module", top, *(TOP_NETS if traced else ()))

    def make(scratch: Path, result: Path) -> None:
        main, nets = scratch / "harness.cpp", scratch / "nets.vlt"
        main.write_text(text)
        nets.write_text(kept)
        configuration = (nets,) if traced else ()
        toolchain.program(result / "sim", scratch, verilog, (*options, *configuration), main)

    parts = [*toolchain.parts, *COMMON_FLAGS, *options, kept, text, verilog]
    folder = cached_folder(f"bulk-{spec.macro}", parts, make)
    return Harness(spec, folder / "sim", folder.name)
