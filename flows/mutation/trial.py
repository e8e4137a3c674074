"""The bench of a specification, run in this process against whatever hardware is imported."""

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from types import CodeType
from typing import Any, Literal, Protocol

from neuroloom.flows.macros.catalogue import macro_of
from neuroloom.flows.mutation.forks import Hang, time_limit
from neuroloom.flows.mutation.proof import CHANGED, RIGHT, same
from neuroloom.flows.mutation.source import is_plumbing, module_of, substituted
from neuroloom.flows.simulation.job import BenchJob, BenchOutcome
from neuroloom.flows.simulation.simulators import run_amaranth
from neuroloom.flows.tools.frozen import Frozen
from neuroloom.flows.verilog.emit import netlist
from neuroloom.golden.spec import Spec
from neuroloom.hdl.component import Component
from neuroloom.verif.companions import passed_lines

LONGEST = 10.0
"""Seconds of a bench run that mutants are put to; a longer one is left out where others pass the
same lines."""
LONGER, SPARE_SECONDS = 4.0, 3.0
"""A mutant's run hangs when it takes so many times as long as the usual one, and so much more."""

Found = Literal[
    "killed",
    "refused",
    "hangs",
    "elsewhere",
    "survived",
    "unreached",
    "identical",
    "proved",
    "equivalent",
]
NOTICED = ("killed", "refused", "hangs", "elsewhere")
EQUAL = ("identical", "proved", "equivalent")


class Verdict(Frozen):
    """What became of a mutant."""

    found: Found
    """``refused`` where it cannot be elaborated, ``elsewhere`` where a bench of another macro with
    the same part kills it, ``unreached`` where no bench passes its line, ``identical`` where every
    netlist stays the same, ``proved`` where no port can ever show a difference, ``equivalent``
    where a reason is known."""
    bench: str = ""
    """Bench that noticed it, or the macro elsewhere."""
    message: str = ""
    """The first mismatch, or the reason."""

    @property
    def killed(self) -> bool:
        return self.found in NOTICED

    @property
    def equal(self) -> bool:
        """Whether there is nothing to be noticed."""
        return self.found in EQUAL


class Change(Protocol):
    """Another text of a module below ``neuroloom.hdl``."""

    @property
    def module(self) -> str: ...

    @property
    def lines(self) -> tuple[int, int]:
        """First and last line that is another one."""

    @property
    def in_function(self) -> bool:
        """Whether an elaboration passes these lines, if it reaches them."""

    def compiled(self) -> CodeType:
        """The module with the change in it."""


@dataclass(frozen=True)
class BenchTrial:
    """A specification that mutants are put to, and what the unchanged hardware does there."""

    name: str
    spec: Spec
    lines: frozenset[tuple[str, int]] = frozenset()
    """Module and number of every line that its elaboration passes."""
    netlist: str = ""
    """Digest of the netlist."""
    seconds: float = 0.0
    """Time of the processor for one run [s]."""
    passed: bool = True
    late: bool = False
    """Whether its run takes longer than was allowed."""
    message: str = ""

    @property
    def modules(self) -> frozenset[str]:
        return frozenset(module for module, _ in self.lines if not is_plumbing(module))

    def passes(self, mutant: Change) -> bool:
        """Whether the line of the mutant takes part in this hardware."""
        if not mutant.in_function:
            return mutant.module in self.modules
        first, last = mutant.lines
        return any((mutant.module, line) in self.lines for line in range(first, last + 1))


def measure(bench: BenchTrial, seconds: float = LONGEST) -> dict[str, Any]:
    """What is to be known of a bench, for :func:`measured`: its run on the unchanged hardware,
    which may take so many seconds of the processor.
    """
    component = macro_of(bench.spec).component
    lines = [(module_of(file), line) for file, line in passed_lines(bench.spec, component)]
    begin = time.process_time()
    digest = netlist_digest(bench.spec)
    try:
        with time_limit(seconds):
            outcome = run(bench.spec)
    except Hang:
        outcome = BenchOutcome(status="stopped")
    return {
        "lines": sorted(lines),
        "netlist": digest,
        "seconds": time.process_time() - begin,
        "passed": outcome.status in ("passed", "stopped"),
        "late": outcome.status == "stopped",
        "message": outcome.message,
    }


def measured(bench: BenchTrial, answer: dict[str, Any]) -> BenchTrial:
    """The bench with what :func:`measure` found."""
    lines = frozenset((module, line) for module, line in answer["lines"])
    return BenchTrial(bench.name, bench.spec, **{**answer, "lines": lines})


def judge(mutant: Change, benches: Sequence[BenchTrial], seconds: float) -> Verdict:
    """Run the benches one after the other until one of them notices the mutant.

    None is begun any more after ``seconds`` of the processor.
    """
    reached = [bench for bench in benches if bench.passes(mutant)]
    if not reached:
        return Verdict(found="unreached")
    begin = time.process_time()
    changed: list[BenchTrial] = []
    with substituted(mutant.module, mutant.compiled()):
        for number, bench in enumerate(reached):
            if time.process_time() - begin > seconds:
                return Verdict(
                    found="survived", message=f"in {number} of {len(reached)} benches, then late"
                )
            try:
                with time_limit(longest(bench)):
                    verdict = _judge(bench)
            except Hang:
                verdict = Verdict(found="hangs", bench=bench.name)
            if verdict.killed:
                return verdict
            changed += [bench] * (verdict.found == "survived")
        texts = [netlist(_component(bench.spec), CHANGED) for bench in changed]
    if not changed:
        return Verdict(found="identical")
    designs = sorted(zip(texts, changed, strict=True), key=lambda design: len(design[0]))
    proved = all(
        same(bench.spec, netlist(_component(bench.spec), RIGHT), text) for text, bench in designs
    )
    return Verdict(found="proved" if proved else "survived")


def _judge(bench: BenchTrial) -> Verdict:
    """What this bench says of the hardware that is imported."""
    try:
        if netlist_digest(bench.spec) == bench.netlist:
            return Verdict(found="identical")
    except Exception as error:
        told = f"{type(error).__name__}: {error}"
        return Verdict(found="refused", bench=bench.name, message=told)
    outcome = run(bench.spec)
    if outcome.status == "passed":
        return Verdict(found="survived")
    return Verdict(found="killed", bench=bench.name, message=outcome.message)


def longest(bench: BenchTrial) -> float:
    """Seconds of the processor after which a mutant hangs in this bench."""
    return LONGER * bench.seconds + SPARE_SECONDS


def netlist_digest(spec: Spec) -> str:
    """Digest of the hardware for ``spec`` as it is imported now."""
    text = netlist(_component(spec), spec.macro)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def run(spec: Spec) -> BenchOutcome:
    """The bench of ``spec`` on the hardware that is imported now."""
    fields = spec.model_dump(mode="json", exclude_none=True)
    job = BenchJob(macro=spec.macro, spec=fields, seed=1)
    return run_amaranth(job, component=_component(spec))


def _component(spec: Spec) -> Component[Any]:
    return macro_of(spec).component(spec)
