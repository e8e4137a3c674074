"""Yosys in a process of its own, with a time limit."""

import json
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from neuroloom.flows.tools.errors import ToolFailed, UsageError
from neuroloom.flows.tools.owned import scratch_folder
from neuroloom.flows.tools.process import HERE, ToolLimit, run

SYNTHESIS_SECONDS = ToolLimit(900.0)
OWN_TEXT = "read_verilog -defer design.v"
"""The pass that reads Verilog; every text to read is in that file of the working folder."""
OWN_RTLIL = "read_rtlil design.v"
LIBERTY = f"{HERE}/cells.lib"
"""Library as passes name it: yosys puts its path, and that of its folder, into scripts."""
TOP = re.compile(r"[A-Za-z_][A-Za-z0-9_$]*")
"""Names that passes may hand on to other passes as text."""
LOOP = re.compile(r"found logic loop in module (\S+?):\n((?:[ \t]+\S.*\n)+)")
NET_OF_LOOP = re.compile(r"wire \\(\S+)")
MULTIPLIER = "($mul)"
FLIP_FLOP_MEMORY = re.compile(r"using FF mapping for memory \S*?\.(\S+)")
LOG = "yosys.log"
"""Log of passes without another name."""
STOP_BEYOND = "stop_beyond"
"""``stop_beyond BITS FILE`` among passes: goes no further when the memories that ``json`` has
written to the file have more bits."""
WORKER = """
import json, sys
from pyosys import libyosys
design = libyosys.Design()
for words in json.load(open(sys.argv[1])):
    if words[0] != "stop_beyond":
        libyosys.Pass.call(design, words)
        continue
    modules = json.load(open(words[2]))["modules"].values()
    memories = [cell["parameters"] for module in modules for cell in module["cells"].values()]
    if sum(int(each["WIDTH"], 2) * int(each["SIZE"], 2) for each in memories) > int(words[1]):
        break
"""


def run_passes(
    folder: Path,
    passes: Sequence[str],
    top: str = "",
    name: str = "yosys",
    seconds: ToolLimit = SYNTHESIS_SECONDS,
) -> Path:
    """Run yosys passes in a working folder, on files of fixed names in it; gives the log.

    Each pass gets its words apart, so that nothing in a word is taken for a command; ``{top}`` in
    them stands for ``top``. UsageError when that is no plain name; ToolFailed with yosys' words.
    """
    check_top(top or "top")
    words = [[word.format(top=top) for word in line.split()] for line in passes]
    script, log = folder / f"{name}.passes", folder / f"{name}.log"
    script.write_text(json.dumps(words))
    run([sys.executable, "-c", WORKER, script.name], log, seconds, {"TMPDIR": HERE}, folder)
    return log


def check_top(name: str) -> None:
    """UsageError unless ``name`` can be handed to yosys as that of a top module."""
    if not TOP.fullmatch(name):
        raise UsageError(
            f"{name!r} cannot be the name of a top module: use letters, digits, _ and $, "
            "beginning with a letter or _"
        )


@dataclass(frozen=True)
class MappedDesign:
    """A mapped design."""

    cells: dict[str, int]
    """Cell types of the whole design and how often they occur."""
    modules: dict[str, dict[str, int]] = field(default_factory=dict)
    """The same for each module, its submodules not included, all its instances together."""
    json: str = ""
    """yosys JSON, for place and route."""
    flip_flop_memories: tuple[str, ...] = ()
    """Memories that no memory of the target could hold."""
    multiplies: bool = False
    """Whether the design has multipliers, wherever they ended."""


def synthesize(
    text: str, top: str, script: Sequence[str], read: str = OWN_TEXT, frame: str = ""
) -> MappedDesign:
    """Run the passes of ``script`` on a design; ``{top}`` in them stands for ``top``.

    ``read`` is the pass that reads ``text``, which is in ``design.v``; ``frame`` is Verilog to be
    read besides. ToolFailed with yosys' own words when it refuses or does not end in time.
    """
    with scratch_folder() as folder:
        (folder / "design.v").write_text(text)
        (folder / "frame.v").write_text(frame)
        passes = [
            read,
            *(["read_verilog -defer frame.v"] if frame else []),
            "hierarchy -check -top {top}",
            *script,
            "tee -q -o stat.json stat -json",
            "write_json design.json",
        ]
        log = run_passes(folder, passes, top).read_text(errors="replace")
        statistics = json.loads((folder / "stat.json").read_text())
        text = (folder / "design.json").read_text()
    refuse_loops(log)
    netlist = json.loads(text)["modules"]
    own = {
        plain: _cells(module) | {"memory_bits": _memory_bits(netlist[plain])}
        for plain, module in _plain(statistics["modules"]).items()
    }
    modules = {
        labelled(name, times): {kind: times * number for kind, number in own[name].items()}
        for name, times in occurrences(own, top).items()
    }
    memory_bits = sum(module["memory_bits"] for module in modules.values())
    cells = _cells(statistics["design"]) | {"memory_bits": memory_bits}
    unheld = tuple(dict.fromkeys(FLIP_FLOP_MEMORY.findall(log)))
    return MappedDesign(cells, modules, text, unheld, MULTIPLIER in log)


def _plain(modules: Mapping[str, Any]) -> dict[str, Any]:
    return {name.removeprefix("\\"): module for name, module in modules.items()}


def occurrences(cells: Mapping[str, Mapping[str, int]], top: str) -> dict[str, int]:
    """How often each module occurs below ``top``, itself once; ``cells`` of each by type."""
    times: dict[str, int] = {}

    def visit(name: str, number: int) -> None:
        times[name] = times.get(name, 0) + number
        for kind, each in cells[name].items():
            if kind in cells:
                visit(kind, number * each)

    visit(top, 1)
    return times


def labelled(module: str, times: int) -> str:
    """The module's name in a table, with the number of its instances where there are several."""
    return module if times == 1 else f"{module} ×{times}"


def _cells(statistics: dict[str, Any]) -> dict[str, int]:
    return {kind: int(number) for kind, number in statistics["num_cells_by_type"].items()}


def _memory_bits(module: dict[str, Any]) -> int:
    """Bits of the memories that were left whole."""
    return sum(
        int(cell["parameters"]["WIDTH"], 2) * int(cell["parameters"]["SIZE"], 2)
        for cell in module["cells"].values()
        if cell["type"] == "$mem_v2"
    )


def refuse_loops(log: str) -> None:
    """ToolFailed, with the signals, when yosys has found a combinational loop."""
    loop = LOOP.search(log)
    if loop:
        nets = dict.fromkeys(NET_OF_LOOP.findall(loop.group(2)))
        raise ToolFailed(
            f"module {loop.group(1)} has a combinational loop through "
            f"{', '.join(nets) or 'unnamed nets'}; put a register into it"
        )


def version() -> str:
    return f"yosys {metadata.version('pyosys')}"
