"""Figures of a paper and ours: numbers that say where they come from.

Each is a float and counts as one. Arithmetic on them gives plain floats, which no table takes: what
is worked out of printed figures must be said to be :class:`Derived`. Nothing here is slow to load.
"""

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Self

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

PLACE = re.compile(
    r"(Table [A-Z]?\d+(, [^,]+){0,2}|Fig(ure|\.) [A-Z]?\d+[A-Za-z]?|Eq(uation|\.) [A-Z]?\d+"
    r'|Abstract|Section ([IVX\d][IVX\d.A-Z-]*|"[^"]+"), paragraph \d+)'
)
"""What a place is: papers are had as texts without pages. Figures that are equal are told apart by
row and column of their table."""


class FigureKind(StrEnum):
    """How a figure of ours was had."""

    MEASURED = "measured"
    """Counted or timed in RTL, in a netlist or in cells that this run made."""
    MODEL = "model"
    """Given by a golden model or an event model that this run ran."""
    FORMULA = "formula"
    """Worked out of parameters alone."""
    ESTIMATE = "estimate"
    """A figure with an assumption that nothing here tests."""


class _Number(float):
    """A float with words; as JSON an object of them."""

    words: ClassVar[tuple[str, ...]]
    """Names of the attributes that go with the value."""
    remedy: ClassVar[str]
    """What to do where a plain number stands for one."""

    @classmethod
    def __get_pydantic_core_schema__(cls, _: Any, __: "GetCoreSchemaHandler") -> "CoreSchema":
        from pydantic_core import core_schema

        return core_schema.no_info_plain_validator_function(
            cls._validated,
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda figure: {
                    "value": float(figure),
                    **{name: getattr(figure, name) for name in cls.words},
                }
            ),
        )

    @classmethod
    def _validated(cls, figure: Any) -> Self:
        if isinstance(figure, cls):
            return figure
        if isinstance(figure, dict) and figure.keys() == {"value", *cls.words}:
            return cls(figure["value"], *(figure[name] for name in cls.words))
        raise ValueError(f"{figure!r} is no {cls.__name__} figure: {cls.remedy}")

    def __getnewargs__(self) -> tuple[Any, ...]:
        return float(self), *(getattr(self, name) for name in self.words)


class Printed(_Number):
    """A figure as a paper prints it, in the paper's unit, and where: Table 5, or Table 5, rows,
    chip, Fig. 2A, Equation 4, Section 3.1, paragraph 2, or the Abstract. What has one place and one
    value is one figure."""

    words = ("place",)
    remedy = "give it with its place in printed.py, or say that it is derived"

    def __new__(cls, value: float, place: str) -> Self:
        if not PLACE.fullmatch(place):
            raise ValueError(
                f"the printed figure {value:g} needs a place, such as Table 5, Fig. 2A, "
                f"Equation 4, or Section 3.1, paragraph 2; {place!r} is none"
            )
        figure = super().__new__(cls, value)
        figure.place = place
        return figure

    place: str


class Derived(_Number):
    """A sum, product or quotient of printed figures, or one read off a picture: shown and marked,
    never compared."""

    words = ("how",)
    remedy = "say how it is derived of what is printed"

    def __new__(cls, value: float, how: str) -> Self:
        if not how.strip():
            raise ValueError(f"say how {value:g} is derived of what is printed")
        figure = super().__new__(cls, value)
        figure.how = how
        return figure

    how: str


class Ours(_Number):
    """A figure of ours, how it was had, and the constant of the paper that enters it, if one
    does."""

    words = ("kind", "circular")
    remedy = f"say how it was had: {', '.join(FigureKind)}"

    def __new__(cls, value: float, kind: FigureKind | str, circular: str = "") -> Self:
        figure = super().__new__(cls, value)
        figure.kind = FigureKind(kind)
        figure.circular = circular
        return figure

    kind: FigureKind
    circular: str


Figures = tuple[Ours | None, ...]


def measured(*values: float | None, circular: str = "") -> Figures:
    """Figures counted or timed in RTL, in a netlist or in cells of this run."""
    return _ours(FigureKind.MEASURED, values, circular)


def model(*values: float | None, circular: str = "") -> Figures:
    """Figures that a model of this run gave."""
    return _ours(FigureKind.MODEL, values, circular)


def formula(*values: float | None, circular: str = "") -> Figures:
    """Figures worked out of parameters."""
    return _ours(FigureKind.FORMULA, values, circular)


def estimate(*values: float | None, circular: str = "") -> Figures:
    """Figures that rest on an assumption."""
    return _ours(FigureKind.ESTIMATE, values, circular)


def _ours(kind: FigureKind, values: tuple[float | None, ...], circular: str) -> Figures:
    return tuple(None if value is None else Ours(value, kind, circular) for value in values)
