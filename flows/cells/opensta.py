"""OpenSTA where it is installed: the same netlist, the same library, an independent tool."""

import re
from dataclasses import dataclass, replace
from functools import cache

from neuroloom.flows.cells.frame import CLOCK, netlist_verilog
from neuroloom.flows.cells.netlist import MappedNetlist
from neuroloom.flows.cells.sources import WorkingLibrary
from neuroloom.flows.tools.errors import ToolFailed
from neuroloom.flows.tools.owned import scratch_folder
from neuroloom.flows.tools.process import ToolLimit, has_tool, run, tool

SECONDS = ToolLimit(300.0)
PERIOD = 100.0
"""Period of the clock [ns]; its slack tells the shortest period."""
UNCONSTRAINED = 1e30
LOST_PIN = re.compile(r"^Warning: .* (port \S+) not found", re.MULTILINE)
TOP = "neuroloom_design"
"""A name of our own: that of the design stands in no script."""
SCRIPT = """
read_liberty cells.lib
{memories}read_verilog design.v
link_design {top}
create_clock -name clk -period {period} [get_ports {clock}]
puts "setup [worst_slack -max]"
puts "hold [worst_slack -min]"
exit
"""


@dataclass(frozen=True)
class StaResult:
    """Shortest period and worst hold slack [ns]."""

    period: float
    hold_slack: float


def available() -> bool:
    return has_tool("sta")


def analyse(framed: MappedNetlist, working: WorkingLibrary) -> StaResult:
    """Setup and hold of a netlist between registers. ToolFailed with OpenSTA's own words."""
    with scratch_folder() as folder:
        (folder / "design.v").write_text(netlist_verilog(replace(framed, top=TOP)))
        (folder / "cells.lib").symlink_to(working.file)
        memories = ""
        for number, each in enumerate(working.memories):
            (folder / f"memory{number}.lib").write_text(each.liberty, encoding="latin-1")
            memories += f"read_liberty memory{number}.lib\n"
        script = SCRIPT.format(
            period=PERIOD / working.library.time_unit, clock=CLOCK, top=TOP, memories=memories
        )
        (folder / "script.tcl").write_text(script)
        log = folder / "log"
        run([tool("sta"), "-no_splash", "-exit", "script.tcl"], log, SECONDS, folder=folder)
        text = log.read_text(errors="replace")
    lost = LOST_PIN.search(text)
    if lost:
        raise ToolFailed(f"OpenSTA does not find {lost[1]} in the Liberty file of a memory")
    found = {
        kind: re.search(rf"^{kind} (-?[\d.e+-]+)", text, re.MULTILINE) for kind in ("setup", "hold")
    }
    if not all(found.values()):
        raise ToolFailed(f"OpenSTA gave no slack; its last words:\n{text[-800:]}")
    setup, hold = (float(match.group(1)) for match in found.values() if match)
    if max(abs(setup), abs(hold)) > UNCONSTRAINED:
        raise ToolFailed(f"OpenSTA found no path to time; its last words:\n{text[-800:]}")
    unit = working.library.time_unit
    return StaResult(PERIOD - setup * unit, hold * unit)


@cache
def version() -> str:
    """OpenSTA and its version."""
    with scratch_folder() as folder:
        log = folder / "log"
        run([tool("sta"), "-version"], log, 30.0)
        return f"OpenSTA {log.read_text().strip().splitlines()[-1]}"
