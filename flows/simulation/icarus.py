"""Icarus Verilog: builds in a tenth of a second, so it is the second opinion on many specs."""

from pathlib import Path

from cocotb_tools import config

from neuroloom.flows.simulation.design import TIMESCALE, Build, VerilogDesign
from neuroloom.flows.tools.cache import cached_folder
from neuroloom.flows.tools.process import HERE, ToolLimit, run, tool, version

DUMP = """module {top}_dump;
  reg [8*4096-1:0] path;
  initial if ($value$plusargs("dumpfile=%s", path)) begin
    $dumpfile(path);
    $dumpvars(0, {top});
  end
endmodule
"""
COMPILE_SECONDS = ToolLimit(300.0)


def build(design: VerilogDesign) -> Build:
    """Compile ``design``, or find it in the cache.

    ToolMissing without Icarus; ToolFailed with its words when it refuses.
    """
    iverilog, vvp = tool("iverilog"), tool("vvp")
    flags = ("-g2012", "-s", design.top, *["-s", f"{design.top}_dump"] * design.waves)
    dump = DUMP.format(top=design.top) if design.waves else ""
    timescale = f"+timescale+{TIMESCALE}\n"

    def make(scratch: Path, result: Path) -> None:
        source, options = scratch / f"{design.top}.v", scratch / "timescale.f"
        source.write_text(design.verilog + dump)
        options.write_text(timescale)
        run(
            [iverilog, *flags, "-f", options.name, source.name, "-o", "sim.vvp"],
            scratch / "log",
            COMPILE_SECONDS,
            {"TMPDIR": HERE},
            scratch,
        )
        (scratch / "sim.vvp").rename(result / "sim.vvp")

    parts = [version(iverilog, "-V"), timescale, dump, *flags, design.verilog]
    folder = cached_folder(f"icarus-{design.top}", parts, make)
    library = str(config.lib_name_path("vpi", "icarus"))
    command = (vvp, "-n", "-m", library, str(folder / "sim.vvp"))
    waves = ("+dumpfile={file}",) if design.waves else ()
    return Build(command, design.top, waves, inertial_writes=False)
