"""Tables 4, 5 and 6 of Lu et al. 2021 with our figures beside them."""

from dataclasses import replace

from neuroloom.flows.analytic.neurosim import (
    CONTROL_ACTIVITY,
    DATAPATH_ACTIVITY,
    FLIP_FLOP,
    FULL_ADDER,
    GATE,
    REGISTER_ACTIVITY,
)
from neuroloom.flows.cells.nodes import NODES, ProcessNode
from neuroloom.flows.reports.published import PublishedRow, PublishedTable
from neuroloom.flows.reproduce.cim_macro.printed import (
    ACCUMULATOR,
    AFTER_LAYOUT,
    ALL_WIDTHS,
    AREA,
    AREAS,
    BEFORE_LAYOUT,
    BITS,
    CONTROL,
    CONTROL_REGISTER_ACTIVITY,
    ENERGIES,
    ENERGY,
    LAYOUT_FACTOR,
    NANOMETRES,
    SHIFT_ADD,
    SUPPLY,
)
from neuroloom.flows.reproduce.counts import Count
from neuroloom.flows.reproduce.parts import Parts
from neuroloom.golden.cim.cim_macro import CimMacroSpec
from neuroloom.golden.inventory import Inventory

LIBRARY = "predictive-45"


def node_40() -> ProcessNode:
    """The node of the article's chip, between two of its table: cells of 7.6 by 28 half pitches."""
    above, below, share = NODES[45], NODES[32], 8 / 13

    def between(name: str) -> float:
        low, high = getattr(below, name), getattr(above, name)
        return float(low + share * (high - low))

    width = between("pair_capacitance") / (between("nmos_width") + between("pmos_width"))
    return replace(
        above,
        nanometres=NANOMETRES,
        supply=SUPPLY,
        gate_capacitance=width,
        nmos_width=between("nmos_width"),
        pmos_width=between("pmos_width"),
        cell_width=7.6 * 0.040,
        cell_height=28 * 0.040,
    )


def alone(spec: CimMacroSpec, bits: int) -> CimMacroSpec:
    """The macro built for one width of weights."""
    return spec.model_copy(update={"weight_bits": (bits,)})


def registers_and_adders(
    spec: CimMacroSpec, counts: dict[int, dict[str, Count]], whole: dict[str, Count]
) -> PublishedTable:
    rows = []
    every = [(f"{bits}-bit weights", alone(spec, bits), counts[bits]) for bits in spec.weight_bits]
    every.append(("all widths", spec, whole))
    for index, (part, word) in enumerate(
        (part, word) for part in (SHIFT_ADD, ACCUMULATOR) for word in ("flip-flops", "adder bits")
    ):
        for bits, (name, built, count) in zip((*BITS, None), every, strict=True):
            published = ALL_WIDTHS[index] if bits is None else (BITS[bits][index], None)
            ours = count[part].flip_flops if word == "flip-flops" else adder_bits(built, part)
            rows.append(
                PublishedRow(
                    name=f"{part} {word}, {name}",
                    published=published,
                    measured=(ours,),
                    why=WHY.get((part, word, bits), ""),
                )
            )
    return PublishedTable(
        title="Registers and adders",
        source="Table 4",
        published=("NeuroSim", "chip"),
        measured=("ours",),
        rows=tuple(rows),
        note="Of the chip, full and half adders together. Ours: flip-flops counted in the netlist; "
        "bits of adders as the structure has them.",
    )


WHY = {
    (SHIFT_ADD, "flip-flops", 1): "of one bit there is nothing to shift; the code is registered",
    (SHIFT_ADD, "flip-flops", 2): "a value goes to the accumulator in the next cycle: one register "
    "a converter, not one a weight",
    (SHIFT_ADD, "adder bits", 8): "the carry runs on to the top; all but 3 bits are half adders",
    (ACCUMULATOR, "adder bits", None): "one adder of the widest word serves all widths",
}


def adder_bits(spec: CimMacroSpec, part: str) -> int:
    """Full and half adders of a part, all units."""
    inventory = _inventory(spec, part)
    return inventory.full_adders + inventory.half_adders


def _inventory(spec: CimMacroSpec, part: str) -> Inventory:
    if part == ACCUMULATOR:
        return spec.accumulation_inventory
    return spec.adcs * spec.shift_add.unit_inventory


def _priced(spec: CimMacroSpec, part: str, count: Count) -> tuple[int, int, int]:
    """Flip-flops, adder bits and the other gates of a part."""
    if part == CONTROL:
        return count.flip_flops, 0, count.gates
    inventory = _inventory(spec, part)
    in_adders = 5 * inventory.full_adders + 2 * inventory.half_adders
    return count.flip_flops, adder_bits(spec, part), max(0, count.gates - in_adders)


def areas(spec: CimMacroSpec, whole: dict[str, Count], parts: Parts) -> PublishedTable:
    node, rows = node_40(), []
    for (part, kind), published in AREAS.items():
        flip_flops, adders, others = _priced(spec, part, whole[part])
        cells, mapped = parts.parts[part], None
        if kind == "flip-flops":
            ours, mapped = (flip_flops * FLIP_FLOP).area(node), cells.sequential_um2
        elif kind == "adders":
            ours = (adders * FULL_ADDER).area(node)
        else:
            ours, mapped = (others * GATE).area(node), cells.combinational_um2
        rows.append(
            PublishedRow(
                name=f"{part} {kind}",
                unit="µm²",
                published=published,
                measured=(mapped, ours),
                why=AREA_WHY.get((part, kind), ""),
            )
        )
    return PublishedTable(
        title="Area",
        source="Table 5",
        published=("NeuroSim", "chip"),
        measured=(LIBRARY, "NeuroSim cells"),
        rows=(*rows, _total(rows, "µm²", AREA)),
        note=f"Our counts priced in the article's cells at 40 nm, and mapped to {LIBRARY}, where "
        "adders stand with the other gates.",
    )


AREA_WHY = {
    (SHIFT_ADD, "other gates"): "the chip's inverters drive wires; a netlist has none",
    (ACCUMULATOR, "adders"): "one adder a unit for all widths",
    (ACCUMULATOR, "other gates"): "selection of words; no drivers of wires",
    (CONTROL, "flip-flops"): "NeuroSim has no figure",
    (CONTROL, "other gates"): "the marks of all groups of a vector are made in one cycle",
}


def energies(spec: CimMacroSpec, whole: dict[str, Count], parts: Parts) -> PublishedTable:
    node, rows = node_40(), []
    for (part, kind), published in ENERGIES.items():
        flip_flops, adders, others = _priced(spec, part, whole[part])
        cells, mapped = parts.parts[part], None
        if kind == "flip-flops":
            registers = CONTROL_REGISTER_ACTIVITY if part == CONTROL else REGISTER_ACTIVITY
            all_switch = (flip_flops * FLIP_FLOP).energy(node)
            activities = (cells.register_activity, registers)
            mapped = cells.clock_pj + cells.sequential_pj
        elif kind == "adders":
            all_switch = (adders * FULL_ADDER).energy(node)
            activities = (cells.gate_activity, DATAPATH_ACTIVITY)
        else:
            all_switch = (others * GATE).energy(node)
            activities = (cells.gate_activity, CONTROL_ACTIVITY)
            mapped = cells.combinational_pj
        priced = (all_switch * activity / 1000 for activity in activities)
        rows.append(
            PublishedRow(
                name=f"{part} {kind}",
                unit="pJ",
                published=published,
                measured=(mapped, *priced),
                why=ENERGY_WHY.get((part, kind), ""),
            )
        )
    return PublishedTable(
        title="Energy of a cycle",
        source="Table 5",
        published=("NeuroSim", "chip"),
        measured=(LIBRARY, "NeuroSim cells, simulated", "NeuroSim cells"),
        rows=(*rows, _total(rows, "pJ", ENERGY)),
        note="NeuroSim cells at the article's activity: 50 % of flip-flops, 11 % of those of the "
        "control, 15 % of adders, 5 % of other gates. Simulated: "
        + ", ".join(
            f"{name} {part.register_activity:.0%} of flip-flops, {part.gate_activity:.0%} of gates"
            for name, part in parts.parts.items()
        )
        + "; the clock inside of a flip-flop is then left out, as most words of the accumulators "
        f"wait while one is added to. {LIBRARY}: flip-flops with their clock pins, which switch in "
        "every cycle; adders with the other gates.",
    )


ENERGY_WHY = {
    (SHIFT_ADD, "other gates"): "no inverters that drive wires",
    (ACCUMULATOR, "adders"): "one adder a unit for all widths",
    (ACCUMULATOR, "other gates"): "no inverters that drive wires",
    (CONTROL, "flip-flops"): "what the chip keeps there is not published",
}


def _total(rows: list[PublishedRow], unit: str, published: tuple[float, float]) -> PublishedRow:
    columns = zip(*(row.measured for row in rows), strict=True)
    sums = tuple(sum(value for value in column if value is not None) for column in columns)
    return PublishedRow(name="total", unit=unit, published=published, measured=sums)


def array_energy(parts: Parts) -> PublishedTable:
    cycles = parts.cycles / parts.operations
    digital = sum(part.cycle_pj for part in parts.parts.values())
    reads = -(-128 // 7) * 8
    return PublishedTable(
        title="Energy of the whole array",
        source="Table 6",
        published=("NeuroSim", "chip"),
        measured=(LIBRARY,),
        rows=(
            PublishedRow(
                name="array reads",
                published=(reads, reads),
                measured=(cycles,),
                why="cycles a vector, with those that fill and empty the macro",
            ),
            PublishedRow(
                name="digital modules",
                unit="pJ",
                published=(ENERGY[0] * reads, ENERGY[1] * reads),
                measured=(digital * cycles,),
            ),
            PublishedRow(
                name="with array and converters, before layout",
                unit="pJ",
                published=BEFORE_LAYOUT,
                measured=(None,),
                why="array, converters and drivers are analog",
            ),
            PublishedRow(
                name="with array and converters, after layout",
                unit="pJ",
                published=(LAYOUT_FACTOR * BEFORE_LAYOUT[0], AFTER_LAYOUT),
                measured=(None,),
            ),
        ),
        note="Inputs of ones, half of the weights' bits ones: 128 rows in groups of 7, 8 columns a "
        "converter. Of the digital modules the article has the energy of a cycle.",
    )
