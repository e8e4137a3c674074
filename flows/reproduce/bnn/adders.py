"""The digital adders of a binarized network beside a sum that is left to the synthesis tool."""

from collections.abc import Callable

from neuroloom.flows.designs.report import TargetReport
from neuroloom.flows.reports.figures import measured
from neuroloom.flows.reports.published import PublishedRow, PublishedTable
from neuroloom.flows.synthesis.synthesize import synthesize_macro
from neuroloom.flows.synthesis.targets import target as target_of
from neuroloom.golden.arith.popcount import PopcountSpec, PopcountStyle
from neuroloom.golden.bnn.layer import BnnLayerSpec
from neuroloom.golden.spec import Spec

TARGETS = ("ice40-hx8k", "ecp5-25k", "predictive-45")
SEEDS = (1, 2, 3)
LUTS = "LUT4"
MakeSpec = Callable[[PopcountStyle], Spec]
DESIGNS: dict[str, MakeSpec] = {
    "popcount 32": lambda style: PopcountSpec(width=32, style=style),
    "popcount 256": lambda style: PopcountSpec(width=256, style=style),
    "layer 64 × 64, SIMD 32, PE 8": lambda style: BnnLayerSpec(style=style),
}


def adder_table(progress: Callable[[str], None]) -> PublishedTable:
    """Area and critical path of every design on every target, both ways."""
    rows = []
    for design, make in DESIGNS.items():
        for name in TARGETS:
            progress(f"{design} on {name}")
            left = _measured(make(PopcountStyle.SUM), name)
            ours = _measured(make(_tree(name)), name)
            unit = "µm²" if left.area else LUTS
            rows.append(
                PublishedRow(
                    name=f"{design}, {name}",
                    unit=unit,
                    published=(),
                    ours=measured(_area(left), _area(ours), _nanoseconds(left), _nanoseconds(ours)),
                )
            )
    return PublishedTable(
        title="Low-depth integer adders",
        source="Section II; synthesized here",
        published=(),
        ours=("+, area", "ours, area", "+, cycle [ns]", "ours, cycle [ns]"),
        rows=tuple(rows),
        note="Area alone, shortest cycle with registers at every port; on devices the median of "
        f"{len(SEEDS)} seeds of place and route. Ours: counters and carry chains on devices, 3:2 "
        "compressors in cells.",
    )


def _tree(target: str) -> PopcountStyle:
    on_cells = target_of(target).cells is not None
    return PopcountStyle.COMPRESSOR if on_cells else PopcountStyle.COUNTER


def _measured(spec: Spec, target: str) -> TargetReport:
    return synthesize_macro(spec, [target_of(target)], SEEDS).targets[0]


def _area(found: TargetReport) -> float:
    return found.area.total_um2 if found.area else found.resources[LUTS]


def _nanoseconds(found: TargetReport) -> float | None:
    return 1e3 / found.timing.median_mhz if found.timing else None
