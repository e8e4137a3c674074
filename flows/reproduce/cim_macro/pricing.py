"""Tables 5 and 6 of Lu et al. 2021 with our figures beside them.

Measured are our modules in standard cells. What NeuroSim's cells would make of them is priced as
:func:`~neuroloom.flows.analytic.neurosim.price` prices every macro, module by module; as the prices
of a cell come from this very paper, that is circular.
"""

from neuroloom.flows.analytic.neurosim import Costs, costs
from neuroloom.flows.cells.nodes import NODES
from neuroloom.flows.reports.figures import Derived, Figures, Ours, Printed, estimate, measured
from neuroloom.flows.reports.published import PublishedRow, PublishedTable
from neuroloom.flows.reproduce.cim_macro.printed import (
    ACCUMULATOR,
    ADDER_ACTIVITY,
    ADDERS,
    AFTER_LAYOUT,
    ANALOG_ENERGY,
    AREA,
    AREAS,
    ARRAY,
    BEFORE_LAYOUT,
    COLUMNS_PER_ADC,
    CONTROL,
    CONTROL_REGISTER_ACTIVITY,
    ENERGIES,
    ENERGY,
    FLIP_FLOPS,
    GROUP,
    INVERTER_ACTIVITY,
    INVERTER_FACTOR,
    LAYOUT_FACTOR,
    OTHERS,
    REGISTER_ACTIVITY,
    SHIFT_ADD,
    PrintedPair,
)
from neuroloom.flows.reproduce.cim_macro.scaling import ABOVE, node_40, scale
from neuroloom.flows.reproduce.cim_macro.tables import parts_of
from neuroloom.flows.reproduce.parts import PartInCells, Parts
from neuroloom.golden.cim.cim_macro import CimMacroSpec

LIBRARY = f"predictive-{ABOVE}"
SCALED = f"{LIBRARY} at 40 nm, 0.9 V"
CELLS = "NeuroSim cells"
WITH_FACTOR = f"{CELLS}, other gates × 1.84"
SIMULATED = f"{CELLS}, simulated activity"
TOGETHER = "adders and other gates"
MODULES = (SHIFT_ADD, ACCUMULATOR, CONTROL)
OF_TABLE_1 = "cells as large as Table 1 has them, nine NAND2 an adder, twelve cells a flip-flop"
OF_TABLE_5 = "energy of a cell out of Tables 4 and 5"
ACTIVITIES = "times the paper's γ, δ and ε"
NO_WIRES = "the chip's inverters drive wires of a layout; our cells drive none"


def _together(part: str, table: dict[tuple[str, str], PrintedPair]) -> tuple[Derived | None, ...]:
    """Adders and other gates, as cells of a library cannot be told apart."""
    pairs = [table[part, kind] for kind in (ADDERS, OTHERS)]

    def added(values: list[Printed | None]) -> Derived:
        return Derived(sum(each for each in values if each), "adders + other gates")

    return added([each.neurosim for each in pairs]), added([each.chip for each in pairs])


def _cost(spec: CimMacroSpec) -> dict[str, Costs]:
    return {part: costs(inventory) for part, inventory in parts_of(spec).items()}


def areas(spec: CimMacroSpec, parts: Parts) -> PublishedTable:
    """Areas of Table 5: cells of a library, and NeuroSim's."""
    node, factor = node_40(), scale(NODES[ABOVE], node_40()).area
    rows: list[PublishedRow] = []

    def row(
        name: str,
        published: tuple[Printed | Derived | None, ...],
        mapped: float | None,
        plain: float,
        enlarged: float,
        why: str = "",
    ) -> None:
        rows.append(
            PublishedRow(
                name=name,
                unit="µm²",
                published=published,
                ours=_columns(mapped, factor, (plain, enlarged), OF_TABLE_1),
                why=why,
            )
        )

    for part, cost in _cost(spec).items():
        cells = parts.parts[part]
        registers, adders = cost.registers.area(node), cost.adders.area(node)
        others = cost.others.area(node)
        row(
            f"{part} {FLIP_FLOPS}",
            AREAS[part, FLIP_FLOPS],
            cells.sequential_um2,
            registers,
            registers,
            AREA_WHY[part],
        )
        if part == CONTROL:
            # the article normalises all of the control's gates to inverters
            row(
                f"{part} {OTHERS}",
                AREAS[part, OTHERS],
                cells.combinational_um2,
                adders + others,
                INVERTER_FACTOR * (adders + others),
                GATES_WHY,
            )
            continue
        row(f"{part} {ADDERS}", AREAS[part, ADDERS], None, adders, adders)
        row(f"{part} {OTHERS}", AREAS[part, OTHERS], None, others, INVERTER_FACTOR * others)
        row(
            f"{part} {TOGETHER}",
            _together(part, AREAS),
            cells.combinational_um2,
            adders + others,
            adders + INVERTER_FACTOR * others,
        )
    rows.append(_total(rows, "µm²", AREA, TOTAL_AREA_WHY))
    return PublishedTable(
        title="Area",
        source="Table 5",
        published=("NeuroSim", "chip"),
        ours=(LIBRARY, SCALED, CELLS, WITH_FACTOR),
        rows=tuple(rows),
        note="Our flip-flops have an enable and a reset, which count with the other gates: as "
        "cells of the library, and in NeuroSim's cells as a multiplexer, an AND and inverters "
        "each. Gates are priced by their kind. In the library's cells adders cannot be told from "
        "other gates. The total of NeuroSim's cells is that which `neuroloom` prices the whole "
        "macro at; the article multiplies the height of all inverters by 1.84.",
    )


def _columns(
    mapped: float | None, factor: float, priced: tuple[float | None, ...], constant: str
) -> Figures:
    """Measured, told of the chip's node, and priced by the paper's own cells."""
    scaled = None if mapped is None else factor * mapped
    return (*measured(mapped), *estimate(scaled), *estimate(*priced, circular=constant))


AREA_WHY = {
    SHIFT_ADD: "as many flip-flops; one of the library is smaller than the chip's",
    ACCUMULATOR: "1,024 flip-flops against the chip's 1,216, and smaller cells",
    CONTROL: "a seventh of the flip-flops, which have a table of their own, and smaller cells",
}
OF_ADDERS = "δ is that of adders, ours of all gates of the module"
GATES_WHY = f"what goes with a seventh of the flip-flops; {NO_WIRES}"
TOTAL_AREA_WHY = (
    "a seventh of the chip's flip-flops in the control, one adder a unit for all widths, smaller "
    f"cells; {NO_WIRES}"
)


def energies(spec: CimMacroSpec, parts: Parts) -> PublishedTable:
    """Energies of Table 5: simulated in cells of a library, and by NeuroSim's cells."""
    node, factor = node_40(), scale(NODES[ABOVE], node_40()).energy
    rows: list[PublishedRow] = []

    def row(
        name: str,
        published: tuple[Printed | Derived | None, ...],
        mapped: float | None,
        simulated: float | None,
        priced: float | None,
        why: str = "",
    ) -> None:
        ours = _columns(mapped, factor, (simulated, priced), OF_TABLE_5)
        *others, last = ours
        by_factors = None if last is None else Ours(last, last.kind, f"{OF_TABLE_5}, {ACTIVITIES}")
        rows.append(
            PublishedRow(
                name=name, unit="pJ", published=published, ours=(*others, by_factors), why=why
            )
        )

    for part, cost in _cost(spec).items():
        cells = parts.parts[part]
        row(
            f"{part} {FLIP_FLOPS}",
            ENERGIES[part, FLIP_FLOPS],
            cells.clock_pj + cells.sequential_pj,
            cells.register_activity * cost.registers.energy(node) / 1000,
            cost.register_energy(node) / 1000,
            ENERGY_WHY[part],
        )
        adders, others = cost.adder_energy(node) / 1000, cost.other_energy(node) / 1000
        simulated = [
            cells.gate_activity * each.energy(node) / 1000 for each in (cost.adders, cost.others)
        ]
        if part == CONTROL:
            row(
                f"{part} {OTHERS}",
                ENERGIES[part, OTHERS],
                cells.combinational_pj,
                sum(simulated),
                adders + others,
                GATES_WHY,
            )
            continue
        row(f"{part} {ADDERS}", ENERGIES[part, ADDERS], None, simulated[0], adders)
        row(f"{part} {OTHERS}", ENERGIES[part, OTHERS], None, simulated[1], others)
        row(
            f"{part} {TOGETHER}",
            _together(part, ENERGIES),
            cells.combinational_pj,
            sum(simulated),
            adders + others,
        )
    rows.append(_total(rows, "pJ", ENERGY, TOTAL_ENERGY_WHY))
    return PublishedTable(
        title="Energy of a cycle",
        source="Table 5",
        published=("NeuroSim", "chip"),
        ours=(LIBRARY, SCALED, SIMULATED, CELLS),
        rows=tuple(rows),
        note=f"{LIBRARY}: toggles of all nets in a gate-level simulation; flip-flops with their "
        "clock pins, which switch in every cycle. NeuroSim's cells at the activities that are "
        "simulated here leave the clock inside of flip-flops out; at the article's they add up to "
        "what `neuroloom` prices the whole macro at, with γ for all flip-flops.",
    )


ENERGY_WHY = {
    SHIFT_ADD: "as many flip-flops, a third of which switch; what remains is the library's cell",
    ACCUMULATOR: "of 1,024 flip-flops one in a hundred switches, so nearly all of ours is the "
    "clock; the article's is half of all that could switch",
    CONTROL: "a seventh of the flip-flops, which have a table of their own",
}
TOTAL_ENERGY_WHY = (
    "a seventh of the chip's flip-flops in the control, most flip-flops of the accumulators idle, "
    "other cells, no wires"
)


def _total(rows: list[PublishedRow], unit: str, published: PrintedPair, why: str) -> PublishedRow:
    """The sum of rows, what stands in two of them counted once; each column was had as in the
    first row."""
    rows = [row for row in rows if row.ours[0] is not None]
    summed: list[Ours | None] = []
    for column in zip(*(row.ours for row in rows), strict=True):
        there = [each for each in column if each is not None]
        kind, circular = there[0].kind, there[0].circular
        summed.append(Ours(sum(there), kind, circular))
    return PublishedRow(name="total", unit=unit, published=published, ours=tuple(summed), why=why)


def activities(parts: Parts) -> PublishedTable:
    """What the article's activity factors stand for, simulated."""
    rows = [
        PublishedRow(
            name=f"{part} {kind}",
            unit="%",
            published=(factor,),
            ours=measured(100 * value),
            why=why,
            no_ratio=OF_ADDERS if kind == TOGETHER else "",
        )
        for part, kind, factor, value, why in _activities(parts.parts)
    ]
    return PublishedTable(
        title="Activity",
        source="Section on digital modules, Energy: γ, δ, ε and ζ",
        published=("factor",),
        ours=("simulated",),
        rows=tuple(rows),
        note="Flip-flops: the share that takes another value in a cycle, the mean. Gates: toggles "
        "of an output in a cycle. The article fits its factors to the energies of one chip, and "
        "says that they may be overfitted: γ stands for the clock inside of flip-flops, too.",
    )


def _activities(parts: dict[str, PartInCells]) -> list[tuple[str, str, Printed, float, str]]:
    return [
        (
            SHIFT_ADD,
            FLIP_FLOPS,
            REGISTER_ACTIVITY,
            parts[SHIFT_ADD].register_activity,
            "the values of random bits change a third of them in a cycle; γ has the clock in it",
        ),
        (
            ACCUMULATOR,
            FLIP_FLOPS,
            REGISTER_ACTIVITY,
            parts[ACCUMULATOR].register_activity,
            "of a unit's 64 bits weights of 8 bits use 15, which are written once in eight cycles; "
            "weights of 1 bit, with all bits in use, make it three times as much (widths of "
            "weights, below). One factor cannot be that of both modules",
        ),
        (
            SHIFT_ADD,
            TOGETHER,
            ADDER_ACTIVITY,
            parts[SHIFT_ADD].gate_activity,
            "one adder serves all slices here and is never idle; the chip's is one of three",
        ),
        (
            ACCUMULATOR,
            TOGETHER,
            ADDER_ACTIVITY,
            parts[ACCUMULATOR].gate_activity,
            "most gates are enables and selections of words that wait",
        ),
        (
            CONTROL,
            FLIP_FLOPS,
            CONTROL_REGISTER_ACTIVITY,
            parts[CONTROL].register_activity,
            "a vector of 128 inputs is held for 152 cycles",
        ),
        (
            CONTROL,
            OTHERS,
            INVERTER_ACTIVITY,
            parts[CONTROL].gate_activity,
            "groups of rows change once in eight cycles",
        ),
    ]


def array_energy(parts: Parts, reads: float) -> PublishedTable:
    """Table 6, and what Tables 3 and 5 say of it; ``reads`` of a vector are measured."""
    factor = scale(NODES[ABOVE], node_40()).energy
    groups = -(-ARRAY // GROUP)
    steps = Derived(
        groups * COLUMNS_PER_ADC, f"ceil({ARRAY:g} / {GROUP:g}) × {COLUMNS_PER_ADC:g} columns"
    )

    def read(analog: Printed | None, digital: Printed | None) -> Derived:
        assert analog is not None
        assert digital is not None
        each = analog + digital
        return Derived(
            steps * each, f"{steps:g} reads × ({analog:g} + {digital:g}) pJ of Tables 3 and 5"
        )

    cycles = parts.cycles / parts.operations
    digital = cycles * sum(part.cycle_pj for part in parts.parts.values())
    predicted = BEFORE_LAYOUT.neurosim
    assert predicted is not None
    nothing: Figures = (None, None)
    return PublishedTable(
        title="Energy of the whole array",
        source="Table 6",
        published=("NeuroSim", "chip"),
        ours=(LIBRARY, SCALED),
        rows=(
            PublishedRow(
                name="array reads of a vector of ones",
                published=(None, steps),
                ours=(*measured(reads), None),
            ),
            PublishedRow(
                name="digital modules, a vector",
                unit="pJ",
                published=(None, None),
                ours=(*measured(digital), *estimate(factor * digital)),
            ),
            PublishedRow(
                name="whole array before layout", unit="pJ", published=BEFORE_LAYOUT, ours=nothing
            ),
            PublishedRow(
                name="the same by Tables 3 and 5",
                unit="pJ",
                published=(
                    read(ANALOG_ENERGY.neurosim, ENERGY.neurosim),
                    read(ANALOG_ENERGY.chip, ENERGY.chip),
                ),
                ours=nothing,
            ),
            PublishedRow(
                name="whole array after layout",
                unit="pJ",
                published=(
                    Derived(LAYOUT_FACTOR * predicted, f"{predicted:,g} pJ × {LAYOUT_FACTOR:g}"),
                    AFTER_LAYOUT,
                ),
                ours=nothing,
            ),
        ),
        note="The paper's own figures do not give each other: with every read at the energy of "
        "Tables 3 and 5 the array takes more than four times what Table 6 has, which is 19 × "
        "167.25 pJ to the last digit, an energy for each group of rows. Which columns it counts is "
        "not said: unexplained. Array, converters and drivers are analog and have no figure of "
        "ours.",
    )
