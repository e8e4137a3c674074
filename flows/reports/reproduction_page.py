"""The page of a published system rebuilt."""

import re
from pathlib import Path

from markupsafe import Markup

from neuroloom.flows.reports import page as frame
from neuroloom.flows.reports.curves import drawn_alone, drawn_inline
from neuroloom.flows.reports.page import Table
from neuroloom.flows.reports.published import PublishedTable, Reproduction, Row
from neuroloom.flows.tools.numbers import significant
from neuroloom.flows.tools.provenance import ALL, document
from neuroloom.flows.tools.writing import written_aside

SMALL = 1e-3
"""Below it a number is shown with an exponent."""
_SVG = '<svg xmlns="http://www.w3.org/2000/svg"'
PAGE, DATA, TEXT = "reproduction.html", "reproduction.json", "reproduction.md"


def write_reproduction_page(found: Reproduction, folder: Path) -> list[Path]:
    """Write ``reproduction.html``, ``.json`` and ``.md``, and each plot and drawing as ``.svg``.

    UsageError when that is not possible.
    """
    with written_aside(folder) as aside:
        (aside / DATA).write_text(document(found, ALL))
        (aside / PAGE).write_text(render(found))
        (aside / TEXT).write_text(markdown(found))
        drawings = [f"{plot.name}.svg" for plot in found.plots]
        for plot, name in zip(found.plots, drawings, strict=True):
            (aside / name).write_text(drawn_alone(plot))
        for drawing in found.drawings:
            drawings.append(f"{drawing.name}.svg")
            (aside / drawings[-1]).write_text(drawing.svg.replace("<svg", _SVG, 1))
    return [folder / name for name in (PAGE, DATA, TEXT, *drawings)]


def render(found: Reproduction) -> str:
    """The page as one HTML file."""
    return frame.render(
        "reproduction.html.j2",
        title=found.title,
        kind="Neuroloom reproduction",
        lead=f"The figures of the paper and ours: {found.paper}. Ours / paper is the last of our "
        "columns over the last of the paper's.",
        tables=[(each, _table(each), reasons(each)) for each in found.tables],
        plots=[
            *((drawing, Markup(drawing.svg)) for drawing in found.drawings),
            *((plot, drawn_inline(plot)) for plot in found.plots),
        ],
        methods=found.methods,
    )


def markdown(found: Reproduction) -> str:
    """The same as Markdown."""
    lines = [
        f"# {found.title}",
        "",
        f"Written by `neuroloom reproduce {found.system}`, after "
        f"{found.paper}. *Ours / paper* is the last of our columns over the last of the "
        "paper's.",
    ]
    for table in found.tables:
        columns = head(table)
        lines += ["", f"## {table.title}", "", f"{table.source}.", "", _piped(columns)]
        lines.append(_piped(("---", *("---:" for _ in columns[1:]))))
        lines += [_piped(cells(table, row)) for row in table.rows]
        lines += ["", *(f"- {names}: {why}" for names, why in reasons(table))]
        lines += ["", table.note] if table.note else []
    for plot in (*found.drawings, *found.plots):
        lines += ["", f"## {plot.title}", "", f"![{plot.title}]({plot.name}.svg)", "", plot.note]
    lines += ["", "## Methods", "", *(f"- {method}" for method in found.methods)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)) + "\n"


def _piped(row: tuple[str, ...]) -> str:
    return "| " + " | ".join(row) + " |"


def _table(table: PublishedTable) -> Table:
    columns = head(table)
    return Table(
        columns,
        tuple(cells(table, row) for row in table.rows),
        numbers=tuple(range(1, len(columns))),
        caption=table.note,
    )


def head(table: PublishedTable) -> tuple[str, ...]:
    """Names of the columns: the quantity, published values, measured ones, their ratio."""
    ratio = ("ours / paper",) if table.published else ()
    return ("", *table.published, *table.measured, *ratio)


def cells(table: PublishedTable, row: Row) -> tuple[str, ...]:
    """A row as text, – where there is no value."""
    name = f"{row.name} [{row.unit}]" if row.unit else row.name
    ratio = "–" if row.ratio is None else f"{row.ratio:.2f}"
    values = map(_value, (*row.published, *row.measured))
    return (name, *values, *((ratio,) if table.published else ()))


def reasons(table: PublishedTable) -> list[tuple[str, str]]:
    """Why values differ: names of the rows that have the same reason, and the reason."""
    found: dict[str, list[str]] = {}
    for row in table.rows:
        if row.why:
            found.setdefault(row.why, []).append(row.name)
    return [(", ".join(names), why) for why, names in found.items()]


def _value(value: float | None) -> str:
    """Counts as they are, other numbers in four digits, small ones with an exponent."""
    if value is None:
        return "–"
    if 0 < abs(value) < SMALL:
        return f"{value:.2e}"
    return f"{int(value):,}" if value == int(value) else significant(value, 4)
