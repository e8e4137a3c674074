"""The page of a sweep, and the files beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from neuroloom.flows.macros.catalogue import macro
from neuroloom.flows.macros.parameters import unit_of
from neuroloom.flows.reports import page as frame
from neuroloom.flows.reports.page import Key, Table, sentence
from neuroloom.flows.reports.sweep_plots import plots
from neuroloom.flows.sweep.cautions import of_points
from neuroloom.flows.sweep.pareto import TargetPoints, by_target, objectives, pareto
from neuroloom.flows.sweep.result import SweepPoint, SweepResult
from neuroloom.flows.sweep.table import rows, short, target_table, write_csv, write_parquet
from neuroloom.flows.synthesis.targets import TARGETS
from neuroloom.flows.tools.numbers import grouped
from neuroloom.flows.tools.provenance import SYNTHESIS, document
from neuroloom.flows.tools.writing import written_aside


def write_sweep(
    result: SweepResult, folder: Path, per: Sequence[str] = (), parquet: bool = False
) -> list[Path]:
    """Write ``sweep.csv``, ``sweep.json``, ``sweep.html`` and, if wanted, ``sweep.parquet``.

    ``per`` names the fields whose every value has a Pareto front of its own. UsageError when the
    folder cannot be written to.
    """
    flat = rows(result, pareto(result.points, per))
    with written_aside(folder) as aside:
        write_csv(flat, aside / "sweep.csv")
        (aside / "sweep.json").write_text(document(result, SYNTHESIS))
        (aside / "sweep.html").write_text(render(result, per))
        if parquet:
            write_parquet(flat, aside / "sweep.parquet")
        names = sorted(file.name for file in aside.iterdir())
    return [folder / name for name in names]


def render(result: SweepResult, per: Sequence[str] = ()) -> str:
    """The page as one HTML file."""
    groups = by_target(result, pareto(result.points, per))
    specs = len(result.points) // max(1, len(result.targets))
    spec = macro(result.macro).spec
    units = {name: unit_of(spec, name) for name in result.varying}
    return frame.render(
        "sweep.html.j2",
        title=f"Sweep of {result.macro}",
        kind="Neuroloom sweep report",
        lead=sentence(spec.summary),
        result=result,
        keys=frame.keys(_keys(result, specs)),
        values=_values(result),
        fixed=_fixed(result),
        judged=", ".join(per),
        sections=[_section(result.varying, group, per, units) for group in groups],
        failures=_failures(result),
        cautions=_cautions(result),
    )


def _keys(result: SweepResult, specs: int) -> list[Key]:
    total, targets = len(result.points), len(result.targets)
    reused = sum(1 for point in result.points if point.reused)
    busy = sum(point.seconds for point in result.points)
    return [
        Key("points", grouped(total), "", f"{specs} specifications × {targets} targets"),
        Key(
            "computed in this run",
            grouped(result.computed),
            "",
            f"{reused} were finished before" if reused else "all of them new",
        ),
        Key("failed", grouped(len(result.failed)), "", "see below" if result.failed else ""),
        Key(
            "time of this run",
            f"{result.seconds:.0f}",
            "s",
            f"{busy / max(1, total):.1f} s a point on the mean",
        ),
    ]


def _values(result: SweepResult) -> list[tuple[str, str]]:
    """Each field that varies with the values it takes."""
    found = []
    for name in result.varying:
        values = list(dict.fromkeys(short(point.fields.get(name)) for point in result.points))
        more = f", … {len(values)} values" if len(values) > 12 else ""
        found.append((name, ", ".join(values[:12]) + more))
    return found


def _fixed(result: SweepResult) -> list[tuple[str, str]]:
    fields = result.points[0].fields
    return [(name, short(value)) for name, value in fields.items() if name not in result.varying]


@dataclass(frozen=True)
class SweepSection:
    """What the page shows of one target."""

    target: str
    description: str
    plots: list[Markup]
    points: Table
    criteria: str
    """What the points are judged by."""
    methods: list[str]
    warnings: list[tuple[str, str]]
    """Point and warning."""


def _section(
    varying: Sequence[str], group: TargetPoints, per: Sequence[str], units: Mapping[str, str]
) -> SweepSection:
    head, body = target_table(varying, group)
    known = TARGETS.get(group.target)
    return SweepSection(
        group.target,
        known.description if known else "standard cells",
        plots(varying, group, per, units),
        Table(tuple(head), tuple(map(tuple, body)), numbers=tuple(range(1, len(head)))),
        ", ".join(objective.name for objective in objectives(group.reports)),
        _methods(group),
        [
            (_point(varying, point), warning)
            for point, report in zip(group.points, group.reports, strict=True)
            for warning in report.warnings
        ],
    )


def _methods(group: TargetPoints) -> list[str]:
    """How the figures were had; what differs from point to point is listed once each."""
    found: dict[str, None] = {}
    for report in group.reports:
        parts = (
            report.method,
            report.timing and report.timing.method,
            report.power and report.power.method,
        )
        found |= dict.fromkeys(part.way for part in parts if part)
    return list(found)


def _cautions(result: SweepResult) -> Table | None:
    found = of_points(result.varying, result.points)
    return Table(("point", "why it is not to be relied on"), tuple(found)) if found else None


def _failures(result: SweepResult) -> Table | None:
    if not result.failed:
        return None
    return Table(
        ("point", "target", "what the tool said"),
        tuple((_point(result.varying, each), each.target, each.failure) for each in result.failed),
    )


def _point(varying: Sequence[str], point: SweepPoint) -> str:
    return ", ".join(f"{name} {short(point.fields.get(name))}" for name in varying)
