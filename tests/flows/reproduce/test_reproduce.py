"""Published systems rebuilt: tables, verdicts, pages."""

from pathlib import Path

import pytest
from support.pages import check_page, needs_browser
from support.reproductions import reproduction, table_3

from neuroloom.flows.reports.figures import Ours, Printed, measured, model
from neuroloom.flows.reports.paired import Paired
from neuroloom.flows.reports.published import UNEXPLAINED, Curve, Plot, PublishedRow, PublishedTable
from neuroloom.flows.reports.reproduction_page import (
    markdown,
    render,
    verdict,
    write_reproduction_page,
)
from neuroloom.flows.reports.reproduction_tables import cells, head, reasons
from neuroloom.flows.reproduce.systems import reproduce
from neuroloom.flows.tools.errors import UsageError

TABLE = PublishedTable(
    title="Area <1>",
    source="Table 3",
    published=("model", "chip"),
    ours=("cells", "priced"),
    against=(None, "priced"),
    rows=(
        PublishedRow(
            name="adder",
            unit="µm²",
            published=table_3(12.5, 10),
            ours=(None, *model(5)),
            why="shared",
        ),
        PublishedRow(
            name="rest", published=(None, None), ours=(*measured(1234), None), why="shared"
        ),
        PublishedRow(
            name="odd", published=table_3(3, None), ours=(*measured(0.12345), *model(6)), why="w"
        ),
    ),
    note="before layout",
)
PLOT = Plot(
    name="errors",
    title="Errors",
    x_label="bit error rate [-]",
    y_label="accuracy [%]",
    curves=(
        Curve(name="one device", x=(1e-5, 1e-3, 1e-1), y=(98, 97.9, 60), error=(0.1, 0.1, 3)),
        Curve(name="two devices", x=(1e-5, 1e-1), y=(98, 97)),
    ),
    note="five seeds",
)
FOUND = reproduction(tables=(TABLE,), plots=(PLOT,), methods=("by hand",))


def test_a_row_compares_columns_of_one_quantity() -> None:
    ratios = [[pair and pair.ratio for pair in TABLE.pairs(row)] for row in TABLE.rows]
    assert ratios == [[None, 0.5], [None, None], [None, None]]
    assert head(TABLE) == ("", "model", "chip", "cells", "priced", "priced / chip")
    assert cells(TABLE, TABLE.rows[0]) == ("adder [µm²]", "12.5", "10", "–", "5", "0.50")
    assert cells(TABLE, TABLE.rows[1]) == ("rest", "–", "–", "1,234", "–", "–")
    assert reasons(TABLE) == [("adder, rest", "shared"), ("odd", "w")]


def test_how_far_figures_are_from_the_printed_ones() -> None:
    def agreement(ours: float) -> str:
        return Paired(Printed(100, "Table 3"), Ours(ours, "measured"), "mm").agreement

    told = [agreement(ours) for ours in (95, 105, 94.9, 106, 75, 125, 74.9, 126, 1)]
    assert told == ["agrees"] * 2 + ["near"] * 4 + ["differs"] * 3
    assert verdict(FOUND).startswith(
        "0 of 1 printed figure agrees within 5 %, 0 more within 25 %; "
    )
    assert "1 is further off" in verdict(FOUND)


def test_columns_of_both_sides_say_whose_they_are() -> None:
    fields = {"title": "Loss", "source": "", "rows": ()}
    table = PublishedTable(published=("loss", "area"), ours=("area", "loss"), **fields)
    assert head(table)[1:-1] == ("loss, paper", "area, paper", "area, ours", "loss, ours")
    with pytest.raises(ValueError, match="'Loss' has two columns of one name among"):
        PublishedTable(published=("loss", "loss"), ours=(), **fields)


def test_a_page_begins_with_what_agrees() -> None:
    rows = tuple(
        PublishedRow(
            name=f"row {ratio}",
            published=(Printed(1, f"Table 2, row {ratio}"),),
            ours=measured(ratio),
            why=UNEXPLAINED,
        )
        for ratio in (0.1, 0.9, 1.01, 1.0)
    )
    table = PublishedTable(
        title="Sizes", source="Table 2", published=("chip",), ours=("ours",), rows=rows
    )
    found = FOUND.model_copy(update={"tables": (TABLE, table)})
    page = render(found)
    start, rest = page.split("Contents")
    assert "2 of 5 printed figures agree within 5 %, 1 more within 25 %; 2 are further off" in start
    assert "ours / paper [-]" in start and "2. Sizes" in start
    assert '<a href="#part-2">Sizes</a><span class="note">2 of 4 agree</span>' in rest
    assert '<td class="number differs">0.10</td>' in rest
    assert '<td class="number near">0.90</td>' in rest
    assert '<td class="number agrees">1.01</td>' in rest
    assert 'colspan="1">the paper</th>' in rest
    check_page(page)


def test_a_page_of_few_printed_figures_begins_with_its_first_plot() -> None:
    page = render(FOUND)
    start, rest = page.split("Contents")
    assert "Errors" in start and ">Errors</a>" not in rest
    assert page.count("<svg") == 1


def test_a_table_without_published_values_has_no_ratio() -> None:
    rows = (PublishedRow(name="half", ours=measured(2.5)),)
    table = PublishedTable(title="", source="", ours=("reads",), rows=rows)
    assert head(table) == ("", "reads")
    assert cells(table, rows[0]) == ("half", "2.500")


def test_a_row_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="row 'odd' does not fit the columns of 'Area'"):
        PublishedTable(
            title="Area",
            source="",
            ours=("ours",),
            rows=(PublishedRow(name="odd", published=table_3(1), ours=measured(1)),),
        )


def test_markdown() -> None:
    text = markdown(FOUND)
    assert "| adder [µm²] | 12.5 | 10 | – | 5 | 0.50 |" in text
    assert "- adder, rest: shared" in text
    assert text.count("\n|---|---:|---:|---:|---:|---:|\n") == 1
    assert "\n\n\n" not in text


def test_a_curve_needs_both_coordinates_and_a_bar_for_each_point() -> None:
    with pytest.raises(ValueError, match="'short' has points without"):
        Curve(name="short", x=(1, 2), y=(1,))
    with pytest.raises(ValueError, match="'short' has points without"):
        Curve(name="short", x=(1, 2), y=(1, 2), error=(1,))


def test_files_of_a_reproduction(tmp_path: Path) -> None:
    files = write_reproduction_page(FOUND, tmp_path)
    assert files == [tmp_path / f"reproduction.{ending}" for ending in ("html", "json", "md")] + [
        tmp_path / "errors.svg"
    ]
    assert sorted(tmp_path.iterdir()) == sorted(files)
    assert "![Errors](errors.svg)" in (tmp_path / "reproduction.md").read_text()
    drawing = (tmp_path / "errors.svg").read_text()
    for words in ("bit error rate", "accuracy [%]", "one device", "two devices"):
        assert words in drawing
    assert "#0101" not in drawing


@needs_browser
def test_the_page(tmp_path: Path) -> None:
    page = render(FOUND)
    assert "Area &lt;1&gt;" in page
    check_page(page)


def test_an_unknown_system_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UsageError, match="'cim-macr'; did you mean 'cim-macro'"):
        reproduce("cim-macr")
