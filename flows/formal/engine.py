"""One claim decided by abc, which comes with yosys.

Three methods, one after the other, until one of them decides. Bounded model checking finds the
shortest run in which a monitor is high; the others are not tried after that, for abc forgets the
run when a later method ends without a result. Two steps of induction prove at once what compares
a cycle with the one before, whatever the width. Property directed reachability [Bradley 2011, Eén
2011] finds the invariant that everything else needs, such as how far a waiting requester has come.

Where that takes too long, the author of the properties gives the invariant as lemmas. One
induction proves all of them; then that of a claim starts from states in which they hold, and is
tried before the search, which it is faster than.

All three are SAT methods on the same and-inverter graph, inside one program of milliseconds'
start. SMT-based engines were not taken: they prove by induction alone, so that the author of a
property has to write the invariants, and their programs take minutes to start for the first time.
"""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from neuroloom.flows.formal.model import Graph, Word
from neuroloom.flows.tools.errors import ToolFailed, ToolMissing
from neuroloom.flows.tools.process import run

LEMMA_STEPS = 2
SPARE_CYCLES = 8
"""A claim about many cycles is searched for so many more."""
SPARE_SECONDS = 30.0
"""More than abc is told to take."""
REACHED = re.compile(r"was asserted in frame (\d+)")
BOUNDED = re.compile(r"No output asserted in (\d+) frames")
TIMED_OUT_IN = re.compile(r"Status = -1 +Frames = (\d+)")
EXHAUSTED_IN = re.compile(r"Explored all reachable states after completing (\d+) frames")
INDUCTIVE = "Networks are equivalent"
INVARIANT = "Property proved"
COMBINATIONAL = "UNSATISFIABLE"
"""That two designs without registers differ."""


class ProofMethod(StrEnum):
    """How a claim was decided."""

    SEARCH = "bounded model checking"
    INDUCTION = "induction"
    LEMMAS = "induction with lemmas"
    REACHABILITY = "PDR"


Inputs = list[Mapping[str | Word, int]]
"""Values of every input of a proof in each cycle; of words of memories the first one counts."""


@dataclass(frozen=True)
class Decision:
    """Whether a monitor is ever high."""

    reached: int | None
    """The cycle in which it is, counted from 0; None if it is not found."""
    never: bool
    """Proved to be low for ever."""
    depth: int
    """Cycles in which it is known to be low, if it is neither reached nor proved."""
    method: ProofMethod
    run: Inputs
    """Inputs up to the cycle reached."""


def lemmas_hold(graph: Graph, seconds: float) -> bool:
    """Whether the lemmas, all of them at once, are proved by induction."""
    if graph.lemmas is None:
        return False
    return _inductive(graph, "lemmas", graph.lemmas, graph.lemmas, LEMMA_STEPS, seconds)


def decide(
    graph: Graph, claim: str, depth: int, seconds: float, prove: bool = True, lemmas: bool = False
) -> Decision:
    """Search runs of ``depth`` cycles, then try to prove if told to, within ``seconds``: half of
    what is left goes to the search, and three quarters of the rest to the last method.

    ``lemmas`` says that those of the graph hold, so that the claim may rest on them.
    """
    left = until(seconds)
    place, steps = graph.outputs[claim], graph.steps[claim]
    together = graph.together.get(claim) if lemmas else None
    if together is not None and _inductive(graph, "lemmas", place, together, steps, left() / 4):
        return Decision(None, True, steps, ProofMethod.LEMMAS, [])
    limit = _whole(left() / 2)
    search = _search(max(depth, steps + SPARE_CYCLES) if steps > LEMMA_STEPS else depth, limit)
    words, witness = _ask(graph, place, "search", [search], limit)
    if match := REACHED.search(words):
        frame = int(match[1])
        return Decision(frame, False, frame, ProofMethod.SEARCH, _read(witness, graph, frame))
    searched = _frames(words)
    if not prove:
        return Decision(None, False, searched, ProofMethod.SEARCH, [])
    inductive, invariant = _whole(left() / 4), _whole(3 * left() / 4)
    methods = [f"ind -F {steps} -T {inductive}", f"pdr -q -T {invariant}"]
    words, witness = _ask(graph, place, "proof", methods, inductive + invariant)
    if match := REACHED.search(words):
        frame = int(match[1])
        return Decision(frame, False, frame, ProofMethod.REACHABILITY, _read(witness, graph, frame))
    if INDUCTIVE in words and searched >= steps:
        return Decision(None, True, searched, ProofMethod.INDUCTION, [])
    if INVARIANT in words:
        return Decision(None, True, searched, ProofMethod.REACHABILITY, [])
    return Decision(None, False, searched, ProofMethod.SEARCH, [])


def never(graph: Graph, claim: str, seconds: float) -> bool:
    """Whether a monitor that compares two designs is proved to stay low.

    What is equal inside them is found by induction [van Eijk 2000] and joined, until little is
    left to search.
    """
    limit = _whole(seconds)
    words, _ = _ask(graph, graph.outputs[claim], "equal", [f"dprove -T {limit}"], 2 * limit)
    equal = INDUCTIVE in words or COMBINATIONAL in words
    return equal and not REACHED.search(words)


def until(seconds: float) -> Callable[[], float]:
    """What is left of ``seconds`` from now on, whenever it is asked; never below 0."""
    end = time.monotonic() + seconds
    return lambda: max(0.0, end - time.monotonic())


def _whole(seconds: float) -> int:
    """abc's limits are whole seconds, one at least."""
    return max(1, round(seconds))


def _inductive(graph: Graph, name: str, base: int, step: int, steps: int, seconds: float) -> bool:
    """Whether output ``base`` is low in the first ``steps`` cycles, and output ``step`` is low in
    every cycle after as many in which it was low, from whatever state.
    """
    limit = _whole(seconds)
    methods = [
        _search(steps, limit),
        f"read_aiger {graph.file.name}",
        f"cone -a -O {step}",
        f"ind -F {steps} -T {limit}",
    ]
    words, _ = _ask(graph, base, name, methods, 2 * limit)
    return not REACHED.search(words) and INDUCTIVE in words and _frames(words) >= steps


def _search(depth: int, limit: int) -> str:
    return f"bmc3 -F {depth} -T {limit}; print_status"


def _ask(
    graph: Graph, place: int, part: str, methods: list[str], seconds: float
) -> tuple[str, Path]:
    """What abc says about one output of the graph, and the file of the run if it found one."""
    witness, log = (graph.file.parent / f"{place}-{part}.{ending}" for ending in ("aiw", "log"))
    commands = [
        f"read_aiger {graph.file.name}",
        f"cone -a -O {place}",
        *methods,
        f"write_cex -a {witness.name}",
    ]
    run(
        [_program(), "-q", "; ".join(commands)],
        log,
        seconds + SPARE_SECONDS,
        folder=graph.file.parent,
    )
    return log.read_text(errors="replace"), witness


def _frames(words: str) -> int:
    for ended in (BOUNDED, TIMED_OUT_IN, EXHAUSTED_IN):
        if match := ended.search(words):
            return int(match[1])
    raise ToolFailed(f"yosys-abc gave no result:\n{words.strip()}")


def _read(witness: Path, graph: Graph, frame: int) -> Inputs:
    """Inputs of the cycles 0 to ``frame``; the first line of the file are registers."""
    if not witness.exists():
        raise ToolFailed("yosys-abc wrote no counterexample")
    cycles: Inputs = []
    for line in witness.read_text().split()[1 : frame + 2]:
        values: dict[str | Word, int] = {}
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
