"""How many mutants of a macro's hardware its ``verify`` notices."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from neuroloom.flows.macros.catalogue import macro_of
from neuroloom.flows.mutation.equivalent import EQUIVALENT
from neuroloom.flows.mutation.forks import Ended, forked
from neuroloom.flows.mutation.netlist import NETS, NetlistMutant, judged, mutated
from neuroloom.flows.mutation.result import Score, Tally, Tried
from neuroloom.flows.mutation.source import Mutant, mutants
from neuroloom.flows.mutation.store import MutantStore
from neuroloom.flows.mutation.trial import (
    LONGEST,
    SPARE_SECONDS,
    BenchTrial,
    Verdict,
    judge,
    longest,
    measure,
    measured,
)
from neuroloom.flows.simulation.names import SimulatorName
from neuroloom.flows.simulation.simulators import choose
from neuroloom.flows.tools.errors import UsageError, VerificationFailed
from neuroloom.golden.spec import Spec

TIME_LIMIT = 60.0
"""Seconds of the processor after which no further bench is begun on a mutant, unless the caller
says otherwise."""
LONGEST_ALONE = 60.0
"""Seconds of a bench run that alone passes a line."""
MEASURING_SECONDS = 300.0
"""Limit for the elaboration of a bench [s]."""
NO_SIMULATOR = "netlists were not changed, for that needs Verilator or Icarus: see neuroloom doctor"
AnyMutant = TypeVar("AnyMutant", Mutant, NetlistMutant)


def score(
    spec: Spec,
    fixed: bool = False,
    only: bool = False,
    most: int | None = None,
    seed: int = 1,
    nets: int = NETS,
    store: MutantStore | None = None,
    seconds: float = TIME_LIMIT,
    simulator: SimulatorName = SimulatorName.AUTO,
    workers: int = 2,
    progress: Callable[..., None] = lambda *_, **__: None,
) -> Score:
    """Put mutants of the hardware of ``spec`` to the benches that ``verify`` would run.

    Parameters: with ``fixed`` companions share choices with ``spec``, and lines of other choices
    take no part; with ``only`` there are no companions; ``most`` mutants of each kind are tried, a
    share that ``seed`` chooses; ``nets`` mutants are made of a netlist, which ``simulator`` runs;
    ``store`` keeps what is found and gives what was; after ``seconds`` of the processor no further
    bench is begun on a mutant. ``progress`` is called as that of
    :func:`~neuroloom.flows.tools.terminal.progress`.

    A mutant of a part that other macros have too counts as killed when one of them killed it.
    VerificationFailed when a bench does not pass on the unchanged hardware; UsageError when none
    is quick enough.
    """
    progress(f"{spec.macro}: looking for companions")
    benches = _benches(spec, fixed, only, workers, progress)
    usable = sorted((b for b in benches if not b.late), key=lambda bench: bench.seconds)
    if not usable:
        raise UsageError(
            f"{spec.macro}: a run of its bench takes more than {LONGEST_ALONE:g} s in "
            "amaranth.sim; choose a smaller specification"
        )
    trials = _Trials(spec.macro, store or MutantStore(), most, seed, workers, progress)
    source = trials.source(macro_of(spec).path, usable, seconds, whole=not fixed)
    own = next((bench for bench in usable if bench.spec == spec), None)
    shown = own or max(usable, key=lambda bench: len(bench.lines))
    remark = NO_SIMULATOR if choose(simulator).name is SimulatorName.AMARANTH else ""
    netlist = trials.netlist(shown.spec, 0 if remark else nets, simulator)
    return Score(spec, seed, source, netlist, tuple(benches), shown.name, remark if nets else "")


@dataclass(frozen=True)
class _Trials:
    """What trials of both kinds have in common."""

    macro: str
    store: MutantStore
    most: int | None
    seed: int
    workers: int
    progress: Callable[..., None]

    def source(self, own: str, benches: Sequence[BenchTrial], seconds: float, whole: bool) -> Tally:
        """Mutants in lines that a bench passes, and with ``whole`` all of the module ``own``."""
        candidates = list(_candidates(own, benches, whole))
        chosen = share(candidates, self.most, self.seed)
        key = _key(self.macro, benches)
        known: dict[Mutant, Verdict] = {}
        for mutant in chosen:
            if (verdict := self._known(mutant, own, key)) is not None:
                known[mutant] = verdict
        left = [mutant for mutant in chosen if mutant not in known]
        self.progress(f"{self.macro}: mutants of the source")
        most_seconds = seconds + max(map(longest, benches)) + SPARE_SECONDS
        work = partial(_judged, benches=benches, seconds=seconds)
        trials = forked(work, left, most_seconds, self.workers)
        verdicts = ((ended.task, _verdict(ended)) for ended in trials)
        known |= self._kept(key, verdicts, len(left))
        return Tally("source", len(candidates), _tried(chosen, known))

    def netlist(self, spec: Spec, number: int, simulator: SimulatorName) -> Tally:
        """So many mutants of the netlist of ``spec``."""
        if not number:
            return Tally("netlist", 0, ())
        self.progress(f"{self.macro}: netlist")
        design = mutated(spec, number, self.seed)
        chosen = share(design.mutants, self.most, self.seed)
        key = _key(self.macro, [BenchTrial(self.macro, spec)])
        known: dict[NetlistMutant, Verdict] = {}
        for mutant in chosen:
            if (verdict := self.store.verdict(key, mutant.name)) is not None:
                known[mutant] = verdict
        left = [mutant for mutant in chosen if mutant not in known]
        if left:
            self.progress(f"{self.macro}: mutants of the netlist")
            verdicts = judged(design, left, simulator, self.workers)
            known |= self._kept(key, verdicts, len(left))
        return Tally("netlist", len(design.mutants), _tried(chosen, known))

    def _kept(
        self, key: str, verdicts: Iterable[tuple[AnyMutant, Verdict]], number: int
    ) -> dict[AnyMutant, Verdict]:
        """What is ``found`` of so many mutants; each verdict is stored as it comes."""
        known: dict[AnyMutant, Verdict] = {}
        for mutant, verdict in verdicts:
            known[mutant] = verdict
            self.store.put(self.macro, key, mutant.name, verdict)
            self.progress(done=len(known), total=number)
        return known

    def _known(self, mutant: Mutant, own: str, key: str) -> Verdict | None:
        """What need not be tried."""
        if reason := EQUIVALENT.get(mutant.key):
            return Verdict(found="equivalent", message=reason)
        verdict = self.store.verdict(key, mutant.name)
        if verdict is not None and (verdict.killed or verdict.equal):
            return verdict
        return _elsewhere(mutant, own, self.store) or verdict


def _elsewhere(mutant: Mutant, own: str, store: MutantStore) -> Verdict | None:
    """That another macro kills the mutant of a part which it has as well."""
    killer = store.killer(mutant.name)
    return Verdict(found="elsewhere", bench=killer) if killer and mutant.module != own else None


def share(candidates: Sequence[AnyMutant], most: int | None, seed: int) -> list[AnyMutant]:
    """Share of the candidates: at most so many, in their order. Macros with a part in common choose
    the same of it.
    """

    def rank(mutant: AnyMutant) -> str:
        return hashlib.sha256(f"{seed} {mutant.name}".encode()).hexdigest()

    chosen = {mutant.name for mutant in sorted(candidates, key=rank)[:most]}
    return [mutant for mutant in candidates if mutant.name in chosen]


def _benches(
    spec: Spec, fixed: bool, only: bool, workers: int, progress: Callable[..., None]
) -> list[BenchTrial]:
    """The specification and its companions, measured on the unchanged hardware."""
    companions = () if only else macro_of(spec).companions(spec, fixed)
    benches = [BenchTrial(spec.macro, spec)]
    benches += [
        BenchTrial(f"companion {number}", companion.spec)
        for number, companion in enumerate(companions, 1)
    ]
    progress(f"{spec.macro}: benches on the unchanged hardware")
    ready = _measured(benches, LONGEST, workers, progress)
    passed = _lines(bench for bench in ready.values() if not bench.late)
    alone = [bench for bench in ready.values() if bench.late and bench.lines - passed]
    if alone:
        progress(f"{spec.macro}: long benches of lines that no other one passes")
        ready |= _measured(alone, LONGEST_ALONE, workers, progress)
    return [ready[bench.name] for bench in benches]


def _measured(
    benches: Sequence[BenchTrial], seconds: float, workers: int, progress: Callable[..., None]
) -> dict[str, BenchTrial]:
    """Measured benches by name. VerificationFailed for one that does not pass."""
    ready: dict[str, BenchTrial] = {}
    work = partial(measure, seconds=seconds)
    for ended in forked(work, benches, seconds + MEASURING_SECONDS, workers):
        name, macro = ended.task.name, ended.task.spec.macro
        if ended.answer is None:
            raise VerificationFailed(f"{macro}: the bench of {name} was ended by the system")
        ready[name] = measured(ended.task, ended.answer)
        if not ready[name].passed:
            raise VerificationFailed(
                f"{macro}: the bench of {name} does not pass on the unchanged hardware, so that it "
                f"says nothing of mutants: {ready[name].message}"
            )
        progress(done=len(ready), total=len(benches))
    return ready


def _lines(benches: Iterable[BenchTrial]) -> frozenset[tuple[str, int]]:
    return frozenset[tuple[str, int]]().union(*(bench.lines for bench in benches))


def _candidates(own: str, benches: Sequence[BenchTrial], whole: bool) -> Iterator[Mutant]:
    """Those of the macro's own module come first, the ``whole`` of it where nothing was chosen."""
    modules = frozenset[str]().union(*(bench.modules for bench in benches))
    for module in (own, *sorted(modules - {own})):
        for mutant in mutants(module):
            if (whole and module == own) or any(bench.passes(mutant) for bench in benches):
                yield mutant


def _tried(chosen: Sequence[AnyMutant], known: dict[AnyMutant, Verdict]) -> tuple[Tried, ...]:
    return tuple(Tried(mutant, known[mutant]) for mutant in chosen)


def _key(macro: str, benches: Sequence[BenchTrial]) -> str:
    """Key of what mutants are put to."""
    specs = sorted(bench.spec.model_dump_json() for bench in benches)
    return hashlib.sha256(repr((macro, specs)).encode()).hexdigest()[:16]


def _judged(mutant: Mutant, benches: Sequence[BenchTrial], seconds: float) -> dict[str, Any]:
    return judge(mutant, benches, seconds).model_dump(mode="json")


def _verdict(ended: Ended[Mutant]) -> Verdict:
    if ended.answer is not None:
        return Verdict.model_validate(ended.answer)
    if not ended.signal:
        raise RuntimeError(f"{ended.task.name} could not be judged")
    return Verdict(found="hangs", message=f"its process was ended by signal {ended.signal}")
