"""One claim decided by abc, which comes with yosys.

Three methods, one after the other, until one of them decides. Bounded model checking finds the
shortest run in which a monitor is high. Two steps of induction prove at once what compares a cycle
with the one before, whatever the width. Property directed reachability [Bradley 2011, Eén 2011]
finds the invariant that everything else needs, such as how far a waiting requester has come.

All three are SAT methods on the same and-inverter graph, inside one program of milliseconds'
start. SMT-based engines were not taken: they prove by induction alone, so that the author of a
property has to write the invariants, and their programs take minutes to start for the first time.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from neuroloom.flows.errors import ToolFailed, ToolMissing
from neuroloom.flows.formal.model import Graph
from neuroloom.flows.process import run

INDUCTION_STEPS = 2
SPARE_SECONDS = 30.0
"""More than abc is told to take."""
REACHED = re.compile(r"was asserted in frame (\d+)")
BOUNDED = re.compile(r"No output asserted in (\d+) frames")
TIMED_OUT_IN = re.compile(r"Status = -1 +Frames = (\d+)")
INDUCTIVE = "Networks are equivalent"
INVARIANT = "Property proved"


class Method(StrEnum):
    """How a claim was decided."""

    SEARCH = "bounded model checking"
    INDUCTION = "induction"
    REACHABILITY = "PDR"


Inputs = list[Mapping[str, int]]
"""For each cycle the value of every input of a proof."""


@dataclass(frozen=True)
class Decision:
    """Whether a monitor is ever high."""

    reached: int | None
    """The cycle in which it is, counted from 0; None if it is not found."""
    never: bool
    """Proved to be low for ever."""
    depth: int
    """Cycles in which it is known to be low, if it is neither reached nor proved."""
    method: Method
    run: Inputs
    """Inputs up to the cycle reached."""


def decide(graph: Graph, claim: str, depth: int, seconds: float) -> Decision:
    """Search runs of ``depth`` cycles, then try to prove, each for up to ``seconds``."""
    place = graph.outputs[claim]
    witness, log = (graph.file.parent / f"{place}.{ending}" for ending in ("aiw", "log"))
    limit = max(1, round(seconds))
    commands = [
        f"read_aiger {graph.file.name}",
        f"cone -a -O {place}",
        f"bmc3 -F {depth} -T {limit}",
        "print_status",
        f"ind -F {INDUCTION_STEPS} -T {limit}",
        f"pdr -q -T {limit}",
        f"write_cex -a {witness.name}",
    ]
    run(
        [_program(), "-q", "; ".join(commands)], log, 3 * limit + SPARE_SECONDS,
        folder=graph.file.parent,
    )  # fmt: skip
    words = log.read_text(errors="replace")
    if found := REACHED.search(words):
        method = Method.REACHABILITY if BOUNDED.search(words) else Method.SEARCH
        frame = int(found[1])
        return Decision(frame, False, frame, method, _read(witness, graph, frame))
    searched = _frames(words)
    if INDUCTIVE in words and searched >= INDUCTION_STEPS:
        return Decision(None, True, searched, Method.INDUCTION, [])
    if INVARIANT in words:
        return Decision(None, True, searched, Method.REACHABILITY, [])
    return Decision(None, False, searched, Method.SEARCH, [])


def _frames(words: str) -> int:
    if found := BOUNDED.search(words):
        return int(found[1])
    if found := TIMED_OUT_IN.search(words):
        return int(found[1])
    raise ToolFailed(f"yosys-abc gave no result:\n{words.strip()}")


def _read(witness: Path, graph: Graph, frame: int) -> Inputs:
    """Inputs of the cycles 0 to ``frame``; the first line of the file are registers."""
    if not witness.exists():
        raise ToolFailed("yosys-abc wrote no counterexample")
    cycles: Inputs = []
    for line in witness.read_text().split()[1 : frame + 2]:
        values: dict[str, int] = {}
        for place, bit in zip(graph.inputs, line, strict=False):
            if place is not None:
                name, position = place
                values[name] = values.get(name, 0) | int(bit) << position
        cycles.append(values)
    return cycles


@cache
def _program() -> str:
    found = find_spec("pyosys")
    for folder in (found.submodule_search_locations or []) if found else []:
        if (program := Path(folder, "yosys-abc")).exists():
            return str(program)
    raise ToolMissing("yosys-abc was not found; install it with: pip install pyosys")
