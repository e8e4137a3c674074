"""Tables 3 and 4 of Dazzi et al. 2021, our controllers beside them."""

from collections.abc import Callable
from functools import partial

from neuroloom.flows.reports.figures import Derived, Figures, Printed, estimate, measured
from neuroloom.flows.reports.published import PublishedRow, PublishedTable
from neuroloom.flows.reproduce.imc_dataflow import printed
from neuroloom.flows.reproduce.imc_dataflow.controllers import Controller, Found, Load

CONTROLLER = (printed.SEQUENTIAL, printed.COMBINATIONAL, printed.CLOCK_NETWORK)
SUM = "Table 4 without its SRAM, added up"
CONTROLLER_MW = Derived(sum(each.total for each in CONTROLLER), SUM)
CONTROLLER_LEAKAGE_MW = Derived(sum(each.leakage for each in CONTROLLER), SUM)

OF_ONE_NODE = "another node, and a controller for one layer: that sums come near is chance"
CAPACITY = "what a layer needs against what the memory has"
CONDITION = "a condition, not a result"
NODE = 45
"""Node of the cells of all layers [nm]."""
PAPER = (f"paper, {printed.NODE:g} nm",)
NO_SRAM = "bits and words are given alone: there is no SRAM of our node to measure"
ONE_LAYER = (
    "the paper's SRAM serves every layer; ours holds three columns of the image (section 2.4.2) of "
    "the layer that it is generated for, of layers 23 to 31 half the channels"
)
LARGER_NODE = (
    "sums of planar cells of 45 nm against a layout of 14 nm FinFETs; the paper's controller is "
    "programmed for any layer, ours is generated for one"
)
SCALED = (
    "an estimate by the names of the nodes, not a measurement: cells shrink less than these, a "
    "layout has gaps, and the paper's controller is programmable"
)
HOLDING = "they hold the register's value or reset it, for our flip-flops do neither"
NO_TREE = "ours charges the clock pins of the flip-flops and has no tree"
UNGATED = (
    "what clock edges cost inside flip-flops is sequential, as the paper's 4.052 mW of internal "
    "power suggest; every flip-flop of ours is clocked in every cycle"
)
NOT_ALIKE = (
    "another node and supply, no clock tree and no wires; the rows of a patch are counted here, "
    "and our SRAM has a port for writing beside the one for reading"
)
BUSY = (
    "the paper does not say how busy its controller is; ours rests for most of a timestep, and has "
    "no wires"
)


def area_table(found: Found) -> PublishedTable:
    """Area of Table 3, by layer."""
    scale = (printed.NODE / NODE) ** 2
    return PublishedTable(
        title="Controller and input memory of a core: area",
        source="Section 3.2, Table 3",
        published=PAPER,
        ours=tuple(found),
        rows=(
            _row(
                found,
                "word of the SRAM",
                "bit",
                printed.WORD_BITS,
                lambda each: each.memories[0].width,
                made=partial(measured, circular="the paper's width of a word is taken"),
            ),
            _row(
                found,
                "words of the SRAM",
                "",
                printed.WORDS,
                lambda each: each.memories[0].words,
                ONE_LAYER,
                CAPACITY,
            ),
            _row(
                found,
                "bits of the SRAM",
                "",
                Derived(printed.WORD_BITS * printed.WORDS, "word times words"),
                lambda each: sum(memory.bits for memory in each.memories),
                ONE_LAYER,
            ),
            _row(found, "SRAM", "mm²", printed.SRAM_MM2, lambda _: None, NO_SRAM),
            _row(
                found,
                "controller",
                "mm²",
                printed.CONTROLLER_MM2,
                lambda each: each.area_mm2,
                LARGER_NODE,
                OF_ONE_NODE,
            ),
            _row(
                found,
                f"controller × ({printed.NODE:g}/{NODE})²",
                "mm²",
                printed.CONTROLLER_MM2,
                lambda each: scale * each.area_mm2,
                SCALED,
                "the scale is an assumption",
                made=estimate,
            ),
            _row(found, "row buffer at the crossbar", "µm²", None, lambda each: each.buffer.um2),
            _row(found, "registers of a row's words", "µm²", None, lambda each: each.held.um2),
            _row(found, "other registers", "µm²", None, lambda each: each.control.um2),
            _row(found, "combinational", "µm²", None, lambda each: each.combinational_um2),
            _row(
                found,
                "combinational gates that serve one register alone",
                "µm²",
                None,
                lambda each: each.feeding_um2,
                HOLDING,
            ),
            _row(found, "cells", "", None, lambda each: each.cells),
            _row(
                found,
                "flip-flops",
                "",
                None,
                lambda each: sum(kind.number for kind in each.registers),
            ),
            _row(found, "of these in the row buffer", "", None, lambda each: each.buffer.number),
            _row(found, "of these for a row's words", "", None, lambda each: each.held.number),
            _row(found, "fastest clock of these cells", "MHz", None, lambda each: each.reached_mhz),
            _row(found, "fastest clock of any mapping", "MHz", None, lambda each: each.fastest_mhz),
        ),
        note="Controller: everything but the SRAM. It reads the words of a row of three pixels, "
        "shifts the row into a buffer of three rows at the crossbar and forwards the middle pixel. "
        "Our SRAM reads and writes in the same cycle.",
    )


def power_table(found: Found, beat: int) -> PublishedTable:
    """Table 4, by layer; ``beat`` cycles are a timestep."""
    sequential, combinational = printed.SEQUENTIAL.total, printed.COMBINATIONAL.total
    clock = printed.CLOCK_NETWORK.total
    registers, total = sequential + clock, CONTROLLER_MW
    return PublishedTable(
        title="Controller and input memory of a core: power",
        source="Section 3.2, Tables 3 and 4",
        published=PAPER,
        ours=tuple(found),
        rows=(
            _row(
                found, "supply", "V", printed.VOLTAGE, lambda each: each.volts, no_ratio=CONDITION
            ),
            _row(
                found,
                "frequency",
                "MHz",
                printed.CLOCK_MHZ,
                lambda each: each.clock_mhz,
                no_ratio=CONDITION,
            ),
            _row(
                found,
                "sequential",
                "mW",
                sequential,
                _slow(lambda load: load.sequential),
                UNGATED,
                NOT_ALIKE,
            ),
            _row(found, "clock", "mW", clock, _slow(lambda load: load.clock), NO_TREE, NOT_ALIKE),
            _row(
                found,
                "combinational",
                "mW",
                combinational,
                _slow(lambda load: load.combinational),
                BUSY,
                NOT_ALIKE,
            ),
            _row(found, "controller", "mW", total, _slow(lambda load: load.total), "", NOT_ALIKE),
            _row(
                found,
                "share of sequential and clock",
                "%",
                Derived(100 * registers / total, "of sums of Table 4"),
                _slow(lambda load: 100 * load.registers / load.total),
                UNGATED,
            ),
            _row(found, "row buffer's registers", "mW", None, _slow(lambda load: load.buffer)),
            _row(found, "leakage", "mW", CONTROLLER_LEAKAGE_MW, lambda each: each.leakage_mw),
            _row(
                found,
                "sequential and clock, pixels without pause",
                "mW",
                None,
                _fast(lambda load: load.registers),
            ),
            _row(
                found,
                "combinational, pixels without pause",
                "mW",
                None,
                _fast(lambda load: load.combinational),
            ),
            _row(
                found,
                "controller, pixels without pause",
                "mW",
                None,
                _fast(lambda load: load.total),
            ),
            _row(
                found,
                "cycles of a pixel without pause",
                "cycle",
                None,
                _fast(lambda load: load.cycles),
            ),
            _row(found, "SRAM", "mW", printed.SRAM.total, lambda _: None, NO_SRAM),
            _row(found, "controller and SRAM", "mW", printed.POWER_MW, lambda _: None, NO_SRAM),
        ),
        note=f"A pixel every {beat} cycles, which is a timestep; without pause: the pixels of "
        "an image as fast as they are taken.",
    )


def node_table(layer: str, found: Found) -> PublishedTable:
    """The controller of one layer in cells of several nodes."""
    return PublishedTable(
        title=f"The controller of {layer} in other cells",
        source="Section 3.2, Tables 3 and 4",
        published=PAPER,
        ours=tuple(found),
        rows=(
            _row(
                found, "supply", "V", printed.VOLTAGE, lambda each: each.volts, no_ratio=CONDITION
            ),
            _row(
                found,
                "area of the controller",
                "mm²",
                printed.CONTROLLER_MM2,
                lambda each: each.area_mm2,
                LARGER_NODE,
                OF_ONE_NODE,
            ),
            _row(
                found,
                "frequency",
                "MHz",
                printed.CLOCK_MHZ,
                lambda each: each.clock_mhz,
                no_ratio=CONDITION,
            ),
            _row(
                found,
                "power of the controller",
                "mW",
                CONTROLLER_MW,
                _slow(lambda load: load.total),
                "",
                NOT_ALIKE,
            ),
            _row(
                found,
                "power of the controller, pixels without pause",
                "mW",
                None,
                _fast(lambda load: load.total),
            ),
            _row(found, "leakage", "mW", CONTROLLER_LEAKAGE_MW, lambda each: each.leakage_mw),
            _row(found, "fastest clock of any mapping", "MHz", None, lambda each: each.fastest_mhz),
        ),
        note="Both libraries are predictive, sums of cells without wires; the paper's node lies "
        "between theirs.",
    )


def _row(
    found: Found,
    name: str,
    unit: str,
    published: Printed | Derived | None,
    value: Callable[[Controller], float | None],
    why: str = "",
    no_ratio: str = "",
    made: Callable[..., Figures] = measured,
) -> PublishedRow:
    ours = made(*map(value, found.values()))
    return PublishedRow(
        name=name, unit=unit, published=(published,), ours=ours, why=why, no_ratio=no_ratio
    )


def _slow(value: Callable[[Load], float]) -> Callable[[Controller], float | None]:
    """Value of a pixel every timestep."""
    return lambda each: value(each.loads[0]) if each.loads else None


def _fast(value: Callable[[Load], float]) -> Callable[[Controller], float | None]:
    """Value of pixels without gaps."""
    return lambda each: value(each.loads[1]) if each.loads else None
