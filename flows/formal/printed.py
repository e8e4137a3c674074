"""What was proved, in the terminal."""

from collections.abc import Sequence

from rich.text import Text

from neuroloom.flows.formal.prove import ProofResult
from neuroloom.flows.macros.companions import some_shown
from neuroloom.flows.tools.terminal import out, table
from neuroloom.verif.companions import Companion


def print_proof(result: ProofResult) -> None:
    """Every property and cover, then the run of each that failed."""
    title = result.spec.macro + (f", broken: {result.fault}" if result.fault else "")
    rows = []
    for finding in result.findings:
        colour = "red" if finding.failed else "green" if finding.proved else "yellow"
        kind = "cover" if finding.is_cover else "property"
        rows.append(
            (
                kind,
                finding.name,
                finding.sentence,
                Text(finding.outcome, style=colour),
                f"{finding.seconds:.1f} s",
            )
        )
    out.print(table(("", "name", "what it says", "outcome", ">time"), rows, title))
    _print_runs(result)


def _print_runs(result: ProofResult) -> None:
    """Prints the shortest runs of violated properties, and where waves are."""
    for finding in result.findings:
        if finding.trace is not None and not finding.passed:
            cycles, ports = finding.trace.last_cycles()
            out.print()
            out.print(Text(f"{finding.name}: {finding.sentence}", style="bold"), soft_wrap=True)
            out.print(table(("cycle", *(f">{cycle}" for cycle in cycles)), ports))
    for finding in result.findings:
        if finding.waves is not None:
            out.print(f"waves: {finding.waves}", soft_wrap=True)


def print_proved_companions(
    name: str, companions: Sequence[Companion], results: Sequence[ProofResult]
) -> None:
    """A row a companion: its number, its size, its outcome, and some of what it shows."""
    rows = []
    for number, (companion, result) in enumerate(zip(companions, results, strict=True), 1):
        colour = "red" if result.failed else "green" if result.proved else "yellow"
        told = "proved" if result.proved else (result.failed or result.undecided)[0].outcome
        covers = sum(finding.is_cover for finding in result.findings)
        rows.append(
            (
                number,
                Text(told, style=colour),
                len(result.findings) - covers,
                covers,
                f"{result.seconds:.1f} s",
                some_shown(companion.shows),
            )
        )
    headings = (">companion", "outcome", ">properties", ">covers", ">time", "what it shows")
    out.print(table(headings, rows, f"companions of {name}"))
    for result in results:
        _print_runs(result)
