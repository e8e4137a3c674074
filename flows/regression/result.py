"""What a regression found out, as data."""

from collections.abc import Iterable
from typing import Any

from pydantic import Field

from neuroloom.flows.regression.repeat import Asked, proof_hint, repeat_line
from neuroloom.flows.simulation.job import BenchOutcome
from neuroloom.flows.sweep.plan import flattened
from neuroloom.flows.sweep.table import short
from neuroloom.flows.tools.frozen import Frozen
from neuroloom.flows.tools.recorded import Recorded
from neuroloom.flows.verify import Verification
from neuroloom.golden.spec import Spec

PASSED = "passed"


class RegressionRun(Frozen):
    """A specification under one seed, and its outcome."""

    macro: str
    spec: dict[str, Any]
    seed: int
    outcome: BenchOutcome
    repeat: str
    """The command that does the same again."""
    shows: tuple[str, ...] = ()
    """What a companion was taken for."""
    smallest: str = ""
    """The command that shows the failure on the smallest specification that was found."""
    proof: str = ""
    """The command of the proof that may show the failure in fewer cycles, where there is one."""
    reused: bool = False
    """Whether it was finished before."""

    @property
    def fields(self) -> dict[str, Any]:
        """Dotted field names to values."""
        return flattened(self.spec)

    @property
    def passed(self) -> bool:
        return self.outcome.status == PASSED

    @property
    def covered(self) -> dict[str, bool]:
        """The points of functional coverage and whether each was reached; none of a run that ended
        before they were counted.
        """
        return dict(self.outcome.report.get("coverage") or {})

    @property
    def missed(self) -> list[str]:
        """The points that were not reached."""
        return [name for name, hit in self.covered.items() if not hit]


class Regression(Frozen, Recorded):
    """All runs, in the order they were asked for."""

    macro: str
    simulator: str
    runs: tuple[RegressionRun, ...]
    warnings: tuple[str, ...] = ()
    seconds: float
    left: int = 0
    """Runs that were not done, behind the first that did not pass."""
    unkept: str = Field("", exclude=True)
    """Why not all finished runs could be kept; empty where they are."""

    @property
    def failed(self) -> list[RegressionRun]:
        """The runs that did not pass, whatever the reason."""
        return [run for run in self.runs if not run.passed]

    @property
    def computed(self) -> int:
        """Runs that were done now, not before."""
        return sum(1 for run in self.runs if not run.reused)

    @property
    def varying(self) -> list[str]:
        """Fields that are not the same in all runs."""
        flat = [run.fields for run in self.runs]
        names = dict.fromkeys(name for fields in flat for name in fields)
        return [name for name in names if len({repr(fields.get(name)) for fields in flat}) > 1]

    def words(self, run: RegressionRun) -> str:
        """What tells the run's specification from those of the others, as ``field=value``."""
        fields = run.fields
        kept = [name for name in self.varying if name in fields]
        return " ".join(f"{name}={short(fields[name])}" for name in kept) or "as asked"

    @property
    def points(self) -> dict[str, tuple[int, int]]:
        """Numbers of runs that reached each point of coverage, and that have it."""
        counts: dict[str, tuple[int, int]] = {}
        for run in self.runs:
            for name, hit in run.covered.items():
                reached, having = counts.get(name, (0, 0))
                counts[name] = (reached + hit, having + 1)
        return counts


def run_of(
    spec: Spec,
    outcome: BenchOutcome,
    seed: int,
    asked: Asked,
    shows: tuple[str, ...] = (),
    reused: bool = False,
) -> RegressionRun:
    """A run with the lines that repeat and may prove it."""
    return RegressionRun(
        macro=spec.macro,
        spec=spec.model_dump(mode="json", exclude_none=True),
        seed=seed,
        outcome=outcome,
        repeat=repeat_line(spec, seed, asked),
        shows=shows,
        reused=reused,
        proof="" if outcome.status == PASSED else proof_hint(spec),
    )


def runs_of(
    results: Iterable[tuple[Verification, tuple[str, ...]]], asked: Asked
) -> tuple[RegressionRun, ...]:
    """Verifications, each with what it shows, as runs."""
    return tuple(
        run_of(result.spec, outcome, int(outcome.report["seed"]), asked, shows)
        for result, shows in results
        for outcome in result.outcomes
    )
