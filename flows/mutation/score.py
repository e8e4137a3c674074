"""How many mutants of a macro's hardware its ``verify`` notices."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from neuroloom.flows.catalogue import macro_of
from neuroloom.flows.errors import VerificationFailed
from neuroloom.flows.mutation.equivalent import EQUIVALENT
from neuroloom.flows.mutation.forks import Ended, forked
from neuroloom.flows.mutation.source import Mutant, mutants
from neuroloom.flows.mutation.store import Store
from neuroloom.flows.mutation.trial import (
    SPARE_SECONDS,
    Bench,
    Verdict,
    judge,
    longest,
    measure,
    measured,
)
from neuroloom.golden.spec import Spec

TIME_LIMIT = 60.0
"""Seconds of the processor after which no further bench is begun on a mutant, unless the caller
says otherwise."""
MEASURING_SECONDS = 300.0
T = TypeVar("T", bound=Mutant)


@dataclass(frozen=True)
class Tried:
    """A mutant and what became of it."""

    mutant: Mutant
    verdict: Verdict

    def as_dict(self) -> dict[str, Any]:
        mutant = self.mutant
        return {
            "kind": mutant.kind, "where": mutant.where, "operator": mutant.operator,
            "text": mutant.text, "before": mutant.before, "after": mutant.after,
            **self.verdict.model_dump(mode="json"),
        }  # fmt: skip


@dataclass(frozen=True)
class Score:
    """Of one specification and its companions."""

    spec: Spec
    seed: int
    """Of the share that was tried."""
    candidates: int
    """Mutants that there are."""
    tried: tuple[Tried, ...]
    """Those that were chosen, with those that turned out to be equal."""
    benches: tuple[Bench, ...]

    @property
    def macro(self) -> str:
        return self.spec.macro

    @property
    def counted(self) -> int:
        """Mutants that could be noticed, for all that is known."""
        return len(self.tried) - len(self.equivalent)

    @property
    def killed(self) -> int:
        return sum(each.verdict.killed for each in self.tried)

    @property
    def equivalent(self) -> tuple[Tried, ...]:
        """Those that change no netlist, or that there is a reason for."""
        return tuple(each for each in self.tried if each.verdict.equal)

    @property
    def survivors(self) -> tuple[Tried, ...]:
        """Those that no bench noticed, or that none reaches."""
        return tuple(
            each for each in self.tried if not each.verdict.killed and not each.verdict.equal
        )

    @property
    def unreached(self) -> int:
        return sum(each.verdict.found == "unreached" for each in self.tried)

    @property
    def percent(self) -> float:
        """Killed, of those that could be noticed."""
        return 100 * self.killed / self.counted if self.counted else 100.0

    def as_dict(self) -> dict[str, Any]:
        return {
            "macro": self.macro,
            "spec": self.spec.model_dump(mode="json", exclude_none=True),
            "seed": self.seed, "candidates": self.candidates, "tried": self.counted,
            "killed": self.killed, "survived": len(self.survivors), "unreached": self.unreached,
            "equivalent": len(self.equivalent), "percent": round(self.percent, 2),
            "benches": [
                {"name": bench.name, "spec": bench.spec.model_dump(mode="json", exclude_none=True),
                 "left_out": bench.late}
                for bench in self.benches
            ],
            "mutants": [each.as_dict() for each in self.tried],
        }  # fmt: skip


def score(
    spec: Spec,
    fixed: bool = False,
    only: bool = False,
    most: int | None = None,
    seed: int = 1,
    store: Store | None = None,
    seconds: float = TIME_LIMIT,
    workers: int = 2,
    progress: Callable[..., None] = lambda *_, **__: None,
) -> Score:
    """Put mutants of the hardware of ``spec`` to the benches that ``verify`` would run.

    Parameters: with ``fixed`` companions share choices with ``spec``, with ``only`` there are
    none; ``most`` mutants are tried, a share that ``seed`` chooses; ``store`` keeps what is found
    and gives what was; after ``seconds`` of the processor no further bench is begun on a mutant.
    ``progress`` is called as that of :func:`~neuroloom.flows.terminal.progress`.

    A mutant of a part that other macros have too counts as killed when one of them killed it.
    VerificationFailed when a bench does not pass on the unchanged hardware.
    """
    store = store if store is not None else Store()
    progress(f"{spec.macro}: looking for companions")
    benches = _benches(spec, fixed, only, workers, progress)
    usable = sorted((b for b in benches if not b.late), key=lambda bench: bench.seconds)
    candidates = list(_candidates(spec, usable))
    chosen = share(candidates, most, seed)
    key = _key(spec, usable)
    known = {mutant: _known(mutant, spec, key, store) for mutant in chosen}
    left = [mutant for mutant, verdict in known.items() if verdict is None]
    progress(f"{spec.macro}: mutants")
    progress(done=len(chosen) - len(left), total=len(chosen))
    judged = partial(_judged, benches=usable, seconds=seconds)
    most_seconds = seconds + max(map(longest, usable), default=0.0) + SPARE_SECONDS
    for number, ended in enumerate(forked(judged, left, most_seconds, workers), 1):
        verdict = _verdict(ended)
        known[ended.task] = verdict
        store.put(spec.macro, key, ended.task.name, verdict)
        progress(done=len(chosen) - len(left) + number, total=len(chosen))
    tried = tuple(Tried(mutant, verdict) for mutant, verdict in known.items() if verdict)
    return Score(spec, seed, len(candidates), tried, tuple(benches))


def share(candidates: Sequence[T], most: int | None, seed: int) -> list[T]:
    """At most so many, in their order. Macros with a part in common choose the same of it."""

    def rank(mutant: T) -> str:
        return hashlib.sha256(f"{seed} {mutant.name}".encode()).hexdigest()

    chosen = {mutant.name for mutant in sorted(candidates, key=rank)[:most]}
    return [mutant for mutant in candidates if mutant.name in chosen]


def _benches(
    spec: Spec, fixed: bool, only: bool, workers: int, progress: Callable[..., None]
) -> list[Bench]:
    """The specification and its companions, measured on the unchanged hardware."""
    companions = () if only else macro_of(spec).companions(spec, fixed)
    benches = [Bench(spec.macro, spec)]
    benches += [
        Bench(f"companion {number}", each.spec) for number, each in enumerate(companions, 1)
    ]
    progress(f"{spec.macro}: benches on the unchanged hardware")
    ready: dict[str, Bench] = {}
    for ended in forked(measure, benches, MEASURING_SECONDS, workers):
        name = ended.task.name
        if ended.answer is None:
            raise VerificationFailed(f"{spec.macro}: the bench of {name} was ended by the system")
        ready[name] = measured(ended.task, ended.answer)
        if not ready[name].passed:
            raise VerificationFailed(
                f"{spec.macro}: the bench of {name} does not pass on the unchanged hardware, so "
                f"that it says nothing of mutants: {ready[name].message}"
            )
        progress(done=len(ready), total=len(benches))
    return [ready[bench.name] for bench in benches]


def _candidates(spec: Spec, benches: Sequence[Bench]) -> Iterator[Mutant]:
    """All mutants of the macro's own module, then those of parts in lines that a bench passes."""
    own = macro_of(spec).path
    modules = frozenset[str]().union(*(bench.modules for bench in benches))
    yield from mutants(own)
    for module in sorted(modules - {own}):
        for mutant in mutants(module):
            if any(bench.passes(mutant) for bench in benches):
                yield mutant


def _key(spec: Spec, benches: Sequence[Bench]) -> str:
    specs = sorted(bench.spec.model_dump_json() for bench in benches)
    return hashlib.sha256(repr((spec.macro, specs)).encode()).hexdigest()[:16]


def _known(mutant: Mutant, spec: Spec, key: str, store: Store) -> Verdict | None:
    """What need not be tried."""
    if reason := EQUIVALENT.get(mutant.key):
        return Verdict(found="equivalent", message=reason)
    if (verdict := store.verdict(key, mutant.name)) is not None:
        return verdict
    if mutant.module != macro_of(spec).path and (killer := store.killer(mutant.name)):
        return Verdict(found="elsewhere", bench=killer)
    return None


def _judged(mutant: Mutant, benches: Sequence[Bench], seconds: float) -> dict[str, Any]:
    return judge(mutant, benches, seconds).model_dump(mode="json")


def _verdict(ended: Ended[Mutant]) -> Verdict:
    if ended.answer is not None:
        return Verdict.model_validate(ended.answer)
    if not ended.signal:
        raise RuntimeError(f"{ended.task.name} could not be judged")
    return Verdict(found="hangs", message=f"its process was ended by signal {ended.signal}")
