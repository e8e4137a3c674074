"""How far the predictive library is from real ones, macro by macro."""

from collections.abc import Sequence
from dataclasses import dataclass

from neuroloom.flows.benchmarks.references import REFERENCES
from neuroloom.flows.cells.nodes import Calibration, calibration
from neuroloom.flows.designs.report import SynthesisReport, TargetReport
from neuroloom.flows.tools.markdown import table

COMPARISONS = (
    ("sky130", 130, "the 130-nm library that the factors of 130 nm were measured on"),
    ("asap7", 7, "the 7-nm library that the factors of 7 nm were measured on"),
    ("sg13g2", 130, "another 130-nm library, which no factor was measured on"),
    ("gf180", 130, "a 180-nm library with 5-V transistors at 3.3 V: another node"),
)
AREA_BOUND, FMAX_BOUND = 0.30, 0.35
HEAD = """\
# The predictive library against real ones

Written by `make results`. Predicted over real, minus one, for every reference design; mapping,
timing and aim (least area × period) are the same on both sides. *Raw* is the library as its
equations give it; *after factors* with one area and one delay factor for the whole node.
"""
COLUMNS = ("design", "area raw", "Fmax raw", "area after factors", "Fmax after factors")


@dataclass(frozen=True)
class Errors:
    """Predicted over real, minus one."""

    area: float
    fmax: float

    def raw(self, factors: Calibration) -> "Errors":
        """The same without the node's factors."""
        area = (1 + self.area) / factors.area - 1
        return Errors(area, (1 + self.fmax) * factors.delay - 1)


def errors(report: SynthesisReport, real: str, node: int) -> Errors | None:
    """Errors of one design; None where the real library was not measured."""
    by_name = {target.target: target for target in report.targets}
    if real not in by_name:
        return None
    ours, theirs = _cost(by_name[f"predictive-{node}"]), _cost(by_name[real])
    return Errors(ours[0] / theirs[0] - 1, ours[1] / theirs[1] - 1)


def _cost(report: TargetReport) -> tuple[float, float]:
    if report.area is None or report.timing is None:
        raise ValueError(f"{report.target} is no standard-cell target")
    return report.area.total_um2, report.timing.median_mhz


def prediction_markdown(reports: Sequence[SynthesisReport]) -> str:
    """One table a real library that was measured."""
    text = HEAD
    for real, node, note in COMPARISONS:
        factors = calibration(node)
        found = [
            (reference.function, error)
            for reference, report in zip(REFERENCES, reports, strict=True)
            if (error := errors(report, real, node))
        ]
        if found:
            text += _table(real, node, note, factors, found)
    return text


def _table(
    real: str, node: int, note: str, factors: Calibration, found: list[tuple[str, Errors]]
) -> str:
    lines = [
        "",
        f"## predictive-{node} against {real}",
        "",
        f"{real} is {note}. Factors of the node: area × {factors.area:g}, delay × "
        f"{factors.delay:g}.",
        "",
    ]
    rows = []
    for name, error in found:
        raw = error.raw(factors)
        cells = [f"{value:+.0%}" for value in (raw.area, raw.fmax, error.area, error.fmax)]
        rows.append((name, *cells))
    lines += table(COLUMNS, rows, numbers=())
    outside = [name for name, e in found if abs(e.area) > AREA_BOUND or abs(e.fmax) > FMAX_BOUND]
    verdict = f"outside for {', '.join(outside)}" if outside else "inside for every design"
    lines += ["", f"Bounds of ±{AREA_BOUND:.0%} in area and ±{FMAX_BOUND:.0%} in Fmax: {verdict}."]
    return "\n".join(lines) + "\n"
