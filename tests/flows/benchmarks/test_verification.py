"""The page of what "verified" rests on, and the bugs that are planted for it."""

import pytest

from neuroloom.flows.benchmarks.planted import BUGS, Bug, judged
from neuroloom.flows.benchmarks.verification_page import Mutants, Planted, Row, Table, markdown
from neuroloom.flows.macros.catalogue import macros

ROW = Row(
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
    survivors=("hdl/arith/popcount.py:3 x became y",),
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
    text = markdown(Table(most=20, rows=(ROW, ROW), planted=(planted(True), planted(False))))
    row = "| `popcount` | plain | 3 | 12 | 98.0 % | 90.0 % | 4 + 1 | 19 of 20 (95.0 %) |"
    assert text.count(f"{row} 10 of 10 (100.0 %) |") == 2
    assert "| **all** | | | | | | | 38 of 40 (95.0 %) | 20 of 20 (100.0 %) |" in text
    assert "`neuroloom verification docs/results --most 20`" in text
    assert "- `popcount`: `hdl/arith/popcount.py:3 x became y`" in text
    assert "### Order of tokens" in text
    assert "| `router` | two change places | got 1 \\| 2 at once |" in text
    assert "| `router` | two change places | **passes** |" in text
    assert "Not measured yet: `accumulator`" in text
    assert "--most" not in markdown(Table(most=None, rows=(ROW,)))


def test_a_macro_without_properties_or_mutants_has_a_dash() -> None:
    none = Mutants(there=0, tried=0, killed=0, equivalent=0)
    bare = ROW.model_copy(update={"proved": None, "searched": 0, "oracle": "", "netlist": none})
    assert "| `popcount` | – | 3 | 12 | 98.0 % | 90.0 % | – | 19 of 20 (95.0 %) | – |" in markdown(
        Table(most=None, rows=(bare,))
    )


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
