"""Slopes of Fig. 10: activations a timestep of a layer, while others still compute."""

from collections.abc import Mapping
from typing import NamedTuple

from neuroloom.flows.mapping.imc.simulate import SystemRun
from neuroloom.flows.reports.figures import Derived, Printed, measured
from neuroloom.flows.reports.published import PublishedRow, PublishedTable
from neuroloom.flows.reproduce.imc_dataflow import printed
from neuroloom.golden.contract import Cycles

Figure = Printed | Derived | None


class CurvePhase(NamedTuple):
    """Layer ``layer`` from its first activation, or from the end of ``after``, to the end of
    ``until``, or to its own; what the paper prints of it, at one pixel a timestep and at 4/2/1.
    """

    layer: str
    published: tuple[Figure, Figure]
    after: str | None = None
    until: str | None = None


FOUR_TIMES = Derived(
    4 * printed.SLOPE_BY_A_STRIDE, "four times the slope of 1/4 (section 3.1.4, paragraph 1)"
)
FIRST, SECOND, THIRD = printed.SLOPES_OF_THE_THIRD_GROUP
PHASES = (
    CurvePhase("1", (printed.SLOPE, printed.SLOPE_OF_THE_FIRST_GROUP)),
    CurvePhase("11", (printed.SLOPE, printed.SLOPE_OF_THE_FIRST_GROUP)),
    CurvePhase("21", (printed.SLOPE_BY_A_STRIDE, FOUR_TIMES), until="11"),
    CurvePhase("21", (printed.SLOPE, printed.SLOPE_OF_THE_SECOND_GROUP), after="11"),
    CurvePhase("22", (printed.SLOPE_BY_TWO_STRIDES, FIRST), until="11"),
    CurvePhase("22", (printed.SLOPE_BY_A_STRIDE, SECOND), after="11", until="21"),
    CurvePhase("31", (printed.SLOPE, THIRD), after="21"),
)
"""The paper prints 1/4 of layer 22 as the slope that it is supposed to have, and 1 of all layers
without stride."""


def slope(run: SystemRun, phase: CurvePhase) -> float | None:
    """Activations a timestep, of the columns that begin in the phase; None for fewer than two."""
    made = run.system.network.network.layer(phase.layer).made

    def delivered(layer: str) -> Cycles:
        pixels = run.system.network.network.layer(layer).made
        return run.deliveries(layer)[: pixels.height * pixels.width]

    cycles = delivered(phase.layer)
    begin = cycles[0] if phase.after is None else delivered(phase.after)[-1]
    end = cycles[-1] if phase.until is None else delivered(phase.until)[-1]
    columns = cycles[:: made.height]
    columns = columns[(columns >= begin) & (columns <= end)]
    if len(columns) < 2:
        return None
    timesteps = (columns[-1] - columns[0]) / run.system.style.timestep
    return float((len(columns) - 1) * made.height / timesteps)


def slope_table(runs: Mapping[str, SystemRun]) -> PublishedTable:
    """Slopes of the curves of Fig. 10; ``runs`` at one pixel a timestep, and at 4/2/1."""
    rows = []
    for phase in PHASES:
        what = f"layer {phase.layer}"
        what += f", after layer {phase.after}" if phase.after else ""
        what += f", until the end of layer {phase.until}" if phase.until else ""
        rows.append(
            PublishedRow(
                name=what,
                unit="activation/timestep",
                published=phase.published,
                ours=measured(*(slope(run, phase) for run in runs.values())),
            )
        )
    return PublishedTable(
        title="Slopes of the activations over timesteps",
        source="Sections 3.1.3 and 3.1.4, Fig. 10, RTL simulation",
        published=tuple(runs),
        ours=tuple(runs),
        rows=tuple(rows),
        note="Whole columns of the first image; layers 12 and 22 have a stride of two.",
    )
