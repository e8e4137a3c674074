"""Proofs: every property of a macro for every input and all time, every cover with a run."""

import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neuroloom.flows.formal.engine import Decision, Inputs, decide, lemmas_hold, until
from neuroloom.flows.formal.limits import DEPTH, TIME_LIMIT
from neuroloom.flows.formal.model import translate
from neuroloom.flows.formal.trace import Trace, replay
from neuroloom.flows.macros.catalogue import macro_of
from neuroloom.flows.tools.errors import OutputFailed, UsageError
from neuroloom.flows.tools.owned import scratch_folder
from neuroloom.flows.tools.writing import written_aside
from neuroloom.golden.spec import Spec
from neuroloom.golden.wording import nearest, quoted
from neuroloom.verif.companions import Companion
from neuroloom.verif.formal import Claim, Fault, Proof
from neuroloom.verif.stream_protocol import stated, stream_faults

LEMMAS_PART = 4
"""Part of the time that the lemmas may take together: one in so many."""


@dataclass(frozen=True)
class Finding:
    """What was found out about one claim."""

    name: str
    sentence: str
    is_cover: bool
    decision: Decision
    seconds: float
    trace: Trace | None = None
    """The run that violates a property or reaches a cover."""
    waves: Path | None = None

    @property
    def passed(self) -> bool:
        """A cover was reached; a property was not violated."""
        return (self.decision.reached is not None) is self.is_cover

    @property
    def proved(self) -> bool:
        """Whether it holds for all time, not only for so many cycles."""
        return self.passed and (self.is_cover or self.decision.never)

    @property
    def failed(self) -> bool:
        """A property was violated, or a cover can never be reached."""
        return not self.passed and (not self.is_cover or self.decision.never)

    @property
    def outcome(self) -> str:
        """Outcome in words."""
        decision = self.decision
        if decision.reached is not None:
            verb = "reached" if self.is_cover else "violated"
            return f"{verb} in cycle {decision.reached}"
        if decision.never:
            return "can never be reached" if self.is_cover else f"proved by {decision.method}"
        rest = "not reached" if self.is_cover else "not proved"
        return f"searched to {decision.depth} cycles, {rest}"

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "sentence": self.sentence,
            "kind": "cover" if self.is_cover else "property",
            "passed": self.passed,
            "proved": self.proved,
            "outcome": self.outcome,
            "method": self.decision.method.value,
            "cycle": self.decision.reached,
            "depth": self.decision.depth,
            "seconds": round(self.seconds, 3),
            "trace": None if self.trace is None or self.passed else self.trace.values,
            "waves": None if self.waves is None else str(self.waves),
        }


@dataclass(frozen=True)
class ProofResult:
    """The findings of all properties, then of all covers."""

    spec: Spec
    fault: str | None
    findings: tuple[Finding, ...]
    unwritten: str = ""
    """Why not all waves could be written; empty where they were."""

    @property
    def passed(self) -> bool:
        """No property was violated and every cover was reached."""
        return all(finding.passed for finding in self.findings)

    @property
    def proved(self) -> bool:
        """All of it for all time."""
        return all(finding.proved for finding in self.findings)

    @property
    def failed(self) -> list[Finding]:
        """Violated properties and covers out of reach."""
        return [finding for finding in self.findings if finding.failed]

    @property
    def undecided(self) -> list[Finding]:
        """Neither failed nor proved."""
        return [finding for finding in self.findings if not (finding.failed or finding.proved)]

    @property
    def seconds(self) -> float:
        """Time of all claims, one after the other [s]."""
        return sum(finding.seconds for finding in self.findings)

    def as_dict(self) -> dict[str, Any]:
        return {
            "macro": self.spec.macro,
            "spec": self.spec.model_dump(mode="json", exclude_none=True),
            "fault": self.fault,
            "passed": self.passed,
            "proved": self.proved,
            "claims": [finding.as_dict() for finding in self.findings],
        }


def faults(spec: Spec) -> list[Fault]:
    """The broken variants of the macro that its properties must reject."""
    properties = macro_of(spec).properties(spec)
    return [*stream_faults(properties), *properties.faults()]


def prove(
    spec: Spec,
    depth: int = DEPTH,
    seconds: float = TIME_LIMIT,
    fault: str | None = None,
    waves: Path | None = None,
    progress: Callable[[Finding], None] = lambda _: None,
    workers: int = 2,
    search_only: bool = False,
    only: Collection[str] = (),
) -> ProofResult:
    """Decide every property and cover of the macro, each apart.

    Parameters: ``depth`` cycles searched for the shortest run; ``seconds`` the limit of all
    together, of which a claim gets an even share of what is left when its turn comes; ``fault``
    the name of a broken variant to take instead of the macro;
    ``waves`` the folder that takes a VCD file of every violation and of every cover's run;
    ``search_only`` leaves it at the search, which is enough for a fault; ``only`` are the names of
    the claims to decide, all by default.
    UsageError when the macro has no properties or no fault of that name.
    """
    build = _builder(spec, fault)
    first = build()
    claims = [*first.properties, *first.covers]
    claims = [claim for claim in claims if claim.name in only or not only]
    covers = {claim.name for claim in first.covers}

    unwritten: list[str] = []
    waiting = len(claims)
    left = until(seconds)

    def share() -> float:
        """Share of the time that is left, for the next claim [s]."""
        nonlocal waiting
        waiting -= 1
        return min(left(), left() * workers / (waiting + 1))

    def traced(claim: Claim, run: Inputs, file: Path | None = None) -> Trace:
        again = build()
        same = next(each for each in (*again.properties, *again.covers) if each.name == claim.name)
        return replay(again, same, run, file)

    def one(claim: Claim) -> Finding:
        begin = time.perf_counter()
        decision = decide(graph, claim.name, depth, share(), not search_only, lemmas)
        trace, file = None, None
        if decision.reached is not None and waves is not None:
            file = waves / f"{spec.macro}-{claim.name}.vcd"
            try:
                with written_aside(waves) as aside:
                    trace = traced(claim, decision.run, aside / file.name)
            except (OutputFailed, UsageError) as error:  # findings are worth more than waves
                unwritten.append(str(error))
                file = None
        if decision.reached is not None and trace is None:
            trace = traced(claim, decision.run)
        elapsed = time.perf_counter() - begin
        finding = Finding(
            claim.name, claim.sentence, claim.name in covers, decision, elapsed, trace, file
        )
        progress(finding)
        return finding

    with scratch_folder() as folder:
        graph = translate(first, folder)
        lemmas = not search_only and lemmas_hold(graph, left() / LEMMAS_PART)
        with ThreadPoolExecutor(workers) as pool:
            findings = tuple(pool.map(one, claims))
    return ProofResult(spec, fault, findings, "".join(unwritten[:1]))


def _builder(spec: Spec, fault: str | None) -> Callable[[], Proof]:
    """Makes the proof anew; amaranth elaborates it only once."""
    macro = macro_of(spec)
    properties = macro.properties(spec)
    if fault is None:
        return lambda: stated(properties, macro.component(spec))
    known = {fault.name: fault for fault in faults(spec)}
    if fault not in known:
        raise UsageError(
            f"{macro.name} has no fault {quoted(fault)}; {nearest(fault, list(known))}"
        )
    return lambda: stated(properties, known[fault].component())


def prove_companions(
    companions: Sequence[Companion],
    depth: int,
    left: Callable[[], float],
    progress: Callable[[Finding], None] = lambda _: None,
    proved: Callable[[ProofResult], None] = lambda _: None,
) -> tuple[ProofResult, ...]:
    """Each in turn, with an even share of the time ``left`` for these and one proof more;
    ``proved`` is called with each result.
    """
    results = []
    for waiting, companion in zip(range(len(companions), 0, -1), companions, strict=True):
        share = left() / (waiting + 1)
        results.append(prove(companion.spec, depth, share, progress=progress))
        proved(results[-1])
    return tuple(results)
