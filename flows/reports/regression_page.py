"""The page of a regression, and the files beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from neuroloom.flows.macros.catalogue import macro
from neuroloom.flows.regression.result import Regression, RegressionRun
from neuroloom.flows.reports import page as frame
from neuroloom.flows.reports.page import Key, Table, sentence
from neuroloom.flows.sweep.table import short
from neuroloom.flows.tools.numbers import grouped
from neuroloom.flows.tools.provenance import SIMULATION, document
from neuroloom.flows.tools.writing import written_aside

COLUMNS = 4
"""Fields that have a column each; more of them share one."""


def write_regression(result: Regression, folder: Path) -> list[Path]:
    """Write ``verify.json`` and ``verify.html``.

    UsageError when the folder cannot be written to, OutputFailed when its disk is full.
    """
    with written_aside(folder) as aside:
        (aside / "verify.json").write_text(document(result, SIMULATION))
        (aside / "verify.html").write_text(render(result))
    return [folder / "verify.html", folder / "verify.json"]


def render(result: Regression) -> str:
    """The page as one HTML file."""
    return frame.render(
        "regression.html.j2",
        title=f"Verification of {result.macro}",
        kind="Neuroloom regression report",
        lead=sentence(macro(result.macro).spec.summary),
        keys=frame.keys(_keys(result)),
        fixed=_fixed(result),
        warnings=result.warnings,
        failures=[_failure(result, run) for run in result.failed],
        runs=_runs(result),
        points=_points(result),
    )


def _keys(result: Regression) -> list[Key]:
    total, failed = len(result.runs), len(result.failed)
    specs = len({repr(run.spec) for run in result.runs})
    cycles = sum(run.outcome.report.get("cycles") or 0 for run in result.runs)
    missed = [name for name, (reached, _) in result.points.items() if not reached]
    reused = total - result.computed
    return [
        Key("runs", grouped(total), "", f"{specs} specifications in {result.simulator}"),
        Key("did not pass", grouped(failed), "", "see below" if failed else "all passed"),
        Key("cycles simulated", grouped(cycles)),
        Key(
            "coverage points",
            grouped(len(result.points)),
            "",
            f"{len(missed)} reached by no run" if missed else "each reached by a run",
        ),
        Key(
            "time",
            f"{result.seconds:.0f}",
            "s",
            f"{reused} passed before" if reused else "all done in this run",
        ),
    ]


def _fixed(result: Regression) -> list[tuple[str, str]]:
    fields = result.runs[0].fields
    return [(name, short(fields[name])) for name in fields if name not in result.varying]


@dataclass(frozen=True)
class Failure:
    """What the page tells of a run that did not pass."""

    title: str
    status: str
    message: str
    inputs: Sequence[str]
    lines: Sequence[tuple[str, str]]
    """Commands and what they are for."""


def _failure(result: Regression, run: RegressionRun) -> Failure:
    lines = [("repeat it", run.repeat)]
    lines += [("smallest that fails", run.smallest)] if run.smallest else []
    lines += [("may show it shorter", run.proof)] if run.proof else []
    return Failure(
        f"{result.words(run)}, seed {run.seed}",
        run.outcome.status,
        run.outcome.message,
        run.outcome.inputs,
        lines,
    )


def _runs(result: Regression) -> Table:
    """A row a run: its specification, outcome and figures."""
    apart = result.varying if len(result.varying) <= COLUMNS else []
    head = [
        "run",
        *(apart or ["specification"]),
        "seed",
        "outcome",
        "operations",
        "cycles",
        "latency",
        "interval",
        "coverage",
        "time [s]",
    ]
    rows = []
    for number, run in enumerate(result.runs, 1):
        report, covered = run.outcome.report, run.covered
        fields = [short(run.fields.get(name)) for name in apart] or [result.words(run)]
        figures = [report.get(name) for name in ("operations", "cycles", "latency", "interval")]
        rows.append(
            (
                str(number),
                *fields,
                str(run.seed),
                run.outcome.status,
                *map(_figure, figures),
                f"{sum(covered.values())} of {len(covered)}" if covered else "–",
                f"{run.outcome.seconds:.1f}",
            )
        )
    last = len(head) - 1
    numbers = (len(head) - 8, *range(len(head) - 6, last + 1))
    return Table(tuple(head), tuple(rows), numbers=numbers)


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:,.6g}"


def _points(result: Regression) -> Table | None:
    """Every point of coverage, those first that were reached least."""
    counts = result.points
    if not counts:
        return None
    order = sorted(counts, key=lambda name: counts[name][0] / counts[name][1])
    rows = tuple((name, f"{counts[name][0]:,}", f"{counts[name][1]:,}") for name in order)
    return Table(
        ("point", "runs that reached it", "runs that have it"), rows, numbers=(1, 2), wide=False
    )
