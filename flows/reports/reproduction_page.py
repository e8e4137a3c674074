"""The page of a published system rebuilt."""

import re
from pathlib import Path

from markupsafe import Markup

from neuroloom.flows.reports import agreement
from neuroloom.flows.reports import page as frame
from neuroloom.flows.reports.curves import drawn_alone, drawn_inline
from neuroloom.flows.reports.page import Table
from neuroloom.flows.reports.paired import AGREES, NEAR, Agreement
from neuroloom.flows.reports.published import Judgement, PaperVerdict, PublishedTable, Reproduction
from neuroloom.flows.reports.reproduction_tables import cells, had, head, marks, reasons
from neuroloom.flows.tools.markdown import table as in_markdown
from neuroloom.flows.tools.numbers import percent
from neuroloom.flows.tools.provenance import ALL, document
from neuroloom.flows.tools.writing import written_aside

_SVG = '<svg xmlns="http://www.w3.org/2000/svg"'
PAGE, DATA, TEXT = "reproduction.html", "reproduction.json", "reproduction.md"
PICTURE = "agreement.svg"
AGREEMENT_NOTE = (
    "A mark for each figure that the paper prints, by the number of its table below; the band is "
    f"{percent(AGREES, 0)} to both sides. A printed zero has no place here."
)
RATIO = (
    "A ratio is our figure over the printed one of the same quantity. There is none where the "
    "paper prints none, where one of its constants enters ours, or where both are not to be "
    "compared. Counts, whole numbers without a unit, agree where they are equal; a figure that "
    "stands in several tables counts once, where ours is furthest off."
)
CHOICES, LEFT_OUT = "Choices that the paper leaves open", "Not reproduced"
CLAIM_HEAD = ("claim", "verdict", "found here")
MARKS = {
    PaperVerdict.AGREES: Agreement.AGREES,
    PaperVerdict.TREND: Agreement.NEAR,
    PaperVerdict.DIFFERS: Agreement.DIFFERS,
}
"""Colours of verdicts."""
FEWEST = 4
"""Compared figures that make a picture."""


def write_reproduction_page(reproduction: Reproduction, folder: Path) -> list[Path]:
    """Write ``reproduction.html``, ``.json`` and ``.md``, and each plot and drawing as ``.svg``.

    UsageError when that is not possible.
    """
    with written_aside(folder) as aside:
        (aside / DATA).write_text(document(reproduction, ALL))
        (aside / PAGE).write_text(render(reproduction))
        (aside / TEXT).write_text(markdown(reproduction))
        _draw(reproduction, aside)
        names = sorted(file.name for file in aside.glob("*.svg"))
    return [folder / name for name in (PAGE, DATA, TEXT, *names)]


def redraw(folder: Path) -> None:
    """Write page, text and pictures anew from the data in a folder, which stay as they are."""
    found = Reproduction.model_validate_json((folder / DATA).read_text())
    (folder / PAGE).write_text(render(found))
    (folder / TEXT).write_text(markdown(found))
    _draw(found, folder)


def _draw(reproduction: Reproduction, folder: Path) -> None:
    if has_picture(reproduction):
        (folder / PICTURE).write_text(agreement.alone(reproduction))
    for plot in reproduction.plots:
        (folder / f"{plot.name}.svg").write_text(drawn_alone(plot))
    for drawing in reproduction.drawings:
        text = drawing.svg.replace("<svg", _SVG, 1)
        (folder / f"{drawing.name}.svg").write_text(text)


def render(reproduction: Reproduction) -> str:
    """The page as one HTML file."""
    pictures = [
        *((drawing, Markup(drawing.svg)) for drawing in reproduction.drawings),
        *((plot, drawn_inline(plot)) for plot in reproduction.plots),
    ]
    picture = None
    if has_picture(reproduction):
        picture = agreement.TITLE, AGREEMENT_NOTE, agreement.inline(reproduction)
    elif pictures:
        first, drawn = pictures.pop(0)
        picture = first.title, first.note, drawn
    return frame.render(
        "reproduction.html.j2",
        title=reproduction.title,
        kind="Neuroloom reproduction",
        lead=f"The figures of the paper and ours: {reproduction.paper}. {RATIO}",
        keys=frame.keys(_keys(reproduction)),
        verdict=reproduction.verdict,
        agreement=verdict(reproduction),
        agrees=reproduction.verdict.verdict is PaperVerdict.AGREES,
        claims=_claims(reproduction),
        picture=picture,
        compared=has_picture(reproduction),
        contents=_contents(reproduction),
        tables=[
            (table, _table(table), had(table), reasons(table)) for table in reproduction.tables
        ],
        plots=pictures,
        lists=[(title, _listed(head, rows)) for title, head, rows in lists(reproduction)],
        methods=reproduction.methods,
        made=reproduction.made,
        conditions=conditions(reproduction),
    )


def verdict(reproduction: Reproduction) -> str:
    """How many figures agree, in a sentence."""
    total = reproduction.number(*Agreement)
    if not total:
        return "The paper prints no figure that one of ours stands beside: the tables tell trends."
    agree, near, differ = (reproduction.number(one) for one in Agreement)
    words = f"figure{'s' if total > 1 else ''} agree{'s' if 1 in (agree, total) else ''}"
    return (
        f"{agree} of {total} printed {words} within {percent(AGREES, 0)}, {near} more within "
        f"{percent(NEAR, 0)}; {differ} {'is' if differ == 1 else 'are'} further off. "
        "Why is said below each table."
    )


def judged(judgement: Judgement) -> str:
    """A verdict and what it rests on, in a line."""
    name = f"{judgement.claim}: " if judgement.claim else ""
    return f"{name}{judgement.verdict.capitalize()}. {judgement.words}"


def conditions(reproduction: Reproduction) -> str:
    """What else moved what the page says, and the versions of all tools."""
    around = [f"{name} {value}" for name, value in reproduction.made.conditions.items()]
    tools = [f"{name} {value}" for name, value in reproduction.made.tools.items()]
    return f"{', '.join((*around, *tools))}."


def has_picture(reproduction: Reproduction) -> bool:
    """Whether enough figures are compared for a picture of them."""
    return reproduction.number(*Agreement) >= FEWEST


def _keys(reproduction: Reproduction) -> list[frame.Key]:
    total = reproduction.number(*Agreement)
    of_all = f"of {total}"
    agree, near, differ = (str(reproduction.number(one)) for one in Agreement)
    tables = sum(bool(table.published) for table in reproduction.tables)
    return [
        frame.Key(f"agree within {percent(AGREES, 0)}", agree, of_all),
        frame.Key(f"more within {percent(NEAR, 0)}", near, of_all),
        frame.Key("further off", differ, of_all),
        frame.Key("tables", str(len(reproduction.tables)), "", f"{tables} with printed figures"),
        frame.Key(
            "left out", str(len(reproduction.left_out)), "", "parts of the paper, with reasons"
        ),
    ]


def lists(reproduction: Reproduction) -> list[tuple[str, tuple[str, ...], list[tuple[str, ...]]]]:
    """Choices and what was left out: title, head and rows of each."""
    choices = [(choice.name, choice.taken, choice.otherwise) for choice in reproduction.choices]
    left_out = [(left.what, left.why) for left in reproduction.left_out]
    return [
        (CHOICES, ("choice", "taken here", "another choice"), [*choices]),
        (LEFT_OUT, ("part of the paper", "why it is left out"), [*left_out]),
    ]


def _claims(reproduction: Reproduction) -> Table | None:
    rows = tuple((claim.claim, str(claim.verdict), claim.words) for claim in reproduction.claims)
    colours = {
        (at, 1): MARKS[claim.verdict].value
        for at, claim in enumerate(reproduction.claims)
        if claim.verdict in MARKS
    }
    return Table(CLAIM_HEAD, rows, marks=colours) if rows else None


def _listed(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> Table:
    return Table(head, tuple(rows))


def _contents(reproduction: Reproduction) -> list[tuple[str, str]]:
    """Titles of the parts, with how many figures of a table agree."""

    compared = list(reproduction.compared())

    def told(table: PublishedTable) -> str:
        agreements = [pair.agreement for other, pair in compared if other is table]
        agree = agreements.count(Agreement.AGREES)
        return f"{agree} of {len(agreements)} agree" if agreements else ""

    pictures = (*reproduction.drawings, *reproduction.plots)
    return [
        *((table.title, told(table)) for table in reproduction.tables),
        *((picture.title, "") for picture in pictures[0 if has_picture(reproduction) else 1 :]),
        *((title, "") for title, _, _ in lists(reproduction)),
        ("Methods", ""),
    ]


def markdown(reproduction: Reproduction) -> str:
    """The same as Markdown."""
    lines = [
        f"# {reproduction.title}",
        "",
        f"**{judged(reproduction.verdict)}** {verdict(reproduction)}",
        "",
        f"After {reproduction.paper}; written by `{reproduction.made.command}`. {RATIO}",
    ]
    if reproduction.claims:
        rows = [(claim.claim, str(claim.verdict), claim.words) for claim in reproduction.claims]
        lines += ["", *in_markdown(CLAIM_HEAD, rows, numbers=())]
    if has_picture(reproduction):
        lines += ["", f"![{agreement.TITLE}]({PICTURE})"]
    for table in reproduction.tables:
        lines += ["", f"## {table.title}", "", f"{table.source}. {had(table)}", ""]
        lines += in_markdown(head(table), [cells(table, row) for row in table.rows])
        lines += ["", *(f"- {names}: {why}" for names, why in reasons(table))]
        lines += ["", table.note] if table.note else []
    for plot in (*reproduction.drawings, *reproduction.plots):
        lines += ["", f"## {plot.title}", "", f"![{plot.title}]({plot.name}.svg)", "", plot.note]
    for title, names, listed in lists(reproduction):
        lines += ["", f"## {title}", "", *in_markdown(names, listed, numbers=())]
    lines += ["", "## Methods", "", *(f"- {method}" for method in reproduction.methods)]
    lines += [f"- Written by `{reproduction.made.command}`: {conditions(reproduction)}"]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in lines)) + "\n"


def _table(table: PublishedTable) -> Table:
    columns = head(table)
    return Table(
        columns,
        tuple(cells(table, row) for row in table.rows),
        numbers=tuple(range(1, len(columns))),
        caption=table.note,
        groups=_groups(table),
        marks={
            (at, len(columns) - 1): mark.value
            for at, mark in enumerate(marks(table))
            if mark is not None
        },
    )


def _groups(table: PublishedTable) -> tuple[tuple[str, int], ...]:
    """What stands above the columns: whose they are."""
    if not table.published:
        return ()
    sides = (("the paper", len(table.published)), ("ours", len(table.ours)))
    return (("", 1), *((words, columns) for words, columns in sides if columns), ("", 1))
