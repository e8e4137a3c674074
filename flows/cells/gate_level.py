"""A mapped netlist as Verilog that simulates: the netlist and a model of every cell in it."""

import re
from functools import cache
from pathlib import Path

from neuroloom.flows.cells.frame import netlist_verilog
from neuroloom.flows.cells.netlist import MappedNetlist
from neuroloom.flows.cells.sources import WorkingLibrary
from neuroloom.flows.designs.yosys import LIBERTY, run_passes, version
from neuroloom.flows.tools.cache import cached_folder

MODULE = re.compile(r"^module \\?(\S+?)\s?\(.*?^endmodule\n", re.MULTILINE | re.DOTALL)


def gate_level_verilog(
    netlist: MappedNetlist, working: WorkingLibrary, counted: bool = False
) -> str:
    """The netlist with the cells it is made of; ports and top name are those of the design.

    Cells behave as the Liberty file says, without delays; with ``counted`` memories count their
    accesses.
    """
    return netlist_verilog(netlist, counted) + "\n" + cell_models(netlist, working, counted)


def cell_models(netlist: MappedNetlist, working: WorkingLibrary, counted: bool = False) -> str:
    """Modules of the cells that a netlist is made of."""
    models = _models(working.file, working.digest)
    models = models | {
        each.name: each.counting if counted else each.model for each in working.memories
    }
    return "\n".join(models[name] for name in netlist.cells())


@cache
def _models(liberty: Path, digest: str) -> dict[str, str]:
    """Verilog of every cell of a library, from its functions and flip-flops."""

    def make(scratch: Path, result: Path) -> None:
        (scratch / "cells.lib").symlink_to(liberty)
        passes = (
            f"read_liberty -ignore_miss_func {LIBERTY}",
            "proc",
            "opt_clean",
            "write_verilog -noattr cells.v",
        )
        run_passes(scratch, passes)
        (scratch / "cells.v").rename(result / "cells.v")

    folder = cached_folder("cell-models", [version(), digest], make)
    text = (folder / "cells.v").read_text()
    return {match.group(1): match.group() for match in MODULE.finditer(text)}
