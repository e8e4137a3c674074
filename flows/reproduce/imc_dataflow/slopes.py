"""Slopes of Fig. 10: activations a timestep of a layer, while others still compute."""

from collections.abc import Mapping
from typing import NamedTuple

from neuroloom.flows.mapping.imc.simulate import SystemRun
from neuroloom.flows.reports.figures import Derived, Printed, measured
from neuroloom.flows.reports.published import AGREES, UNEXPLAINED, PublishedRow, PublishedTable
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


FOUR_TIMES = Derived(1, "four times the slope of 1/4")
PHASES = (
    CurvePhase("1", (printed.CYCLES_OF_AN_ACTIVATION, printed.SLOPE_OF_THE_FIRST_GROUP)),
    CurvePhase("11", (printed.CYCLES_OF_AN_ACTIVATION, printed.SLOPE_OF_THE_FIRST_GROUP)),
    CurvePhase("21", (printed.CYCLES_BY_A_STRIDE, FOUR_TIMES), until="11"),
    CurvePhase(
        "21", (printed.CYCLES_OF_AN_ACTIVATION, printed.SLOPE_OF_THE_SECOND_GROUP), after="11"
    ),
    CurvePhase("22", (printed.CYCLES_BY_TWO_STRIDES, Derived(1 / 4, "printed as 1/4")), until="11"),
    CurvePhase("22", (None, Derived(1 / 2, "printed as 1/2")), after="11", until="21"),
    CurvePhase("31", (None, printed.SLOPE_OF_THE_THIRD_GROUP), after="21"),
)


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
    """Slopes of the curves of Fig. 10 in numbers, those of Fig. 10A upside down."""
    rows = []
    for number, (name, run) in enumerate(runs.items()):
        for phase in PHASES:
            found = slope(run, phase)
            what = f"{name}: layer {phase.layer}"
            what += f", after layer {phase.after}" if phase.after else ""
            what += f", until the end of layer {phase.until}" if phase.until else ""
            upright = number > 0
            published = phase.published[number]
            value = found if upright or found is None else 1 / found
            rows.append(
                PublishedRow(
                    name=what,
                    unit="activation/timestep" if upright else "timestep/activation",
                    published=(published,),
                    ours=measured(value),
                    why=UNEXPLAINED
                    if published and value and abs(value / published - 1) > AGREES
                    else "",
                )
            )
    return PublishedTable(
        title="Slopes of the activations over timesteps",
        source="Sections 3.1.3 and 3.1.4, Fig. 10",
        published=("paper",),
        ours=("RTL",),
        rows=tuple(rows),
        note="Whole columns of the first image; layers 12 and 22 have a stride of two. At one "
        "pixel a timestep the inverse of the slope, which the paper prints as 1, 1/4 and 1/16.",
    )
