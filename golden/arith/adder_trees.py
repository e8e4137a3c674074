"""Trees that add n operands of b bits: closed forms, and the networks that they count.

Three ways to add, each for any number of operands:

- ripple tree: two operands at a time, a ripple adder each, widths as the partial sums need;
- carry-save tree: full adders take three bits of equal weight (Wallace 1964, Dadda 1965);
- counter tree, for single bits: runs of equal length and one more bit as carry-in.
"""

from collections.abc import Sequence
from heapq import heapify, heappop, heappush

from neuroloom.golden.arith.adder_networks import AdderNetwork
from neuroloom.golden.arith.adders import AdderStyle


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


def full_adders_needed(operands: int, bits: int) -> int:
    """Full adders of any network of full and half adders over unsigned operands: ``n·b - s``.

    A full adder turns three bits into two, a half adder two into two: of the n·b bits those of the
    sum are left, s = :func:`sum_bits`. Fewer do where the highest carry of an adder is known to be
    zero, so that an XOR takes its place.
    """
    return operands * bits - sum_bits(operands, bits, signed=False)


def sum_bits(operands: int, bits: int, signed: bool) -> int:
    """Bits that hold every sum of ``operands`` numbers of ``bits``."""
    if signed:
        return (operands * (1 << (bits - 1)) - 1).bit_length() + 1
    return (operands * ((1 << bits) - 1)).bit_length()


def _words(operands: int, bits: int) -> list[list[int]]:
    """Inputs: number ``i * bits + j`` is bit j of operand i."""
    return [list(range(first, first + bits)) for first in range(0, operands * bits, bits)]


def ripple_tree(operands: int, bits: int, signed: bool = False) -> AdderNetwork:
    """Operands added by pairs, level by level; an odd one waits for the next level.

    Input ``i * bits + j`` is bit j of operand i. Each sum is as wide as its range needs. A signed
    addition costs one more position, which has no carry: the sum of the signs.
    """
    network = AdderNetwork(operands * bits)
    terms = [(word, 1) for word in _words(operands, bits)]
    while len(terms) > 1:
        sums = []
        for (left, many), (right, more) in zip(terms[::2], terms[1::2], strict=False):
            width = sum_bits(many + more, bits, signed)
            sums.append((network.ripple(left, right, signed=signed, width=width), many + more))
        terms = sums + terms[len(sums) * 2 :]
    network.outputs = terms[0][0]
    return network


def summed_words(operands: int, bits: int, signed: bool = False) -> AdderNetwork:
    """The same additions as one expression in one level: no register can stand inside."""
    network = AdderNetwork(operands * bits)
    words = _words(operands, bits)
    network.outputs = network.sum(words, lambda many: sum_bits(many, bits, signed), signed)
    return network


def carry_save_tree(
    operands: int, bits: int, signed: bool = False, final: AdderStyle | None = None
) -> AdderNetwork:
    """Full adders take three bits of a column, the earliest first, until two are left in each.

    Inputs as in :func:`ripple_tree`. ``final`` adds what is left; without it full and half adders
    go on until one bit is left. Signed: with every sign inverted an operand is greater by
    2^(bits-1); -operands * 2^(bits-1), modulo the width of the sum, joins as constant ones.
    """
    network = AdderNetwork(operands * bits)
    width = sum_bits(operands, bits, signed)
    columns = [[word[weight] for word in _words(operands, bits)] for weight in range(bits)]
    columns += [[] for _ in range(width - bits)]
    ones = 0
    if signed and operands > 1:
        columns[bits - 1] = [network.invert(sign) for sign in columns[bits - 1]]
        ones = -operands << (bits - 1) & ((1 << width) - 1)
    rows = []
    for weight, column in enumerate(columns):
        waiting = [(network.levels[bit], bit) for bit in column]
        heapify(waiting)
        following = weight < width - 1
        one = following and bool(ones >> weight & 1)
        while len(waiting) > (1 if final is None else 2) or one:
            earliest = [heappop(waiting)[1] for _ in range(min(2 if one else 3, len(waiting)))]
            result, carry = network.add(*earliest, one=one, carry=following)
            one = False
            heappush(waiting, (network.levels[result], result))
            if following:
                columns[weight + 1].append(carry)
        rows.append([bit for _, bit in waiting])
    network.outputs = _added(network, rows, final)
    if ones >> (width - 1):
        network.outputs[-1] = network.invert(network.outputs[-1])
    return network


def _added(network: AdderNetwork, rows: list[list[int]], final: AdderStyle | None) -> list[int]:
    """The sum of columns of one or two bits; below the first of two there is nothing to add."""
    first = next((weight for weight, row in enumerate(rows) if len(row) > 1), len(rows))
    low, high = [row[0] for row in rows[:first]], rows[first:]
    if final is None or not high:
        return low
    left = [row[0] if row else None for row in high]
    right = [row[1] if len(row) > 1 else None for row in high]
    return low + network.ripple(left, right, width=len(high), style=final)


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
    return network.ripple(left, right, bits[-1], width=size.bit_length())


def first_run(size: int) -> int:
    """Length of the first run: near half, and one short of a multiple of four: leaves stay full."""
    return ((size - 1) // 2 + 3) // 4 * 4 - 1
