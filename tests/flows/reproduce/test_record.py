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
from neuroloom.flows.reports.published import (
    UNEXPLAINED,
    Judgement,
    PaperVerdict,
    PublishedRow,
    PublishedTable,
    Reproduction,
)
from neuroloom.flows.reports.reproduction_page import markdown, render
from neuroloom.flows.reports.reproduction_tables import cells, had, reasons

SUM = Derived(3, "1 + 2 of Table 3")


TWO: Any = table_3(2)
OURS: Any = measured(2)


def row(published: Any = TWO, ours: Any = OURS, **fields: Any) -> PublishedRow:
    return PublishedRow(**{"name": "cores", "published": published, "ours": ours, **fields})


def table(*rows: PublishedRow) -> PublishedTable:
    return PublishedTable(
        title="Sizes", source="Table 3", published=("chip",), ours=("ours",), rows=rows
    )


@pytest.mark.parametrize(
    "place",
    [
        *("Table 5", "Table II4", "Table S1", "Fig. 2A", "Figure 10", "Eq. 4", "Equation 4"),
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
    "place", ["", "Section 3", "page 4", "the text", "Table", "Section , paragraph 1"]
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
    assert made.ratio is made.agreement is None
    with pytest.raises(ValidationError, match="has a ratio beside a figure that is circular"):
        row(published, ours, no_ratio=no_ratio, ratio=1.0)


def test_a_ratio_is_what_follows() -> None:
    assert row(ratio=1.0).ratio == 1
    with pytest.raises(ValidationError, match=r"has the ratio 1\.01, which does not follow"):
        row(ratio=1.01)
    # a circular figure stands beside, and is passed over
    mixed = row(ours=(*measured(2), *estimate(9, circular="γ")))
    assert mixed.ratio == 1


@pytest.mark.parametrize("ours", [1.89, 2.11, 20])
def test_a_figure_that_differs_has_a_reason_or_is_unexplained(ours: float) -> None:
    with pytest.raises(ValidationError, match="give a reason that was tested, or the word unexpl"):
        row(ours=measured(ours))
    assert row(ours=measured(ours), why=UNEXPLAINED).why == UNEXPLAINED
    row(ours=measured(1.91))


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
    far = [row(ours=measured(20), name=f"row {at}", why=UNEXPLAINED) for at in range(2)]
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
    assert had(both) == "A: measured; b: model."


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
