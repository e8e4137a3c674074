"""What ``verify`` hands over of many runs: a table, a page, and files for other tools."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neuroloom.flows.macros.catalogue import Macro
from neuroloom.flows.tools.errors import OutputFailed, UsageError, VerificationFailed
from neuroloom.golden.wording import counted, quoted

if TYPE_CHECKING:
    from neuroloom.flows.regression.repeat import Asked
    from neuroloom.flows.regression.result import Regression, RegressionRun
    from neuroloom.flows.regression.run import Planned
    from neuroloom.flows.simulation.job import BenchOutcome
    from neuroloom.golden.spec import Spec

TOLD = 3
"""Runs that did not pass whose messages are printed; the page and the files have all."""
SHRUNK = 2
"""Runs that did not pass for which the smallest specification is searched."""


@dataclass(frozen=True)
class Files:
    """Files that results go to."""

    output: Path | None = None
    """A folder for the page and the runs that passed."""
    junit: Path | None = None
    coverage: Path | None = None
    keep: Path | None = None

    @contextmanager
    def tried(self) -> Iterator[None]:
        """See before the work that all can be written."""
        from neuroloom.flows.tools.terminal import note
        from neuroloom.flows.tools.writing import output_folder

        with ExitStack() as stack:
            stack.enter_context(output_folder(self.output))
            for file in filter(None, (self.junit, self.coverage, self.keep)):
                if file.is_dir():
                    raise UsageError(f"cannot write to {file}: it is a folder")
                is_new = not file.parent.exists()
                stack.enter_context(output_folder(file.parent))
                if is_new:
                    note(f"the folder {file.parent} is made for {file.name}")
            yield

    def write(self, result: "Regression") -> list[Path]:
        """Write what is asked for of the runs."""
        from neuroloom.flows.regression.coverage import coverage_xml
        from neuroloom.flows.regression.junit import junit
        from neuroloom.flows.reports.regression_page import write_regression
        from neuroloom.flows.tools.writing import write_text

        written = write_regression(result, self.output) if self.output is not None else []
        texts = (
            (self.junit, junit(f"verify {result.macro}", result.runs)),
            (self.coverage, coverage_xml(result.runs)),
        )
        for file, text in texts:
            if file is not None:
                write_text(file, text)
                written.append(file)
        return written


@dataclass(frozen=True)
class RunPlace:
    """Place at which the runs of a list are done, and what each may take."""

    workers: int | None = None
    scheduler: str | None = None
    megabytes: int | None = None


def plan(
    entry: Macro,
    words: Sequence[str],
    base: Path | None,
    points: Path | None,
    random: int | None,
    seeds: Sequence[int],
    files: Files,
) -> "tuple[list[Planned], list[str]]":
    """The runs of ``points``, each with ``words`` on top, or as many ``random`` ones; and what is
    to be said of them. UsageError for what is wrong with any of it.
    """
    from neuroloom.flows.regression.keep import kept_points
    from neuroloom.flows.regression.run import random_runs, with_seeds
    from neuroloom.flows.sweep.plan import read_points, specifications

    if points is not None:
        rows = [row.beside(words) for row in read_points(points)]
        planned = specifications(entry, rows, base)
        return with_seeds(planned.specs, seeds), planned.warnings
    if words or base is not None:
        source = f"--spec {base}" if base is not None else quoted(words[0])
        raise UsageError(f"--random draws every field: leave out {source}, or leave out --random")
    if files.keep is not None:
        kept_points(entry, files.keep)
    return random_runs(entry, random or 1, seeds[0]), []


def verify_list(
    entry: Macro,
    planned: "Sequence[Planned]",
    asked: "Asked",
    files: Files,
    place: RunPlace,
    shrunk: bool,
    warnings: Sequence[str],
    as_json: bool,
    first: bool = False,
) -> None:
    """Run a list, print it and write its files; with ``shrunk`` find the smallest that fail, with
    ``first`` none is begun behind the first that does not pass.

    VerificationFailed after that when a run does not pass.
    """
    from neuroloom.flows.commands.delivery import deliver

    with files.tried():
        result = run_list(entry, planned, asked, files, place, first)
        result = result.model_copy(update={"warnings": tuple(warnings)})
        if shrunk:
            result = shrink_failed(entry, result, asked, files)

        def write() -> list[Path]:
            if result.unkept:
                raise OutputFailed(result.unkept)
            return files.write(result)

        deliver(as_json, document(result), lambda: show_list(result), write)
    refuse_failed(result)


def run_list(
    entry: Macro,
    planned: "Sequence[Planned]",
    asked: "Asked",
    files: Files,
    place: RunPlace,
    first: bool,
) -> "Regression":
    """The runs of a list, with a line each where there is no terminal."""
    from neuroloom.flows.commands.delivery import goes_on_again
    from neuroloom.flows.regression.run import regress
    from neuroloom.flows.tools import terminal

    total = len(planned)
    title = f"{entry.name}: {counted(total, 'run')}"
    with goes_on_again(), terminal.progress(title, total) as advance:
        return regress(
            planned,
            asked,
            files.output,
            place.workers,
            place.scheduler,
            place.megabytes,
            lambda number, outcome: advance(ended=run_words(f"run {number + 1}", outcome)),
            first=first,
        )


def shrink_failed(entry: Macro, result: "Regression", asked: "Asked", files: Files) -> "Regression":
    """The same with the smallest specification that fails for the first that did not pass; they
    are added to the file that keeps them.
    """
    from neuroloom.flows.regression.keep import keep
    from neuroloom.flows.regression.repeat import proof_hint, repeat_line
    from neuroloom.flows.regression.smallest import TRIES, smallest
    from neuroloom.flows.tools import terminal

    if not result.failed:
        return result
    least: dict[int, Spec] = {}
    failing = [
        number
        for number, run in enumerate(result.runs)
        if run.outcome.status == "failed"  # who ran out of time or memory is no smaller bug
    ][:SHRUNK]
    if not failing:
        return result
    with terminal.progress(f"{entry.name}: smaller specifications that fail") as advance:
        for number in failing:
            least[number] = smallest(
                result.runs[number],
                asked,
                lambda tried: advance(f"run {number + 1}: {tried} of {TRIES} tried at most"),  # noqa: B023
            )
    if files.keep is not None:
        keep(entry, list(least.values()), files.keep)
    runs = list(result.runs)
    for number, spec in least.items():
        lines = {"smallest": repeat_line(spec, runs[number].seed, asked), "proof": proof_hint(spec)}
        runs[number] = runs[number].model_copy(update=lines)
    return result.model_copy(update={"runs": tuple(runs)})


def show_list(result: "Regression") -> None:
    """The table of a list, and what it took."""
    from neuroloom.flows.simulation.printed import outcome_cells
    from neuroloom.flows.tools import terminal

    columns = (
        ">run",
        "specification",
        ">seed",
        "outcome",
        ">operations",
        ">cycles",
        "latency / interval",
        "coverage",
        ">time",
    )
    rows = [
        (number, result.words(run), run.seed, *outcome_cells(run.outcome))
        for number, run in enumerate(result.runs, 1)
    ]
    terminal.out.print(terminal.table(columns, rows, f"{result.macro} in {result.simulator}"))
    failed, done = len(result.failed), result.computed
    terminal.out.print(
        f"\n{counted(len(result.runs), 'run')}: {done} done, {len(result.runs) - done} passed "
        f"before, {failed} did not pass, {result.seconds:.1f} s"
        + (f"; {result.left} left out" if result.left else "")
    )


def document(result: "Regression") -> dict[str, Any]:
    """A list as JSON."""
    return {
        **result.model_dump(mode="json"),
        "varying": result.varying,
        "passed": not result.failed,
        "computed": result.computed,
        "failed": len(result.failed),
    }


def refuse_failed(result: "Regression") -> None:
    """VerificationFailed with the first runs that did not pass."""
    failed = result.failed
    if not failed:
        return
    number = len(result.runs)
    told = [f"{result.macro}: {len(failed)} of {counted(number, 'run')} did not pass"]
    for run in failed[:TOLD]:
        told += [f"{result.words(run)}, seed {run.seed}, {run.outcome.status}:"]
        told += [f"  {line}" for line in failure_lines(run)]
    if len(failed) > TOLD:
        told.append(f"and {len(failed) - TOLD} more")
    raise VerificationFailed("\n".join(told))


def failure_lines(run: "RegressionRun") -> list[str]:
    """What is said of a run that did not pass: message, inputs, commands."""
    lines = [run.outcome.message, *(f"  {line}" for line in run.outcome.inputs)]
    lines.append(f"repeat it with: {run.repeat}")
    if run.smallest:
        lines.append(f"smallest that fails: {run.smallest}")
    return [*lines, *([f"{run.proof} may show it shorter"] if run.proof else [])]


def run_words(name: str, outcome: "BenchOutcome") -> str:
    """A run in a line of a log."""
    cycles = outcome.report.get("cycles")
    told = f", {cycles:,} cycles" if cycles else ""
    return f"{name} {outcome.status} in {outcome.seconds:.1f} s{told}"
