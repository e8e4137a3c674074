"""What Lu et al. 2021 print of the digital periphery of their macro."""

from typing import NamedTuple

from neuroloom.flows.reports.figures import Printed

PAPER = "Lu et al. 2021, Front. Artif. Intell. 4:659060"
SHIFT_ADD, ACCUMULATOR, CONTROL = "shift-add", "accumulator", "control"
"""Modules of the macro."""
FLIP_FLOPS, ADDERS, OTHERS = "flip-flops", "adders", "other gates"
"""What Table 5 tells of each; other gates are counted in inverters."""


class PrintedPair(NamedTuple):
    """A figure of NeuroSim's and the chip's own; None where the paper prints none."""

    neurosim: Printed | None
    chip: Printed | None


def _pair(neurosim: float | None, chip: float | None, place: str) -> PrintedPair:
    """A row of a table, its two columns told apart."""
    sides = {"NeuroSim": neurosim, "chip": chip}
    return PrintedPair(
        *(
            None if value is None else Printed(value, f"{place}, {side}")
            for side, value in sides.items()
        )
    )


Module = tuple[str, str]


def _by_module(
    pairs: dict[Module, tuple[float | None, float]], quantity: str
) -> dict[Module, PrintedPair]:
    """Rows of Table 5 by module and what of it."""
    return {
        (module, kind): _pair(*values, f"Table 5, {quantity} of {module} {kind}")
        for (module, kind), values in pairs.items()
    }


ANALOG = 'Section "Analog Modules: RRAM Array, Level Shifter, Mux, and ADC", paragraph'
DIGITAL = 'Section "Digital Modules: Shift-Add, Accumulator, and Controller", paragraph'

NODE = Printed(40, "Table 2")
"""[nm]"""
SUPPLY = Printed(0.9, "Table 2")
"""[V]"""
GROUP = Printed(7, "Table 2")
"""Rows that are read at once."""
ARRAY = Printed(128, "Table 2")
"""Rows and columns that compute."""
COLUMNS_PER_ADC = Printed(8, 'Section "CIM Macro Configurations", paragraph 1')
"""Columns that share a converter."""
CLOCK_MHZ, DIGITAL_MHZ = Printed(100, f"{ANALOG} 3"), Printed(200, f"{ANALOG} 3")
"""Clock with the analog modules, and about that of the digital ones alone."""
CLOCK_BEFORE_LAYOUT_MHZ = Printed(110, f"{ANALOG} 3")
"""Clock with the analog modules, before layout."""
CYCLES = Printed(1, "Table 5")
"""Cycles of a shift-add and of an accumulation."""

REGISTER_ACTIVITY = Printed(50, f"{DIGITAL} 4")
"""Share of the energy of the flip-flops of shift-add and accumulator [%]: γ."""
ADDER_ACTIVITY = Printed(15, f"{DIGITAL} 4")
"""That of their adders [%]: δ."""
INVERTER_ACTIVITY = Printed(5, f"{DIGITAL} 4")
"""That of all inverters [%]: ε."""
CONTROL_REGISTER_ACTIVITY = Printed(11, f"{DIGITAL} 4")
"""That of the control's flip-flops [%]: ζ."""
INVERTER_FACTOR = Printed(1.84, f"{DIGITAL} 2")
"""What the height of the inverters that stand for other gates is multiplied by to take the area of
an inverter of the chip's process."""


class Unit(NamedTuple):
    """A cell of Table 4: so many registers or adders of so many bits."""

    number: Printed
    bits: Printed


WIDTHS = ("1-bit", "2-bit", "4-bit", "8-bit")
"""Weights of Table 4; shift-add has none for 1 bit."""


def _units(what: Module, *sizes: tuple[int, int]) -> tuple[Unit, ...]:
    place = f"Table 4, {' '.join(what)}"
    return tuple(
        Unit(Printed(number, f"{place}, {width}"), Printed(bits, f"{place}, bits of {width}"))
        for width, (number, bits) in zip(WIDTHS[-len(sizes) :], sizes, strict=True)
    )


BY_WIDTH: dict[Module, tuple[Unit, ...]] = {
    what: _units(what, *sizes)
    for what, sizes in {
        (SHIFT_ADD, FLIP_FLOPS): ((64, 5), (32, 7), (16, 11)),
        (SHIFT_ADD, ADDERS): ((16, 3), (16, 3), (16, 3)),
        (ACCUMULATOR, FLIP_FLOPS): ((128, 8), (64, 10), (32, 12), (16, 16)),
        (ACCUMULATOR, ADDERS): ((16, 7), (16, 9), (16, 11), (16, 15)),
    }.items()
}
"""Table 4 by width, those that it has."""
ALL_FLIP_FLOPS = {
    SHIFT_ADD: _pair(176, 176, "Table 4, shift-add flip-flops"),
    ACCUMULATOR: _pair(1024, 1216, "Table 4, accumulator flip-flops"),
}
ALL_ADDERS = {
    SHIFT_ADD: Printed(144, "Table 4, shift-add adders, NeuroSim"),
    ACCUMULATOR: Printed(672, "Table 4, accumulator adders, NeuroSim"),
}
"""NeuroSim's bits of adders for all widths."""
FULL_ADDERS = {
    SHIFT_ADD: Printed(144, "Table 4, shift-add full adders, chip"),
    ACCUMULATOR: Printed(704, "Table 4, accumulator full adders, chip"),
}
HALF_ADDERS = {
    SHIFT_ADD: Printed(16, "Table 4, shift-add half adders, chip"),
    ACCUMULATOR: Printed(112, "Table 4, accumulator half adders, chip"),
}
"""Those of the chip."""

AREAS = _by_module(
    {
        (SHIFT_ADD, FLIP_FLOPS): (719, 681),
        (SHIFT_ADD, ADDERS): (662, 663),
        (SHIFT_ADD, OTHERS): (1336, 1334),
        (ACCUMULATOR, FLIP_FLOPS): (4968, 4706),
        (ACCUMULATOR, ADDERS): (3089, 3291),
        (ACCUMULATOR, OTHERS): (6808, 6797),
        (CONTROL, FLIP_FLOPS): (None, 7334),
        (CONTROL, OTHERS): (6569, 6558),
    },
    "area",
)
"""[µm²]"""
ENERGIES = _by_module(
    {
        (SHIFT_ADD, FLIP_FLOPS): (1.25, 1.25),
        (SHIFT_ADD, ADDERS): (0.12, 0.15),
        (SHIFT_ADD, OTHERS): (0.17, 0.33),
        (ACCUMULATOR, FLIP_FLOPS): (8.65, 8.37),
        (ACCUMULATOR, ADDERS): (0.60, 0.60),
        (ACCUMULATOR, OTHERS): (0.84, 0.80),
        (CONTROL, FLIP_FLOPS): (2.97, 3.01),
        (CONTROL, OTHERS): (0.81, 0.75),
    },
    "energy",
)
"""[pJ/cycle]"""
ALL_SWITCH = {
    (SHIFT_ADD, FLIP_FLOPS): Printed(2.504, "Table 5"),
    (SHIFT_ADD, ADDERS): Printed(0.81, "Table 5"),
    (SHIFT_ADD, OTHERS): Printed(3.31, "Table 5"),
    (ACCUMULATOR, FLIP_FLOPS): Printed(17.3, "Table 5"),
    (ACCUMULATOR, ADDERS): Printed(3.99, "Table 5"),
    (ACCUMULATOR, OTHERS): Printed(16.88, "Table 5"),
    (CONTROL, FLIP_FLOPS): Printed(26.96, "Table 5"),
    (CONTROL, OTHERS): Printed(16.28, "Table 5"),
}
"""NeuroSim's energies before they are multiplied by an activity [pJ]."""
INVERTERS = {
    SHIFT_ADD: Printed(2133, "Table 5"),
    ACCUMULATOR: Printed(10869, "Table 5"),
    CONTROL: Printed(10485, "Table 5"),
}
"""Inverters of NeuroSim's that stand for other gates."""
AREA = _pair(31893, 31386, "Table 5, total area")
ENERGY = _pair(15.41, 15.26, "Table 5, total energy")
"""Their totals."""
ANALOG_ENERGY = _pair(80.58, 86.79, "Table 3, energy")
"""Energy of all analog modules [pJ]."""
BEFORE_LAYOUT = _pair(3177.75, 3150.8, "Table 6, before layout")
"""Energy of the whole array [pJ]."""
LAYOUT_FACTOR = Printed(1.22, 'Section "Post-Layout Calibration", paragraph 1')
"""What NeuroSim's is multiplied by after layout: η."""
AFTER_LAYOUT = Printed(3864.2, "Table 6")
"""The chip's after layout [pJ]."""
EFFICIENCY_BEFORE, EFFICIENCY_AFTER = Printed(10.4, "Table 6"), Printed(8.48, "Table 6")
"""Energy efficiency of the chip before and after layout [TOPS/W]."""
WEIGHT_SPARSITY = Printed(50, 'Section "Post-Layout Calibration", paragraph 1')
"""Share of zeros in the cells that Table 6 is of [%]; no input is zero."""
ON_OFF_RATIOS = tuple(Printed(ratio, "Table 7") for ratio in (10, 12.5, 100, 150))
"""Conductance of a cell that is on over one that is off, of four devices."""
