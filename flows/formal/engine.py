"""One claim decided by abc, which comes with yosys.

Three methods, one after the other, until one of them decides. Bounded model checking finds the
shortest run in which a monitor is high; the others are not tried after that, for abc forgets the
run when a later method ends without a result. Two steps of induction prove at once what compares
a cycle with the one before, whatever the width. Property directed reachability [Bradley 2011, Eén
2011] finds the invariant that everything else needs, such as how far a waiting requester has come.

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


def decide(graph: Graph, claim: str, depth: int, seconds: float, prove: bool = True) -> Decision:
    """Search runs of ``depth`` cycles, then try to prove if told to; each for up to ``seconds``."""
    limit = max(1, round(seconds))
    search = [f"bmc3 -F {depth} -T {limit}", "print_status"]
    words, run_found = _ask(graph, claim, "search", search, limit)
    if run_found is not None:
        frame = len(run_found) - 1
        return Decision(frame, False, frame, Method.SEARCH, run_found)
    searched = _frames(words)
    if not prove:
        return Decision(None, False, searched, Method.SEARCH, [])
    methods = [f"ind -F {INDUCTION_STEPS} -T {limit}", f"pdr -q -T {limit}"]
    words, run_found = _ask(graph, claim, "proof", methods, 2 * limit)
    if run_found is not None:
        frame = len(run_found) - 1
        return Decision(frame, False, frame, Method.REACHABILITY, run_found)
    if INDUCTIVE in words and searched >= INDUCTION_STEPS:
        return Decision(None, True, searched, Method.INDUCTION, [])
    if INVARIANT in words:
        return Decision(None, True, searched, Method.REACHABILITY, [])
    return Decision(None, False, searched, Method.SEARCH, [])


def _ask(
    graph: Graph, claim: str, part: str, methods: list[str], seconds: float
) -> tuple[str, Inputs | None]:
    """What abc says about one claim, and the run that it wrote if it found one."""
    place = graph.outputs[claim]
    witness, log = (graph.file.parent / f"{place}-{part}.{ending}" for ending in ("aiw", "log"))
    commands = [
        f"read_aiger {graph.file.name}", f"cone -a -O {place}", *methods,
        f"write_cex -a {witness.name}",
    ]  # fmt: skip
    run(
        [_program(), "-q", "; ".join(commands)], log, seconds + SPARE_SECONDS,
        folder=graph.file.parent,
    )  # fmt: skip
    words = log.read_text(errors="replace")
    if found := REACHED.search(words):
        return words, _read(witness, graph, int(found[1]))
    return words, None


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
