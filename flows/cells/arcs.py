"""Delays, checks and energies of a pin, as tables."""

from dataclasses import dataclass
from enum import StrEnum

from neuroloom.flows.cells.lookup import LookupTable


class Sense(StrEnum):
    """How an output edge follows an input edge."""

    POSITIVE = "positive_unate"
    NEGATIVE = "negative_unate"
    EITHER = "non_unate"


@dataclass(frozen=True)
class Arc:
    """A delay from ``related`` to the pin that holds the arc."""

    related: str
    sense: Sense
    clocked: bool
    """Whether it starts at the active edge of a clock."""
    rise: LookupTable
    fall: LookupTable
    rise_slew: LookupTable
    fall_slew: LookupTable
    falling: bool = False
    """Whether that edge is the falling one."""


@dataclass(frozen=True)
class Check:
    """A setup or hold time of the pin that holds it, against the clock ``related``."""

    related: str
    setup: bool
    rise: LookupTable | None
    fall: LookupTable | None


@dataclass(frozen=True)
class Energy:
    """Energy inside the cell for an edge of the pin that holds it [pJ]; load is not included."""

    related: str
    """Input that causes the edge of an output; empty for an input's own edges."""
    rise: LookupTable | None
    fall: LookupTable | None

    @property
    def largest(self) -> float:
        tables = [table for table in (self.rise, self.fall) if table]
        return max((max(map(max, table.values)) for table in tables), default=0.0)
