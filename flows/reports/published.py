"""Published tables with what was measured here beside them, curves and drawings of it."""

from collections.abc import Iterator
from enum import StrEnum

from pydantic import model_validator

from neuroloom.flows.tools.frozen import Frozen
from neuroloom.flows.tools.recorded import Recorded

AGREES, NEAR = 0.05, 0.25
"""Shares by which a figure may differ from the printed one to agree with it, or to be near it."""


class Agreement(StrEnum):
    """How far a measured figure is from the printed one."""

    AGREES = "agrees"
    NEAR = "near"
    DIFFERS = "differs"


class PublishedRow(Frozen):
    """One quantity: published values, measured values, and why they differ."""

    name: str
    published: tuple[float | None, ...]
    """Values in the order of the table's ``published`` columns; None where the source has none."""
    measured: tuple[float | None, ...]
    unit: str = ""
    why: str = ""

    @property
    def ratio(self) -> float | None:
        """The last measured value over the last published one; None where one is missing."""
        ours = next((each for each in reversed(self.measured) if each is not None), None)
        theirs = next((each for each in reversed(self.published) if each is not None), None)
        return ours / theirs if ours is not None and theirs else None

    @property
    def agreement(self) -> Agreement | None:
        """What the ratio says; None without one."""
        if self.ratio is None:
            return None
        off = round(abs(self.ratio - 1), 9)
        if off <= AGREES:
            return Agreement.AGREES
        return Agreement.NEAR if off <= NEAR else Agreement.DIFFERS


class PublishedTable(Frozen):
    """Rows with columns of published and of measured values."""

    title: str
    source: str
    """Source of the published values."""
    published: tuple[str, ...]
    measured: tuple[str, ...]
    rows: tuple[PublishedRow, ...]
    note: str = ""

    @model_validator(mode="after")
    def _check(self) -> "PublishedTable":
        for row in self.rows:
            if (len(row.published), len(row.measured)) != (len(self.published), len(self.measured)):
                raise ValueError(f"row {row.name!r} does not fit the columns of {self.title!r}")
        for names in (self.published, self.measured):
            if len(set(names)) < len(names):
                raise ValueError(f"{self.title!r} has two columns of one name among {names}")
        return self


class Curve(Frozen):
    """Points with the spread of their repetitions."""

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    error: tuple[float, ...] = ()
    """Half the height of each point's bar; no bars where empty."""

    @model_validator(mode="after")
    def _check(self) -> "Curve":
        if len(self.x) != len(self.y) or len(self.error) not in (0, len(self.x)):
            raise ValueError(f"curve {self.name!r} has points without both coordinates or bars")
        return self


class _Figure(Frozen):
    name: str
    """Name of its file, without ending."""
    title: str
    note: str = ""


class Plot(_Figure):
    """Curves over one axis."""

    x_label: str
    y_label: str
    curves: tuple[Curve, ...]
    decades: bool = True
    """Whether the x axis is logarithmic."""


class Drawing(_Figure):
    """A drawing as the SVG element of a page, without a name space."""

    svg: str


class Reproduction(Frozen, Recorded):
    """A published system rebuilt."""

    system: str
    title: str
    paper: str
    tables: tuple[PublishedTable, ...]
    plots: tuple[Plot, ...] = ()
    drawings: tuple[Drawing, ...] = ()
    methods: tuple[str, ...]
    """How the measured values were had, tools and versions included."""

    def compared(self) -> Iterator[tuple[PublishedTable, PublishedRow]]:
        """Rows that have a printed figure and one of ours, with their table."""
        for table in self.tables:
            for row in table.rows:
                if row.ratio is not None:
                    yield table, row

    def number(self, *agreements: Agreement) -> int:
        """How many of the compared figures are that far from the printed ones."""
        return sum(row.agreement in agreements for _, row in self.compared())
