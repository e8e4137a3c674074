"""A sweep as flat rows: for files, and a shorter form for the terminal."""

import csv
import json
from collections.abc import Sequence
from importlib import util
from pathlib import Path
from typing import Any

from rich.table import Table

from neuroloom.flows.designs.report import TargetReport
from neuroloom.flows.sweep.pareto import TargetPoints, nanoseconds
from neuroloom.flows.sweep.result import SweepResult
from neuroloom.flows.tools import terminal
from neuroloom.flows.tools.errors import ToolMissing
from neuroloom.flows.tools.numbers import amounts, engineering, significant

Row = dict[str, Any]
LONGEST_VALUE = 24
"""Characters of a field's value in a terminal or a picture."""


def rows(result: SweepResult, best: Sequence[bool]) -> list[Row]:
    """One flat row a point, all with the same columns; None where there is no figure.

    Columns: the fields that vary, target, resources, figures with their units, ``front`` from
    ``best``, cautions, warnings, failure, seconds.
    """
    resources = dict.fromkeys(
        name for each in result.points if each.report for name in each.report.resources
    )
    made = []
    for point, on_front in zip(result.points, best, strict=True):
        report = point.report
        fields = point.fields
        used = report.resources if report else {}
        made.append(
            {
                **{name: cell(fields.get(name)) for name in result.varying},
                "target": point.target,
                **{name: used.get(name) for name in resources},
                **(_figures(report) if report else dict.fromkeys(FIGURES)),
                "front": on_front,
                "cautions": "; ".join(point.cautions),
                "warnings": "; ".join(report.warnings) if report else "",
                "failure": point.failure,
                "seconds": round(point.seconds, 3),
            }
        )
    return made


def _figures(report: TargetReport) -> Row:
    area, timing, power = report.area, report.timing, report.power
    values = (
        area and area.total_um2,
        area and area.sequential_um2,
        area and area.combinational_um2,
        timing and timing.median_mhz,
        timing and timing.minimum_mhz,
        timing and timing.maximum_mhz,
        report.interval,
        report.operations_per_second,
        nanoseconds(report),
        power and power.energy_pj,
        power and power.leakage_uw,
        power and power.idle_uw,
        power and power.clock_mhz,
    )
    return dict(zip(FIGURES, values, strict=True))


FIGURES = (
    "area_um2",
    "sequential_um2",
    "combinational_um2",
    "fmax_mhz",
    "fmax_min_mhz",
    "fmax_max_mhz",
    "interval_cycles",
    "operations_per_second",
    "time_per_operation_ns",
    "energy_per_operation_pj",
    "leakage_uw",
    "idle_uw",
    "powers_at_mhz",
)


def cell(value: Any) -> Any:
    """A field's value in one cell: lists as JSON."""
    return json.dumps(value) if isinstance(value, list | dict) else value


def short(value: Any) -> str:
    """A field's value in a few characters; – where it is not set."""
    if value is None:
        return "–"
    text = str(value).lower() if isinstance(value, bool) else str(cell(value))
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"


def write_csv(made: Sequence[Row], file: Path) -> None:
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(made[0]))
        writer.writeheader()
        writer.writerows(made)


def check_parquet() -> None:
    """ToolMissing where Parquet files cannot be written."""
    if util.find_spec("pyarrow") is None:
        raise ToolMissing(
            "Parquet files need pyarrow; install it with: pip install 'neuroloom[parquet]'"
        )


def write_parquet(made: Sequence[Row], file: Path) -> None:
    check_parquet()
    import pyarrow
    from pyarrow import parquet

    parquet.write_table(pyarrow.Table.from_pylist(list(made)), file)


def target_table(varying: Sequence[str], group: TargetPoints) -> tuple[list[str], list[list[str]]]:
    """Head and rows of one target's points; columns that would be empty are left out.

    The first column has a star for the points on the Pareto front, and an exclamation mark for
    those with cautions.
    """
    reports = group.reports
    operation = reports[0].operation or "cycle"
    kinds = [kind for kind in reports[0].resources if any(r.resources.get(kind) for r in reports)]
    columns: list[tuple[str, list[str]]] = [("", group.marks)]
    columns += [(name, [short(value) for value in group.values(name)]) for name in varying]
    columns += [
        (kind, [f"{report.resources.get(kind, 0):,}" for report in reports]) for kind in kinds
    ]
    areas = [report.area for report in reports]
    if any(areas):
        columns += [
            ("area [µm²]", [f"{a.total_um2:,.1f}" if a else "–" for a in areas]),
            ("FF area [µm²]", [f"{a.sequential_um2:,.1f}" if a else "–" for a in areas]),
        ]
    timings = [report.timing for report in reports]
    if any(timings):
        columns.append(("Fmax [MHz]", [f"{t.median_mhz:.1f}" if t else "–" for t in timings]))
    if any(timing and timing.seeds > 1 for timing in timings):
        between = [f"{t.minimum_mhz:.1f}–{t.maximum_mhz:.1f}" if t else "–" for t in timings]
        columns.append(("min–max [MHz]", between))
    if any(timings):
        times = [nanoseconds(report) for report in reports]
        columns.append((f"ns/{operation}", ["–" if t is None else significant(t) for t in times]))
    rates = [report.operations_per_second for report in reports]
    if any(rates):
        columns.append((f"{operation}s/s", [engineering(r).strip() if r else "–" for r in rates]))
    powers = [report.power for report in reports]
    if any(powers):
        energies = [significant(p.energy_pj) if p else "–" for p in powers]
        asked = next(p for p in powers if p)
        at = f"{asked.clock_mhz:g} MHz" if asked.clock_asked else "Fmax"
        columns.append((f"pJ/{operation} at {at}", energies))
    head, cells = zip(*columns, strict=True)
    return list(head), [list(row) for row in zip(*cells, strict=True)]


def terminal_table(varying: Sequence[str], group: TargetPoints) -> Table:
    """One target's points for the terminal, without what other columns tell as well."""
    head, body = target_table(varying, group)
    told = ("FF area", "min–max", "ns/")
    kept = [place for place, name in enumerate(head) if not name.startswith(told)]
    columns = [f">{head[place]}" if place else "" for place in kept]
    return terminal.table(columns, ([row[place] for place in kept] for row in body), group.target)


def used(report: TargetReport) -> str:
    """Area and resources of the design alone."""
    area = f"{report.area.total_um2:,.1f} µm²" if report.area else ""
    return ", ".join(filter(None, (area, amounts(report.resources))))


def failure_table(result: SweepResult) -> Table:
    body = [
        (
            " ".join(f"{name}={short(each.fields.get(name))}" for name in result.varying),
            each.target,
            each.failure,
        )
        for each in result.failed
    ]
    return terminal.table(("point", "target", "what the tool said"), body, "Failed")
