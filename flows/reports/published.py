"""Published tables with what was found here beside them, curves and drawings of it."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, StringConstraints, model_serializer, model_validator
from pydantic_core.core_schema import SerializerFunctionWrapHandler

from neuroloom.flows.reports.figures import Derived, Ours, Printed
from neuroloom.flows.tools.frozen import Frozen
from neuroloom.flows.tools.recorded import Recorded

AGREES, NEAR = 0.05, 0.25
"""Shares by which a figure may differ from the printed one to agree with it, or to be near it."""
UNEXPLAINED = "unexplained"
"""The reason of a difference for which none was found."""
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Agreement(StrEnum):
    """How far a figure of ours is from the printed one."""

    AGREES = "agrees"
    NEAR = "near"
    DIFFERS = "differs"


class PublishedRow(Frozen):
    """One quantity: published values, ours, and why they differ.

    ValueError where a figure that is no more than near the printed one has no reason, and where a
    ratio is stated beside a figure that has none.
    """

    name: str
    published: tuple[Printed | Derived | None, ...] = ()
    """Values in the order of the table's ``published`` columns; None where the source has none."""
    ours: tuple[Ours | None, ...]
    unit: str = ""
    why: str = ""
    """What was found to cause the difference, or :data:`UNEXPLAINED`."""
    no_ratio: str = ""
    """Why both are not to be compared: other conditions, agreement by chance."""

    @model_validator(mode="before")
    @classmethod
    def _stated(cls, given: Any) -> Any:
        """A ratio that is stated, as in files, is none of the fields: it must be the one that
        follows."""
        if not isinstance(given, dict) or "ratio" not in given:
            return given
        fields = {name: value for name, value in given.items() if name != "ratio"}
        made, stated = cls.model_validate(fields), given["ratio"]
        if stated is None or made.ratio == stated:
            return fields
        if made.ratio is None:
            raise ValueError(
                f"row {made.name!r} has a ratio beside a figure that is circular, derived or "
                "missing, or that is not to be compared"
            )
        raise ValueError(f"row {made.name!r} has the ratio {stated!r}, which does not follow")

    @model_validator(mode="after")
    def _explained(self) -> "PublishedRow":
        if self.agreement not in (None, Agreement.AGREES) and not self.why.strip():
            raise ValueError(
                f"row {self.name!r} is {self.ratio:.3g} of the printed figure: give a reason that "
                f"was tested, or the word {UNEXPLAINED}"
            )
        return self

    @model_serializer(mode="wrap")
    def _with_ratio(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {**serialize(self), "ratio": self.ratio}

    @property
    def compared(self) -> tuple[Ours, Printed] | None:
        """The last of our values that no constant of the paper enters, and the last published one;
        None where either is missing, the published one is not printed, or both are not to be
        compared."""
        ours = [our for our in self.ours if our is not None and not our.circular]
        theirs = [each for each in self.published if each is not None]
        if not ours or not theirs or self.no_ratio:
            return None
        return (ours[-1], theirs[-1]) if isinstance(theirs[-1], Printed) else None

    @property
    def ratio(self) -> float | None:
        """Ours over the printed value; None where they are not compared."""
        if self.compared is None:
            return None
        ours, theirs = self.compared
        return float(ours) / float(theirs) if theirs else None

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
    """Rows with columns of published values and of ours."""

    title: str
    source: str
    """Source of the published values."""
    published: tuple[str, ...] = ()
    ours: tuple[str, ...]
    rows: tuple[PublishedRow, ...]
    note: str = ""

    @model_validator(mode="after")
    def _check(self) -> "PublishedTable":
        for row in self.rows:
            if (len(row.published), len(row.ours)) != (len(self.published), len(self.ours)):
                raise ValueError(f"row {row.name!r} does not fit the columns of {self.title!r}")
        for names in (self.published, self.ours):
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


class PaperVerdict(StrEnum):
    """What a reader wants to know first."""

    AGREES = "agrees"
    TREND = "agrees in trend"
    DIFFERS = "differs"


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

    def compared(self) -> Iterator[tuple[PublishedTable, PublishedRow]]:
        """Rows that have a printed figure and one of ours, with their table."""
        for table in self.tables:
            for row in table.rows:
                if row.ratio is not None:
                    yield table, row

    def number(self, *agreements: Agreement) -> int:
        """How many of the compared figures are that far from the printed ones."""
        return sum(row.agreement in agreements for _, row in self.compared())
