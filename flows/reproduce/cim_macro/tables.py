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
    AREA,
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

ONE_ADDER = (
    "one adder of the widest word a unit serves all widths here, behind multiplexers that choose "
    "the word; the chip prepares an adder for each width"
)
TO_THE_TOP = (
    "carries run on to the top here: of the same bits all but three a converter are half adders"
)
THREE_ADDERS = (
    "NeuroSim counts three adders of 3 bits a converter; one of 10 bits serves all widths here"
)
ONE_SPLIT = "with the full adders it makes up the adder bits: one split, one ratio"
WHY = {
    (SHIFT_ADD, FLIP_FLOPS): "a register a converter, as wide as a value of the widest weight",
    (ACCUMULATOR, FLIP_FLOPS): "the registers of a unit are shared by words of all widths: as many "
    "bits as the widest arrangement, 128 of 8 bits, which is what NeuroSim counts in Table 4. The "
    "chip has 192 more, and so has NeuroSim's area in Table 5, 1,216 times 719 / 176 µm²; what "
    "they are for is not said: unexplained",
}
NARROWER = "narrower by a bit a word: 9, 11 and 15 bits hold every sum of 128 products"
HANDED_ON = (
    "the article has a register for each word of a converter; here a value goes on to its "
    "accumulator as soon as its columns are read, and one register a converter is enough"
)
LONGER = (
    "the article adds 3 bits a converter; here the carry runs on to the top of a value of 5, 7 or "
    "11 bits: adders of 4, 6 and 10"
)
SUBTRACTED = (
    "the article needs nothing for one bit; here a weight of one bit is 0 or -1 as in two's "
    "complement, so that the code is subtracted: a value of 4 bits a converter, and 3 adders"
)
WHY_BY_WIDTH = {
    (SHIFT_ADD, FLIP_FLOPS): (SUBTRACTED, HANDED_ON, HANDED_ON, ""),
    (SHIFT_ADD, ADDERS): (SUBTRACTED, LONGER, LONGER, LONGER),
    (ACCUMULATOR, FLIP_FLOPS): ("", NARROWER, NARROWER, NARROWER),
    (ACCUMULATOR, ADDERS): (
        "an adder is as wide as its word, in the article a bit less",
        "",
        "",
        "",
    ),
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


def by_width_table(spec: CimMacroSpec, counts: Mapping[int, Mapping[str, Count]]) -> PublishedTable:
    """Table 4 by width: what each width of weights needs, and our macro built for it alone."""
    rows = []
    for what, units in BY_WIDTH.items():
        absent = (None,) * (len(spec.weight_bits) - len(units))
        widths = zip(spec.weight_bits, (*absent, *units), WHY_BY_WIDTH[what], strict=True)
        rows += [
            PublishedRow(
                name=f"{' '.join(what)}, {bits}-bit weights",
                published=(_product(unit) if unit else None,),
                ours=_count(alone(spec, bits), *what, counts[bits]),
                why=why,
            )
            for bits, unit, why in widths
        ]
    return PublishedTable(
        title="Registers and adders by width of weights",
        source="Table 4",
        published=("article",),
        ours=("built for that width",),
        rows=tuple(rows),
        note="The article's are what a width requires, neither NeuroSim's total nor the chip's; "
        "ours are four macros, each for one width. Flip-flops are counted in a netlist.",
    )


def registers_and_adders(spec: CimMacroSpec, whole: Mapping[str, Count]) -> PublishedTable:
    """Table 4: built for all widths of weights."""
    rows = []
    for part in (SHIFT_ADD, ACCUMULATOR):
        rows.append(
            PublishedRow(
                name=f"{part} {FLIP_FLOPS}",
                published=ALL_FLIP_FLOPS[part],
                ours=_count(spec, part, FLIP_FLOPS, whole),
                why=WHY[part, FLIP_FLOPS],
            )
        )
        rows += _adders(spec, part)
    return PublishedTable(
        title="Registers and adders for all widths",
        source="Table 4",
        published=("NeuroSim", "chip"),
        ours=("ours",),
        against=("ours", "ours"),
        rows=tuple(rows),
        note="Flip-flops are counted in our netlist, adders as our structure has them; carries "
        "that run on above the added bits are half adders.",
    )


def _adders(spec: CimMacroSpec, part: str) -> list[PublishedRow]:
    inventory = parts_of(spec)[part]
    both = Derived(FULL_ADDERS[part] + HALF_ADDERS[part], "the chip's full and half adders")
    why = ONE_ADDER if part == ACCUMULATOR else TO_THE_TOP
    return [
        PublishedRow(
            name=f"{part} adder bits",
            published=(ALL_ADDERS[part], both),
            ours=formula(inventory.full_adders + inventory.half_adders),
            why=ONE_ADDER if part == ACCUMULATOR else THREE_ADDERS,
        ),
        PublishedRow(
            name=f"{part} full adders",
            published=(None, FULL_ADDERS[part]),
            ours=formula(inventory.full_adders),
            why=why,
        ),
        PublishedRow(
            name=f"{part} half adders",
            published=(None, HALF_ADDERS[part]),
            ours=formula(inventory.half_adders),
            no_ratio=ONE_SPLIT,
        ),
    ]


def _count(spec: CimMacroSpec, part: str, kind: str, count: Mapping[str, Count]) -> Figures:
    if kind == FLIP_FLOPS:
        return measured(count[part].flip_flops)
    return formula(adder_bits(spec, part))


CONTROL_WHY = (
    "ours holds one-bit inputs and drives an array that holds its weights. The article counts the "
    "sparsity-aware controller, the converters' encoder and all decoders as control and does not "
    "itemise; what the chip's does besides, such as writing cells and decoding rows and columns of "
    "a physical array of 256 × 256, ours does not. Inputs of 8 bits alone would make most of the "
    "difference, as the rows below show; whether the chip holds them is not said: unexplained"
)


def control_registers() -> dict[str, tuple[Derived | None, Derived | None]]:
    """How many flip-flops the article's control has, by what it prints of them: NeuroSim's, and
    the chip's."""
    found: dict[str, tuple[Derived | None, Derived | None]] = {}
    area = whole(AREAS[CONTROL, FLIP_FLOPS].chip)
    for part in (SHIFT_ADD, ACCUMULATOR):
        cell, number = AREAS[part, FLIP_FLOPS].chip, whole(ALL_FLIP_FLOPS[part].chip)
        how = f"{area:,g} µm² over {cell:,g} / {number:,g} µm²"
        found[f"by the area of those of {part}"] = (
            None,
            Derived(round(area / (whole(cell) / number)), how),
        )
    number = whole(ALL_FLIP_FLOPS[SHIFT_ADD].neurosim)
    energy, cell = ALL_SWITCH[CONTROL, FLIP_FLOPS], ALL_SWITCH[SHIFT_ADD, FLIP_FLOPS]
    how = f"{energy:g} pJ over {cell:g} / {number:g} pJ"
    found["by the energy of those of shift-add"] = (
        Derived(round(energy / (cell / number)), how),
        None,
    )
    listed = sum(pair.neurosim for pair in AREAS.values() if pair.neurosim is not None)
    total, cell = whole(AREA.neurosim), whole(AREAS[SHIFT_ADD, FLIP_FLOPS].neurosim)
    how = f"({total:,g} - {listed:,g}) µm², total less all that is listed, over {cell:g} / 176 µm²"
    found["by the area that is not listed"] = (
        Derived(round((total - listed) / (cell / number)), how),
        None,
    )
    return found


def whole(value: Printed | None) -> Printed:
    """A figure that is printed."""
    assert value is not None
    return value


def control_table(counts: Mapping[str, Count], wider: Mapping[str, int]) -> PublishedTable:
    """Flip-flops of the control: the article's four ways, ours, and ours where it does more.

    ``wider`` has the flip-flops of other macros' control, by what they do more.
    """
    ours = measured(counts[CONTROL].flip_flops)
    rows = [
        PublishedRow(name=name, published=number, ours=ours, why=CONTROL_WHY)
        for name, number in control_registers().items()
    ]
    rows += [
        PublishedRow(name=name, published=(None, None), ours=measured(count))
        for name, count in wider.items()
    ]
    listed = sum(pair.chip for pair in AREAS.values() if pair.chip is not None)
    return PublishedTable(
        title="Flip-flops of the control",
        source="Tables 4 and 5",
        published=("NeuroSim", "chip"),
        ours=("ours",),
        rows=tuple(rows),
        note="The article prints area and energy of these flip-flops, and no number; all its unit "
        f"cells give the same. The chip's areas in Table 5 add up to {listed:,g} µm², not to the "
        f"{AREA.chip:,g} that stand there. Below, our control in macros that do more. Memories "
        "of the control count with a flip-flop a bit and those of their read port.",
    )
