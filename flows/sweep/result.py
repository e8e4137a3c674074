"""What a sweep found out, as data."""

from typing import Any

from pydantic import Field

from neuroloom.flows.designs.report import TargetReport
from neuroloom.flows.sweep.plan import flattened
from neuroloom.flows.tools.frozen import Frozen
from neuroloom.flows.tools.recorded import Recorded


class SweepPoint(Frozen):
    """One specification on one target: a report, or the reason why there is none."""

    spec: dict[str, Any]
    target: str
    report: TargetReport | None = None
    failure: str = ""
    seconds: float = 0.0
    """Wall-clock time, of the run that computed it."""
    cautions: tuple[str, ...] = ()
    """What the specification does not compute as wanted: such a point is never the best."""
    reused: bool = False
    """Whether it was finished before."""

    @property
    def fields(self) -> dict[str, Any]:
        """Dotted field names to values."""
        return flattened(self.spec)


class SweepResult(Frozen, Recorded):
    """All points, specifications in the order given, the targets of each together."""

    macro: str
    varying: tuple[str, ...]
    """Fields that differ between the specifications."""
    points: tuple[SweepPoint, ...]
    seconds: float
    unkept: str = Field("", exclude=True)
    """Why not all finished points could be kept; empty where they are."""

    @property
    def computed(self) -> int:
        """Points that this run computed."""
        return sum(1 for point in self.points if point.report and not point.reused)

    @property
    def failed(self) -> list[SweepPoint]:
        return [point for point in self.points if not point.report]

    @property
    def targets(self) -> list[str]:
        return list(dict.fromkeys(point.target for point in self.points))
