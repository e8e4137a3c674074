"""What the word "verified" rests on, macro by macro: measured, kept and written as a table.

A row is kept with a digest of the sources that its macro uses, so that a run that was broken off
goes on where it was, and a row of other sources is measured again. Rows of macros that were not
asked for stay, and are marked where their sources are no longer the same.
"""

import ast
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import neuroloom.golden
from neuroloom.flows.benchmarks.bugs import BUGS, Bug
from neuroloom.flows.benchmarks.planted import judged
from neuroloom.flows.benchmarks.verification_page import (
    Mutants,
    Planted,
    Survivor,
    VerificationRow,
    VerificationTable,
    markdown,
)
from neuroloom.flows.coverage.measure import of_results
from neuroloom.flows.formal.prove import prove
from neuroloom.flows.macros import catalogue
from neuroloom.flows.macros.catalogue import Macro
from neuroloom.flows.mutation.equivalent import EQUIVALENT as REASONS
from neuroloom.flows.mutation.netlist import NetlistMutant
from neuroloom.flows.mutation.result import Score, Tally, Tried
from neuroloom.flows.mutation.score import score
from neuroloom.flows.mutation.sources import code_digest
from neuroloom.flows.mutation.store import MutantStore
from neuroloom.flows.mutation.told import told
from neuroloom.flows.simulation.names import SimulatorName
from neuroloom.flows.tools.errors import VerificationFailed
from neuroloom.flows.tools.provenance import SIMULATION, document
from neuroloom.flows.tools.reading.text import read_text
from neuroloom.flows.tools.writing import output_folder, written_aside
from neuroloom.flows.verify import verify, verify_companions

TABLE = "verification"
PROOF_SECONDS = 90.0
"""Limit of the proof of a macro's properties, all together."""


def measure(
    folder: Path,
    macros: Sequence[Macro],
    most: int | None,
    store: MutantStore,
    progress: Callable[[str], None] = lambda _: None,
) -> list[Path]:
    """Measure these macros and the bugs planted in them, where that is not known yet; write both
    files.

    Parameters: ``most`` mutants of each kind a macro, None for all; ``store`` knows mutants.
    VerificationFailed with the first macro whose ``verify`` does not pass.
    """
    with output_folder(folder):
        table = read_table(folder)
        if table.most != most:
            table = VerificationTable(most=most)
        for number, entry in enumerate(macros, 1):
            row = table.row(entry.name)
            told = "measured before" if _is_known(row) else "other sources" if row else "not known"
            progress(f"{number}/{len(macros)} {entry.name}: {told}")
            if not _is_known(row):
                table = _with_row(table, _row(entry, most, store))
                _write(folder, table)
        table = table.model_copy(update={"rows": tuple(settled(row, store) for row in table.rows)})
        names = {entry.name for entry in macros}
        fresh = {_bug(bug) for bug in table.planted if not is_stale(bug)}
        left = [bug for bug in BUGS if bug.macro in names and _bug(bug) not in fresh]
        found = {_bug(each): each for each in (*table.planted, *_planted(left, progress))}
        planted = tuple(found[_bug(bug)] for bug in BUGS if _bug(bug) in found)
        return _write(folder, table.model_copy(update={"planted": planted}))


def read_table(folder: Path) -> VerificationTable:
    """What the folder has; an empty table where it has none."""
    file = folder / f"{TABLE}.json"
    return (
        VerificationTable.model_validate_json(read_text(file))
        if file.exists()
        else VerificationTable(most=None)
    )


def is_stale(measured: VerificationRow | Planted) -> bool:
    """Whether the macro's sources are no longer those that this was measured with."""
    return measured.code != code_digest(catalogue.entry(measured.macro).path)


def settled(row: VerificationRow, store: MutantStore) -> VerificationRow:
    """The row after those of other macros, whose benches killed survivors in parts that they have
    as well; what has a reason by now is equivalent.
    """
    own = catalogue.entry(row.macro).path
    equal = [
        survivor
        for survivor in row.survivors
        if survivor.module and ast.literal_eval(survivor.mutant) in REASONS
    ]
    killed = [
        survivor
        for survivor in row.survivors
        if survivor not in equal
        and survivor.module not in ("", own)
        and store.killer(survivor.mutant)
    ]
    counts = {
        "tried": row.source.tried - len(equal),
        "killed": row.source.killed + len(killed),
        "equivalent": row.source.equivalent + len(equal),
    }
    left = tuple(survivor for survivor in row.survivors if survivor not in (*equal, *killed))
    source = row.source.model_copy(update=counts)
    return row.model_copy(update={"survivors": left, "source": source})


def _is_known(row: VerificationRow | None) -> bool:
    return row is not None and not is_stale(row)


def _bug(bug: Bug | Planted) -> tuple[str, str]:
    return bug.macro, bug.what


def _with_row(table: VerificationTable, row: VerificationRow) -> VerificationTable:
    """Rows in the order of the catalogue."""
    rows = {kept.macro: kept for kept in (*table.rows, row)}
    ordered = tuple(rows[name] for name in catalogue.macros() if name in rows)
    return table.model_copy(update={"rows": ordered})


def _row(entry: Macro, most: int | None, store: MutantStore) -> VerificationRow:
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
            finding
            for finding in prove(spec, seconds=PROOF_SECONDS).findings
            if not finding.is_cover
        ]
        proved = sum(finding.proved for finding in findings)
        searched = len(findings) - proved
    mutants = score(spec, most=most, store=store)
    return VerificationRow(
        macro=entry.name,
        code=code_digest(entry.path),
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
    return {
        "source": _counts(result.source),
        "netlist": _counts(result.netlist),
        "survivors": tuple(map(_survivor, result.all.survivors)),
    }


def _survivor(tried: Tried) -> Survivor:
    mutant = tried.mutant
    return Survivor(
        mutant=mutant.name,
        module="" if isinstance(mutant, NetlistMutant) else mutant.module,
        told=" ".join(line.plain.strip() for line in told(tried)),
    )


def _counts(tally: Tally) -> Mutants:
    return Mutants(
        there=tally.candidates,
        tried=tally.tried,
        killed=tally.killed,
        equivalent=len(tally.equivalent),
    )


def _oracle(entry: Macro) -> str:
    """Kind of the oracle, from the text of the reference, which stands with the tests."""
    root = Path(next(iter(neuroloom.golden.__path__))).parent
    file = root / "tests" / "references" / entry.area / f"{entry.name}.py"
    if not file.exists():
        return ""
    for node in ast.parse(file.read_text()).body:
        match node:
            case ast.Assign(targets=[ast.Name(id="KIND")], value=ast.Constant(value=str(kind))):
                return kind
    return ""


def _planted(bugs: Sequence[Bug], progress: Callable[[str], None]) -> Iterable[Planted]:
    for bug, verdict in judged(bugs, progress=progress).items():
        yield Planted(
            code=code_digest(catalogue.entry(bug.macro).path),
            kind=bug.kind,
            macro=bug.macro,
            what=bug.what,
            caught=verdict.killed,
            bench=verdict.bench,
            message=verdict.message,
        )


def _write(folder: Path, table: VerificationTable) -> list[Path]:
    with written_aside(folder) as aside:
        text = document(table.model_dump(mode="json"), SIMULATION)
        (aside / f"{TABLE}.json").write_text(text)
        (aside / f"{TABLE}.md").write_text(markdown(table, is_stale))
    return [folder / f"{TABLE}.md", folder / f"{TABLE}.json"]
