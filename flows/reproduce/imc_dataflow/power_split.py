"""Internal, switching and leakage power of Table 4, our controller beside them."""

from neuroloom.flows.reports.figures import measured
from neuroloom.flows.reports.published import PublishedRow, PublishedTable
from neuroloom.flows.reproduce.imc_dataflow import printed
from neuroloom.flows.reproduce.imc_dataflow.controllers import Found, Load
from neuroloom.flows.reproduce.imc_dataflow.silicon_tables import NO_SRAM, NOT_ALIKE, PAPER


def split_table(found: Found) -> PublishedTable:
    """The columns of Table 4, those of ours for the last of the layers."""
    layer, made = list(found.items())[-1]
    loads = made.loads

    def rows(
        name: str, theirs: printed.PrintedPower, ours: tuple[float, float, float] | None
    ) -> list[PublishedRow]:
        parts = (theirs.internal, theirs.switching, theirs.leakage)
        words = ("internal", "switching", "leakage")
        values = (None, None, None) if ours is None else ours
        why = NO_SRAM if name == "SRAM" else ""
        return [
            PublishedRow(
                name=f"{name} {word}",
                unit="mW",
                published=(part,),
                ours=measured(value),
                why=why,
                no_ratio=NOT_ALIKE,
            )
            for word, part, value in zip(words, parts, values, strict=True)
        ]

    def split(load: Load) -> dict[str, tuple[float, float, float]]:
        return {
            "sequential": (
                load.sequential - load.sequential_switching - load.sequential_leakage,
                load.sequential_switching,
                load.sequential_leakage,
            ),
            "combinational": (
                load.combinational - load.combinational_switching - load.combinational_leakage,
                load.combinational_switching,
                load.combinational_leakage,
            ),
            "clock": (0.0, load.clock, 0.0),
        }

    ours = split(loads[0]) if loads else {}
    return PublishedTable(
        title="Internal, switching and leakage power",
        source="Section 3.2, Table 4",
        published=PAPER,
        ours=(layer,),
        rows=(
            *rows("sequential", printed.SEQUENTIAL, ours.get("sequential")),
            *rows("SRAM", printed.SRAM, None),
            *rows("combinational", printed.COMBINATIONAL, ours.get("combinational")),
            *rows("clock", printed.CLOCK_NETWORK, ours.get("clock")),
        ),
        note="Switching charges the pins on the nets; internal is spent inside of cells. Ours has "
        "no clock tree: its clock charges the pins of the flip-flops and spends nothing else.",
    )
