"""The page of what "verified" rests on, and the bugs that are planted for it."""

import json
from pathlib import Path

import pytest
from support.command_line import run

from neuroloom.flows.benchmarks import verification
from neuroloom.flows.benchmarks.bugs import BUGS, Bug
from neuroloom.flows.benchmarks.planted import judged
from neuroloom.flows.benchmarks.verification import TABLE, measure, read_table, settled
from neuroloom.flows.benchmarks.verification_page import (
    Mutants,
    Planted,
    Survivor,
    VerificationRow,
    VerificationTable,
    markdown,
)
from neuroloom.flows.macros.catalogue import Macro, macro, macros
from neuroloom.flows.mutation.equivalent import EQUIVALENT
from neuroloom.flows.mutation.sources import code_digest
from neuroloom.flows.mutation.store import MutantStore
from neuroloom.flows.mutation.trial import Verdict

ROW = VerificationRow(
    macro="popcount",
    code="c",
    oracle="plain",
    specifications=3,
    points=12,
    lines=(98, 100),
    toggles=(9, 10),
    proved=4,
    searched=1,
    source=Mutants(there=50, tried=20, killed=19, equivalent=2),
    netlist=Mutants(there=60, tried=10, killed=10, equivalent=0),
    survivors=(
        Survivor(mutant="'m'", module="arith.popcount", told="hdl/arith/popcount.py:3 x became y"),
    ),
)
QUICK = [bug for bug in BUGS if bug.macro in ("event_dedupe", "event_stamper")]


def planted(caught: bool) -> Planted:
    return Planted(
        code="c",
        kind="order of tokens",
        macro="router",
        what="two change places",
        caught=caught,
        bench="router",
        message="got 1 | 2\nat once" if caught else "",
    )


def test_the_page_tells_shares_survivors_and_bugs() -> None:
    text = markdown(
        VerificationTable(most=20, rows=(ROW, ROW), planted=(planted(True), planted(False)))
    )
    row = "| `popcount` | plain | 3 | 12 | 98.0 % | 90.0 % | 4 + 1 | 19 of 20 (95.0 %) |"
    assert text.count(f"{row} 10 of 10 (100.0 %) |") == 2
    assert "| **all** | | | | | | | 38 of 40 (95.0 %) | 20 of 20 (100.0 %) |" in text
    assert "`neuroloom verification docs/results --most 20`" in text
    assert "- `popcount`: `hdl/arith/popcount.py:3 x became y`" in text
    assert "### Order of tokens" in text
    assert "| `router` | two change places | got 1 \\| 2 at once |" in text
    assert "| `router` | two change places | **passes** |" in text
    assert "Not measured yet: `accumulator`" in text
    assert "--most" not in markdown(VerificationTable(most=None, rows=(ROW,)))


def test_a_macro_without_properties_or_mutants_has_a_dash() -> None:
    none = Mutants(there=0, tried=0, killed=0, equivalent=0)
    bare = ROW.model_copy(update={"proved": None, "searched": 0, "oracle": "", "netlist": none})
    assert "| `popcount` | – | 3 | 12 | 98.0 % | 90.0 % | – | 19 of 20 (95.0 %) | – |" in markdown(
        VerificationTable(most=None, rows=(bare,))
    )


def test_what_other_sources_measured_is_marked() -> None:
    table = VerificationTable(most=20, rows=(ROW, ROW.model_copy(update={"macro": "router"})))
    text = markdown(table, lambda row: row.macro == "router")
    assert "| `popcount` | plain" in text and "| `router` † | plain" in text
    assert "† measured before its sources became what they are now" in text
    assert "†" not in markdown(table)
    bugs = table.model_copy(update={"planted": (planted(True),)})
    assert "| `router` † | two change places" in markdown(bugs, lambda row: row.macro == "router")


def fresh(name: str) -> VerificationRow:
    return ROW.model_copy(update={"macro": name, "code": code_digest(macro(name).path)})


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of macros and of macros with bugs, as they are measured."""
    names: list[str] = []

    def row(entry: Macro, *_: object) -> VerificationRow:
        names.append(entry.name)
        return fresh(entry.name).model_copy(update={"points": 99})

    def judge(bugs: list[Bug], **_: object) -> dict[Bug, Verdict]:
        names.extend(f"bug of {bug.macro}" for bug in bugs)
        return {bug: Verdict(found="killed") for bug in bugs}

    monkeypatch.setattr(verification, "_row", row)
    monkeypatch.setattr(verification, "judged", judge)
    return names


def test_rows_of_other_sources_are_measured_again(tmp_path: Path, measured: list[str]) -> None:
    stale = ROW.model_copy(update={"macro": "comparator"})
    kept = VerificationTable(
        most=5, rows=(fresh("popcount"), stale, ROW.model_copy(update={"macro": "lif"}))
    )
    (tmp_path / f"{TABLE}.json").write_text(kept.model_dump_json())
    chosen = [macros()[name] for name in ("comparator", "popcount", "event_stamper")]
    measure(tmp_path, chosen, 5, MutantStore())
    assert measured == ["comparator", "event_stamper", "bug of event_stamper"]
    table = read_table(tmp_path)
    assert [row.macro for row in table.rows] == ["comparator", "popcount", "event_stamper", "lif"]
    assert [row.points for row in table.rows] == [99, 12, 99, 12], "what is not asked for stays"
    text = (tmp_path / f"{TABLE}.md").read_text()
    assert "| `lif` † |" in text and "| `comparator` |" in text
    measured.clear()
    measure(tmp_path, chosen, 5, MutantStore())
    assert measured == []
    measure(tmp_path, chosen[:1], 6, MutantStore())
    assert measured == ["comparator"], "another share is another table"
    assert [row.macro for row in read_table(tmp_path).rows] == ["comparator"]


def test_the_command_tells_which_rows_are_of_other_sources(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = VerificationTable(
        most=5, rows=(fresh("popcount"), ROW.model_copy(update={"macro": "lif"}))
    )
    (tmp_path / f"{TABLE}.json").write_text(kept.model_dump_json())
    status, text, _ = run(capsys, "verification", str(tmp_path), "--list", "--json")
    states = json.loads(text)
    assert status == 0 and list(states)[: len(macros())] == list(macros())
    assert states["popcount"] == "measured" and states["lif"] == "other sources"
    assert states["router"] == "not measured"


def test_survivors_that_another_macro_kills_are_settled() -> None:
    part = of_module(ROW, "arith.pipeline")
    store = MutantStore()
    assert settled(part, store) == part
    store.put("comparator", "benches", "'m'", Verdict(found="killed"))
    after = settled(part, store)
    assert after.survivors == () and after.source.killed == part.source.killed + 1
    assert settled(ROW, store) == ROW, "a mutant of its own module is its own to kill"
    assert settled(of_module(ROW, ""), store).survivors, "and so is one of its netlist"


def test_a_survivor_that_has_a_reason_by_now_is_equivalent() -> None:
    key = next(iter(EQUIVALENT))
    survivor = Survivor(mutant=repr(key), module=key[0], told="wider")
    row = ROW.model_copy(update={"survivors": (*ROW.survivors, survivor)})
    after = settled(row, MutantStore())
    assert after.survivors == ROW.survivors
    assert (after.source.tried, after.source.equivalent) == (19, 3)
    assert after.source.killed == row.source.killed


def test_survivors_are_settled_behind_all_macros(
    tmp_path: Path, measured: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, part = MutantStore(), of_module(fresh("comparator"), "arith.pipeline")

    def row(entry: Macro, *_: object) -> VerificationRow:
        if entry.name == "comparator":
            return part
        store.put(entry.name, "benches", "'m'", Verdict(found="killed"))
        return fresh(entry.name)

    monkeypatch.setattr(verification, "_row", row)
    measure(tmp_path, [macros()[name] for name in ("comparator", "popcount")], 5, store)
    first, second = read_table(tmp_path).rows
    assert first.survivors == () and second.survivors == ROW.survivors


def of_module(row: VerificationRow, module: str) -> VerificationRow:
    survivor = row.survivors[0].model_copy(update={"module": module})
    return row.model_copy(update={"survivors": (survivor,)})


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: f"{bug.macro}: {bug.what}")
def test_every_planted_bug_has_its_place(bug: Bug) -> None:
    assert bug.macro in macros()
    first, last = bug.lines
    assert 1 <= first <= last
    assert bug.compiled()


def test_every_kind_is_planted_in_three_ways() -> None:
    kinds = [bug.kind for bug in BUGS]
    assert min(map(kinds.count, kinds)) >= 2
    assert len(set(kinds)) == 10


@pytest.mark.regression
def test_planted_bugs_are_caught() -> None:
    verdicts = judged(QUICK)
    assert [bug.what for bug, verdict in verdicts.items() if not verdict.killed] == []
    assert len(verdicts) == 2
