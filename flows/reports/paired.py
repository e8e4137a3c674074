"""A printed figure with ours of the same quantity, and how far they are from each other."""

from enum import StrEnum
from typing import NamedTuple

from neuroloom.flows.reports.figures import Ours, Printed

AGREES, NEAR = 0.05, 0.25
"""Shares by which a figure may differ from the printed one to agree with it, or to be near it."""


class Agreement(StrEnum):
    """How far a figure of ours is from the printed one."""

    AGREES = "agrees"
    NEAR = "near"
    DIFFERS = "differs"


class Paired(NamedTuple):
    """A printed figure and ours of the same quantity."""

    theirs: Printed
    ours: Ours
    unit: str = ""

    @property
    def ratio(self) -> float | None:
        """Ours over the printed figure; None where a zero is printed."""
        return float(self.ours) / float(self.theirs) if self.theirs else None

    @property
    def counted(self) -> bool:
        """Whether both are counts: whole numbers without a unit."""
        return not self.unit and self.theirs.is_integer() and self.ours.is_integer()

    @property
    def off(self) -> float:
        """Share by which ours differs; infinite where a zero is printed and ours is none."""
        if self.ratio is None:
            return float("inf") if self.ours else 0.0
        return round(abs(self.ratio - 1), 9)

    @property
    def agreement(self) -> Agreement:
        """What the share says. A count agrees where it is the same: one more is another count."""
        if self.off <= (0 if self.counted else AGREES):
            return Agreement.AGREES
        return Agreement.NEAR if self.off <= NEAR else Agreement.DIFFERS
