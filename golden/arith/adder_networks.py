"""Networks of adders: constructed once, evaluated bit by bit, counted, and built in hardware.

A network is the exact structure behind a count of adders: :meth:`AdderNetwork.evaluate` proves
that it adds, its :attr:`AdderNetwork.inventory` is what it consists of, and
:mod:`neuroloom.hdl.arith.adder_networks` makes hardware of the same elements.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from neuroloom.golden.arith.adders import AdderStyle, Word, word_adder
from neuroloom.golden.inventory import Inventory

Bits = NDArray[np.uint8]


@dataclass(frozen=True)
class Adder:
    """A full adder of three operands or a half adder of two. Bits are numbers in the network.

    With ``one`` a constant one joins the operands, of which there are one or two then: a half
    adder of other gates, or an inverter. Without ``carry`` only the sum is made.
    """

    operands: tuple[int, ...]
    total: int
    carry: int | None
    one: bool = False

    @property
    def positions(self) -> tuple["Adder", ...]:
        return (self,)

    @property
    def inventory(self) -> Inventory:
        return _one_bit(len(self.operands), self.carry is not None)


@cache
def _one_bit(operands: int, carry: bool) -> Inventory:
    depth = int(operands > 1)
    if not carry:
        return Inventory(xors=operands - 1, adder_depth=depth)
    return Inventory(
        full_adders=int(operands == 3), half_adders=int(operands == 2), adder_depth=depth
    )


@dataclass(frozen=True)
class WordAdder:
    """``left + right + carry`` in as many bits as ``total`` has.

    ``signed`` operands are extended by their highest bits, others by zeros. ``positions`` are
    the adders of a ripple adder, which say what is computed in any style.
    """

    left: Word
    right: Word
    carry: int | None
    total: tuple[int, ...]
    level: int
    signed: bool
    style: AdderStyle
    positions: tuple[Adder, ...]


@dataclass(frozen=True)
class WordSum:
    """The sum of any number of words, written as one expression for the synthesis tool.

    ``positions`` are the adders of the expression: what it says, not what synthesis makes of it.
    """

    words: tuple[Word, ...]
    total: tuple[int, ...]
    level: int
    signed: bool
    positions: tuple[Adder, ...]


Element = Adder | WordAdder | WordSum


@dataclass
class AdderNetwork:
    """Adders in order of evaluation.

    ``levels`` holds the pipeline level of every bit, 0 for the inputs: registers can stand behind
    each level. ``outputs`` is the result, the least significant bit first.
    """

    inputs: int
    levels: list[int] = field(init=False)
    elements: list[Element] = field(default_factory=list)
    outputs: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.levels = [0] * self.inputs

    @property
    def adders(self) -> Iterator[Adder]:
        """Every adder, those inside of word adders included."""
        return (adder for element in self.elements for adder in element.positions)

    @property
    def depth(self) -> int:
        """Level of the result."""
        return max(self.levels[bit] for bit in self.outputs)

    def add(
        self, *operands: int, level: int | None = None, one: bool = False, carry: bool = True
    ) -> tuple[int, int]:
        """A full or half adder behind ``operands``, by default one level after them: sum, carry.

        ``one`` adds a constant one; without ``carry`` that bit must not be used.
        """
        level = self._behind(operands) if level is None else level
        adder = self._adder(operands, level, one, carry)
        self.elements.append(adder)
        return adder.total, adder.total + 1

    def invert(self, bit: int) -> int:
        """The inverse of a bit, in the same level."""
        return self.add(bit, level=self.levels[bit], one=True, carry=False)[0]

    def ripple(
        self,
        left: Sequence[int | None],
        right: Sequence[int | None],
        carry: int | None = None,
        level: int | None = None,
        signed: bool = False,
        width: int | None = None,
        style: AdderStyle = AdderStyle.RIPPLE,
    ) -> list[int]:
        """``left + right + carry`` in ``width`` bits, all in one level.

        By default the result is exact: a bit wider than the longer operand, if a carry can come.
        """
        bits = [bit for bit in (*left, *right, carry) if bit is not None]
        level = self._behind(bits) if level is None else level
        total, positions = self._ripple(left, right, carry, level, signed, width)
        self.elements.append(
            WordAdder(
                tuple(left),
                tuple(right),
                carry,
                tuple(total),
                level,
                signed,
                style,
                tuple(positions),
            )
        )
        return total

    def sum(
        self, words: Sequence[Sequence[int]], width_of: Callable[[int], int], signed: bool = False
    ) -> list[int]:
        """All words added by pairs in one level; the sum of k of them has ``width_of(k)`` bits."""
        terms: list[tuple[list[int], int]] = [(list(word), 1) for word in words]
        positions: list[Adder] = []
        while len(terms) > 1:
            sums = []
            for (left, many), (right, more) in zip(terms[::2], terms[1::2], strict=False):
                total, adders = self._ripple(left, right, None, 1, signed, width_of(many + more))
                positions += adders
                sums.append((total, many + more))
            terms = sums + terms[len(sums) * 2 :]
        total = terms[0][0]
        if positions:
            self.elements.append(
                WordSum(tuple(map(tuple, words)), tuple(total), 1, signed, tuple(positions))
            )
        return total

    def _behind(self, bits: Sequence[int]) -> int:
        return 1 + max(self.levels[bit] for bit in bits)

    def _adder(self, operands: Sequence[int], level: int, one: bool, carry: bool) -> Adder:
        total = len(self.levels)
        self.levels += [level, level]
        return Adder(tuple(operands), total, total + 1 if carry else None, one)

    def _ripple(
        self,
        left: Sequence[int | None],
        right: Sequence[int | None],
        carry: int | None,
        level: int,
        signed: bool,
        width: int | None,
    ) -> tuple[list[int], list[Adder]]:
        """The bits of the sum, and an adder for each that needs one; the last has no carry."""
        width = max(len(left), len(right)) + 1 if width is None else width
        operands = [
            [*operand, *[operand[-1]] * (width - len(operand) if signed else 0)]
            for operand in (left, right)
        ]
        result: list[int] = []
        positions: list[Adder] = []
        for position in range(min(width, max(map(len, operands)))):
            column = [operand[position] for operand in operands if position < len(operand)]
            bits = [bit for bit in (*column, carry) if bit is not None]
            carry = None
            if len(bits) == 1:
                result.append(bits[0])
                continue
            adder = self._adder(bits, level, False, carry=position < width - 1)
            positions.append(adder)
            result.append(adder.total)
            carry = adder.carry
        return result if carry is None else [*result, carry], positions

    def evaluate(self, inputs: Bits) -> NDArray[np.int64]:
        """The number that the outputs make of input bits (batch, inputs): (batch,)."""
        values = np.zeros((len(self.levels), len(inputs)), np.uint8)
        values[: self.inputs] = inputs.T
        for adder in self.adders:
            ones = values[list(adder.operands)].sum(axis=0) + adder.one
            values[adder.total] = ones & 1
            if adder.carry is not None:
                values[adder.carry] = ones >> 1
        weights = np.int64(1) << np.arange(len(self.outputs), dtype=np.int64)
        return np.asarray(weights @ values[self.outputs].astype(np.int64), np.int64)

    def cuts(self, stages: int) -> Counter[int]:
        """How many of ``stages`` registers stand behind each level: spread evenly over the levels,
        the last ones behind the result.
        """
        return Counter(round(self.depth * (stage + 1) / stages) for stage in range(stages))

    def pipelined(self, stages: int) -> Inventory:
        """Adders, and the flip-flops of ``stages`` registers on every path.

        A bit needs a flip-flop behind each cut between its own level and that of its last reader.
        """
        cuts = self.cuts(stages)
        last_reader: dict[int, int] = dict.fromkeys(self.outputs, self.depth + 1)
        for adder in self.adders:
            for bit in adder.operands:
                last_reader[bit] = max(last_reader.get(bit, 0), self.levels[adder.total])

        before = list(accumulate((cuts[cut] for cut in range(max(self.levels) + 1)), initial=0))

        def held(bit: int, level: int) -> int:
            return max(0, before[level] - before[self.levels[bit]])

        parts = Inventory(flip_flops=sum(held(bit, level) for bit, level in last_reader.items()))
        adders: Counter[Inventory] = Counter()
        arrival = [0] * len(self.levels)

        def start(bits: Iterable[int | None], level: int) -> int:
            known = (bit for bit in bits if bit is not None)
            return max(0 if held(bit, level) else arrival[bit] for bit in known)

        for element in self.elements:
            if isinstance(element, WordAdder) and element.style is not AdderStyle.RIPPLE:
                left, right, total = element.left, element.right, element.total
                adding = word_adder(left, right, len(total), element.style)
                begin = start((*left, *right), element.level)
                for bit in total:
                    arrival[bit] = begin + adding.adder_depth
                adders[adding] += 1
                continue
            for adder in element.positions:
                begin = start(adder.operands, self.levels[adder.total])
                arrival[adder.total] = begin + adder.inventory.adder_depth
                if adder.carry is not None:
                    arrival[adder.carry] = arrival[adder.total]
                adders[adder.inventory] += 1
        for adder_inventory, copies in adders.items():
            parts += copies * adder_inventory
        return replace(parts, adder_depth=max(arrival))

    @property
    def inventory(self) -> Inventory:
        """What it consists of, without registers."""
        return self.pipelined(0)
