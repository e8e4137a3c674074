"""Plots of a sweep: what is paid for speed, and how cost and time grow with each field."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup
from matplotlib.axes import Axes

from neuroloom.flows.reports.plots import (
    INK,
    MARKERS,
    SERIES,
    SOFT,
    figure,
    inline,
    legend,
    name_axes,
    scale,
)
from neuroloom.flows.sweep.pareto import Objective, TargetPoints, objectives
from neuroloom.flows.sweep.result import SweepPoint
from neuroloom.flows.sweep.table import short

MOST_TICKS = 8
LEGEND_LINE = 72
"""Characters of a legend's line, the marks counted."""


def plots(
    varying: Sequence[str],
    group: TargetPoints,
    per: Sequence[str] = (),
    units: Mapping[str, str] | None = None,
) -> list[Markup]:
    """The group's plots; none where a single point leaves nothing to see.

    ``units`` are those of the fields.
    """
    if len(group.points) < 2:
        return []
    judged, units = objectives(group.reports), units or {}
    made = []
    cost, *others = judged
    if others and len(set(others[0].values)) > 1:
        made.append(_trade(varying, group, others[0], cost, per if len(judged) == 2 else None))
    for name in varying:
        if _numeric(group.values(name)):
            growing = [each for each in judged if len(set(each.values)) > 1]
            made += [_growth(varying, group, name, units.get(name, ""), each) for each in growing]
    return made


def _trade(
    varying: Sequence[str],
    group: TargetPoints,
    time: Objective,
    cost: Objective,
    per: Sequence[str] | None,
) -> Markup:
    """Cost over time, front points filled; a line along each front unless energy counts as well."""
    series = _series(varying, group)
    labels = list(dict.fromkeys(series))
    with figure(_rows(labels)) as (drawing, axes):
        if per is not None:
            fronts: dict[str, list[tuple[float, float]]] = {}
            for place, star in enumerate(group.stars):
                if star:
                    key = repr([group.points[place].fields.get(name) for name in per])
                    fronts.setdefault(key, []).append((time.values[place], cost.values[place]))
            for front in fronts.values():
                axes.plot(
                    *zip(*sorted(front), strict=True),
                    drawstyle="steps-post",
                    color=SOFT,
                    linewidth=0.9,
                    zorder=1,
                )
        titles = {}
        for place, point in enumerate(group.points):
            index = labels.index(series[place])
            star = group.stars[place]
            titles[f"point-{place}"] = _title(varying, point, cost, time, place)
            axes.plot(
                time.values[place],
                cost.values[place],
                MARKERS[index],
                color=SERIES[index],
                markerfacecolor=SERIES[index] if star else "none",
                gid=f"point-{place}",
                zorder=3 if star else 2,
            )
        _name_series(axes, labels)
        _cross_out(axes, group, time.values, cost.values)
        scale(axes, "x", time.values)
        scale(axes, "y", cost.values)
        name_axes(axes, time.label, cost.label)
        axes.set_title(f"{cost.name} and {time.name}")
        legend(drawing, axes, _columns(labels))
        label = f"{cost.name} over {time.name} on {group.target}, {len(group.points)} points"
        return inline(drawing, label, titles)


def _growth(
    varying: Sequence[str], group: TargetPoints, field: str, unit: str, figures: Objective
) -> Markup:
    """A figure over a field; lines join points that differ in nothing else."""
    others = [name for name in varying if name != field]
    series = _series(others, group)
    labels = list(dict.fromkeys(series))
    lines: dict[str, list[int]] = {}
    for place, point in enumerate(group.points):
        key = repr([point.fields.get(name) for name in others])
        lines.setdefault(key, []).append(place)
    values = [float(value) for value in group.values(field)]
    with figure(_rows(labels)) as (drawing, axes):
        titles = {}
        for number, places in enumerate(lines.values()):
            places.sort(key=values.__getitem__)
            index = labels.index(series[places[0]])
            titles[f"line-{number}"] = _values(others, group.points[places[0]]) or group.target
            axes.plot(
                [values[place] for place in places],
                [figures.values[place] for place in places],
                marker=MARKERS[index],
                color=SERIES[index],
                gid=f"line-{number}",
                markersize=3.5,
                linewidth=1.0,
            )
        _name_series(axes, labels, line=True)
        _cross_out(axes, group, values, figures.values)
        distinct = sorted(set(values))
        scale(axes, "x", values, distinct if len(distinct) <= MOST_TICKS else ())
        scale(axes, "y", figures.values)
        name_axes(axes, f"{field} [{unit or '-'}]", figures.label)
        axes.set_title(f"{figures.name} over {field}")
        legend(drawing, axes, _columns(labels))
        return inline(drawing, f"{figures.name} over {field} on {group.target}", titles)


def _series(names: Sequence[str], group: TargetPoints) -> list[str]:
    """The series of each point: its words, else the number of fewest values; "" when too many."""
    words = [name for name in names if not _numeric(group.values(name))]
    if not words:
        counts = {name: len(set(group.values(name))) for name in names}
        fewest = sorted(counts, key=counts.__getitem__)[: -1 if len(names) > 1 else 0]
        words = [name for name in fewest[:1] if counts[name] > 1]
    series = [_values(words, point) for point in group.points]
    return series if len(set(series)) <= len(SERIES) else [""] * len(series)


def _values(names: Sequence[str], point: SweepPoint) -> str:
    return ", ".join(f"{name} {short(point.fields.get(name))}" for name in names)


def _numeric(values: Sequence[Any]) -> bool:
    numbers = all(
        isinstance(value, int | float) and not isinstance(value, bool) for value in values
    )
    return numbers and len(set(values)) > 1


def _title(
    varying: Sequence[str], point: SweepPoint, cost: Objective, time: Objective, place: int
) -> str:
    figures = (f"{each.name} {each.values[place]:.5g} {each.unit}".strip() for each in (cost, time))
    return "; ".join((_values(varying, point), *figures, *point.cautions))


def _cross_out(axes: Axes, group: TargetPoints, x: Sequence[float], y: Sequence[float]) -> None:
    """A cross over each point with cautions, named in the legend."""
    doubtful = [place for place, point in enumerate(group.points) if point.cautions]
    if doubtful:
        axes.plot(
            [x[place] for place in doubtful],
            [y[place] for place in doubtful],
            "x",
            color=INK,
            markersize=9,
            markeredgewidth=1.0,
            zorder=4,
            label="not as wanted",
        )


def _name_series(axes: Axes, labels: Sequence[str], line: bool = False) -> None:
    """Entries for the legend, apart from the points, so that each is named once."""
    for index, label in enumerate(labels):
        if label:
            axes.plot(
                [], [], MARKERS[index] + ("-" if line else ""), color=SERIES[index], label=label
            )


def _columns(labels: Sequence[str]) -> int:
    """Columns of the legend that its longest name leaves room for."""
    return max(1, min(len(labels), LEGEND_LINE // (max(map(len, labels)) + 6)))


def _rows(labels: Sequence[str]) -> int:
    return -(-len(labels) // _columns(labels)) if any(labels) else 0
