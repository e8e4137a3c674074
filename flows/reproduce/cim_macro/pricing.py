"""Table 5 of Lu et al. 2021 with our figures beside it.

Measured are our modules in standard cells. What NeuroSim's cells would make of them is priced as
:func:`~neuroloom.flows.analytic.neurosim.price` prices every macro, module by module; as the prices
of a cell come from this very paper, that is circular.
"""

from itertools import chain
from typing import NamedTuple

from neuroloom.flows.analytic.neurosim import Cells, costs, price
from neuroloom.flows.cells.nodes import NODES, calibration
from neuroloom.flows.reports.figures import Derived, Figures, Ours, Printed, estimate, measured
from neuroloom.flows.reports.published import PublishedRow, PublishedTable
from neuroloom.flows.reproduce.cim_macro.printed import (
    ADDER_ACTIVITY,
    ADDERS,
    ALL_SWITCH,
    AREA,
    AREAS,
    CONTROL,
    CONTROL_REGISTER_ACTIVITY,
    ENERGIES,
    ENERGY,
    FLIP_FLOPS,
    INVERTER_ACTIVITY,
    INVERTER_FACTOR,
    INVERTERS,
    OTHERS,
    REGISTER_ACTIVITY,
    PrintedPair,
)
from neuroloom.flows.reproduce.cim_macro.reasons import OUTSIDE, area_why, energy_why, gates_why
from neuroloom.flows.reproduce.cim_macro.scaling import ABOVE, node_40, scale
from neuroloom.flows.reproduce.cim_macro.tables import parts_of, whole
from neuroloom.flows.reproduce.parts import PartInCells, Parts
from neuroloom.flows.tools.numbers import percent
from neuroloom.golden.cim.cim_macro import CimMacroSpec
from neuroloom.golden.inventory import Inventory

LIBRARY = f"predictive-{ABOVE}"
SCALED = f"{LIBRARY} at 40 nm, 0.9 V"
CELLS = "NeuroSim cells"
WITH_FACTOR = f"{CELLS}, other gates × 1.84"
SIMULATED = f"{CELLS}, simulated activity"
BY_FACTORS = f"{CELLS}, the article's factors"
TOGETHER = "adders and other gates"
OF_TABLE_1 = "cells as large as Table 1 has them, nine NAND2 an adder, twelve cells a flip-flop"
OF_TABLE_5 = "energy of a cell out of Tables 4 and 5"
FACTORS = "γ, δ, ε and ζ as the article has them"
FROM_THE_ARTICLE = (
    "What stands beside the ratios is not free of the article: the library's cells are as wide and "
    "high, and its transistors as wide, as Table 1 has them, and the scaled column is at the 40 nm "
    "and 0.9 V of Table 2."
)


def _together(part: str, table: dict[tuple[str, str], PrintedPair]) -> tuple[Derived | None, ...]:
    """Adders and other gates, as cells of a library cannot be told apart."""
    pairs = [table[part, kind] for kind in (ADDERS, OTHERS)]

    def added(values: list[Printed | None]) -> Derived:
        return Derived(sum(each for each in values if each), "adders + other gates")

    return added([each.neurosim for each in pairs]), added([each.chip for each in pairs])


class _Row(NamedTuple):
    """A row of Table 5 before its columns are worked out."""

    kind: str
    mapped: float | None
    """Measured in cells of the library."""
    priced: tuple[float, float]
    """Figures of NeuroSim's cells, in the order of the columns."""
    why: str = ""


def areas(spec: CimMacroSpec, parts: Parts) -> PublishedTable:
    """Areas of Table 5: cells of a library, and NeuroSim's."""
    factor = scale(NODES[ABOVE], node_40()).area
    rows = [
        _published(part, row, AREAS, "µm²", _columns(row, factor, OF_TABLE_1, OF_TABLE_1))
        for part, inventory in parts_of(spec).items()
        for row in _area_rows(part, inventory, parts.parts[part], factor)
    ]
    rows.append(_total(rows, "µm²", AREA))
    raw, _, after, _ = OUTSIDE
    found = calibration(ABOVE)
    return PublishedTable(
        title="Area",
        source="Table 5",
        published=("NeuroSim", "chip"),
        ours=(LIBRARY, SCALED, CELLS, WITH_FACTOR),
        against=(WITH_FACTOR, SCALED),
        rows=tuple(rows),
        note="Our flip-flops have an enable and a reset, which count with the other gates: as "
        "cells of the library, and in NeuroSim's cells as a multiplexer, an AND and inverters "
        "each. Gates are priced by their kind. In the library's cells adders cannot be told from "
        "other gates. The total of NeuroSim's cells is that which `neuroloom` prices the whole "
        "macro at, without the memory of its control, which takes "
        f"{spec.inventory.memory_bits} bits; the article multiplies the height of the inverters "
        "that stand for other gates by 1.84, in the control also of those that stand for adders. "
        f"{FROM_THE_ARTICLE} The area of a cell is multiplied by {found.area:.3f}, which is "
        "interpolated between factors of two real libraries at 130 and 7 nm: an assumption. "
        "Against a real library of 130 nm that nothing was fitted to, the area of this macro is "
        f"{-raw} % too small without such a factor, {-after} % with that of 130 nm.",
    )


def _area_rows(part: str, inventory: Inventory, cells: PartInCells, factor: float) -> list[_Row]:
    node, cost = node_40(), costs(inventory)
    registers, adders = cost.registers.area(node), cost.adders.area(node)
    others, gates = cost.others.area(node), cells.combinational_um2
    why = gates_why(part, cells, inventory)
    rows = [
        _Row(
            FLIP_FLOPS, cells.sequential_um2, (registers, registers), area_why(part, cells, factor)
        )
    ]
    if part == CONTROL:
        # the article normalises all of the control's gates to inverters
        every = adders + others
        return [*rows, _Row(OTHERS, gates, (every, INVERTER_FACTOR * every), why)]
    return [
        *rows,
        _Row(ADDERS, None, (adders, adders)),
        _Row(OTHERS, None, (others, INVERTER_FACTOR * others)),
        _Row(TOGETHER, gates, (adders + others, adders + INVERTER_FACTOR * others), why),
    ]


def _published(
    part: str, row: _Row, table: dict[tuple[str, str], PrintedPair], unit: str, ours: Figures
) -> PublishedRow:
    together = row.kind == TOGETHER
    return PublishedRow(
        name=f"{part} {row.kind}",
        unit=unit,
        published=_together(part, table) if together else table[part, row.kind],
        ours=ours,
        why=row.why,
    )


def _columns(row: _Row, factor: float, *constants: str) -> Figures:
    """Measured, told of the chip's node, and priced by the paper's own cells."""
    scaled = None if row.mapped is None else factor * row.mapped
    priced = (
        estimate(value, circular=constant)
        for value, constant in zip(row.priced, constants, strict=True)
    )
    return (*measured(row.mapped), *estimate(scaled), *chain.from_iterable(priced))


def energies(spec: CimMacroSpec, parts: Parts) -> PublishedTable:
    """Energies of Table 5: simulated in cells of a library, and by NeuroSim's cells."""
    node = node_40()
    factor = scale(NODES[ABOVE], node).energy
    constants = (OF_TABLE_5, f"{OF_TABLE_5}; {FACTORS}")
    rows = [
        _published(part, row, ENERGIES, "pJ", _columns(row, factor, *constants))
        for part, inventory in parts_of(spec).items()
        for row in _energy_rows(part, inventory, parts.parts[part], factor)
    ]
    rows.append(_total(rows, "pJ", ENERGY))
    flip_flops = sum(each.flip_flops for each in parts.parts.values())
    clock = sum(each.clock_pj for each in parts.parts.values())
    every = sum(each.cycle_pj for each in parts.parts.values())
    priced = price(spec, node)
    return PublishedTable(
        title="Energy of a cycle",
        source="Table 5",
        published=("NeuroSim", "chip"),
        ours=(LIBRARY, SCALED, SIMULATED, BY_FACTORS),
        against=(BY_FACTORS, SCALED),
        rows=tuple(rows),
        note="Table 5 is a SPICE simulation before layout, with no input zero. "
        f"{LIBRARY}: toggles of all nets in a gate-level simulation with no input zero; flip-flops "
        "with their clock pins, which switch in every cycle: "
        f"{clock:.3f} of {every:.3f} pJ ({percent(clock / every, 0)}) are those of {flip_flops:,} "
        f"flip-flops, {1000 * clock / flip_flops:.3f} fJ each. "
        "NeuroSim's cells at the activities that are simulated here leave the clock inside of "
        "flip-flops out. At the article's factors ε is that of all gates but adders, and of all in "
        "the control; `neuroloom` prices the whole macro at "
        f"{(priced.register_energy + priced.logic_energy) / 1000:.2f} pJ, as it takes δ for "
        f"multiplexers and XORs, too, and γ for all flip-flops. {FROM_THE_ARTICLE}",
    )


def _energy_rows(part: str, inventory: Inventory, cells: PartInCells, factor: float) -> list[_Row]:
    node, cost = node_40(), costs(inventory)
    registers = cost.registers.energy(node) / 1000
    adders, others = cost.adders.energy(node) / 1000, cost.others.energy(node) / 1000
    share = (CONTROL_REGISTER_ACTIVITY if part == CONTROL else REGISTER_ACTIVITY) / 100
    adding, inverting = ADDER_ACTIVITY / 100, INVERTER_ACTIVITY / 100
    toggles = cells.gate_activity
    why = (
        f"{gates_why(part, cells, inventory)}. The output of a gate toggles in "
        f"{percent(toggles, 0)} of the cycles, the mean"
    )
    rows = [
        _Row(
            FLIP_FLOPS,
            cells.flip_flop_pj,
            (cells.register_activity * registers, share * registers),
            energy_why(part, cells, factor),
        )
    ]
    every = toggles * (adders + others)
    if part == CONTROL:
        factored = inverting * (adders + others)
        return [*rows, _Row(OTHERS, cells.combinational_pj, (every, factored), why)]
    return [
        *rows,
        _Row(ADDERS, None, (toggles * adders, adding * adders)),
        _Row(OTHERS, None, (toggles * others, inverting * others)),
        _Row(TOGETHER, cells.combinational_pj, (every, adding * adders + inverting * others), why),
    ]


def _total(rows: list[PublishedRow], unit: str, published: PrintedPair) -> PublishedRow:
    """The sum of rows, what stands in two of them counted once; each column was had as in the
    first row."""
    rows = [row for row in rows if row.ours[0] is not None]
    summed: list[Ours | None] = []
    for column in zip(*(row.ours for row in rows), strict=True):
        there = [each for each in column if each is not None]
        kind, circular = there[0].kind, there[0].circular
        summed.append(Ours(sum(there), kind, circular))
    scaled, chip = summed[1], whole(published.chip)
    assert scaled is not None
    return PublishedRow(
        name="total",
        unit=unit,
        published=published,
        ours=tuple(summed),
        no_ratio=f"the sum of rows above, {scaled / chip:.2f} of the chip's",
    )


def before_factors(spec: CimMacroSpec) -> PublishedTable:
    """What NeuroSim has of Table 5 before any activity, and ours in its cells."""
    node = node_40()
    rows = []
    for part, inventory in parts_of(spec).items():
        cost = costs(inventory)
        gates = {ADDERS: cost.adders, OTHERS: cost.others}
        if part == CONTROL:
            gates = {OTHERS: cost.adders + cost.others}
        for kind, cells in {FLIP_FLOPS: cost.registers, **gates}.items():
            rows.append(
                PublishedRow(
                    name=f"{part} {kind}, all switch",
                    unit="pJ",
                    published=(ALL_SWITCH[part, kind],),
                    ours=estimate(cells.energy(node) / 1000, circular=OF_TABLE_5),
                )
            )
        every = gates[OTHERS].area(node) / Cells(inverters=1).area(node)
        rows.append(
            PublishedRow(
                name=f"{part}, inverters of that area",
                published=(INVERTERS[part],),
                ours=estimate(round(every), circular=OF_TABLE_1),
            )
        )
    return PublishedTable(
        title="NeuroSim before its factors",
        source="Table 5",
        published=("NeuroSim",),
        ours=(CELLS,),
        rows=tuple(rows),
        note="The article's number of inverters is an area of the chip over that of one inverter: "
        "NeuroSim's area of other gates agrees with the chip's by construction. A cycle is 10 ns.",
    )
