"""Trees that add n operands of b bits: closed forms, and the networks that they count.

Three ways to add, each for any number of operands:

- ripple tree: two operands at a time, a ripple adder each, widths as the partial sums need;
- carry-save tree: full adders take three bits of equal weight (Wallace 1964, Dadda 1965);
- counter tree, for single bits: runs of equal length and one more bit as carry-in.
"""

from collections.abc import Sequence
from heapq import heapify, heappop, heappush

from neuroloom.golden.arith.adder_networks import AdderNetwork


def ripple_tree_adders(operands: int, bits: int) -> int:
    """Adder positions of a ripple tree over a power of two of operands: ``n(b+1) - (b+log2 n+1)``.

    One position a bit of every two-operand adder: level k = 1 … log2 n has n/2^k adders of
    b+k-1 positions. The lowest position of each of the n-1 adders has no carry-in and is a half
    adder; the other ``b(n-1) - log2 n`` are full adders. ValueError for other numbers.
    """
    if operands < 1 or operands & (operands - 1):
        raise ValueError(f"the closed form holds for powers of two, not for {operands} operands")
    doublings = operands.bit_length() - 1
    return operands * (bits + 1) - (bits + doublings + 1)


def counting_adders(width: int) -> tuple[int, int]:
    """Full and half adders of a carry-save tree that counts the ones of ``width`` bits.

    The column of weight 2^k holds floor(n / 2^k) bits, each adder takes one bit to the next
    column, and a half adder is left over where that number is even. So n - bit_length(n) full
    adders, and a half adder for each zero in the binary form of n.
    """
    return width - width.bit_length(), width.bit_length() - width.bit_count()


def ripple_tree(operands: int, bits: int) -> AdderNetwork:
    """Operands added by pairs, level by level; an odd one waits for the next level.

    Input ``i * bits + j`` is bit j of operand i. Each sum is as wide as its greatest value.
    """
    network = AdderNetwork(operands * bits)
    terms = [
        (list(range(first, first + bits)), (1 << bits) - 1)
        for first in range(0, operands * bits, bits)
    ]
    network.outputs = _added_by_pairs(network, terms)
    return network


def _added_by_pairs(
    network: AdderNetwork, terms: list[tuple[list[int], int]], level: int | None = None
) -> list[int]:
    """The sum of terms given with their greatest values."""
    while len(terms) > 1:
        sums = []
        for (left, most), (right, most_right) in zip(terms[::2], terms[1::2], strict=False):
            greatest = most + most_right
            total = network.ripple(left, right, level=level)
            sums.append((total[: greatest.bit_length()], greatest))
        terms = sums + terms[len(sums) * 2 :]
    return terms[0][0]


def carry_save_tree(operands: int, bits: int) -> AdderNetwork:
    """Full adders take three bits of a column, the earliest first, until one is left in each.

    Inputs as in :func:`ripple_tree`. Half adders only where two bits remain in a column.
    """
    network = AdderNetwork(operands * bits)
    columns = [list(range(weight, operands * bits, bits)) for weight in range(bits)]
    total = []
    while columns:
        column, *columns = columns
        carries = []
        waiting = [(network.levels[bit], bit) for bit in column]
        heapify(waiting)
        while len(waiting) > 1:
            taken = [heappop(waiting)[1] for _ in range(min(3, len(waiting)))]
            result, carry = network.add(*taken)
            heappush(waiting, (network.levels[result], result))
            carries.append(carry)
        total += [bit for _, bit in waiting]
        if columns:
            columns[0] += carries
        elif carries:
            columns = [carries]
    network.outputs = total[: (operands * ((1 << bits) - 1)).bit_length()]
    return network


def summed_bits(width: int) -> AdderNetwork:
    """The ones of a word as a ripple tree in one level: no register can stand inside."""
    network = AdderNetwork(width)
    network.outputs = _added_by_pairs(network, [([bit], 1) for bit in range(width)], level=1)
    return network


def counter_tree(width: int) -> AdderNetwork:
    """Two counted runs and one bit as carry-in make a longer run; leaves of up to four bits."""
    network = AdderNetwork(width)
    network.outputs = _counted(network, range(width))
    return network


def _counted(network: AdderNetwork, bits: Sequence[int]) -> list[int]:
    size = len(bits)
    if size == 1:
        return list(bits)
    if size <= 3:
        return list(network.add(*bits))
    if size == 4:
        odd, carry = network.add(*bits[:3], level=1)
        low, second = network.add(odd, bits[3], level=1)
        return [low, *network.add(carry, second, level=1)]
    cut = first_run(size)
    left, right = _counted(network, bits[:cut]), _counted(network, bits[cut:-1])
    return network.ripple(left, right, bits[-1])[: size.bit_length()]


def first_run(size: int) -> int:
    """Length of the first run: near half, and one short of a multiple of four: leaves stay full."""
    return ((size - 1) // 2 + 3) // 4 * 4 - 1
