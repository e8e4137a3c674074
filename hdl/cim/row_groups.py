"""Rows counted into groups: which rows come first, and where each group starts.

Adders and comparators are written as gates: numbers have a few bits only, too few for the carry
chains that synthesis would make of ``+`` and ``<``.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from amaranth.hdl import C, Cat, Module, Mux, Signal, Value

from neuroloom.golden.cim.row_groups import RowGroups
from neuroloom.hdl.slices import bits_of

Number = list[Any]
"""Bits, the least significant first."""


def first_rows(m: Module, left: Value, plan: RowGroups) -> Value:
    """The first ``plan.group`` ones of ``left``, as a mask; combinational."""

    def saturated(total: Number) -> Number:
        over = _named(m, "over", _exceeds(total, plan.group))
        low = total[: plan.group.bit_length()]
        full = C(plan.group, len(low))
        return [
            _named(m, "running", Mux(over, most, bit)) for most, bit in zip(full, low, strict=True)
        ]

    ranks = _segment_ranks(m, left, plan)
    before = _running(m, ranks, plan, saturated)
    selected = []
    for row, rank, offset in _places(plan, ranks, before):
        if row < plan.group:
            selected.append(left[row])
        else:
            place = _add(m, rank, offset)
            selected.append(left[row] & ~_exceeds(place, plan.group - 1))
    return Cat(selected)


def group_starts(
    m: Module, bits: Value, plan: RowGroups, hold: Callable[[int, list[Value]], list[Value]]
) -> tuple[Value, Value]:
    """``bits``, and those ones in them with which another group starts; not the first one.

    ``hold(level, values)`` puts the registers behind that level of the network, if any. The second
    result begins with row ``plan.group``: no group but the first starts before.
    """

    def wrapped(total: Number) -> Number:
        over = _named(m, "over", _exceeds(total, plan.group))
        size = plan.group.bit_length()
        low = total[:size]
        lower = _add(m, low, list(C((1 << size) - plan.group)))[:size]
        return [
            _named(m, "running", Mux(over, after, bit))
            for after, bit in zip(lower, low, strict=True)
        ]

    carried = [bits]
    ranks = _segment_ranks(m, bits, plan)

    def held(level: int, numbers: list[Number]) -> list[Number]:
        used = sorted(plan.used[level])
        moving = [carried[0], *(Cat(numbers[each]) for each in used)]
        first, *values = hold(level, moving)
        if first is carried[0]:  # no register here
            return numbers
        carried[0] = first
        kept: list[Number] = [[] for _ in numbers]
        for each, value in zip(used, values, strict=True):
            kept[each] = list(value)
        return kept

    before = _running(m, ranks, plan, wrapped, held)
    late = carried[0]
    if late is not bits:
        ranks = _segment_ranks(m, late, plan)
    starts = []
    rows = bits_of(late)
    for row, rank, offset in _places(plan, ranks, before):
        if row >= plan.group:
            place = _add(m, rank, offset)
            starts.append(rows[row] & (Cat(place) == plan.group))
    return late, Cat(starts)


def at_or_above(m: Module, marks: Value, segment: int) -> tuple[Value, Value, Value]:
    """Whether a one stands at each bit or below, whether one stands below each bit, and whether
    there is any one.

    The segments go through the carry of an adder: synthesis turns a prefix network of OR gates into
    a chain of them, which is smaller and far slower.
    """
    parts = [list(marks[first : first + segment]) for first in range(0, len(marks), segment)]
    some = Signal(len(parts))
    m.d.comb += some.eq(Cat(Cat(part).any() for part in parts))
    carried = Signal(len(parts) + 1)
    m.d.comb += carried.eq(some + C(-1, len(parts)).as_unsigned())
    reached: list[Any] = []
    under: list[Any] = []
    for index, part in enumerate(parts):
        below = _named(m, "below", ~(carried[index] ^ some[index]))
        inside: Any = C(0, 1)
        for mark in part:
            under.append(below | inside)
            inside = _named(m, "inside", inside | mark)
            reached.append(below | inside)
    return Cat(reached), Cat(under), carried[-1]


def _running(
    m: Module,
    ranks: list[list[Number]],
    plan: RowGroups,
    brought_back: Callable[[Number], Number],
    held: Callable[[int, list[Number]], list[Number]] = lambda level, numbers: numbers,
) -> list[Number]:
    """The numbers behind the whole network, one a segment but the last."""
    numbers = held(0, [counts[-1] for counts in ranks[:-1]])
    for level, pairs in enumerate(plan.steps):
        sums = list(numbers)
        for segment, other in pairs:
            if segment not in plan.used[level + 1]:
                continue
            total = _add(m, numbers[segment], numbers[other])
            most = plan.running[level][segment] + plan.running[level][other]
            sums[segment] = brought_back(total) if most > plan.group else total[: most.bit_length()]
        numbers = held(level + 1, sums)
    return numbers


def _places(
    plan: RowGroups, ranks: list[list[Number]], before: list[Number]
) -> Iterator[tuple[int, Number, Number]]:
    """Each row, the ones before it in its segment, and those before its segment."""
    for index, segment in enumerate(plan.segments):
        for row, rank in zip(segment, ranks[index], strict=False):
            yield row, rank, before[index - 1] if index else []


def _segment_ranks(m: Module, bits: Value, plan: RowGroups) -> list[list[Number]]:
    """Ones before each row of every segment, and at last all of its ones."""
    rows = bits_of(bits)
    return [[[], *_counts(m, rows[segment.start : segment.stop])] for segment in plan.segments]


def _counts(m: Module, bits: list[Any]) -> list[Number]:
    """The ones up to each bit, this one included."""
    if len(bits) == 1:
        return [[bits[0]]]
    half = (len(bits) + 1) // 2
    low, high = _counts(m, bits[:half]), _counts(m, bits[half:])
    return low + [
        _add(m, low[-1], count)[: (half + seen).bit_length()] for seen, count in enumerate(high, 1)
    ]


def _add(m: Module, left: Sequence[Any], right: Sequence[Any]) -> Number:
    """The sum, one bit longer than the longer operand."""
    if not left or not right:
        return [*left, *right]
    result, carry = [], None
    for position in range(max(len(left), len(right))):
        column = [each[position] for each in (left, right) if position < len(each)]
        column += [] if carry is None else [carry]
        match column:
            case [a]:
                result.append(a)
                carry = None
            case [a, b]:
                result.append(_named(m, "sum", a ^ b))
                carry = _named(m, "carry", a & b)
            case [a, b, c]:
                differ = _named(m, "differ", a ^ b)
                result.append(_named(m, "sum", differ ^ c))
                carry = _named(m, "carry", Mux(differ, c, a))
    return result if carry is None else [*result, carry]


def _exceeds(number: Number, limit: int) -> Value:
    """Whether the number is greater than ``limit``."""
    greater: Any = C(0, 1)
    for position, bit in enumerate(number):
        greater = (bit & greater) if limit >> position & 1 else (bit | greater)
    return greater if limit >> len(number) == 0 else C(0, 1)


def _named(m: Module, name: str, value: Value) -> Signal:
    signal = Signal(name=name)
    m.d.comb += signal.eq(value)
    return signal
