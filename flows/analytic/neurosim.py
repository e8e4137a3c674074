"""Prices of an inventory in the cells of NeuroSim: transistors, area, energy, delay.

Facts from Lu et al. 2021, Front. Artif. Intell. 4:659060:

- Table 4 and the text: an adder bit is nine NAND2, a D flip-flop four transmission gates and
  eight inverters.
- Table 5, which holds to four digits for these unit areas: inverter and transmission gate take one
  cell of Table 1, a NAND2 one and a half. The inverters that stand for all other gates of the chip
  are 1.84 times as high there, to take the area of an inverter of that process; they are not here.
- Activity: flip-flops 50 %, adders 15 %, control 5 % of the energy of a cell that switches.

Memories are counted in bits and not priced: their cells are not drawn by the rules of logic.
All figures are estimates before layout; the article finds 1.22 times the energy after it.
"""

import math
from dataclasses import dataclass, replace

from neuroloom.flows.cells.nodes import NODES, ProcessNode
from neuroloom.golden.inventory import Inventory
from neuroloom.golden.spec import Spec

REGISTER_ACTIVITY = 0.50
DATAPATH_ACTIVITY = 0.15
CONTROL_ACTIVITY = 0.05


@dataclass(frozen=True)
class Cells:
    """Gates of NeuroSim; ``a + b`` has those of both, ``3 * a`` three times as many."""

    nand2: float = 0
    inverters: float = 0
    transmission_gates: float = 0

    def __add__(self, other: "Cells") -> "Cells":
        return Cells(
            self.nand2 + other.nand2,
            self.inverters + other.inverters,
            self.transmission_gates + other.transmission_gates,
        )

    def __rmul__(self, copies: float) -> "Cells":
        return Cells(copies * self.nand2, copies * self.inverters, copies * self.transmission_gates)

    @property
    def transistors(self) -> float:
        return 4 * self.nand2 + 2 * self.inverters + 2 * self.transmission_gates

    def area(self, node: ProcessNode) -> float:
        """[µm²]"""
        cells = 1.5 * self.nand2 + self.inverters + self.transmission_gates
        return cells * node.cell_width * node.cell_height

    def energy(self, node: ProcessNode) -> float:
        """Energy of one cycle in which all of them switch [fJ]."""
        measured = (
            NAND2_ENERGY * self.nand2
            + INVERTER_ENERGY * self.inverters
            + TRANSMISSION_GATE_ENERGY * self.transmission_gates
        )
        return measured * _charge(node) / _MEASURED_CHARGE


FLIP_FLOP = Cells(inverters=8, transmission_gates=4)
FULL_ADDER = Cells(nand2=9)
HALF_ADDER = Cells(nand2=4, inverters=1)
"""XOR of four NAND2, the first of which gives the carry, inverted."""
COMPARATOR_BIT = Cells(nand2=6, inverters=1)
"""The carry of a full adder with one operand inverted."""
XOR = Cells(nand2=4)
GATE = Cells(nand2=1, inverters=1)
MULTIPLEXER = Cells(inverters=1, transmission_gates=2)


# Table 5: pJ over the number of cells, shift-add and accumulator (and control) together
INVERTER_ENERGY = 1e3 * (3.31 + 16.88 + 16.28) / (2133 + 10869 + 10485)
"""Energy of an inverter that switches at 40 nm and 0.9 V [fJ]."""
NAND2_ENERGY = 1e3 * (0.81 + 3.99) / (144 + 672) / FULL_ADDER.nand2
"""Energy of a NAND2 as part of an adder, of which not every gate switches [fJ]."""
TRANSMISSION_GATE_ENERGY = (1e3 * (2.504 + 17.3) / (176 + 1216) - 8 * INVERTER_ENERGY) / 4
"""What a flip-flop takes beyond its inverters [fJ]."""


def _charge(node: ProcessNode) -> float:
    """Energy that scales all others: input capacitance of an inverter times supply squared [fJ]."""
    return node.pair_capacitance * node.supply**2


def _measured_capacitance() -> float:
    """That input capacitance at 40 nm [fF], between those of the nodes around it."""
    above, below = NODES[45], NODES[32]
    share = (40 - below.nanometres) / (above.nanometres - below.nanometres)
    return below.pair_capacitance + share * (above.pair_capacitance - below.pair_capacitance)


_MEASURED_CHARGE = _measured_capacitance() * 0.9**2


def registers(inventory: Inventory) -> Cells:
    return inventory.flip_flops * FLIP_FLOP


def datapath(inventory: Inventory) -> Cells:
    return (
        inventory.full_adders * FULL_ADDER
        + inventory.half_adders * HALF_ADDER
        + inventory.comparator_bits * COMPARATOR_BIT
        + inventory.xors * XOR
        + inventory.multiplexers * MULTIPLEXER
    )


def control(inventory: Inventory, without_reset: int = 0) -> Cells:
    """Gates, and the enable and the reset that NeuroSim's flip-flop has not.

    ``without_reset`` of the flip-flops have an enable only, as those of a memory.
    """
    holding = inventory.flip_flops * MULTIPLEXER
    resetting = (inventory.flip_flops - without_reset) * GATE
    return inventory.gates * GATE + holding + resetting


@dataclass(frozen=True)
class Costs:
    """An inventory without its memories in NeuroSim's cells, by what switches how often."""

    registers: Cells
    adders: Cells
    selection: Cells
    """Multiplexers, XORs and comparators, which switch as adders do."""
    steering: Cells
    """Gates, and what enables and resets flip-flops."""

    @property
    def others(self) -> Cells:
        """All but flip-flops and adders."""
        return self.selection + self.steering

    @property
    def all(self) -> Cells:
        return self.registers + self.adders + self.others

    def register_energy(self, node: ProcessNode) -> float:
        """[fJ/cycle]"""
        return REGISTER_ACTIVITY * self.registers.energy(node)

    def adder_energy(self, node: ProcessNode) -> float:
        """[fJ/cycle]"""
        return DATAPATH_ACTIVITY * self.adders.energy(node)

    def other_energy(self, node: ProcessNode) -> float:
        """[fJ/cycle]"""
        selection = DATAPATH_ACTIVITY * self.selection.energy(node)
        return selection + CONTROL_ACTIVITY * self.steering.energy(node)


def costs(inventory: Inventory) -> Costs:
    """What an inventory costs; those of parts add up to that of the whole."""
    adders = inventory.full_adders * FULL_ADDER + inventory.half_adders * HALF_ADDER
    selection = replace(inventory, full_adders=0, half_adders=0)
    return Costs(registers(inventory), adders, datapath(selection), control(inventory))


def nand2_delay(node: ProcessNode) -> float:
    """Delay from input to output of a NAND2 that drives two inputs of its kind [ps].

    Elmore delay, mean of rise and fall: the two N transistors are in series, and the gate's own
    drains load it like two more inputs.
    """
    resistance = (2 * node.nmos_resistance + node.pmos_resistance) / 2
    return math.log(2) * resistance * 4 * node.pair_capacitance


def chain_delay(adders: int, node: ProcessNode) -> float:
    """Delay of that many adders, one behind the other [ps].

    Two NAND2 from carry to carry; the first adder takes three more to its carry, the last one
    more to its sum.
    """
    return (2 * adders + 4) * nand2_delay(node) if adders else 0.0


@dataclass(frozen=True)
class Price:
    """A macro at a node, before layout, without its memories."""

    node: int
    """[nm]"""
    transistors: float
    nand2_equivalents: float
    """Transistors over the four of a NAND2."""
    register_area: float
    """[µm²]"""
    logic_area: float
    """[µm²]"""
    register_energy: float
    """[fJ/cycle]"""
    logic_energy: float
    """[fJ/cycle]"""
    operation_energy: float
    """Energy of registers and logic for one operation of the contract, at its interval [pJ]."""
    adder_delay: float
    """Delay of the longest chain of adders between registers [ps]."""
    memory_bits: int

    @property
    def area(self) -> float:
        """[µm²]"""
        return self.register_area + self.logic_area


def price(spec: Spec, node: ProcessNode) -> Price:
    """Price the inventory of ``spec`` at ``node``."""
    inventory = spec.inventory
    cost = costs(inventory)
    transistors = cost.all.transistors
    register_energy = cost.register_energy(node)
    logic_energy = cost.adder_energy(node) + cost.other_energy(node)
    cycle = register_energy + logic_energy
    return Price(
        node=node.nanometres,
        transistors=transistors,
        nand2_equivalents=transistors / Cells(nand2=1).transistors,
        register_area=cost.registers.area(node),
        logic_area=(cost.adders + cost.others).area(node),
        register_energy=register_energy,
        logic_energy=logic_energy,
        operation_energy=cycle * spec.contract.interval / 1000,
        adder_delay=chain_delay(inventory.adder_depth, node),
        memory_bits=inventory.memory_bits,
    )
