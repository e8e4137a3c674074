"""A sweep as flat rows: for files, and a shorter form for the terminal."""

import csv
import json
from collections.abc import Sequence
from importlib import util
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from neuroloom.flows import console
from neuroloom.flows.errors import ToolMissing
from neuroloom.flows.sweep.pareto import nanoseconds
from neuroloom.flows.sweep.result import SweepPoint, SweepResult
from neuroloom.flows.synthesis.report import TargetReport

Row = dict[str, Any]
LONGEST_VALUE = 24
"""Characters of a field's value in a terminal or a picture."""


def rows(result: SweepResult, best: Sequence[bool]) -> list[Row]:
    """One flat row a point, all with the same columns; None where there is no figure.

    Columns: the fields that vary, target, resources, figures with their units, ``front`` from
    ``best``, warnings, failure, seconds.
    """
    resources = dict.fromkeys(
        name for each in result.points if each.report for name in each.report.resources
    )
    made = []
    for point, on_front in zip(result.points, best, strict=True):
        report = point.report
        fields = point.fields
        used = report.resources if report else {}
        made.append({
            **{name: cell(fields.get(name)) for name in result.varying},
            "target": point.target,
            **{name: used.get(name) for name in resources},
            **(_figures(report) if report else dict.fromkeys(FIGURES)),
            "front": on_front,
            "warnings": "; ".join(report.warnings) if report else "",
            "failure": point.failure,
            "seconds": round(point.seconds, 3),
        })  # fmt: skip
    return made


def _figures(report: TargetReport) -> Row:
    area, timing, power = report.area, report.timing, report.power
    values = (
        area and area.total_um2, area and area.sequential_um2, area and area.combinational_um2,
        timing and timing.median_mhz, timing and timing.minimum_mhz, timing and timing.maximum_mhz,
        report.interval, report.operations_per_second, nanoseconds(report),
        power and power.energy_pj, power and power.leakage_uw,
    )  # fmt: skip
    return dict(zip(FIGURES, values, strict=True))


FIGURES = (
    "area_um2", "sequential_um2", "combinational_um2", "fmax_mhz", "fmax_min_mhz", "fmax_max_mhz",
    "interval_cycles", "operations_per_second", "time_per_operation_ns", "energy_per_operation_pj",
    "leakage_uw",
)  # fmt: skip


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


def terminal_table(result: SweepResult, best: Sequence[bool]) -> Table:
    """The points that were computed; those on their target's front are marked with a star."""
    timed = any(each.report and each.report.timing for each in result.points)
    powered = any(each.report and each.report.power for each in result.points)
    columns = [*(f">{name}" for name in result.varying), "target", "the design alone"]
    columns += [">Fmax", ">rate"] if timed else []
    columns += [">energy"] if powered else []
    body = [
        _terminal_row(result.varying, point, star, timed, powered)
        for point, star in zip(result.points, best, strict=True)
        if point.report
    ]
    return console.table(("", *columns), body)


def _terminal_row(
    varying: Sequence[str], point: SweepPoint, star: bool, timed: bool, powered: bool
) -> list[str | Text]:
    report = point.report
    assert report is not None
    fields = point.fields
    row: list[str | Text] = [Text("*" if star else "", style="bold green")]
    row += [short(fields.get(name)) for name in varying]
    row += [point.target, used(report)]
    if timed:
        rate = report.operations_per_second
        row.append(f"{report.timing.median_mhz:.1f} MHz" if report.timing else "–")
        row.append(f"{console.engineering(rate)}{report.operation}s/s" if rate else "–")
    if powered:
        row.append(f"{console.significant(report.power.energy_pj)} pJ" if report.power else "–")
    return row


def used(report: TargetReport) -> str:
    """Area and resources of the design alone."""
    area = [f"{report.area.total_um2:,.1f} µm²"] if report.area else []
    return ", ".join([*area, *(f"{n:,} {name}" for name, n in report.resources.items() if n)])


def failure_table(result: SweepResult) -> Table:
    body = [
        (" ".join(f"{name}={short(each.fields.get(name))}" for name in result.varying),
         each.target, each.failure)
        for each in result.failed
    ]  # fmt: skip
    return console.table(("point", "target", "what the tool said"), body, "Failed")
