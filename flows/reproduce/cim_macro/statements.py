"""What is said of the rebuilt macro as a whole: verdicts, choices, what was left out."""

from collections.abc import Mapping

from neuroloom.flows.analytic.neurosim import CONTROL_ACTIVITY, DATAPATH_ACTIVITY, costs, price
from neuroloom.flows.reports.figures import Printed
from neuroloom.flows.reports.published import Judgement, LeftOut, OpenChoice, PaperVerdict
from neuroloom.flows.reproduce.cim_macro.printed import (
    ACCUMULATOR,
    AFTER_LAYOUT,
    AREA,
    AREAS,
    BEFORE_LAYOUT,
    CONTROL,
    CONTROL_REGISTER_ACTIVITY,
    ENERGIES,
    ENERGY,
    FULL_ADDERS,
    HALF_ADDERS,
    INVERTER_FACTOR,
    LAYOUT_FACTOR,
    ON_OFF_RATIOS,
    REGISTER_ACTIVITY,
    SHIFT_ADD,
    PrintedPair,
)
from neuroloom.flows.reproduce.cim_macro.reasons import share_of_full
from neuroloom.flows.reproduce.cim_macro.scaling import node_40
from neuroloom.flows.reproduce.cim_macro.tables import adder_bits, alone, parts_of, whole
from neuroloom.flows.reproduce.cim_macro.whole_array import readings
from neuroloom.flows.reproduce.counts import Count
from neuroloom.flows.reproduce.parts import PartInCells, Parts
from neuroloom.flows.tools.numbers import percent
from neuroloom.golden.cim.cim_macro import CimMacroSpec

CLOSE = 0.05
"""Share by which a factor may differ from the printed one to be met."""


def verdict(parts: Parts) -> Judgement:
    """The verdict on the paper: what the macro does, what it costs, how its modules rank."""
    areas = _ranked(
        {name: part.sequential_um2 + part.combinational_um2 for name, part in parts.parts.items()}
    )
    energies = _ranked({name: part.cycle_pj for name, part in parts.parts.items()})
    theirs = _ranked(_chips(AREAS)), _ranked(_chips(ENERGIES))
    order = "differ in their order, too"
    if (areas, energies) == theirs and areas == energies:
        order = f"rank as the chip's in both: {' > '.join(areas)}"
    return Judgement(
        verdict=PaperVerdict.DIFFERS,
        words="The functions agree: zeros are skipped, widths chosen at run time and sums exact as "
        "the article has it, in as many registers or fewer. The figures differ: areas and energies "
        f"are those of other cells and of a smaller control. The modules {order}.",
    )


def _chips(table: Mapping[tuple[str, str], PrintedPair]) -> dict[str, float]:
    """The chip's, by module."""
    found: dict[str, float] = {}
    for (module, _), pair in table.items():
        found[module] = found.get(module, 0.0) + float(whole(pair.chip))
    return found


def _ranked(values: Mapping[str, float]) -> tuple[str, ...]:
    return tuple(sorted(values, key=lambda name: -values[name]))


def claims(spec: CimMacroSpec, counts: Mapping[str, Count], parts: Parts) -> tuple[Judgement, ...]:
    """Claims of the article that were tried."""
    return _registers(spec, counts), *_factors(parts)


def _registers(spec: CimMacroSpec, counts: Mapping[str, Count]) -> Judgement:
    bits = adder_bits(spec, ACCUMULATOR)
    theirs = FULL_ADDERS[ACCUMULATOR] + HALF_ADDERS[ACCUMULATOR]
    inventory = parts_of(spec)[ACCUMULATOR]
    cost, node = costs(inventory), node_40()
    return Judgement(
        claim="Registers and adders of Table 4 serve all widths of weights",
        verdict=PaperVerdict.AGREES,
        words=f"with {counts[SHIFT_ADD].flip_flops:,} flip-flops in shift-add and "
        f"{counts[ACCUMULATOR].flip_flops:,} in the accumulators every sum is that of integers, "
        f"those at both ends of every width included. {bits} adder bits in the accumulators, "
        f"{percent(bits / theirs, 0)} of the chip's, are enough; the price is "
        f"{inventory.multiplexers:,} multiplexers, {cost.selection.area(node):,.0f} of "
        f"{cost.others.area(node):,.0f} µm² of other gates in NeuroSim's cells.",
    )


def _factors(parts: Parts) -> tuple[Judgement, Judgement]:
    of = parts.parts
    both = of[SHIFT_ADD], of[ACCUMULATOR]
    datapath = 100 * share_of_full(*both)
    first, second = (100 * share_of_full(of[name]) for name in (SHIFT_ADD, ACCUMULATOR))
    control = 100 * share_of_full(of[CONTROL])
    return (
        Judgement(
            claim=f"γ = {REGISTER_ACTIVITY:g} % of the flip-flops' energy in shift-add and "
            "accumulator",
            verdict=_met(datapath, REGISTER_ACTIVITY),
            words=f"simulated, their energy with the clock is {datapath:.0f} % of what it would be "
            f"if all changed their value in every cycle: {first:.0f} % in shift-add, {second:.0f} "
            f"% in the accumulators. The clock alone takes {_clock(*both):.0f} %.",
        ),
        Judgement(
            claim=f"ζ = {CONTROL_REGISTER_ACTIVITY:g} % of the flip-flops' energy in the control",
            verdict=_met(control, CONTROL_REGISTER_ACTIVITY),
            words=f"simulated, {control:.0f} %; the clock alone takes {_clock(of[CONTROL]):.0f} %. "
            "It is not gated here, and in the chip it probably is, which is our inference.",
        ),
    )


def _met(share: float, factor: Printed) -> PaperVerdict:
    off = abs(share / factor - 1)
    return PaperVerdict.AGREES if off <= CLOSE else PaperVerdict.DIFFERS


def _clock(*parts: PartInCells) -> float:
    """Energy of the clock over that of flip-flops that all switch [%]."""
    clock = sum(each.clock_pj for each in parts)
    return 100 * share_of_full(*parts) * clock / sum(each.flip_flop_pj for each in parts)


def choices(spec: CimMacroSpec, parts: Parts) -> tuple[OpenChoice, ...]:
    """What the article leaves open, with what another choice of a macro gives."""
    node = node_40()
    here, there = (
        price(spec.model_copy(update={"weight_signed": signed}), node) for signed in (True, False)
    )
    control = parts.parts[CONTROL]
    one_each = sum(adder_bits(alone(spec, bits), ACCUMULATOR) for bits in spec.weight_bits)
    selection = costs(parts_of(spec)[ACCUMULATOR]).selection
    multiplexers = selection.area(node)
    selecting = (DATAPATH_ACTIVITY - CONTROL_ACTIVITY) * selection.energy(node) / 1000
    return (
        OpenChoice(
            name="sign of weights",
            taken="in two's complement at every width: weights of one bit are 0 and -1",
            otherwise="unsigned weights at every width (`weight_signed=false`) take as many "
            f"flip-flops and {here.area - there.area:,.0f} of {here.area:,.0f} µm² of NeuroSim's "
            "cells less; the article does not say which the chip has",
        ),
        OpenChoice(
            name="adders of the accumulators",
            taken=f"one of the widest word a unit, {adder_bits(spec, ACCUMULATOR)} bits in all",
            otherwise=f"one for each width takes {one_each} bits here; the chip's take "
            f"{FULL_ADDERS[ACCUMULATOR] + HALF_ADDERS[ACCUMULATOR]:g}",
        ),
        OpenChoice(
            name="order of reads",
            taken="all eight columns of a converter for a group of rows, then the next group",
            otherwise="all groups for a column first would add to an accumulator in every cycle, "
            "not once in eight; not tried. The article does not say which the chip does",
        ),
        OpenChoice(
            name="columns that a vector reads",
            taken="all eight of a converter: weights of 8 bits, inputs of one bit",
            otherwise="inputs of several bits come bit by bit and multiply the reads by their "
            "bits; those of the network have 8. The article does not say how wide inputs are in "
            "Table 5",
        ),
        OpenChoice(
            name="clock of the flip-flops",
            taken="never gated",
            otherwise="gated where nothing changes, the control would take up to "
            f"{control.clock_pj:.2f} pJ a cycle less in our cells",
        ),
        OpenChoice(
            name="Tables 3 and 5 are energies of",
            taken="a cycle in which the array is read, for Table 5; nothing of ours rests on "
            "Table 3",
            otherwise=f"neither reading of Table 3 gives Table 6: {readings()}",
        ),
        OpenChoice(
            name="activity of multiplexers and XORs in NeuroSim's cells",
            taken="ε, as the article has it for all gates but adders",
            otherwise="δ, that of adders, which `neuroloom` takes for every macro, makes "
            f"{selecting:.2f} pJ more in the accumulators",
        ),
        OpenChoice(
            name="height of NeuroSim's cells",
            taken=f"one column without and one with × {INVERTER_FACTOR:g} on all gates but adders "
            "and flip-flops",
            otherwise="the article has it for the inverters that stand for gates; left off "
            "multiplexers, most of which are transmission gates, it makes "
            f"{(INVERTER_FACTOR - 1) * multiplexers:,.0f} µm² less in the accumulators",
        ),
        OpenChoice(
            name="supply",
            taken="the library's 1 V at 45 nm, told of 0.9 V",
            otherwise="what delays at other supplies would be stands below the table of the clock",
        ),
        OpenChoice(
            name="spread, noise and on/off ratio of the cells of the network",
            taken="0 to 40 %, 5 % and 50",
            otherwise="the article prints none for its chip; the table sweeps the spread. Table 7 "
            f"has on/off ratios of {', '.join(f'{ratio:g}' for ratio in ON_OFF_RATIOS)} of other "
            "devices",
        ),
    )


def left_out() -> tuple[LeftOut, ...]:
    """What of the article was not reproduced, and why."""
    simulated, chip = whole(BEFORE_LAYOUT.neurosim), whole(BEFORE_LAYOUT.chip)
    off = {
        "of energy before layout": simulated / chip,
        "after layout": LAYOUT_FACTOR * simulated / AFTER_LAYOUT,
        "of digital area": whole(AREA.neurosim) / whole(AREA.chip),
        "of digital energy": whole(ENERGY.neurosim) / whole(ENERGY.chip),
    }
    told = ", ".join(f"{100 * abs(ratio - 1):.2f} % {what}" for what, ratio in off.items())
    return (
        LeftOut(
            what="error of NeuroSim against the chip, under 1 % (abstract)",
            why=f"both sides are the article's. Its own figures are {told} apart, with factors "
            "that were fitted to the same chip",
        ),
        LeftOut(
            what="array, level shifters, multiplexers and converters (Table 3)",
            why="analog; here they are models that answer reads",
        ),
        LeftOut(
            what="writing of cells: its drivers, decoders and control",
            why="the macro is given an array that holds its weights",
        ),
        LeftOut(
            what="energy of the whole array and TOPS/W (Table 6)",
            why="most of it is analog. Our readings of Tables 3 and 5 do not give it: "
            f"{readings()}",
        ),
        LeftOut(
            what="layout: wires, α, β and η",
            why="cells are not placed; the article's factors are fitted to one layout",
        ),
        LeftOut(
            what="transistors, FinFETs and SRAM cells (Table 1, Fig. 3 to 5)",
            why="models of NeuroSim; Table 1 is what our predictive libraries are made of",
        ),
        LeftOut(
            what="VGG-8 and ResNet-18 on chips of such macros (Table 7, Fig. 9)",
            why="a simulator's benchmark without hardware of its own; a small network runs on the "
            "RTL",
        ),
    )
