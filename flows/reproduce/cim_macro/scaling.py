"""Figures of cells of one node told of another."""

from dataclasses import dataclass, replace

from neuroloom.flows.cells.nodes import NODES, ProcessNode
from neuroloom.flows.reproduce.cim_macro.printed import NODE, SUPPLY

ABOVE, BELOW = 45, 32
"""Nodes around the chip's [nm]."""
RULE = (
    "area by the area of the smallest cell (the square of the node), energy by the input "
    "capacitance of an inverter times the square of the supply, delay by capacitance times "
    "resistance, the node's values between those of 45 and 32 nm"
)


@dataclass(frozen=True)
class Scale:
    """Factors from a node to another."""

    area: float
    energy: float
    delay: float


def node_40() -> ProcessNode:
    """The node of the article's chip, between two of its table: cells of 7.6 by 28 half pitches."""
    above, below = NODES[ABOVE], NODES[BELOW]
    share = (NODE - BELOW) / (ABOVE - BELOW)

    def between(name: str) -> float:
        low, high = getattr(below, name), getattr(above, name)
        return float(low + share * (high - low))

    width = between("pair_capacitance") / (between("nmos_width") + between("pmos_width"))
    return replace(
        above,
        nanometres=int(NODE),
        supply=float(SUPPLY),
        gate_capacitance=width,
        nmos_current=between("nmos_current"),
        pmos_current=between("pmos_current"),
        nmos_width=between("nmos_width"),
        pmos_width=between("pmos_width"),
        cell_width=7.6 * 0.040,
        cell_height=28 * 0.040,
    )


def scale(source: ProcessNode, target: ProcessNode) -> Scale:
    """What figures at ``source`` are multiplied by to be told of ``target``."""

    def area(node: ProcessNode) -> float:
        return node.cell_width * node.cell_height

    def delay(node: ProcessNode) -> float:
        return node.pair_capacitance * (node.nmos_resistance + node.pmos_resistance)

    def energy(node: ProcessNode) -> float:
        return node.pair_capacitance * node.supply**2

    return Scale(*(each(target) / each(source) for each in (area, energy, delay)))
