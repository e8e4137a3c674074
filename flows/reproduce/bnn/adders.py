"""The digital adders of a binarized network beside a sum that is left to the synthesis tool."""

from collections.abc import Callable

from neuroloom.flows.designs.design import of_spec
from neuroloom.flows.reports.figures import measured
from neuroloom.flows.reports.published import Judgement, PaperVerdict, PublishedRow, PublishedTable
from neuroloom.flows.synthesis.pack import packed_cells
from neuroloom.flows.synthesis.synthesize import synthesize_macro
from neuroloom.flows.synthesis.targets import target as target_of
from neuroloom.golden.arith.popcount import PopcountSpec, PopcountStyle
from neuroloom.golden.bnn.layer import BnnLayerSpec
from neuroloom.golden.spec import Spec

TARGETS = ("ice40-hx8k", "ecp5-25k", "predictive-45")
SEEDS = (1, 2, 3)
CELLS = "cells"
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
            left, slow = _measured(make(PopcountStyle.SUM), name)
            ours, fast = _measured(make(_tree(name)), name)
            unit = CELLS if target_of(name).cells is None else "µm²"
            rows.append(
                PublishedRow(
                    name=f"{design}, {name}", unit=unit, ours=measured(left, ours, slow, fast)
                )
            )
    return PublishedTable(
        title="Low-depth integer adders",
        source="Section II; synthesized here",
        ours=("+, area", "ours, area", "+, cycle [ns]", "ours, cycle [ns]"),
        rows=tuple(rows),
        note="Area alone: on devices logic cells as they are packed, in which a LUT shares its "
        "cell with a carry or a flip-flop where both fit and carries beside LUTs take cells of "
        "their own. Shortest cycle with registers at every port; on devices the median of "
        f"{len(SEEDS)} seeds of place and route. Ours: counters and carry chains on devices, 3:2 "
        "compressors in standard cells.",
    )


def _tree(target: str) -> PopcountStyle:
    on_cells = target_of(target).cells is not None
    return PopcountStyle.COMPRESSOR if on_cells else PopcountStyle.COUNTER


def adder_claim(table: PublishedTable) -> Judgement:
    """What the figures say of a tree of ours beside a plain sum."""
    areas = {row.name: (row.ours[1] or 0) / (row.ours[0] or 1) for row in table.rows}
    small = [name for name, share in areas.items() if share < 1]
    large = {name: share for name, share in areas.items() if share >= 1}
    fast = [row for row in table.rows if (row.ours[3] or 0) < (row.ours[2] or 0)]
    words = (
        f"A tree of ours is faster than a sum left to the tool in {len(fast)} of "
        f"{len(table.rows)} cases and smaller in {len(small)}"
    )
    if large:
        told = "; ".join(f"{name}, by {share - 1:.0%}" for name, share in large.items())
        words += f"; it is larger as {told}"
    return Judgement(
        claim="the sum is done by low depth digital integer adders",
        verdict=PaperVerdict.TREND if len(fast) < len(table.rows) or large else PaperVerdict.AGREES,
        words=f"The paper prints no depth, area or delay. {words}.",
    )


def _measured(spec: Spec, name: str) -> tuple[float, float | None]:
    """Area [cells or µm²] and cycle [ns]."""
    target = target_of(name)
    found = synthesize_macro(spec, [target], SEEDS).targets[0]
    area = found.area.total_um2 if found.area else float(packed_cells(of_spec(spec), target))
    return area, 1e3 / found.timing.median_mhz if found.timing else None
