"""One specification with its companions: run, shown and handed over."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neuroloom.flows.commands.regression import Files, failure_lines, run_words
from neuroloom.flows.commands.typed import typed_again
from neuroloom.flows.macros.catalogue import Macro
from neuroloom.flows.tools.errors import OutputFailed, VerificationFailed

if TYPE_CHECKING:
    from neuroloom.flows.regression.repeat import Asked
    from neuroloom.flows.regression.result import RegressionRun
    from neuroloom.flows.verify import Verification
    from neuroloom.golden.spec import Spec
    from neuroloom.verif.companions import Companion

USUAL_WORKERS = 2


def verify_one(
    entry: Macro,
    spec: "Spec",
    companions: "Sequence[Companion]",
    seeds: Sequence[int],
    asked: "Asked",
    files: Files,
    waves: Path | None,
    workers: int | None,
    code_coverage: bool,
    as_json: bool,
    verilog: str | None = None,
) -> None:
    """Verify a specification under every seed, and its companions under the first; ``verilog`` is
    a text in place of the generated one.

    VerificationFailed after all is printed and written, when one of them does not pass.
    """
    import time

    from neuroloom.flows.commands.delivery import deliver
    from neuroloom.flows.coverage.measure import of_results
    from neuroloom.flows.coverage.printed import print_code_coverage
    from neuroloom.flows.regression.result import Regression, runs_of
    from neuroloom.flows.simulation.simulators import choose
    from neuroloom.flows.tools import terminal
    from neuroloom.flows.tools.writing import output_folder
    from neuroloom.flows.verify import at_once, verify, verify_companions

    begin, simulator = time.monotonic(), choose(asked.simulator, code_coverage).name
    title, total = f"{entry.name} in {simulator}", len(seeds) + len(companions)
    at_a_time, folder = workers or USUAL_WORKERS, waves or Path("waves")
    with output_folder(waves), files.tried(), terminal.progress(title, total) as advance:
        result, beside = at_once(
            lambda: verify(
                spec,
                seeds,
                asked.operations,
                asked.simulator,
                folder,
                waves is not None,
                asked.seconds,
                verilog,
                workers=at_a_time,
                code_coverage=code_coverage,
                built=lambda seconds: advance(f"{entry.name} built in {seconds:.1f} s"),
                progress=lambda outcome: advance(
                    ended=run_words(f"seed {outcome.report['seed']}", outcome)
                ),
            ),
            lambda: verify_companions(
                companions,
                seeds[0],
                asked.operations,
                asked.simulator,
                folder,
                asked.seconds,
                lambda number, verified: advance(
                    ended=run_words(f"companion {number}", verified.outcomes[0])
                ),
                at_a_time,
                code_coverage,
            ),
            asked.simulator,
            at_a_time,
        )
    results = (result, *beside)
    shows = [(), *(companion.shows for companion in companions)]
    coverage = of_results(results) if code_coverage else None
    runs = runs_of(zip(results, shows, strict=True), asked)
    document = {
        **result.as_dict(),
        "companions": [
            {**verified.as_dict(), "shows": companion.shows}
            for companion, verified in zip(companions, beside, strict=True)
        ],
        **({"code_coverage": coverage.as_dict()} if coverage else {}),
    }

    def write() -> list[Path]:
        return files.write(
            Regression(
                macro=entry.name,
                simulator=simulator.value,
                runs=runs,
                seconds=time.monotonic() - begin,
            )
        )

    def show() -> None:
        _show(entry, result, companions, beside)
        if coverage:
            print_code_coverage(coverage)
        for verified in results:
            for file in verified.waves:
                terminal.out.print(f"waves: {file}")

    deliver(as_json, document, show, write)
    _refuse_failed(result, [run for run in runs if not run.passed])
    unwritten = next((verified.unwritten for verified in results if verified.unwritten), "")
    if unwritten:
        raise OutputFailed(unwritten)


def _show(
    entry: Macro,
    result: "Verification",
    companions: "Sequence[Companion]",
    beside: "Sequence[Verification]",
) -> None:
    from neuroloom.flows.tools import terminal

    columns = (
        ">seed",
        "outcome",
        ">operations",
        ">cycles",
        "latency / interval",
        "coverage",
        ">time",
    )
    title = f"{entry.name} in {result.simulator.name}"
    terminal.out.print(terminal.table(columns, outcome_rows(result), title))
    if companions:
        rows = companion_rows(companions, beside)
        headings = (
            ">companion",
            "outcome",
            ">operations",
            ">cycles",
            "coverage",
            ">time",
            "what it shows",
        )
        terminal.out.print(terminal.table(headings, rows, f"companions of {entry.name}"))


def _refuse_failed(result: "Verification", failed: "Sequence[RegressionRun]") -> None:
    """VerificationFailed with the first run that did not pass, and the line that repeats it."""
    if not failed:
        return
    first = failed[0]
    if not result.passed:  # as it was typed, so that files and options are the same
        again = typed_again(seeds=None, seed=first.seed)
        first = first.model_copy(update={"repeat": again})
    message, *lines = failure_lines(first)
    told = [f"{first.macro} {first.outcome.status}, seed {first.seed}: {message}", *lines]
    if result.unwritten:
        told.append(f"its waves are missing: {result.unwritten}")
    raise VerificationFailed("\n".join(told))


def outcome_rows(verification: "Verification") -> list[tuple[Any, ...]]:
    from neuroloom.flows.simulation.printed import outcome_cells

    return [
        (outcome.report.get("seed", "-"), *outcome_cells(outcome))
        for outcome in verification.outcomes
    ]


def companion_rows(
    companions: "Sequence[Companion]", results: "Sequence[Verification]"
) -> list[tuple[Any, ...]]:
    """A row a companion: its number, its outcome, and some of what it shows."""
    from neuroloom.flows.macros.companions import some_shown

    rows = []
    for number, (companion, result) in enumerate(zip(companions, results, strict=True), 1):
        _, outcome, operations, cycles, _, coverage, seconds = outcome_rows(result)[0]
        told = some_shown(companion.shows)
        rows.append((number, outcome, operations, cycles, coverage, seconds, told))
    return rows
