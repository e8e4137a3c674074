"""Published tables with what was found here beside them, curves and drawings of it."""

from collections.abc import Iterator
from enum import StrEnum
from itertools import chain
from typing import Annotated, Any

from pydantic import (
    Field,
    ModelWrapValidatorHandler,
    StringConstraints,
    model_serializer,
    model_validator,
)
from pydantic_core.core_schema import SerializerFunctionWrapHandler

from neuroloom.flows.reports.figures import Derived, Ours, Printed
from neuroloom.flows.reports.paired import Agreement, Paired
from neuroloom.flows.tools.frozen import Frozen
from neuroloom.flows.tools.recorded import Recorded

UNEXPLAINED = "unexplained"
"""The reason of a difference for which none was found."""
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class PublishedRow(Frozen):
    """One quantity: published values, ours, and why they differ."""

    name: str
    published: tuple[Printed | Derived | None, ...] = ()
    """Values in the order of the table's ``published`` columns; None where the source has none."""
    ours: tuple[Ours | None, ...]
    unit: str = ""
    """Unit; a whole number without one is a count."""
    why: str = ""
    """What was found to cause the difference, or :data:`UNEXPLAINED`."""
    no_ratio: str = ""
    """Why both are not to be compared: other conditions, agreement by chance."""


Ratio = float | None
"""Ours over a printed figure, None where they are not compared."""


class PublishedTable(Frozen):
    """Rows with columns of published values and of ours.

    ValueError where a row does not fit the columns, where it is not said which columns are of one
    quantity, where a figure that is no more than near the printed one has no reason, and where a
    ratio is stated that does not follow.
    """

    title: str
    source: str
    """Source of the published values."""
    published: tuple[str, ...] = ()
    ours: tuple[str, ...]
    rows: tuple[PublishedRow, ...]
    note: str = ""
    against: tuple[str | None, ...] = ()
    """Column of ours that is of the same quantity as each published one, None where none is.
    Left out where columns of one quantity have one name, or where each side has one column."""

    @model_validator(mode="wrap")
    @classmethod
    def _stated(
        cls, given: Any, handler: ModelWrapValidatorHandler["PublishedTable"]
    ) -> "PublishedTable":
        """Ratios that are stated, as in files, are none of the fields: they must be those that
        follow."""
        stated: list[Any] = []
        if isinstance(given, dict):
            rows = [row if isinstance(row, dict) else {"row": row} for row in given["rows"]]
            stated = [row.get("ratio") for row in rows]
            plain = [{name: row[name] for name in row if name != "ratio"} for row in rows]
            given = {**given, "rows": [row.get("row", row) for row in plain]}
        made = handler(given)
        for row, ratio in zip(made.rows, stated, strict=False):
            if ratio is None or ratio == (follows := made.stated(row)):
                continue
            if follows is None:
                raise ValueError(
                    f"row {row.name!r} has a ratio beside a figure that is circular, derived or "
                    "missing, or that is not to be compared"
                )
            raise ValueError(f"row {row.name!r} has the ratio {ratio!r}, which does not follow")
        return made

    @model_validator(mode="after")
    def _check(self) -> "PublishedTable":
        for row in self.rows:
            if (len(row.published), len(row.ours)) != (len(self.published), len(self.ours)):
                raise ValueError(f"row {row.name!r} does not fit the columns of {self.title!r}")
        for names in (self.published, self.ours):
            if len(set(names)) < len(names):
                raise ValueError(f"{self.title!r} has two columns of one name among {names}")
        if self.against and len(self.against) != len(self.published):
            raise ValueError(f"{self.title!r} has not a column of ours for each published one")
        if set(self.against) - {None, *self.ours}:
            raise ValueError(f"{self.title!r} is held against columns that it has not")
        for row in self.rows:
            self._explained(row)
        return self

    def _explained(self, row: PublishedRow) -> None:
        ours = any(each is not None and not each.circular for each in row.ours)
        theirs = any(isinstance(each, Printed) for each in row.published)
        if ours and theirs and not row.no_ratio and not any(self.sides):
            raise ValueError(
                f"say against which of our columns each published one of {self.title!r} is held: "
                f"{', '.join(self.published)} and {', '.join(self.ours)} do not tell"
            )
        for pair in self.pairs(row):
            if pair and pair.agreement is not Agreement.AGREES and not row.why.strip():
                raise ValueError(
                    f"row {row.name!r} has {pair.ours:.4g} for the printed {pair.theirs:.4g}: give "
                    f"a reason that was tested, or the word {UNEXPLAINED}"
                )

    @property
    def sides(self) -> tuple[str | None, ...]:
        """The column of ours that is held against each published one, None where none is."""
        if self.against:
            return self.against
        if len(self.published) == len(self.ours) == 1:
            return self.ours
        return tuple(name if name in self.ours else None for name in self.published)

    def pairs(self, row: PublishedRow) -> tuple[Paired | None, ...]:
        """What a row compares, by published column; None where a figure is missing, where theirs
        is not printed, where a constant of the paper enters ours, or where both are not to be
        compared."""
        found: list[Paired | None] = []
        for theirs, side in zip(row.published, self.sides, strict=True):
            ours = None if side is None else row.ours[self.ours.index(side)]
            if ours is None or ours.circular or row.no_ratio or not isinstance(theirs, Printed):
                found.append(None)
            else:
                found.append(Paired(theirs, ours, row.unit))
        return tuple(found)

    def stated(self, row: PublishedRow) -> Ratio | list[Ratio]:
        """Ratios of a row as files have them: one, or one for each of several published columns."""
        ratios = [None if pair is None else pair.ratio for pair in self.pairs(row)]
        if len(ratios) > 1:
            return ratios if any(ratio is not None for ratio in ratios) else None
        return ratios[0] if ratios else None

    @model_serializer(mode="wrap")
    def _with_ratios(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        document = serialize(self)
        rows = zip(document["rows"], self.rows, strict=True)
        return {**document, "rows": [{**row, "ratio": self.stated(each)} for row, each in rows]}


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


class PaperVerdict(StrEnum):
    """What a reader wants to know first."""

    AGREES = "agrees"
    TREND = "agrees in trend"
    DIFFERS = "differs"
    UNCLEAR = "not comparable"
    """What is claimed is not said exactly enough."""


class Judgement(Frozen):
    """A verdict on the paper, or on one of its claims, and what it rests on."""

    verdict: PaperVerdict
    words: Words
    claim: str = ""
    """The claim; empty for the paper as a whole."""


class OpenChoice(Frozen):
    """A choice that the paper leaves open and that moves a result."""

    name: Words
    taken: Words
    otherwise: Words
    """What another choice gives."""


class LeftOut(Frozen):
    """Something of the paper that was not reproduced."""

    what: Words
    why: Words


class Made(Frozen):
    """What wrote a page."""

    command: Words
    """What is typed, with its options."""
    conditions: dict[str, Words]
    """What else moves what the page says, by name: variables of the environment, programs."""
    tools: Annotated[dict[str, Words], Field(min_length=1)]
    """Versions by tool."""


class Reproduction(Frozen, Recorded):
    """A published system rebuilt: what its authors would want said of it is required."""

    system: str
    title: str
    paper: str
    made: Made
    verdict: Judgement
    claims: tuple[Judgement, ...] = ()
    tables: tuple[PublishedTable, ...]
    plots: tuple[Plot, ...] = ()
    drawings: tuple[Drawing, ...] = ()
    choices: Annotated[tuple[OpenChoice, ...], Field(min_length=1)]
    left_out: Annotated[tuple[LeftOut, ...], Field(min_length=1)]
    methods: tuple[str, ...]
    """How our values were had."""

    @model_validator(mode="after")
    def _judged(self) -> "Reproduction":
        agree, near, differ = (self.number(each) for each in Agreement)
        if self.verdict.verdict is PaperVerdict.AGREES and differ > agree + near:
            raise ValueError(
                f"{differ} of {agree + near + differ} figures of {self.system} are far from the "
                f"printed ones: the verdict cannot be {str(PaperVerdict.AGREES)!r}"
            )
        words = self.made.command.split()
        if words[:3] != ["neuroloom", "reproduce", self.system]:
            raise ValueError(f"{self.made.command!r} does not write the page of {self.system}")
        for claim in self.claims:
            if not claim.claim.strip():
                raise ValueError(f"a judgement of {self.system} names no claim: {claim.words!r}")
        return self

    def compared(self) -> Iterator[tuple[PublishedTable, Paired]]:
        """Every printed figure that one of ours is held against, with the table. A figure that
        stands in several places counts once, where ours is furthest off."""
        found: dict[tuple[str, float], tuple[PublishedTable, Paired]] = {}
        for table in self.tables:
            for pair in chain.from_iterable(table.pairs(row) for row in table.rows):
                if pair is not None:
                    cell = pair.theirs.place, float(pair.theirs)
                    if cell not in found or found[cell][1].off < pair.off:
                        found[cell] = table, pair
        yield from found.values()

    def number(self, *agreements: Agreement) -> int:
        """How many of the compared figures are that far from the printed ones."""
        return sum(pair.agreement in agreements for _, pair in self.compared())
