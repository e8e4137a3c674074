"""Trees that count ones, as networks of terms: structure first, hardware and registers later.

Why the structures survive synthesis: yosys merges ``+`` operators whose whole results feed each
other into one carry-save tree of its own, two LUTs a full adder. The full adder here is written
with XOR and multiplexer, so that it is never taken for an adder; and each carry-chain adder gets
its carry-in from a dummy position below bit 0 that is cut off its sum, so that no adder sees the
whole result of another.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from amaranth.hdl import C, Cat, Mux, Value


@dataclass(frozen=True, eq=False)
class Term:
    """A value of the network. ``level`` is its depth: operands come from lower levels, or from
    the same level where they belong to the same full adder.
    """

    name: str
    level: int
    operands: tuple["Term", ...]
    function: Callable[..., Value]
    bits: int


def leaf(value: Any) -> Term:
    """An input bit."""
    return Term("", 0, (), lambda: Value.cast(value), 1)


def _term(name: str, bits: int, function: Callable[..., Value], *operands: Term) -> Term:
    level = max(operand.level for operand in operands) + 1
    return Term(name, level, tuple(operands), function, bits)


def sum_tree(bits: Sequence[Term]) -> list[Term]:
    """One term: the sum as the synthesis tool likes to build it."""

    def total(*values: Value) -> Value:
        sums = list(values)
        while len(sums) > 1:  # by pairs: an expression of thousands of levels cannot be handled
            pairs = [left + right for left, right in zip(sums[::2], sums[1::2], strict=False)]
            sums = pairs + sums[len(pairs) * 2 :]
        return sums[0][: len(values).bit_length()]

    return [_term("total", len(bits).bit_length(), total, *bits)]


def compressor_tree(bits: Sequence[Term]) -> list[Term]:
    """Full adders take three bits of a column, the earliest first, until one bit is left in each.

    ``n - popcount(n)`` full adders where n is one less than a power of two; half adders only
    where two bits remain in a column. Result: one term a column, the least significant first.
    """
    total = []
    column = list(bits)
    while column:
        carries = []
        while len(column) > 1:
            column.sort(key=lambda term: term.level)
            taken, column = column[:3], column[3:]
            result, carry = _full_adder(*taken) if len(taken) == 3 else _half_adder(*taken)
            column.append(result)
            carries.append(carry)
        total.append(column[0])
        column = carries
    return total[: len(bits).bit_length()]


def _full_adder(a: Term, b: Term, c: Term) -> tuple[Term, Term]:
    level = max(a.level, b.level, c.level) + 1
    # the latest bit waits least when it enters last
    differ = Term("differ", level, (a, b), lambda x, y: x ^ y, 1)
    result = Term("odd", level, (differ, c), lambda p, z: p ^ z, 1)
    carry = Term("carry", level, (differ, c, a), lambda p, z, x: Mux(p, z, x), 1)
    return result, carry


def _half_adder(a: Term, b: Term) -> tuple[Term, Term]:
    return (
        _term("odd", 1, lambda x, y: x ^ y, a, b),
        _term("carry", 1, lambda x, y: x & y, a, b),
    )


def counter_tree(bits: Sequence[Term]) -> list[Term]:
    """Two counted runs and one single bit as carry-in make a longer run, on one carry chain.

    Leaves of four bits are three functions of four inputs, of three bits one full adder. The last
    sum repeats a bit above both operands, so that its top bit is a sum and not a bare carry:
    bare carries cannot share a logic cell with the register behind them.
    """
    return [_counted(bits, last=True)]


def _counted(bits: Sequence[Term], last: bool = False) -> Term:
    size = len(bits)
    match bits:
        case [single]:
            return single
        case [_, _]:
            return _term("two", 2, lambda a, b: Cat(a ^ b, a & b), *bits)
        case [_, _, _]:
            return _term("three", 2, _three, *bits)
        case [_, _, _, _]:
            return _term("four", 3, _four, *bits)
    cut = _first_run(size)
    left, right = _counted(bits[:cut]), _counted(bits[cut:-1])
    width = size.bit_length()
    add = _add_to_register if last else _add
    return _term("ones", width, lambda a, b, carry: add(a, b, carry, width), left, right, bits[-1])


def _first_run(size: int) -> int:
    """Near half, and one short of a multiple of four, so that leaves stay full."""
    return ((size - 1) // 2 + 3) // 4 * 4 - 1


def _three(a: Value, b: Value, c: Value) -> Value:
    return Cat(a ^ b ^ c, Mux(a ^ b, c, a))


def _four(a: Value, b: Value, c: Value, d: Value) -> Value:
    return Cat(
        a ^ b ^ c ^ d,
        ((a ^ b) & (c ^ d)) ^ (a & b) ^ (c & d),
        a & b & c & d,
    )


def _add(left: Value, right: Value, carry: Value, width: int) -> Value:
    """``left + right + carry`` in ``width`` bits."""
    return (Cat(C(1, 1), left) + Cat(carry, right))[1 : width + 1]


def _add_to_register(left: Value, right: Value, carry: Value, width: int) -> Value:
    """The same sum; the top carry goes through a sum position of its own."""

    def topped(operand: Value) -> Value:
        return Cat(operand, C(0, width - 1 - len(operand)), left[0])

    return _add(topped(left), topped(right), carry, width)
