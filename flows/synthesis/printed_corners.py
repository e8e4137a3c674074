"""Corners of a netlist, in the terminal and on the page of a report."""

from collections.abc import Sequence

from neuroloom.flows.designs.report import TargetReport
from neuroloom.flows.tools.numbers import significant

CORNER_HEAD = (
    "target",
    "corner",
    "worst setup [ns]",
    "without memories [ns]",
    "Fmax [MHz]",
    "worst hold slack [ns]",
    "leakage of cells [µW]",
)


def corner_rows(targets: Sequence[TargetReport]) -> list[tuple[str, ...]]:
    """A row for each corner of each target."""
    return [
        (
            target.target,
            ", ".join(filter(None, (corner.name, corner.corner, corner.memory))),
            f"{corner.setup_ns:.3f}",
            "–" if corner.without_memories_ns is None else f"{corner.without_memories_ns:.3f}",
            f"{corner.mhz:.1f}",
            f"{corner.hold_slack_ns:.3f}",
            "–" if corner.leakage_uw is None else significant(corner.leakage_uw, 4),
        )
        for target in targets
        for corner in target.corners
    ]
