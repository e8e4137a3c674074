"""The frame of every report: one HTML file that needs nothing else, and the parts it is made of."""

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from typing import Any

import jinja2
from markupsafe import Markup, escape

from neuroloom.flows.tools.numbers import grouped, percent, scaled

LONGEST_LINE = 24
"""Characters that a table cell keeps on one line."""


@dataclass(frozen=True)
class Table:
    """A table of text cells; ``numbers`` are the columns set flush right, the first is a label.

    The last ``totals`` rows are set off as sums.
    """

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...] = ()
    totals: int = 0
    caption: str = ""
    wide: bool = True
    """Whether it takes the page's width."""
    groups: tuple[tuple[str, int], ...] = ()
    """Words above so many columns each, from the first on."""
    marks: Mapping[tuple[int, int], str] = field(default_factory=dict)
    """Classes of cells, by row and column."""

    def __html__(self) -> str:
        head = "".join(
            f'<th scope="col"{self._flush(column)}>{escape(text)}</th>'
            for column, text in enumerate(self.head)
        )
        above = "".join(
            f'<th scope="colgroup" class="group" colspan="{columns}">{escape(words)}</th>'
            for words, columns in self.groups
        )
        first_total = len(self.rows) - self.totals
        body = "".join(
            f"<tr{' class=total' if index >= first_total else ''}>{self._row(index, row)}</tr>"
            for index, row in enumerate(self.rows)
        )
        kind = ' class="wide"' if self.wide else ""
        note = f"<figcaption>{escape(self.caption)}</figcaption>" if self.caption else ""
        above = f"<tr>{above}</tr>" if above else ""
        return (
            f'<figure><div class="scroll"><table{kind}><thead>{above}<tr>{head}</tr></thead>'
            f"<tbody>{body}</tbody></table></div>{note}</figure>"
        )

    def _row(self, index: int, cells: tuple[str, ...]) -> str:
        label, *values = cells
        return f'<th scope="row">{escape(label)}</th>' + "".join(
            f"<td{self._kind(index, column, text)}>{escape(text)}</td>"
            for column, text in enumerate(values, start=1)
        )

    def _kind(self, row: int, column: int, text: str) -> str:
        mark = self.marks.get((row, column))
        if mark is None:
            return self._flush(column) or _wrapping(text)
        return f' class="number {mark}"' if column in self.numbers else f' class="{mark}"'

    def _flush(self, column: int) -> str:
        return ' class="number"' if column in self.numbers else ""


def _wrapping(text: str) -> str:
    """Long text may break into lines, though not below a readable width."""
    return ' class="text"' if len(text) > LONGEST_LINE else ""


@dataclass(frozen=True)
class Key:
    """A headline number with its unit, what it is, and a few words on how it was had."""

    name: str
    value: str
    unit: str = ""
    note: str = ""


def keys(entries: Sequence[Key]) -> Markup:
    """The headline numbers as a grid."""
    cells = [
        Markup("<div><dt>{}</dt><dd>{} <small>{}</small></dd><dd>{}</dd></div>").format(
            entry.name, entry.value, entry.unit, entry.note
        )
        for entry in entries
    ]
    return Markup('<dl class="keys">{}</dl>').format(Markup("").join(cells))


def render(template: str, title: str, kind: str, lead: str, **parts: Any) -> str:
    """The page that ``template``, an extension of ``page.html.j2``, makes of ``parts``."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("neuroloom.flows.reports"),
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters |= {"percent": percent, "scaled": scaled, "grouped": grouped}
    return environment.get_template(template).render(
        title=title,
        kind=kind,
        lead=lead,
        version=metadata.version("neuroloom"),
        date=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        machine=f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        **parts,
    )


def sentence(text: str) -> str:
    """A line of the catalogue as a sentence; its abbreviations stay as they are."""
    return f"{text[0].upper()}{text[1:]}."
