"""Points that no other point beats."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from neuroloom.flows.designs.report import TargetReport
from neuroloom.flows.sweep.result import SweepPoint, SweepResult

STAR, DOUBT = "★", "!"
"""Marks of a point on the front, and of one that does not compute as wanted."""


@dataclass(frozen=True)
class Objective:
    """A figure of a point, the smaller the better."""

    name: str
    unit: str
    values: tuple[float, ...]
    """One a point."""

    @property
    def label(self) -> str:
        return f"{self.name} [{self.unit or '-'}]"


def front(figures: Sequence[Sequence[float]]) -> list[bool]:
    """Whether no other row is as good in all and better in one, for each row of figures.

    Smaller is better. Equal rows are on the front together.
    """
    table = np.asarray(figures, dtype=float)
    return [
        not bool(np.any(np.all(table <= row, axis=1) & np.any(table < row, axis=1)))
        for row in table
    ]


def cost(report: TargetReport) -> tuple[str, str, float]:
    """Name, unit and value of what the design takes: area [µm²], else the first resource."""
    if report.area is not None:
        return "area", "µm²", report.area.total_um2
    name, number = next(iter(report.resources.items()))
    return name, "", float(number)


def nanoseconds(report: TargetReport) -> float | None:
    """Time from one operation to the next at full rate; of a clock cycle without a contract."""
    if report.operations_per_second:
        return 1e9 / report.operations_per_second
    return 1000.0 / report.timing.median_mhz if report.timing else None


def objectives(reports: Sequence[TargetReport]) -> list[Objective]:
    """What reports of one target are judged by: cost, time or cycles of an operation, energy.

    A figure counts when every report has it; cycles stand for time where nothing was timed.
    """
    name, unit, _ = cost(reports[0])
    found = [Objective(name, unit, tuple(cost(report)[2] for report in reports))]
    operation = reports[0].operation or "cycle"
    times = [each for each in map(nanoseconds, reports) if each is not None]
    cycles = [report.interval for report in reports if report.interval is not None]
    if len(times) == len(reports):
        found.append(Objective(f"time per {operation}", "ns", tuple(times)))
    elif len(cycles) == len(reports):
        found.append(Objective(f"cycles per {operation}", "", tuple(map(float, cycles))))
    energies = [report.power.energy_pj for report in reports if report.power]
    if len(energies) == len(reports):
        found.append(Objective(f"energy per {operation}", "pJ", tuple(energies)))
    return found


def pareto(points: Sequence[SweepPoint], per: Sequence[str] = ()) -> list[bool]:
    """Whether each point is on the front of its target.

    ``per`` names fields of the Spec: points compete only with those of the same values there, as
    designs of different sizes do not do the same work. A failed point is on no front, nor is one
    with cautions, and others need not beat it: it does not do the work.
    """
    groups: dict[tuple[str, ...], list[int]] = {}
    for index, point in enumerate(points):
        if point.report is not None and not point.cautions:
            group = (point.target, *(repr(point.fields.get(name)) for name in per))
            groups.setdefault(group, []).append(index)
    marks = [False] * len(points)
    for members in groups.values():
        judged = objectives([report for index in members if (report := points[index].report)])
        figures = list(zip(*(each.values for each in judged), strict=True))
        for index, best in zip(members, front(figures), strict=True):
            marks[index] = best
    return marks


@dataclass(frozen=True)
class TargetPoints:
    """The points of one target that have a report."""

    target: str
    points: tuple[SweepPoint, ...]
    stars: tuple[bool, ...]
    """Whether each of them is on the Pareto front."""

    @property
    def marks(self) -> list[str]:
        """What each is marked with: on the front, not to be relied on, or neither."""
        return [
            DOUBT if point.cautions else STAR if star else ""
            for point, star in zip(self.points, self.stars, strict=True)
        ]

    @property
    def reports(self) -> list[TargetReport]:
        return [point.report for point in self.points if point.report]

    def values(self, name: str) -> list[Any]:
        """A field of each point."""
        return [point.fields.get(name) for point in self.points]


def by_target(result: SweepResult, best: Sequence[bool]) -> list[TargetPoints]:
    """The points that have a report, one group a target; none for a target where all failed."""
    made = []
    for target in result.targets:
        places = [
            place
            for place, point in enumerate(result.points)
            if point.target == target and point.report
        ]
        if places:
            points = tuple(result.points[place] for place in places)
            made.append(TargetPoints(target, points, tuple(best[place] for place in places)))
    return made
