"""The page of a published system rebuilt."""

import re
from collections.abc import Iterator
from pathlib import Path

from markupsafe import Markup

from neuroloom.flows.reports import agreement
from neuroloom.flows.reports import page as frame
from neuroloom.flows.reports.curves import drawn_alone, drawn_inline
from neuroloom.flows.reports.page import Table
from neuroloom.flows.reports.published import (
    AGREES,
    NEAR,
    Agreement,
    PublishedRow,
    PublishedTable,
    Reproduction,
)
from neuroloom.flows.tools.markdown import table as in_markdown
from neuroloom.flows.tools.numbers import figure, percent
from neuroloom.flows.tools.provenance import ALL, document
from neuroloom.flows.tools.writing import written_aside

_SVG = '<svg xmlns="http://www.w3.org/2000/svg"'
PAGE, DATA, TEXT = "reproduction.html", "reproduction.json", "reproduction.md"
PICTURE = "agreement.svg"
AGREEMENT_NOTE = (
    "A mark for each figure that the paper prints, by the number of its table below; the band is "
    f"{percent(AGREES, 0)} to both sides."
)
FEWEST = 4
"""Compared figures that make a picture."""


def write_reproduction_page(found: Reproduction, folder: Path) -> list[Path]:
    """Write ``reproduction.html``, ``.json`` and ``.md``, and each plot and drawing as ``.svg``.

    UsageError when that is not possible.
    """
    with written_aside(folder) as aside:
        (aside / DATA).write_text(document(found, ALL))
        (aside / PAGE).write_text(render(found))
        (aside / TEXT).write_text(markdown(found))
        _draw(found, aside)
        names = sorted(file.name for file in aside.glob("*.svg"))
    return [folder / name for name in (PAGE, DATA, TEXT, *names)]


def redraw(folder: Path) -> None:
    """Write page, text and pictures anew from the data in a folder, which stay as they are."""
    found = Reproduction.model_validate_json((folder / DATA).read_text())
    (folder / PAGE).write_text(render(found))
    (folder / TEXT).write_text(markdown(found))
    _draw(found, folder)


def _draw(found: Reproduction, folder: Path) -> None:
    if has_picture(found):
        (folder / PICTURE).write_text(agreement.alone(found))
    for plot in found.plots:
        (folder / f"{plot.name}.svg").write_text(drawn_alone(plot))
    for drawing in found.drawings:
        text = drawing.svg.replace("<svg", _SVG, 1)
        (folder / f"{drawing.name}.svg").write_text(text)


def render(found: Reproduction) -> str:
    """The page as one HTML file."""
    pictures = [
        *((drawing, Markup(drawing.svg)) for drawing in found.drawings),
        *((plot, drawn_inline(plot)) for plot in found.plots),
    ]
    picture = None
    if has_picture(found):
        picture = agreement.TITLE, AGREEMENT_NOTE, agreement.inline(found)
    elif pictures:
        first, drawn = pictures.pop(0)
        picture = first.title, first.note, drawn
    return frame.render(
        "reproduction.html.j2",
        title=found.title,
        kind="Neuroloom reproduction",
        lead=f"The figures of the paper and ours: {found.paper}. Ours / paper is the last of our "
        "columns over the last of the paper's.",
        keys=frame.keys(_keys(found)),
        verdict=verdict(found),
        agrees=found.number(Agreement.AGREES) >= found.number(Agreement.NEAR, Agreement.DIFFERS),
        picture=picture,
        compared=has_picture(found),
        contents=_contents(found),
        tables=[(each, _table(each), reasons(each)) for each in found.tables],
        plots=pictures,
        methods=found.methods,
    )


def verdict(found: Reproduction) -> str:
    """How many figures agree, in a sentence."""
    total = found.number(*Agreement)
    if not total:
        return "The paper prints no figure that one of ours stands beside: the tables tell trends."
    agree, near, differ = (found.number(each) for each in Agreement)
    words = "figure agrees" if agree == 1 else "figures agree"
    return (
        f"{agree} of {total} printed {words} within {percent(AGREES, 0)}, {near} more within "
        f"{percent(NEAR, 0)}; {differ} {'is' if differ == 1 else 'are'} further off. "
        "Why is said below each table."
    )


def has_picture(found: Reproduction) -> bool:
    """Whether enough figures are compared for a picture of them."""
    return found.number(*Agreement) >= FEWEST


def _keys(found: Reproduction) -> list[frame.Key]:
    total = found.number(*Agreement)
    of_all = f"of {total}"
    agree, near, differ = (str(found.number(each)) for each in Agreement)
    tables = sum(bool(table.published) for table in found.tables)
    return [
        frame.Key(f"agree within {percent(AGREES, 0)}", agree, of_all),
        frame.Key(f"more within {percent(NEAR, 0)}", near, of_all),
        frame.Key("further off", differ, of_all),
        frame.Key("tables", str(len(found.tables)), "", f"{tables} with printed figures"),
    ]


def _contents(found: Reproduction) -> list[tuple[str, str]]:
    """Titles of the parts, with how many figures of a table agree."""

    def told(table: PublishedTable) -> str:
        agreements = [row.agreement for row in table.rows if row.agreement]
        agree = agreements.count(Agreement.AGREES)
        return f"{agree} of {len(agreements)} agree" if agreements else ""

    pictures = (*found.drawings, *found.plots)
    return [
        *((table.title, told(table)) for table in found.tables),
        *((each.title, "") for each in pictures[0 if has_picture(found) else 1 :]),
        ("Methods", ""),
    ]


def markdown(found: Reproduction) -> str:
    """The same as Markdown."""
    lines = [
        f"# {found.title}",
        "",
        f"Written by `neuroloom reproduce {found.system}`, after "
        f"{found.paper}. *Ours / paper* is the last of our columns over the last of the "
        "paper's.",
        "",
        f"**{verdict(found)}**",
    ]
    if has_picture(found):
        lines += ["", f"![{agreement.TITLE}]({PICTURE})"]
    for table in found.tables:
        lines += ["", f"## {table.title}", "", f"{table.source}.", ""]
        lines += in_markdown(head(table), [cells(table, row) for row in table.rows])
        lines += ["", *(f"- {names}: {why}" for names, why in reasons(table))]
        lines += ["", table.note] if table.note else []
    for plot in (*found.drawings, *found.plots):
        lines += ["", f"## {plot.title}", "", f"![{plot.title}]({plot.name}.svg)", "", plot.note]
    lines += ["", "## Methods", "", *(f"- {method}" for method in found.methods)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)) + "\n"


def _table(table: PublishedTable) -> Table:
    columns = head(table)
    return Table(
        columns,
        tuple(cells(table, row) for row in table.rows),
        numbers=tuple(range(1, len(columns))),
        caption=table.note,
        groups=_groups(table),
        marks={
            (at, len(columns) - 1): row.agreement.value
            for at, row in enumerate(table.rows)
            if row.agreement
        },
    )


def head(table: PublishedTable) -> tuple[str, ...]:
    """Names of the columns: the quantity, published values, measured ones, their ratio. What both
    sides call alike says whose it is."""
    both = set(table.published) & set(table.measured)

    def named(side: str, names: tuple[str, ...]) -> Iterator[str]:
        return (f"{name}, {side}" if name in both else name for name in names)

    ratio = ("ours / paper",) if table.published else ()
    return ("", *named("paper", table.published), *named("ours", table.measured), *ratio)


def _groups(table: PublishedTable) -> tuple[tuple[str, int], ...]:
    """What stands above the columns: whose they are."""
    if not table.published:
        return ()
    sides = (("the paper", len(table.published)), ("ours", len(table.measured)))
    return (("", 1), *((words, columns) for words, columns in sides if columns), ("", 1))


def cells(table: PublishedTable, row: PublishedRow) -> tuple[str, ...]:
    """A row as text, – where there is no value."""
    name = f"{row.name} [{row.unit}]" if row.unit else row.name
    ratio = "–" if row.ratio is None else f"{row.ratio:.2f}"
    values = map(figure, (*row.published, *row.measured))
    return (name, *values, *((ratio,) if table.published else ()))


def reasons(table: PublishedTable) -> list[tuple[str, str]]:
    """Why values differ: names of the rows that have the same reason, and the reason."""
    found: dict[str, list[str]] = {}
    for row in table.rows:
        if row.why:
            found.setdefault(row.why, []).append(row.name)
    return [(", ".join(names), why) for why, names in found.items()]
