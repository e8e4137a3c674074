"""What the formulas say beside what synthesis gives, item by item.

A ratio far from one is a finding: the structure holds something that synthesis takes away, or
synthesis has found or added something that the formula does not know.
"""

from collections.abc import Mapping

from neuroloom.flows.analytic.neurosim import control, datapath, registers
from neuroloom.flows.cells.nodes import ProcessNode
from neuroloom.flows.designs.report import Estimate
from neuroloom.flows.tools.errors import UsageError
from neuroloom.golden.inventory import Inventory
from neuroloom.golden.spec import Spec

FULL_ADDER_GATES = 5
"""Two half adders and an OR."""
HALF_ADDER_GATES = 2
COMPARATOR_BIT_GATES = 4
"""The carry of a full adder: two ANDs and two ORs."""
STRUCTURE = "register-transfer structure, full adder as five two-input gates"
NEUROSIM = "NeuroSim cells, Lu et al. 2021, Tables 1, 4 and 5"


def two_input_gates(inventory: Inventory) -> int:
    """Combinational gates in the terms of the target ``gates``: a multiplexer or an XOR is one."""
    return (
        FULL_ADDER_GATES * inventory.full_adders
        + HALF_ADDER_GATES * inventory.half_adders
        + COMPARATOR_BIT_GATES * inventory.comparator_bits
        + inventory.multiplexers
        + inventory.xors
        + inventory.gates
    )


def compare_gates(spec: Spec, resources: Mapping[str, int]) -> tuple[Estimate, ...]:
    """Estimates of gates, flip-flops and memory bits against ``resources`` of the target ``gates``.

    UsageError when they are those of another target.
    """
    inventory = spec.inventory
    analytic = {
        "gates": two_input_gates(inventory),
        "FF": inventory.flip_flops,
        "memory bits": inventory.memory_bits,
    }
    if missing := analytic.keys() - resources.keys():
        raise UsageError(
            f"resources without {', '.join(sorted(missing))} cannot be compared: "
            "give those of the target gates"
        )
    return tuple(
        Estimate(name=name, analytic=number, synthesized=resources[name], unit="", source=STRUCTURE)
        for name, number in analytic.items()
    )


def compare_area(
    spec: Spec, node: ProcessNode, sequential_um2: float, combinational_um2: float
) -> tuple[Estimate, ...]:
    """Estimates of area against a mapping to standard cells of the same node, memories included.

    A mapping to standard cells builds memories of flip-flops; so does the estimate here.
    """
    inventory = spec.inventory.memories_in_registers()
    in_memories = inventory.flip_flops - spec.inventory.flip_flops
    state = registers(inventory).area(node)
    logic = (datapath(inventory) + control(inventory, without_reset=in_memories)).area(node)
    pairs = {
        "sequential area": (state, sequential_um2),
        "combinational area": (logic, combinational_um2),
        "area": (state + logic, sequential_um2 + combinational_um2),
    }
    return tuple(
        Estimate(name=name, analytic=priced, synthesized=mapped, unit="µm²", source=NEUROSIM)
        for name, (priced, mapped) in pairs.items()
    )
