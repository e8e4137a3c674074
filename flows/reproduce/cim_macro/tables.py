"""Table 4 of Lu et al. 2021 with our figures beside it, and what the control may hold."""

from collections.abc import Mapping

from neuroloom.flows.reports.figures import Derived, Figures, Printed, formula, measured
from neuroloom.flows.reports.published import PublishedRow, PublishedTable
from neuroloom.flows.reproduce.cim_macro.printed import (
    ACCUMULATOR,
    ADDERS,
    ALL_ADDERS,
    ALL_FLIP_FLOPS,
    ALL_SWITCH,
    AREAS,
    BY_WIDTH,
    CONTROL,
    FLIP_FLOPS,
    FULL_ADDERS,
    HALF_ADDERS,
    SHIFT_ADD,
    Unit,
)
from neuroloom.flows.reproduce.counts import Count
from neuroloom.golden.cim.cim_macro import CimMacroSpec
from neuroloom.golden.inventory import Inventory

ALL_WIDTHS = "all widths"
ONE_ADDER = (
    "one adder of the widest word serves all widths here; the chip prepares an adder for each width"
)
WHY = {
    (SHIFT_ADD, FLIP_FLOPS): "a register a converter, as wide as a value of the widest weight",
    (ACCUMULATOR, FLIP_FLOPS): "words of one width lie over those of the others: as many bits as "
    "the widest arrangement, 128 of 8 bits, which is what NeuroSim counts in Table 4. The chip has "
    "192 more, and so has NeuroSim's area in Table 5, 1,216 times 719 / 176 µm²; what they are for "
    "is not said: unexplained",
}


def alone(spec: CimMacroSpec, bits: int) -> CimMacroSpec:
    """The macro built for one width of weights."""
    return spec.model_copy(update={"weight_bits": (bits,)})


def parts_of(spec: CimMacroSpec) -> dict[str, Inventory]:
    """Inventory of each of the article's modules; together they are that of the macro."""
    shift_add, accumulator = spec.adcs * spec.shift_add.unit_inventory, spec.accumulation_inventory
    return {
        SHIFT_ADD: shift_add,
        ACCUMULATOR: accumulator,
        CONTROL: _without(spec.inventory, shift_add + accumulator),
    }


def _without(whole: Inventory, part: Inventory) -> Inventory:
    counts = {
        name: getattr(whole, name) - getattr(part, name)
        for name in (
            *("full_adders", "half_adders", "flip_flops", "multiplexers"),
            *("xors", "gates", "comparator_bits"),
        )
    }
    return Inventory(**counts, memories=whole.memories)


def adder_bits(spec: CimMacroSpec, part: str) -> int:
    """Full and half adders of a part, all units."""
    inventory = parts_of(spec)[part]
    return inventory.full_adders + inventory.half_adders


def _product(unit: Unit) -> Derived:
    return Derived(unit.number * unit.bits, "so many registers or adders × their bits")


def registers_and_adders(
    spec: CimMacroSpec, counts: Mapping[int, Mapping[str, Count]], whole: Mapping[str, Count]
) -> PublishedTable:
    """Table 4: by width of the weights, and built for all of them."""
    rows = []
    for part in (SHIFT_ADD, ACCUMULATOR):
        for kind in (FLIP_FLOPS, ADDERS):
            units = BY_WIDTH[part, kind]
            absent = (None,) * (len(spec.weight_bits) - len(units))
            for bits, unit in zip(spec.weight_bits, (*absent, *units), strict=True):
                built = alone(spec, bits)
                name = f"{part} {kind}, {bits}-bit weights"
                theirs = _product(unit) if unit else None
                ours = _count(built, part, kind, counts[bits])
                rows.append(PublishedRow(name=name, published=(theirs, None), ours=ours))
        name = f"{part} {FLIP_FLOPS}, {ALL_WIDTHS}"
        ours = _count(spec, part, FLIP_FLOPS, whole)
        why = WHY.get((part, FLIP_FLOPS), "")
        rows.append(PublishedRow(name=name, published=ALL_FLIP_FLOPS[part], ours=ours, why=why))
        rows += _adders(spec, part)
    return PublishedTable(
        title="Registers and adders",
        source="Table 4",
        published=("NeuroSim", "chip"),
        ours=("ours",),
        rows=tuple(rows),
        note="Flip-flops are counted in our netlist, adders as our structure has them; carries "
        "that run on above the added bits are half adders.",
    )


def _adders(spec: CimMacroSpec, part: str) -> list[PublishedRow]:
    inventory = parts_of(spec)[part]
    both = Derived(FULL_ADDERS[part] + HALF_ADDERS[part], "the chip's full and half adders")
    why = (
        ONE_ADDER
        if part == ACCUMULATOR
        else (
            "our carries run on to the top: of the same 160 bits all but 48, three a "
            "unit, are half adders"
        )
    )
    return [
        PublishedRow(
            name=f"{part} adder bits, {ALL_WIDTHS}",
            published=(ALL_ADDERS[part], both),
            ours=formula(inventory.full_adders + inventory.half_adders),
        ),
        PublishedRow(
            name=f"{part} full adders, {ALL_WIDTHS}",
            published=(None, FULL_ADDERS[part]),
            ours=formula(inventory.full_adders),
            why=why,
        ),
        PublishedRow(
            name=f"{part} half adders, {ALL_WIDTHS}",
            published=(None, HALF_ADDERS[part]),
            ours=formula(inventory.half_adders),
            why=why,
        ),
    ]


def _count(spec: CimMacroSpec, part: str, kind: str, count: Mapping[str, Count]) -> Figures:
    if kind == FLIP_FLOPS:
        return measured(count[part].flip_flops)
    return formula(adder_bits(spec, part))


HELD = "the chip's control, three ways"
CONTROL_WHY = (
    "ours holds one-bit inputs and drives an array that holds its weights. What the chip's does "
    "beyond that, writing and verifying cells and decoding rows and columns of a physical array of "
    "256 × 256 with its level shifters, the article counts there and does not itemise. Inputs of 8 "
    "bits alone would make most of the difference, as the rows below show; whether the chip holds "
    "them is not said, and how many flip-flops each part has is unexplained"
)


def control_registers() -> dict[str, Derived]:
    """How many flip-flops the chip's control has, by what the article prints of it."""
    area, energy = AREAS[CONTROL, FLIP_FLOPS].chip, ALL_SWITCH[CONTROL]
    assert area is not None
    found = {}
    for part in (SHIFT_ADD, ACCUMULATOR):
        cell, number = AREAS[part, FLIP_FLOPS].chip, ALL_FLIP_FLOPS[part].chip
        assert cell is not None
        assert number is not None
        found[f"by the area of those of {part}"] = _rounded(
            area / (cell / number), f"{area:,g} µm² over {cell:,g} / {number:,g} µm²"
        )
    each, number = ALL_SWITCH[SHIFT_ADD], _whole(ALL_FLIP_FLOPS[SHIFT_ADD].chip)
    found["by the energy of those of shift-add"] = _rounded(
        energy / (each / number), f"{energy:g} pJ over {each:g} / {number:g} pJ"
    )
    return found


def _whole(value: Printed | None) -> Printed:
    assert value is not None
    return value


def _rounded(value: float, how: str) -> Derived:
    return Derived(round(value), how)


def control_table(whole: Mapping[str, Count], wider: Mapping[str, int]) -> PublishedTable:
    """Flip-flops of the control: the chip's three ways, ours, and ours where it does more.

    ``wider`` has the flip-flops of other macros' control, by what they do more.
    """
    ours = measured(whole[CONTROL].flip_flops)
    rows = [
        PublishedRow(name=name, published=(count,), ours=ours, why=CONTROL_WHY)
        for name, count in control_registers().items()
    ]
    rows += [
        PublishedRow(name=name, published=(None,), ours=measured(count))
        for name, count in wider.items()
    ]
    return PublishedTable(
        title="Flip-flops of the control",
        source="Tables 4 and 5",
        published=("chip",),
        ours=("ours",),
        rows=tuple(rows),
        note="The article prints area and energy of these flip-flops, and no number; both of its "
        "unit cells give the same. Below, our control in macros that do more.",
    )
