"""Numbers, resources, tables and records are written in one place each."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError
from support.imports import ROOT

from neuroloom.flows.tools import markdown
from neuroloom.flows.tools.frozen import Frozen
from neuroloom.flows.tools.numbers import (
    amounts,
    energy,
    engineering,
    figure,
    grouped,
    percent,
    scaled,
    significant,
)

FLOWS = ROOT / "flows"


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (significant(1234.5), "1,234"),
        (significant(0.012345), "0.0123"),
        (significant(float("inf")), "inf"),
        (percent(0.12345), "12.3 %"),
        (percent(0.05, 0), "5 %"),
        (grouped(1234567), "1,234,567"),
        (" ".join(scaled(2.5e9)), "2.50 G"),
        (" ".join(scaled(1234.5, 4)), "1.234 k"),
        (engineering(1.5e6), "1.50 M"),
        (engineering(950), "950 "),
        (energy(0.0123), "12.3 fJ"),
        (energy(0), "0"),
        (amounts({"LUT4": 1024, "carry": 0, "FF": 3}), "1,024 LUT4, 3 FF"),
        (amounts({}), ""),
        (figure(None), "–"),
        (figure(1234.0), "1,234"),
        (figure(12.3456), "12.35"),
        (figure(-0.00012345), "-1.23e-04"),
        (figure(float("nan")), "nan"),
    ],
)
def test_numbers(shown: str, expected: str) -> None:
    assert shown == expected


def test_a_table_in_markdown() -> None:
    assert markdown.table(("", "n"), [("a|b", "1")]) == ["|  | n |", "|---|---:|", "| a\\|b | 1 |"]
    assert markdown.table(("a", "b"), [], numbers=(0,)) == ["| a | b |", "|---:|---|"]


def test_a_record_stays_as_it_is_and_knows_its_fields() -> None:
    class Point(Frozen):
        x: int

    with pytest.raises(ValidationError, match="frozen"):
        Point(x=1).x = 2  # type: ignore[misc]
    with pytest.raises(ValidationError, match="not permitted"):
        Point.model_validate({"x": 1, "y": 2})


@pytest.mark.parametrize(
    ("pattern", "home"),
    [
        (r"\"\| \" \+|\"\|---\"|---:\"", "markdown.py"),
        (r"frozen=True, extra=\"forbid\"", "frozen.py"),
        (r":,\} \{\w+\}\" for \w+, \w+ in \w+\.items", "numbers.py"),
    ],
)
def test_nothing_is_shown_past_its_room(pattern: str, home: str) -> None:
    files = [file for file in sorted(FLOWS.rglob("*.py")) if re.search(pattern, file.read_text())]
    assert [file.relative_to(FLOWS) for file in files] == [Path("tools") / home]
