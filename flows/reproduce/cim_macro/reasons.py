"""Why areas and energies of our modules are not the chip's, worked out of what was measured."""

from collections.abc import Mapping

from neuroloom.flows.reports.figures import Derived
from neuroloom.flows.reproduce.cim_macro.printed import (
    ACCUMULATOR,
    ALL_FLIP_FLOPS,
    ALL_SWITCH,
    AREAS,
    CONTROL,
    ENERGIES,
    FLIP_FLOPS,
    FULL_ADDERS,
    HALF_ADDERS,
    SHIFT_ADD,
    PrintedPair,
)
from neuroloom.flows.reproduce.cim_macro.tables import control_registers, whole
from neuroloom.flows.reproduce.parts import PartInCells
from neuroloom.flows.tools.numbers import percent
from neuroloom.golden.inventory import Inventory

OUTSIDE = (-27, 47, -49, -22)
"""How far area and fastest clock of this macro are off in such a library from a real one that
nothing was fitted to, at 130 nm: as its equations give them, and after its factors [%]:
docs/results/predictive-library.md."""
OTHER_CELLS = "cells of another library"
BEFORE_LAYOUT = "both are before layout"


def chips(part: str) -> float:
    """Flip-flops of the chip's module; the control's by the area of a cell."""
    if part == CONTROL:
        number = control_registers()[f"by the area of those of {SHIFT_ADD}"][1]
        assert number is not None
        return float(number)
    return float(whole(ALL_FLIP_FLOPS[part].chip))


def a_flip_flop(table: Mapping[tuple[str, str], PrintedPair], part: str, unit: str) -> Derived:
    """The chip's area or energy of a flip-flop, thousandths of what its table has."""
    of_all, number = whole(table[part, FLIP_FLOPS].chip), chips(part)
    times = 1000 if unit == "fJ" else 1
    return Derived(times * of_all / number, f"{of_all:,g} over {number:,g} flip-flops")


def priced_flip_flop(table: Mapping[tuple[str, str], PrintedPair], part: str, unit: str) -> Derived:
    """NeuroSim's, which has priced as many as the chip has."""
    of_all, number = whole(table[part, FLIP_FLOPS].neurosim), chips(part)
    times = 1000 if unit == "fJ" else 1
    return Derived(times * of_all / number, f"{of_all:,g} over {number:,g} flip-flops")


def all_switch(part: str) -> Derived:
    """Energy of a flip-flop of NeuroSim's before its activity [fJ]."""
    energy, number = ALL_SWITCH[part, FLIP_FLOPS], chips(part)
    return Derived(1000 * energy / number, f"{energy:,g} pJ over {number:,g} flip-flops")


def cell_area(part: PartInCells) -> float:
    """Mean area of a flip-flop [µm²]."""
    return part.sequential_um2 / part.flip_flops


def cell_energy(part: PartInCells) -> float:
    """Energy of a flip-flop in a cycle, with its clock pin [fJ]."""
    return 1000 * part.flip_flop_pj / part.flip_flops


def clock_energy(part: PartInCells) -> float:
    """Energy of a flip-flop's clock pin in a cycle [fJ]."""
    return 1000 * part.clock_pj / part.flip_flops


def change_energy(part: PartInCells) -> float:
    """What a flip-flop takes more where its value changes [fJ], the mean of those that do."""
    changes = part.flip_flops * part.register_activity
    return 1000 * part.sequential_pj / changes if changes else 0.0


def share_of_full(*parts: PartInCells) -> float:
    """Energy of flip-flops over what they would take if the value of each changed in every
    cycle: what the article's γ and ζ are factors of."""
    full = sum(each.flip_flops * (clock_energy(each) + change_energy(each)) for each in parts)
    return 1000 * sum(each.flip_flop_pj for each in parts) / full


def _by_number(cells: PartInCells, part: str) -> str:
    number = cells.flip_flops / chips(part)
    return "as many flip-flops" if number == 1 else f"{number:.2f} times the chip's flip-flops"


def area_why(part: str, cells: PartInCells, factor: float) -> str:
    """Why the area of flip-flops differs; ``factor`` tells ours of the chip's node."""
    ours, theirs = factor * cell_area(cells), a_flip_flop(AREAS, part, "µm²")
    return (
        f"{_by_number(cells, part)}, {ours:.2f} µm² each against {theirs:.2f} "
        f"({ours / theirs:.2f}): {OTHER_CELLS}, and ours have neither enable nor reset inside"
    )


def energy_why(part: str, cells: PartInCells, factor: float) -> str:
    """Why the energy of flip-flops differs; ``factor`` tells ours of the chip's node."""
    ours, theirs = factor * cell_energy(cells), a_flip_flop(ENERGIES, part, "fJ")
    cause = OTHER_CELLS
    if part == CONTROL:
        cause = (
            "the clock of ours is never gated, and the chip's takes less than a clock alone would, "
            "measured by ζ: it is probably gated, which is our inference"
        )
    elif part == ACCUMULATOR:
        changing = percent(cells.register_activity)
        cause = (
            f"{OTHER_CELLS}; {changing} of ours change in a cycle, the others wait with their clock"
        )
    return (
        f"{_by_number(cells, part)}, {ours:.2f} fJ each at 40 nm and 0.9 V against {theirs:.2f} "
        f"({ours / theirs:.2f}): {cause}"
    )


def gates_why(part: str, cells: PartInCells, inventory: Inventory) -> str:
    """Why area and energy of all but flip-flops differ, as far as it is known."""
    if part == CONTROL:
        return (
            f"{BEFORE_LAYOUT}; a control with {_by_number(cells, part)}. How much of the rest its "
            "functions make and how much the cells is unexplained"
        )
    full, half = inventory.full_adders, inventory.half_adders
    theirs = FULL_ADDERS[part], HALF_ADDERS[part]
    if part == SHIFT_ADD:
        structure = (
            f"{full} full and {half} half adders where the chip has {theirs[0]:g} and {theirs[1]:g}"
        )
    else:
        structure = (
            f"{full + half} adder bits where the chip has {sum(theirs):g}, and "
            f"{inventory.multiplexers:,} multiplexers that share them and the registers among all "
            "widths"
        )
    return f"{BEFORE_LAYOUT}; {structure}. How much of it the cells make is unexplained"
