"""Adders of two words: what each style consists of, and the structure that the hardware builds."""

from dataclasses import replace
from enum import StrEnum

from neuroloom.golden.inventory import Inventory

Word = tuple[int | None, ...]
"""Bits of an operand, the least significant first; None is a constant zero."""


class AdderStyle(StrEnum):
    """How the carry of a two-operand adder travels."""

    RIPPLE = "ripple"
    """A carry from bit to bit: the fewest gates, and the carry chain of an FPGA."""
    CARRY_SELECT = "carry-select"
    """Blocks add for both carries at once, and the carry selects (Bedrij 1962)."""
    PREFIX = "prefix"
    """Carries of all bits in a tree of log2 depth (Sklansky 1960)."""


def prefix_levels(width: int) -> list[list[tuple[int, int]]]:
    """Parallel-prefix tree of Sklansky, level by level: pairs (bit, lower).

    In each level ``bit`` takes over what is known about ``lower``: afterwards it knows generate and
    propagate of all bits from its own down to the lowest that ``lower`` knew. The least depth,
    ceil(log2 width), and the fewest cells of that depth; the last bit of a group drives many.
    """
    levels = []
    for exponent in range((width - 1).bit_length()):
        span = 1 << exponent
        levels.append([(bit, bit // span * span - 1) for bit in range(width) if bit & span])
    return levels


def select_blocks(width: int) -> list[int]:
    """Lengths of the blocks of a carry-select adder, from the lowest: 2, 2, 3, 4, 5, …

    Each block is a bit longer than the one below, so that its sums are ready when its carry is.
    """
    blocks: list[int] = []
    while (rest := width - sum(blocks)) > 0:
        length = max(2, len(blocks) + 1)
        blocks.append(min(length, rest))
    return blocks


def word_adder(left: Word, right: Word, width: int, style: AdderStyle) -> Inventory:
    """What an adder of two operands in ``width`` bits consists of in a style other than ripple."""
    if style is AdderStyle.PREFIX:
        return _prefix(left, right, width)
    return _carry_select(left, right, width)


def _bits(left: Word, right: Word, position: int) -> int:
    """Operand bits in a position: two where both operands have one there."""
    return sum(
        position < len(operand) and operand[position] is not None for operand in (left, right)
    )


def _carry_select(left: Word, right: Word, width: int) -> Inventory:
    """A ripple adder for the lowest block, two and a row of multiplexers for each other."""
    parts, depth, start = Inventory(), 0, 0
    for index, length in enumerate(select_blocks(width)):
        bits = [_bits(left, right, start + position) for position in range(length)]
        last = start + length == width
        full = sum(count == 2 for count in bits[1:])
        block = Inventory(full_adders=full, half_adders=length - full)
        choice = Inventory(multiplexers=length + (not last))
        parts += block if not index else 2 * block + choice
        depth = length if not index else max(depth, length) + 1
        start += length
    return replace(parts, adder_depth=depth)


def _prefix(left: Word, right: Word, width: int) -> Inventory:
    """Generate and propagate, the tree, and an XOR a bit; no propagate of groups down to bit 0."""
    both = sum(_bits(left, right, position) == 2 for position in range(width))
    levels = prefix_levels(width - 1)
    cells = [(lower, level) for level, pairs in enumerate(levels) for _, lower in pairs]
    gates = sum(2 if lower < 1 << level else 3 for lower, level in cells)
    return Inventory(xors=both + width - 1, gates=both + gates, adder_depth=len(levels) + 1)
