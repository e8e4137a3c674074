"""Mapping to standard cells: one generic synthesis, then several ways to map it.

A recipe is a script for abc. None is best everywhere: area mapping, delay mapping and
restructuring each win on some designs, so all are tried and timed; together they draw the
area–delay curve of the design.
"""

import re
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from neuroloom.flows.cells.aim import Aim as Aim
from neuroloom.flows.cells.frame import with_frame
from neuroloom.flows.cells.library import Cell, Library
from neuroloom.flows.cells.netlist import MappedNetlist, read_netlist
from neuroloom.flows.cells.sources import WorkingLibrary
from neuroloom.flows.cells.timing import CellTiming, time_netlist
from neuroloom.flows.designs.memories import DesignMemory, read_memories, refuse_memories
from neuroloom.flows.designs.yosys import LIBERTY, OWN_TEXT, STOP_BEYOND, refuse_loops, run_passes
from neuroloom.flows.tools.errors import ToolFailed
from neuroloom.flows.tools.owned import scratch_folder
from neuroloom.flows.tools.process import HERE

PREPARE = "strash; &get -n; &fraig -x; &put; scorr; dc2"
SIZE = "topo; buffer -c; upsize {D}; dnsize {D}"
RECIPES = {
    "area": f"{PREPARE}; strash; dch; amap -m; {SIZE}",
    "flow": f"{PREPARE}; strash; &get -n; &dch -f; &nf; &put; {SIZE}",
    "delay": f"{PREPARE}; dch -f; map -B 0.9 {{D}}; {SIZE}",
    "remap": f"{PREPARE}; dch -f; map -B 0.9 {{D}}; topo; strash; dch -f; map -B 0.9 {{D}}; {SIZE}",
    "choices": f"{PREPARE}; &get -n; &st; &synch2; &put; map -B 0.9 {{D}}; {SIZE}",
}
"""Name to abc script; ``{D}`` stands for the delay target."""
RELAXED_PS, TIGHT_PS = 1_000_000, 1
"""Delay targets that no path misses, and that no path meets."""
POINTS = (
    ("area", RELAXED_PS),
    ("flow", TIGHT_PS),
    ("delay", RELAXED_PS),
    ("delay", TIGHT_PS),
    ("remap", TIGHT_PS),
    ("choices", TIGHT_PS),
)
"""What is tried without a clock period to meet: recipe and delay target."""
LOST = re.compile(r"attribute \\init \d+'[0x]*1\S*\n(?:\s*attribute .*\n)*\s*wire (?:.* )?\\(\S+)")
"""Registers without reset that have ones in their initial value."""
LACKING = re.compile(r"cannot be legalized: (.+)")
TIED = {"0": "neuroloom_tie_0", "1": "neuroloom_tie_1"}
"""Cells that stand for the library's tie cells until the netlist is read: the names of those are in
no script."""
TIES = (f"hilomap -singleton -hicell {TIED['1']} Y -locell {TIED['0']} Y",)
FANOUT_LOAD = 4
"""Input capacitances of the smallest inverter that stand at every output during mapping."""


@dataclass(frozen=True)
class Mapped:
    """One mapping of a design, timed between registers."""

    recipe: str
    netlist: MappedNetlist
    """The design alone."""
    framed: MappedNetlist
    """The design between registers: what was timed."""
    timing: CellTiming

    @property
    def area(self) -> float:
        """[µm²]"""
        return self.netlist.area()

    @property
    def megahertz(self) -> float:
        return 1000.0 / self.timing.period


@dataclass(frozen=True)
class Mappings:
    """All mappings of a design to one library."""

    points: tuple[Mapped, ...]
    uninitialised: tuple[str, ...]
    """Registers that should start with ones, which no reset sets: their initial value is lost."""
    memories: tuple[DesignMemory, ...] = ()
    """What became flip-flops, or gates where nothing writes it."""

    def best(self, aim: Aim, period: float | None = None) -> Mapped:
        """The mapping for an aim; with ``period`` [ns], the smallest that meets it, and where none
        does the fastest.
        """
        if period is not None:
            meeting = [point for point in self.points if point.timing.period <= period]
            if meeting:
                return min(meeting, key=lambda point: (point.area, point.timing.period))
            return min(self.points, key=lambda point: (point.timing.period, point.area))
        rank: dict[Aim, Callable[[Mapped], tuple[float, float]]] = {
            Aim.BALANCED: lambda point: (point.area * point.timing.period, point.area),
            Aim.AREA: lambda point: (point.area, point.timing.period),
            Aim.SPEED: lambda point: (point.timing.period, point.area),
        }
        return min(self.points, key=rank[aim])


def map_design(
    text: str,
    top: str,
    working: WorkingLibrary,
    points: Sequence[tuple[str, int]] = POINTS,
    period: float | None = None,
    flatten: bool = True,
    read: str = OWN_TEXT,
    workers: int = 2,
    most_bits: int = sys.maxsize,
    meanwhile: Callable[[], None] = lambda: None,
) -> Mappings:
    """Map a design to the library in several ways and time each between registers.

    ``points`` are recipes with delay targets [ps]; with ``period`` [ns] every recipe is tried with
    that target as well. ``read`` is the yosys pass that reads ``text``. Without ``flatten`` each
    module is mapped alone, and cells are named ``module.of.module.cell`` in the flat netlist that
    comes of it. ``meanwhile`` is called when it is known that the design will be mapped. UsageError
    when memories of more than ``most_bits`` would become flip-flops; ToolFailed with the tool's own
    words.
    """
    with scratch_folder() as folder:
        (folder / "design.v").write_text(text)
        prepare(folder, working)
        memories = _generic(folder, read, top, flatten, most_bits)
        meanwhile()
        jobs = list(points)
        if period is not None:
            jobs += [(recipe, max(2, round(period * 1000))) for recipe in RECIPES]

        def one(job: tuple[str, int]) -> Mapped:
            return _map(folder, top, working, *job)

        with ThreadPoolExecutor(workers) as pool:
            mapped = tuple(pool.map(one, jobs))
        lost = tuple(LOST.findall((folder / "lost").read_text()))
    return Mappings(mapped, lost, tuple(memories))


def prepare(folder: Path, working: WorkingLibrary) -> None:
    """The library, and what drives inputs and loads outputs while abc chooses sizes, as files."""
    (folder / "cells.lib").symlink_to(working.file)
    library = working.library
    found = [cell for cell in library.cells.values() if cell.is_inverter]
    inverters = sorted(found, key=lambda cell: cell.area)
    driver = inverters[min(1, len(inverters) - 1)]
    load = FANOUT_LOAD * next(p for p in inverters[0].pins.values() if not p.output).capacitance
    (folder / "constraints").write_text(
        f"set_driving_cell {driver.name}\nset_load {load * 1000:.4f}\n"
    )


def abc_pass(folder: Path, recipe: str, target: int) -> str:
    """The yosys pass that maps gates to cells by a recipe with a delay target [ps]."""
    abc = RECIPES[recipe].replace("{D}", f"-D {target}")
    file = f"{recipe}-{target}.abc"
    (folder / file).write_text(abc.replace("; ", "\n") + "\n")
    return f"abc -liberty {LIBERTY} -constr {HERE}/constraints -script {HERE}/{file}"


def _generic(
    folder: Path, read: str, top: str, flatten: bool, most_bits: int
) -> list[DesignMemory]:
    """Synthesis down to gates, with the library's flip-flops; gives the memories that become some.

    UsageError, before that is done, when they have more than ``most_bits``.
    """
    synth = f"synth {'-flatten ' if flatten else ''}-top {{top}} -run"
    passes = [
        read,
        "hierarchy -check -top {top}",
        f"{synth} begin:fine",
        "json -o memories.json t:$mem_v2",
        f"{STOP_BEYOND} {most_bits} memories.json",
        f"{synth} fine:",
        "select -set lost a:init t:$_DFF_* t:$_DFFE_* %u %co1:+[Q] %i",
        "dump -o lost @lost",
        "setattr -unset init w:*",
        f"dfflibmap -liberty {LIBERTY}",
        "opt_clean -purge",
        "write_rtlil generic.il",
    ]
    refuse_loops(_yosys(folder, passes, top, "generic"))
    memories = read_memories((folder / "memories.json").read_text())
    refuse_memories(memories, top, most_bits)
    return memories


def _map(folder: Path, top: str, working: WorkingLibrary, recipe: str, target: int) -> Mapped:
    name = f"{recipe}-{target}"
    passes = [
        "read_rtlil generic.il",
        abc_pass(folder, recipe, target),
        "flatten",
        *TIES,
        "opt_clean -purge",
        f"write_json {name}.json",
    ]
    ties = tie_pins(working.library)
    if not ties:
        passes.remove(*TIES)
    _yosys(folder, passes, top, name)
    netlist = read_netlist((folder / f"{name}.json").read_text(), top, working.library, ties)
    framed = with_frame(netlist, working.library)
    label = {RELAXED_PS: "relaxed", TIGHT_PS: "tight"}.get(target, f"{target} ps")
    return Mapped(f"{recipe}, {label}", netlist, framed, time_netlist(framed))


def tie_pins(library: Library) -> dict[str, tuple[Cell, str]]:
    """Cell and pin that give a constant in place of each of :data:`TIED`; empty where the library
    lacks one of them."""
    found: dict[str, tuple[Cell, str]] = {}
    for cell in library.cells.values():
        for pin in cell.outputs:
            if pin.function in TIED and len(cell.outputs) == len(cell.pins):
                found.setdefault(TIED[pin.function], (cell, pin.name))
    return found if len(found) == len(TIED) else {}


def _yosys(folder: Path, passes: Sequence[str], top: str, name: str) -> str:
    """The log of the passes."""
    try:
        return run_passes(folder, passes, top, name).read_text(errors="replace")
    except ToolFailed:
        lacking = LACKING.search((folder / f"{name}.log").read_text(errors="replace"))
        if lacking is None:
            raise
        raise ToolFailed(
            f"the library has no cell for a register of the design: {lacking.group(1)}"
        ) from None
