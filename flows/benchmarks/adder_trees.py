"""Full adders of every style of tree beside the closed form."""

from collections.abc import Sequence

from neuroloom.flows.tools.markdown import table
from neuroloom.golden.arith.adder_networks import AdderNetwork
from neuroloom.golden.arith.adder_trees import (
    carry_save_tree,
    counter_tree,
    full_adders_needed,
    ripple_tree,
)

OPERANDS = range(2, 65)
WIDTHS = (1, 4, 8)
HEAD = """\
# Full adders of adder trees

Written by `make results`, counted in the networks that the hardware is built from. Operands are
unsigned. A full adder takes one bit away and a half adder none, so that n operands of b bits need
*n·b − s* full adders for a sum of s bits, whatever n is. A tree with fewer has an XOR where a carry
is always zero. Half adders are given behind the +.

"""


def trees(operands: int, bits: int) -> dict[str, AdderNetwork]:
    """Every style of tree over that many operands."""
    found = {"ripple": ripple_tree(operands, bits), "carry-save": carry_save_tree(operands, bits)}
    if bits == 1:
        found["counter"] = counter_tree(operands)
    return found


def adder_trees_markdown() -> str:
    """The table for every number of operands and every width."""
    columns: Sequence[tuple[int, str]] = [
        (bits, name) for bits in WIDTHS for name in ("needed", *trees(2, bits))
    ]
    rows = []
    for operands in OPERANDS:
        cells = [f"{operands}"]
        for bits in WIDTHS:
            cells.append(str(full_adders_needed(operands, bits)))
            for network in trees(operands, bits).values():
                parts = network.inventory
                cells.append(f"{parts.full_adders} + {parts.half_adders}")
        rows.append(cells)
    head = ["n", *(f"{name}, {bits} b" for bits, name in columns)]
    return HEAD + "\n".join(table(head, rows, numbers=())) + "\n"
