"""What the word "verified" rests on, macro by macro: measured, kept and written as a table.

A row is kept with a digest of the sources that it was measured with, so that a run that was broken
off goes on where it was, and a row of other sources is measured again.
"""

import ast
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import neuroloom.golden
from neuroloom.flows.benchmarks.planted import BUGS, Bug, judged
from neuroloom.flows.benchmarks.verification_page import Mutants, Planted, Row, Table, markdown
from neuroloom.flows.coverage.measure import of_results
from neuroloom.flows.formal.prove import prove
from neuroloom.flows.macros import catalogue
from neuroloom.flows.macros.catalogue import Macro
from neuroloom.flows.mutation.result import Score, Tally
from neuroloom.flows.mutation.score import score
from neuroloom.flows.mutation.store import Store, code_digest
from neuroloom.flows.mutation.told import told
from neuroloom.flows.simulation.names import SimulatorName
from neuroloom.flows.tools.errors import VerificationFailed
from neuroloom.flows.tools.provenance import SIMULATION, document
from neuroloom.flows.tools.reading.text import read_text
from neuroloom.flows.tools.writing import output_folder, written_aside
from neuroloom.flows.verify import verify, verify_companions

TABLE = "verification"
PROOF_SECONDS = 20.0
"""Limit of each method for a property."""


def measure(
    folder: Path,
    macros: Sequence[Macro],
    most: int | None,
    store: Store,
    progress: Callable[[str], None] = lambda _: None,
) -> list[Path]:
    """Measure these macros and all planted bugs that are not known yet; write both files.

    Parameters: ``most`` mutants of each kind a macro, None for all; ``store`` knows mutants.
    VerificationFailed with the first macro whose ``verify`` does not pass.
    """
    code = code_digest()
    with output_folder(folder):
        known = _known(folder / f"{TABLE}.json", most)
        rows = {row.macro: row for row in known.rows if row.code == code}
        planted = [each for each in known.planted if each.code == code]
        for number, entry in enumerate(macros, 1):
            progress(f"{number}/{len(macros)} {entry.name}")
            if entry.name not in rows:
                rows[entry.name] = _row(entry, code, most, store)
                _write(folder, Table(most=most, rows=_in_order(rows), planted=tuple(planted)))
        left = [
            bug
            for bug in BUGS
            if (bug.macro, bug.what) not in {(each.macro, each.what) for each in planted}
        ]
        planted += _planted(left, code, progress)
        return _write(folder, Table(most=most, rows=_in_order(rows), planted=tuple(planted)))


def _in_order(rows: dict[str, Row]) -> tuple[Row, ...]:
    """That of the catalogue."""
    return tuple(rows[name] for name in catalogue.macros() if name in rows)


def _row(entry: Macro, code: str, most: int | None, store: Store) -> Row:
    spec = entry.standard
    assert spec is not None
    companions = entry.companions(spec, fixed=False)
    results = [
        verify(spec, simulator=SimulatorName.VERILATOR, code_coverage=True),
        *verify_companions(companions, simulator=SimulatorName.VERILATOR, code_coverage=True),
    ]
    outcomes = [outcome for result in results for outcome in result.outcomes]
    for outcome in outcomes:
        if outcome.status != "passed":
            raise VerificationFailed(f"{entry.name} {outcome.status}: {outcome.message}")
    coverage = of_results(results)
    proved, searched = None, 0
    if entry.has_properties:
        findings = [
            each for each in prove(spec, seconds=PROOF_SECONDS).findings if not each.is_cover
        ]
        proved = sum(each.proved for each in findings)
        searched = len(findings) - proved
    mutants = score(spec, most=most, store=store)
    return Row(
        macro=entry.name,
        code=code,
        oracle=_oracle(entry),
        specifications=len(results),
        points=sum(len(outcome.report["coverage"]) for outcome in outcomes),
        lines=coverage.count("line", "branch"),
        toggles=coverage.count("toggle"),
        proved=proved,
        searched=searched,
        **_mutants(mutants),
    )


def _mutants(result: Score) -> dict[str, Any]:
    survivors = [
        " ".join(line.plain.strip() for line in told(each)) for each in result.all.survivors
    ]
    return {
        "source": _counts(result.source),
        "netlist": _counts(result.netlist),
        "survivors": tuple(survivors),
    }


def _counts(tally: Tally) -> Mutants:
    return Mutants(
        there=tally.candidates,
        tried=tally.tried,
        killed=tally.killed,
        equivalent=len(tally.equivalent),
    )


def _oracle(entry: Macro) -> str:
    """From the text of the reference, which stands with the tests in the sources."""
    root = Path(next(iter(neuroloom.golden.__path__))).parent
    file = root / "tests" / "references" / entry.area / f"{entry.name}.py"
    if not file.exists():
        return ""
    for node in ast.parse(file.read_text()).body:
        match node:
            case ast.Assign(targets=[ast.Name(id="KIND")], value=ast.Constant(value=str(kind))):
                return kind
    return ""


def _planted(bugs: Sequence[Bug], code: str, progress: Callable[[str], None]) -> Iterable[Planted]:
    for bug, verdict in judged(bugs, progress=progress).items():
        yield Planted(
            code=code,
            kind=bug.kind,
            macro=bug.macro,
            what=bug.what,
            caught=verdict.killed,
            bench=verdict.bench,
            message=verdict.message,
        )


def _known(file: Path, most: int | None) -> Table:
    if file.exists():
        table = Table.model_validate_json(read_text(file))
        if table.most == most:
            return table
    return Table(most=most)


def _write(folder: Path, table: Table) -> list[Path]:
    with written_aside(folder) as aside:
        text = document(table.model_dump(mode="json"), SIMULATION)
        (aside / f"{TABLE}.json").write_text(text)
        (aside / f"{TABLE}.md").write_text(markdown(table))
    return [folder / f"{TABLE}.md", folder / f"{TABLE}.json"]
