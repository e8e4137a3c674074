"""Two reports of synthesis side by side, as data."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError, computed_field

from neuroloom.flows.designs.method import Method
from neuroloom.flows.designs.report import SynthesisReport, TargetReport
from neuroloom.flows.sweep.plan import flattened
from neuroloom.flows.sweep.table import short
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.tools.frozen import Frozen
from neuroloom.flows.tools.reading.refusal import first_problem, reading
from neuroloom.flows.tools.reading.text import read_text
from neuroloom.golden.documents import parse_json
from neuroloom.golden.wording import visible

REPORT = "report.json"


class Figure(Frozen):
    """One number of both runs; None where a run does not have it."""

    name: str
    unit: str
    first: float | None
    second: float | None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def difference(self) -> float | None:
        """Second less first."""
        if self.first is None or self.second is None:
            return None
        return self.second - self.first

    @computed_field  # type: ignore[prop-decorator]
    @property
    def ratio(self) -> float | None:
        """Second over first; None where the first is zero."""
        if self.first is None or self.second is None or not self.first:
            return None
        return self.second / self.first


class TargetPair(Frozen):
    """One target in both runs."""

    target: str
    figures: tuple[Figure, ...]
    notes: tuple[str, ...] = ()
    """How the figures were had."""
    warnings: tuple[str, ...] = ()
    """Why a run has nothing here, or what to think of before its figures are compared."""


class FieldPair(Frozen):
    """A field of the Spec that differs, in a few characters; – where a run does not have it."""

    name: str
    first: str
    second: str


class Comparison(Frozen):
    """Two runs: macros, what differs in their specifications, and every target of either."""

    first: str
    second: str
    fields: tuple[FieldPair, ...]
    targets: tuple[TargetPair, ...]
    warnings: tuple[str, ...] = ()
    """What to think of whatever the target."""


def read_report(path: Path) -> SynthesisReport:
    """The report in a file or in a folder; UsageError when it is not one of synthesis."""
    file = path / REPORT if path.is_dir() else path
    try:
        with reading(file, "", "is not a JSON file"):
            content = parse_json(read_text(file))
    except UsageError as error:
        raise UsageError(
            f"{error}; `neuroloom synth MACRO -o FOLDER` writes such a report"
        ) from None
    try:
        return SynthesisReport.model_validate(content)
    except ValidationError as error:
        problem = first_problem(error, "the document").lower()
        raise UsageError(f"{file} is not a report of `neuroloom synth -o`: {problem}") from None


def compare(first: SynthesisReport, second: SynthesisReport) -> Comparison:
    """Both reports side by side; targets of the first run come first."""
    named = (name for run in (first, second) for name in (*_by_target(run), *run.failures))
    return Comparison(
        first=first.macro,
        second=second.macro,
        fields=_fields(first.spec, second.spec),
        targets=tuple(_pair(name, first, second) for name in dict.fromkeys(named)),
        warnings=_either("warning", first.warnings, second.warnings),
    )


def _by_target(run: SynthesisReport) -> dict[str, TargetReport]:
    return {report.target: report for report in run.targets}


def _pair(name: str, *runs: SynthesisReport) -> TargetPair:
    first, second = (_by_target(run).get(name) for run in runs)
    failed = [[run.failures[name]] if name in run.failures else [] for run in runs]
    warned = [report.warnings if report else () for report in (first, second)]
    return TargetPair(
        target=name,
        figures=_figures(first, second),
        notes=_notes(first, second),
        warnings=(*_either("failed", *failed), *_either("warning", *warned)),
    )


def _fields(first: dict[str, Any], second: dict[str, Any]) -> tuple[FieldPair, ...]:
    one, other = flattened(first), flattened(second)
    return tuple(
        FieldPair(name=name, first=short(one.get(name)), second=short(other.get(name)))
        for name in dict.fromkeys((*one, *other))
        if name and one.get(name) != other.get(name)
    )


def _figures(first: TargetReport | None, second: TargetReport | None) -> tuple[Figure, ...]:
    one, other = (_values(report) if report else {} for report in (first, second))
    pairs = [
        Figure(name=name, unit=unit, first=one.get((name, unit)), second=other.get((name, unit)))
        for name, unit in dict.fromkeys((*one, *other))
    ]
    return tuple(pair for pair in pairs if pair.first or pair.second)


def _values(report: TargetReport) -> dict[tuple[str, str], float | None]:
    """Name and unit to value, for what the report has."""
    values: dict[tuple[str, str], float | None] = {
        (name, ""): number for name, number in report.resources.items()
    }
    operation = report.operation or "operation"
    if area := report.area:
        values["area", "µm²"] = area.total_um2
        values["sequential area", "µm²"] = area.sequential_um2
        values["combinational area", "µm²"] = area.combinational_um2
    if timing := report.timing:
        values["Fmax", "MHz"] = timing.median_mhz
        if timing.seeds > 1:
            values["lowest Fmax", "MHz"] = timing.minimum_mhz
            values["highest Fmax", "MHz"] = timing.maximum_mhz
        values["critical path", "ns"] = timing.path_ns
    values["interval", f"cycles/{operation}"] = report.interval
    values["rate", f"{operation}s/s"] = report.operations_per_second
    if power := report.power:
        values["energy", f"pJ/{operation}"] = power.energy_pj
        values["energy of the clock", f"pJ/{operation}"] = power.clock_pj
        values["energy of flip-flops", f"pJ/{operation}"] = power.sequential_pj
        values["energy of logic", f"pJ/{operation}"] = power.combinational_pj
        values["leakage", "µW"] = power.leakage_uw
        values["idle power", "µW"] = power.idle_uw
        values["clock of the powers", "MHz"] = power.clock_mhz
    return values


def _either(kind: str, first: Sequence[str], second: Sequence[str]) -> tuple[str, ...]:
    """Sentences of each run, once where both have them."""
    both = [warning for warning in first if warning in second]
    return (
        *(f"{kind}: {visible(warning)}" for warning in both),
        *(f"{kind} in A: {visible(warning)}" for warning in first if warning not in both),
        *(f"{kind} in B: {visible(each)}" for each in second if each not in both),
    )


def _notes(*runs: TargetReport | None) -> tuple[str, ...]:
    notes = []
    for part in ("synthesis", "timing", "power"):
        first, second = (report and _method(report, part) for report in runs)
        if first and second and first.way != second.way:
            notes.append(f"different methods of {part}: A: {first.way}; B: {second.way}")
        elif either := first or second:
            whose = "" if first and second else " of A" if first else " of B"
            notes.append(f"{part}{whose}: {either.way}")
        if first and second and first.outcome != second.outcome:
            notes.append(f"{part}: A: {first.outcome or '–'}; B: {second.outcome or '–'}")
    return tuple(map(visible, notes))


def _method(report: TargetReport, part: str) -> Method | None:
    if part == "synthesis":
        return report.method
    estimate = report.timing if part == "timing" else report.power
    return estimate.method if estimate else None
