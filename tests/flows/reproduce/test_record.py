"""What a record of a published system refuses."""

import json
import pickle
from typing import Any

import pytest
from pydantic import ValidationError
from support.reproductions import MADE, reproduction, table_3

from neuroloom.flows.reports.figures import (
    Derived,
    FigureKind,
    Figures,
    Ours,
    Printed,
    estimate,
    formula,
    measured,
    model,
)
from neuroloom.flows.reports.paired import Agreement, Paired
from neuroloom.flows.reports.published import (
    UNEXPLAINED,
    Judgement,
    PaperVerdict,
    PublishedRow,
    PublishedTable,
    Reproduction,
)
from neuroloom.flows.reports.reproduction_page import markdown, render
from neuroloom.flows.reports.reproduction_tables import cells, had, head, marks, reasons

SUM = Derived(3, "1 + 2 of Table 3")


TWO: Any = table_3(2)
OURS: Any = measured(2)


def row(published: Any = TWO, ours: Any = OURS, **fields: Any) -> PublishedRow:
    return PublishedRow(**{"name": "cores", "published": published, "ours": ours, **fields})


def table(*rows: Any, **fields: Any) -> PublishedTable:
    given = {"title": "Sizes", "source": "Table 3", "published": ("chip",), "ours": ("ours",)}
    return PublishedTable(**{**given, "rows": rows, **fields})


@pytest.mark.parametrize(
    ("value", "shown"),
    [(1.25, "1.25"), (0.12, "0.12"), (3177.75, "3,177.75"), (31893, "31,893"), (1e-3, "0.001")],
)
def test_printed_figures_keep_their_digits(value: float, shown: str) -> None:
    made = row((Printed(value, "Table 3"),), no_ratio="another node")
    assert cells(table(made), made)[1] == shown


def pair(made: PublishedRow) -> Paired | None:
    """What a row of a table of one column on each side compares."""
    return table(made).pairs(made)[0]


def with_ratio(made: PublishedRow, ratio: Any) -> dict[str, Any]:
    """The row as a file has it."""
    fields = {name: getattr(made, name) for name in PublishedRow.model_fields}
    return {**fields, "ratio": ratio}


@pytest.mark.parametrize(
    "place",
    [
        *(
            "Table 5",
            "Table II4",
            "Table S1",
            "Table 5, rows, chip",
            "Fig. 2A",
            "Figure 10",
            "Eq. 4",
            "Equation 4",
        ),
        *("Abstract", "Section 3.1.2, paragraph 2", "Section II-B, paragraph 1"),
        'Section "Post-Layout Calibration", paragraph 1',
    ],
)
def test_a_place(place: str) -> None:
    if place == "Table II4":
        with pytest.raises(ValueError, match="needs a place"):
            Printed(1, place)
    else:
        assert Printed(1.5, place).place == place


@pytest.mark.parametrize(
    "place",
    [
        *("", "Section 3", "page 4", "the text", "Table", "Section , paragraph 1"),
        *("Table 5,", "Table 5, rows, chip, last"),
    ],
)
def test_a_printed_figure_without_a_place_is_refused(place: str) -> None:
    with pytest.raises(ValueError, match=r"the printed figure 1.5 needs a place, such as Table 5"):
        Printed(1.5, place)


def test_a_derived_figure_says_how() -> None:
    with pytest.raises(ValueError, match="say how 3 is derived"):
        Derived(3, " ")


@pytest.mark.parametrize("value", [2, 2.0, Printed(1, "Table 3") + 1, 2 * Printed(1, "Table 3")])
def test_a_number_without_a_place_is_no_figure_of_a_paper(value: float) -> None:
    with pytest.raises(ValidationError, match=r"give it with its place in printed\.py"):
        row(published=(value,))


@pytest.mark.parametrize("value", [2, Printed(2, "Table 3"), SUM])
def test_a_number_that_does_not_say_how_it_was_had_is_none_of_ours(value: float) -> None:
    with pytest.raises(ValidationError, match="measured, model, formula, estimate"):
        row(ours=(value,))


@pytest.mark.parametrize(
    ("published", "ours", "no_ratio"),
    [
        ((SUM,), measured(3), ""),
        (table_3(2), measured(2, circular="γ"), ""),
        (table_3(2), measured(2), "another supply"),
        ((None,), measured(2), ""),
        (table_3(2), (None,), ""),
    ],
)
def test_a_ratio_beside_what_is_not_compared_is_refused(
    published: Any, ours: Figures, no_ratio: str
) -> None:
    made = row(published, ours, no_ratio=no_ratio)
    assert pair(made) is None
    with pytest.raises(ValidationError, match="has a ratio beside a figure that is circular"):
        table(with_ratio(made, 1.0))


def test_a_ratio_is_what_follows() -> None:
    found = table(with_ratio(row(), 1.0))
    assert found.stated(found.rows[0]) == 1
    with pytest.raises(ValidationError, match=r"has the ratio 1\.01, which does not follow"):
        table(with_ratio(row(), 1.01))


TWO_SIDES: dict[str, Any] = {"published": ("area", "chip"), "ours": ("cells", "area")}


def test_columns_of_one_quantity_have_one_name_or_are_named() -> None:
    """The last column of each side may be something else: nothing is compared by its place."""
    made = row(table_3(2, 3), (*measured(3), *measured(2)))
    found = table(made, **TWO_SIDES)
    assert [pair and (pair.theirs, pair.ours) for pair in found.pairs(made)] == [(2, 2), None]
    assert cells(found, made)[-1] == "1.00"
    assert head(found)[-1] == "ours / paper: area"
    named = table(made, **TWO_SIDES, against=(None, "cells"))
    assert [pair and (pair.theirs, pair.ours) for pair in named.pairs(made)] == [None, (3, 3)]
    assert head(named)[-1] == "cells / chip"
    apart = {"published": ("paper",), "ours": ("words", "bits")}
    two = row(table_3(2), measured(9, 2))
    with pytest.raises(ValidationError, match="say against which of our columns each published"):
        table(two, **apart)
    (found_pair,) = table(two, **apart, against=("bits",)).pairs(two)
    assert found_pair is not None and found_pair.ours is two.ours[1]
    table(row(table_3(2), measured(9, 2), no_ratio="chance"), **apart)
    for against, told in (
        (("cells",), "has not a column of ours for"),
        (("x", None), "it has not"),
    ):
        with pytest.raises(ValidationError, match=told):
            table(made, **TWO_SIDES, against=against)


def test_every_printed_column_is_compared() -> None:
    """A row that is far off in one column does not agree because its last one does."""
    sides: dict[str, Any] = {"published": ("bits", "rows"), "ours": ("bits", "rows")}
    made = row(table_3(224, 504), measured(128, 504), why=UNEXPLAINED)
    found = table(made, **sides)
    assert cells(found, made)[-1] == "0.57 · 1.00"
    assert marks(found) == [Agreement.DIFFERS]
    page = reproduction(tables=(found,))
    assert [page.number(each) for each in Agreement] == [1, 0, 1]
    with pytest.raises(ValidationError, match="has 128 for the printed 224: give a reason"):
        table(row(table_3(224, 504), measured(128, 504)), **sides)
    again = Reproduction.model_validate_json(page.model_dump_json())
    assert again == page and json.loads(page.model_dump_json())["tables"][0]["rows"][0][
        "ratio"
    ] == [128 / 224, 1.0]


def test_a_figure_counts_once() -> None:
    """Where it stands in several places, by ours that is furthest off."""
    near = row(ours=measured(2.02), unit="V", name="here")
    far = row(ours=measured(2.4), unit="V", name="there", why=UNEXPLAINED)
    for tables in ((near, far), (far, near)):
        found = reproduction(tables=tuple(table(each, title=each.name) for each in tables))
        ((where, counted),) = found.compared()
        assert (where.title, counted.ours) == ("there", 2.4)
        assert "0 of 1 printed figure agrees" in markdown(found)
    (other,) = (Printed(2, "Table 3, last row"),)
    apart = reproduction(tables=(table(near, row((other,), measured(2), unit="V")),))
    assert apart.number(*Agreement) == 2


@pytest.mark.parametrize(
    ("printed", "ours", "unit", "told"),
    [
        (43, 43, "", Agreement.AGREES),
        (43, 44, "", Agreement.NEAR),
        (1000, 1001, "", Agreement.NEAR),
        (43, 60, "", Agreement.DIFFERS),
        (43, 44, "ms", Agreement.AGREES),
        (43, 43.5, "", Agreement.AGREES),
        (3.1, 3, "", Agreement.AGREES),
        (0, 0, "%", Agreement.AGREES),
        (0, 1, "%", Agreement.DIFFERS),
    ],
)
def test_a_count_that_is_one_off_is_another(
    printed: float, ours: float, unit: str, told: Agreement
) -> None:
    made = row(table_3(printed), measured(ours), unit=unit, why=UNEXPLAINED)
    found = pair(made)
    assert found is not None and found.agreement is told
    if told is not Agreement.AGREES:
        with pytest.raises(ValidationError, match="give a reason that was tested"):
            table(row(table_3(printed), measured(ours), unit=unit))


def test_a_printed_zero_counts_and_has_no_ratio() -> None:
    for ours, shown in ((0, "equal"), (1, "–")):
        made = row(table_3(0), measured(ours), unit="%", why=UNEXPLAINED)
        found = reproduction(tables=(table(made),))
        assert found.number(*Agreement) == 1
        assert cells(found.tables[0], made)[-1] == shown
        render(found)


@pytest.mark.parametrize("ours", [1.89, 2.11, 20])
def test_a_figure_that_differs_has_a_reason_or_is_unexplained(ours: float) -> None:
    with pytest.raises(ValidationError, match="give a reason that was tested, or the word unexpl"):
        table(row(ours=measured(ours)))
    assert table(row(ours=measured(ours), why=UNEXPLAINED)).rows[0].why == UNEXPLAINED
    table(row(ours=measured(1.91)))


@pytest.mark.parametrize("part", ["choices", "left_out"])
def test_choices_and_what_was_left_out_are_listed(part: str) -> None:
    with pytest.raises(ValidationError, match=rf"{part}\n.*at least 1 item"):
        reproduction(tables=(), **{part: ()})
    fields = {**MADE, "system": "x", "title": "", "paper": "", "methods": (), "tables": ()}
    del fields[part]
    with pytest.raises(ValidationError, match=rf"{part}\n.*Field required"):
        Reproduction(**fields)


@pytest.mark.parametrize("words", ["", "  "])
def test_words_are_not_empty(words: str) -> None:
    for part, fields in (
        ("choices", {"name": "seed", "taken": "0", "otherwise": words}),
        ("left_out", {"what": "the chip", "why": words}),
    ):
        with pytest.raises(ValidationError, match="at least 1 character"):
            reproduction(tables=(), **{part: (fields,)})
    with pytest.raises(ValidationError, match="at least 1 character"):
        reproduction(tables=(), verdict={"verdict": "agrees", "words": words})
    with pytest.raises(ValidationError, match="names no claim"):
        judged = Judgement(verdict=PaperVerdict.AGREES, words="so", claim=words)
        reproduction(tables=(), claims=(judged,))


@pytest.mark.parametrize("command", ["", "neuroloom reproduce y", "make results"])
def test_the_command_is_that_of_the_page(command: str) -> None:
    made = {"command": command, "conditions": {}, "tools": {"a tool": "1"}}
    with pytest.raises(ValidationError, match=r"does not write the page of x|at least 1 character"):
        reproduction(tables=(), made=made)
    with pytest.raises(ValidationError, match=r"made\.tools"):
        reproduction(tables=(), made={**made, "command": "neuroloom reproduce x", "tools": {}})


def test_figures_that_are_far_off_do_not_agree() -> None:
    far = [
        row((Printed(2, f"Table 3, row {at}"),), measured(20), name=f"row {at}", why=UNEXPLAINED)
        for at in range(2)
    ]
    agrees = Judgement(verdict=PaperVerdict.AGREES, words="so they say.")
    with pytest.raises(ValidationError, match="2 of 3 figures of x are far from"):
        reproduction(tables=(table(*far, row()),), verdict=agrees)
    reproduction(tables=(table(*far[:1], row()),), verdict=agrees)


def test_figures_are_numbers_and_come_back_from_files() -> None:
    figures = (
        Printed(2.5, "Table 3"),
        Derived(3, "1 + 2"),
        Ours(1.5, FigureKind.MODEL),
        Ours(1.5, FigureKind.ESTIMATE, "γ"),
    )
    for each in figures:
        again = pickle.loads(pickle.dumps(each))
        assert type(again) is type(each)
        assert (again, vars(again)) == (each, vars(each))
    assert figures[0] * 2 == 5
    made = row((SUM,), estimate(3, circular="γ"), unit="mm", no_ratio="chance")
    found = reproduction(tables=(table(made, row()),))
    text = found.model_dump_json()
    again = Reproduction.model_validate_json(text)
    assert again == found
    assert markdown(again) == markdown(found)
    first, second = json.loads(text)["tables"][0]["rows"]
    assert first["published"] == [{"value": 3.0, "how": "1 + 2 of Table 3"}]
    assert first["ours"] == [{"value": 3.0, "kind": "estimate", "circular": "γ"}]
    assert (first["ratio"], second["ratio"]) == (None, 1.0)
    assert second["published"] == [{"value": 2.0, "place": "Table 3"}]


def test_what_is_derived_or_circular_is_marked() -> None:
    made = table(
        row((SUM,), estimate(3, circular="γ"), no_ratio="other supply"),
        row(),
        row(ours=formula(2), name="rows"),
    )
    assert [cells(made, each)[1:] for each in made.rows] == [
        ("3 (derived)", "3 (estimate, circular)", "–"),
        ("2", "2 (measured)", "1.00"),
        ("2", "2 (formula)", "1.00"),
    ]
    assert reasons(made) == [
        ("cores", "no ratio: other supply"),
        ("cores", "derived, not printed: 1 + 2 of Table 3"),
        ("cores", "circular: γ"),
    ]
    assert had(made) == ""
    assert had(table(row(), row())) == "Ours: measured."
    both = PublishedTable(
        title="", source="", ours=("a", "b"), rows=(row((), (*measured(1), *model(2))),)
    )
    assert had(both) == "Measured: a. Model: b."


def test_the_same_is_said_once_of_many() -> None:
    many = [row((None,), measured(2), name=f"row, {at}", no_ratio="no wires") for at in range(4)]
    assert reasons(table(*many)) == [("all rows", "no ratio: no wires")]
    assert reasons(table(*many, row())) == [
        ("row, 0; row, 1; row, 2; row, 3", "no ratio: no wires")
    ]


def test_a_column_stands_for_all_of_its_figures_alone() -> None:
    """Beside printed figures those that are derived are named."""
    sums = [row((SUM,), name=f"sum {at}") for at in range(4)]
    told = "derived, not printed: 1 + 2 of Table 3"
    assert reasons(table(*sums)) == [("chip", told)]
    assert reasons(table(*sums, row())) == [("chip where marked derived", told)]
    assert reasons(table(*sums[:2], row())) == [("sum 0, sum 1", told)]


def test_a_claim_may_be_unclear() -> None:
    claim = Judgement(verdict=PaperVerdict.UNCLEAR, words="Of what is not said.", claim="1 TOPS")
    found = reproduction(tables=(table(row()),), claims=(claim,))
    assert "| 1 TOPS | not comparable | Of what is not said. |" in markdown(found)
    assert "not comparable" in render(found)


def test_a_page_says_first_what_came_of_it() -> None:
    claim = Judgement(verdict=PaperVerdict.DIFFERS, words="It costs.", claim="XNOR costs nothing")
    found = reproduction(tables=(table(row()),), claims=(claim,))
    for text in (markdown(found), render(found)):
        assert "as far as is known." in text
        assert text.lower().index("agrees in trend") < text.index("Sizes")
        assert text.index("XNOR costs nothing") < text.rindex("Sizes")
        for words in ("1 gives the same", "it is analog", "$PDK_ROOT set", "a tool 1.0"):
            assert words in text
        assert "neuroloom reproduce x --output FOLDER" in text
