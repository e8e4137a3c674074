"""The activity factors of Lu et al. 2021 with what was simulated here, and what a flip-flop takes.

The article multiplies the energy of all that could switch. Ours of flip-flops is had likewise: the
energy of a run over what it would be if every flip-flop changed its value in every cycle.
"""

from collections.abc import Callable, Mapping

from neuroloom.flows.cells.nodes import NODES
from neuroloom.flows.reports.figures import Derived, Figures, estimate, measured
from neuroloom.flows.reports.published import PublishedRow, PublishedTable
from neuroloom.flows.reproduce.cim_macro.pricing import LIBRARY, SCALED, TOGETHER
from neuroloom.flows.reproduce.cim_macro.printed import (
    ACCUMULATOR,
    ADDER_ACTIVITY,
    AREAS,
    CONTROL,
    CONTROL_REGISTER_ACTIVITY,
    ENERGIES,
    FLIP_FLOPS,
    INVERTER_ACTIVITY,
    OTHERS,
    REGISTER_ACTIVITY,
    SHIFT_ADD,
)
from neuroloom.flows.reproduce.cim_macro.reasons import (
    a_flip_flop,
    all_switch,
    cell_area,
    cell_energy,
    change_energy,
    clock_energy,
    priced_flip_flop,
    share_of_full,
)
from neuroloom.flows.reproduce.cim_macro.scaling import ABOVE, node_40, scale
from neuroloom.flows.reproduce.parts import PartInCells, Parts

BOTH = f"{SHIFT_ADD} and {ACCUMULATOR}"
TOGGLES, SHARE = "changes in a cycle", "energy, of all that could switch"
OF_TOGGLES = "ours are toggles of all gates of a module, the article's shares of the energy of some"
CLOCK_RUNS = (
    "the clock of ours is never gated, and alone takes more than that share; the chip's control is "
    "probably clock-gated, which is our inference"
)


def activities(parts: Parts) -> PublishedTable:
    """The article's factors beside shares of energy, and changes of value beside both."""
    of = parts.parts
    parts_of_both = (
        (SHIFT_ADD, "the values of random bits change a third of them in a cycle"),
        (
            ACCUMULATOR,
            "of a unit's 64 bits weights of 8 bits use 15, which are written once in eight cycles; "
            "what changes is small beside the clock",
        ),
    )
    rows = (
        PublishedRow(
            name=f"{BOTH} {FLIP_FLOPS}",
            unit="%",
            published=(REGISTER_ACTIVITY, None),
            ours=_flip_flops(of[SHIFT_ADD], of[ACCUMULATOR]),
            why="the clock in every cycle, and what changes besides",
        ),
        *(
            PublishedRow(
                name=f"of which {part}",
                unit="%",
                published=(None, None),
                ours=_flip_flops(of[part]),
                why=why,
            )
            for part, why in parts_of_both
        ),
        PublishedRow(
            name=f"{CONTROL} {FLIP_FLOPS}",
            unit="%",
            published=(CONTROL_REGISTER_ACTIVITY, None),
            ours=_flip_flops(of[CONTROL]),
            why=CLOCK_RUNS,
        ),
        *_gates(of),
    )
    return PublishedTable(
        title="Activity",
        source="Section on digital modules, Energy: γ and ζ, δ, ε",
        published=("of flip-flops and adders", "of other gates"),
        ours=(TOGGLES, SHARE),
        against=(SHARE, None),
        rows=rows,
        note="Flip-flops: the share that takes another value in a cycle, the mean; and their "
        "energy with their clock pins over that of flip-flops that all take another value in every "
        "cycle, as those that did took. Gates: toggles of an output in a cycle. The article's "
        "reason for γ is that “most DFFs are on operation when the real chip is tested under 8 "
        "bits”; that γ stands for the clock inside of flip-flops, too, is our inference. It fits "
        "its factors to the energies of one chip, and says that they may be overfitted.",
    )


def _flip_flops(*parts: PartInCells) -> Figures:
    number = sum(each.flip_flops for each in parts)
    changes = sum(each.flip_flops * each.register_activity for each in parts)
    return (*measured(100 * changes / number), *estimate(100 * share_of_full(*parts)))


def _gates(parts: Mapping[str, PartInCells]) -> list[PublishedRow]:
    both = (ADDER_ACTIVITY, INVERTER_ACTIVITY)
    told = (
        (
            SHIFT_ADD,
            TOGETHER,
            both,
            "one adder serves all slices and widths here and is never idle",
        ),
        (
            ACCUMULATOR,
            TOGETHER,
            both,
            "most gates enable and select words that wait for their group of rows",
        ),
        (CONTROL, OTHERS, (None, INVERTER_ACTIVITY), "groups of rows change once in eight cycles"),
    )
    return [
        PublishedRow(
            name=f"{part} {kind}",
            unit="%",
            published=factors,
            ours=(*measured(100 * parts[part].gate_activity), None),
            why=why,
            no_ratio=OF_TOGGLES,
        )
        for part, kind, factors, why in told
    ]


def flip_flop_table(parts: Parts) -> PublishedTable:
    """A flip-flop of the chip's, of NeuroSim's and of ours: area, clock, change of value."""
    factors = scale(NODES[ABOVE], node_40())
    modules = (SHIFT_ADD, ACCUMULATOR, CONTROL)
    rows: list[PublishedRow] = []

    def add(
        name: str,
        unit: str,
        part: str,
        value: Callable[[PartInCells], float],
        theirs: tuple[Derived | None, Derived | None] = (None, None),
    ) -> None:
        ours = value(parts.parts[part])
        factor = factors.area if unit == "µm²" else factors.energy
        columns = (*measured(ours), *estimate(factor * ours))
        rows.append(PublishedRow(name=f"{part}, {name}", unit=unit, published=theirs, ours=columns))

    for part in modules[:2]:
        theirs = (priced_flip_flop(AREAS, part, "µm²"), a_flip_flop(AREAS, part, "µm²"))
        add("area", "µm²", part, cell_area, theirs)
    for part in modules:
        theirs = (priced_flip_flop(ENERGIES, part, "fJ"), a_flip_flop(ENERGIES, part, "fJ"))
        add("energy of a cycle", "fJ", part, cell_energy, theirs)
    for part in modules:
        add("the clock of it", "fJ", part, clock_energy)
        add("a change of value besides", "fJ", part, change_energy)
        full = (all_switch(part), None)
        add("a cycle in which all switch", "fJ", part, _full, full)
    return PublishedTable(
        title="A flip-flop",
        source="Tables 4 and 5",
        published=("NeuroSim", "chip"),
        ours=(LIBRARY, SCALED),
        rows=tuple(rows),
        note="The chip's control has by its area as many flip-flops as stand in the table of the "
        "control; NeuroSim's energies are those after γ and ζ, and before them where all switch.",
    )


def _full(part: PartInCells) -> float:
    return clock_energy(part) + change_energy(part)
