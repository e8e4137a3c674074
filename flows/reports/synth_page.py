"""The page of one synthesis: every figure with the method that gave it."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup
from pydantic import ValidationError

from neuroloom.flows.designs.report import Area, SynthesisReport, TargetReport
from neuroloom.flows.macros.catalogue import macros
from neuroloom.flows.reports import page as frame
from neuroloom.flows.reports.page import Key, Table, sentence
from neuroloom.flows.reports.plots import MARKERS, SERIES, figure, inline, legend, name_axes, scale
from neuroloom.flows.reports.synth_power import PARTS, power_table, split
from neuroloom.flows.sweep.plan import flattened
from neuroloom.flows.sweep.table import short, used
from neuroloom.flows.synthesis import printed_corners, printed_memories
from neuroloom.flows.synthesis.targets import TARGETS
from neuroloom.flows.tools.numbers import amounts, grouped, scaled, significant
from neuroloom.flows.tools.provenance import SYNTHESIS, document
from neuroloom.flows.tools.writing import written_aside
from neuroloom.golden.unused import used_values

PAGE, DATA = "report.html", "report.json"
MOST_CELLS = 12
"""Kinds of cells that are listed; the others are summed."""


@dataclass(frozen=True)
class Bar:
    """A row of figures with a bar for the first of them."""

    name: str
    figures: tuple[str, ...]
    share: float
    """Share of the longest bar, 0 … 1."""


@dataclass(frozen=True)
class Bars:
    """Rows with bars below a head."""

    head: tuple[str, ...]
    rows: tuple[Bar, ...]


def write_synth_page(
    report: SynthesisReport, folder: Path, further: Mapping[str, str] | None = None
) -> list[Path]:
    """Write ``report.html``, ``report.json`` and further texts by name of their file; UsageError
    when the folder cannot be written.
    """
    texts = {PAGE: render(report), DATA: document(report, SYNTHESIS), **(further or {})}
    with written_aside(folder) as aside:
        for name, text in texts.items():
            (aside / name).write_text(text)
    return [folder / name for name in texts]


def render(report: SynthesisReport) -> str:
    """The page as one HTML file."""
    known = macros().get(report.macro) if report.spec else None
    targets = report.targets
    names = [target.target for target in targets]
    return frame.render(
        "synth.html.j2",
        title=f"Synthesis of {report.macro}",
        kind="Neuroloom synthesis report",
        lead=sentence(known.spec.summary) if known else "Verilog of one's own.",
        keys=frame.keys([_key(target) for target in targets]),
        warnings=report.warnings,
        spec=_parameters(report),
        failures=Table(("target", "what the tool said"), tuple(report.failures.items()))
        if report.failures
        else None,
        devices=_devices([target for target in targets if target.area is None]),
        cells=_standard_cells([target for target in targets if target.area is not None]),
        corners=_corners(targets),
        memories=_memories(targets),
        power=power_table(targets),
        splits=[(target.target, split(target.power)) for target in targets if target.power],
        parts=PARTS,
        sections=[_section(target) for target in targets],
        descriptions={name: TARGETS[name].description for name in names if name in TARGETS},
    )


def _parameters(report: SynthesisReport) -> list[tuple[str, str]]:
    """The fields that do something; all of them where the macro is not known or was another."""
    known, fields = macros().get(report.macro), report.spec
    if known is not None:
        with suppress(ValidationError):
            fields = used_values(known.spec.model_validate(fields))
    return [(name, short(value)) for name, value in flattened(fields).items() if name]


@dataclass(frozen=True)
class TargetSection:
    """What one target shows below the tables of all."""

    report: TargetReport
    curve: Markup | None
    modules: Bars | None
    cells: Bars
    estimates: Table | None


def _section(report: TargetReport) -> TargetSection:
    return TargetSection(
        report, _curve(report), _modules(report), _cells(report), _estimates(report)
    )


def _key(report: TargetReport) -> Key:
    if report.timing:
        return Key(report.target, f"{report.timing.median_mhz:.1f}", "MHz", used(report))
    name, number = next(iter(report.resources.items()))
    others = {kind: n for kind, n in report.resources.items() if kind != name}
    return Key(report.target, grouped(number), name, amounts(others))


def _devices(reports: Sequence[TargetReport]) -> Table | None:
    if not reports:
        return None
    kinds = list(dict.fromkeys(k for each in reports for k, n in each.resources.items() if n))
    rows = [
        (each.target, *(_count(each.resources.get(kind)) for kind in kinds), *_timing(each))
        for each in reports
    ]
    head = ("target", *kinds, *TIMING_HEAD)
    return Table(
        head,
        tuple(rows),
        numbers=tuple(range(1, len(head))),
        caption="Resources after synthesis, flattened, of the design alone. Fmax after place and "
        "route with every port at a register: median, and lowest–highest over the seeds.",
    )


def _standard_cells(reports: Sequence[TargetReport]) -> Table | None:
    if not reports:
        return None
    corners = "; ".join(f"{r.target}: {r.area.corner}" for r in reports if r.area)
    rows = []
    for each in reports:
        area, timing = each.area, each.timing
        assert area is not None
        share = area.sequential_um2 / area.total_um2 if area.total_um2 else 0.0
        hold = timing.hold_slack_ns if timing else None
        rows.append(
            (
                each.target,
                significant(area.total_um2, 4),
                f"{significant(area.sequential_um2, 4)} ({share:.0%})",
                significant(area.combinational_um2, 4),
                significant(area.memory_um2, 4) if area.memory_um2 else "–",
                *(_count(each.resources.get(kind)) for kind in ("cells", "FF")),
                *_timing(each)[:1],
                "–" if hold is None else f"{hold:.3f}",
                *_timing(each)[2:],
            )
        )
    return Table(
        (
            "target",
            "area [µm²]",
            "sequential [µm²]",
            "combinational [µm²]",
            "memories [µm²]",
            "cells",
            "FF",
            TIMING_HEAD[0],
            "hold slack [ns]",
            TIMING_HEAD[2],
        ),
        tuple(rows),
        numbers=tuple(range(1, 10)),
        caption="Sum of the areas of cells and memory macros before layout. Fmax before layout "
        f"with every port at a register, an ideal clock and no wires. {corners}.",
    )


def _corners(reports: Sequence[TargetReport]) -> Table | None:
    rows = printed_corners.corner_rows(reports)
    if not rows:
        return None
    return Table(
        printed_corners.CORNER_HEAD,
        tuple(rows),
        numbers=(2, 3, 4, 5, 6),
        caption="The mapping that is reported, by own static timing, with the same cells of each "
        "corner's Liberty file. Paths without memories begin and end at none.",
    )


def _memories(reports: Sequence[TargetReport]) -> Table | None:
    rows = printed_memories.rows(reports)
    if not rows:
        return None
    corners = sorted({memory.corner for each in reports for memory in each.memories} - {""})
    return Table(
        printed_memories.HEAD,
        tuple(rows),
        numbers=printed_memories.FIGURES,
        caption="Areas are sums of those of the macros; times and energies are of their Liberty "
        f"files, {' and '.join(corners)}: the longest from clock to output, and those of all "
        "macros that an access goes to."
        if corners
        else "Memories that became no SRAM cost what the design's cells cost.",
    )


TIMING_HEAD = ("Fmax [MHz]", "min–max [MHz]", "rate")


def _timing(report: TargetReport) -> tuple[str, str, str]:
    timing, rate = report.timing, report.operations_per_second
    if timing is None:
        return ("–", "–", "–")
    between = f"{timing.minimum_mhz:.1f}–{timing.maximum_mhz:.1f}" if timing.seeds > 1 else "–"
    number, prefix = scaled(rate) if rate else ("–", "")
    operations = f"{number} {prefix}{report.operation}s/s" if rate else "–"
    return (f"{timing.median_mhz:.1f}", between, operations)


def _count(number: int | None) -> str:
    return "–" if number is None else grouped(number)


def _modules(report: TargetReport) -> Bars | None:
    """Every module without its submodules, the largest first."""
    if report.area and report.area.modules_um2:
        areas = report.area.modules_um2
        return _bars("module", ("area [µm²]",), {name: (um2,) for name, um2 in areas.items()}, 1)
    kinds = [k for k in report.resources if any(m.get(k) for m in report.modules.values())]
    if not kinds:
        return None
    numbers = {
        name: tuple(float(module.get(kind, 0)) for kind in kinds)
        for name, module in report.modules.items()
    }
    return _bars("module", kinds, numbers)


def _cells(report: TargetReport) -> Bars:
    """How often each kind of cell occurs, the most frequent first."""
    ordered = sorted(report.cells.items(), key=lambda item: -item[1])
    shown = {name: (float(number),) for name, number in ordered[:MOST_CELLS]}
    if rest := ordered[MOST_CELLS:]:
        shown[f"{len(rest)} other kinds"] = (float(sum(number for _, number in rest)),)
    return _bars("cell", ("number",), shown, ordered=False)


def _bars(
    what: str,
    head: Sequence[str],
    numbers: Mapping[str, tuple[float, ...]],
    decimals: int = 0,
    ordered: bool = True,
) -> Bars:
    rows = sorted(numbers.items(), key=lambda item: -item[1][0]) if ordered else numbers.items()
    longest = max((figures[0] for _, figures in rows), default=0.0) or 1.0
    return Bars(
        (what, *head),
        tuple(
            Bar(name, tuple(f"{each:,.{decimals}f}" for each in figures), figures[0] / longest)
            for name, figures in rows
        ),
    )


def _curve(report: TargetReport) -> Markup | None:
    """Area over clock period of all mappings that were tried; the reported one is filled."""
    area = report.area
    if area is None or len(area.curve) < 2:
        return None
    periods = [1000.0 / point.mhz for point in area.curve]
    areas = [point.area_um2 for point in area.curve]
    recipes = list(dict.fromkeys(point.recipe for point in area.curve))
    with figure(-(-len(recipes) // 3)) as (drawing, axes):
        chosen = _chosen(area)
        titles = {}
        for place, point in enumerate(area.curve):
            index = recipes.index(point.recipe) % len(SERIES)
            titles[f"recipe-{place}"] = (
                f"{point.recipe}: {point.area_um2:,.1f} µm², {point.mhz:.1f} MHz"
            )
            axes.plot(
                periods[place],
                areas[place],
                MARKERS[index],
                color=SERIES[index],
                markersize=7,
                markerfacecolor=SERIES[index] if place == chosen else "none",
                label=point.recipe,
                gid=f"recipe-{place}",
            )
        scale(axes, "x", periods)
        scale(axes, "y", areas)
        name_axes(axes, "clock period [ns]", "area [µm²]")
        legend(drawing, axes, 3)
        return inline(drawing, f"area over clock period of {len(recipes)} mappings", titles)


def _chosen(area: Area) -> int:
    """Number of the curve's mapping that is reported: that of its area."""
    return min(
        range(len(area.curve)), key=lambda place: abs(area.curve[place].area_um2 - area.total_um2)
    )


def _estimates(report: TargetReport) -> Table | None:
    if not report.estimates:
        return None
    return Table(
        ("analytic estimate", "estimate", "synthesized", "ratio", "unit", "source"),
        tuple(
            (
                estimate.name,
                significant(estimate.analytic, 4),
                significant(estimate.synthesized, 4),
                "–" if estimate.ratio is None else f"{estimate.ratio:.2f}",
                estimate.unit,
                estimate.source,
            )
            for estimate in report.estimates
        ),
        numbers=(1, 2, 3),
    )
