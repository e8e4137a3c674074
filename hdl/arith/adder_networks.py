"""Networks of adders in hardware, with registers on every path where wanted.

Why the structures survive synthesis: yosys merges ``+`` operators whose whole results feed each
other into one carry-save tree of its own, two LUTs a full adder. The full adder here is written
with XOR and multiplexer, so that it is never taken for an adder. A word adder with a carry-in gets
it from a dummy position below bit 0 that is cut off its sum; one without repeats a bit above both
operands, so that its result seems to overflow. Neither is merged with another.
"""

from collections.abc import Sequence

from amaranth.hdl import C, Cat, Module, Mux, Signal, Value

from neuroloom.golden.arith.adder_networks import Adder, AdderNetwork, WordAdder, WordSum
from neuroloom.golden.arith.adders import Word
from neuroloom.hdl.arith.adders import add_words, topped
from neuroloom.hdl.parts import register


class PipelinedNetwork:
    """An adder network with ``stages`` registers on every path, spread evenly over its levels.

    ``inputs`` are the bits of the network. ``total`` is its result, ``stages`` cycles with
    ``enable`` after them.
    """

    def __init__(
        self,
        m: Module,
        network: AdderNetwork,
        inputs: Value,
        stages: int = 0,
        enable: Value | int = 1,
    ) -> None:
        self._m = m
        self._inputs = inputs
        self._levels = network.levels
        self._outputs = network.outputs
        self._enable = enable
        self._cuts = network.cuts(stages)
        self._word_of: dict[int, tuple[int, ...]] = {}
        self._made: dict[Word, int] = {}
        self._built: dict[tuple[Word, int], Value] = {}
        for element in network.elements:
            self._build(element)
        self.total = self._at(tuple(network.outputs), network.depth + 1)

    def _build(self, element: Adder | WordAdder | WordSum) -> None:
        match element:
            case Adder():
                self._build_adder(element)
            case WordAdder(total=total, level=level):
                self._define("total", total, level, self._word_sum(element))
            case WordSum(total=total, level=level, words=words, signed=signed):
                values = [self._at(word, level) for word in words]
                self._define("total", total, level, _expression(values, signed, len(total)))

    def _build_adder(self, adder: Adder) -> None:
        level = self._levels[adder.total]
        operands = [self._at((bit,), level) for bit in adder.operands]
        match operands:
            case [a]:
                odd, carry = ~a, a
            case [a, b] if adder.one:
                odd, carry = ~(a ^ b), a | b
            case [a, b]:
                odd, carry = a ^ b, a & b
            case [a, b, c]:
                # the latest bit waits least when it enters last
                differ = self._signal("differ", a ^ b)
                odd, carry = differ ^ c, Mux(differ, c, a)
        self._define("odd", (adder.total,), level, odd)
        if adder.carry is not None:
            self._define("carry", (adder.carry,), level, carry)

    def _word_sum(self, adder: WordAdder) -> Value:
        width = len(adder.total)
        left, right = self._at(adder.left, adder.level), self._at(adder.right, adder.level)
        if adder.signed:
            left, right = _extended(left, right, width)
        if adder.carry is None:
            return add_words(self._m, left, right, width, adder.style)
        carry = self._at((adder.carry,), adder.level)
        if adder.total == tuple(self._outputs):
            # a bare carry cannot share a logic cell with the register behind it
            left, right = topped(left, right, width)
        return (Cat(C(1, 1), left) + Cat(carry, right))[1 : width + 1]

    def _at(self, bits: Word, level: int) -> Value:
        """The value of ``bits`` where adders of ``level`` take their operands."""
        known = self._built.get((bits, level))
        if known is None:
            known = self._built[bits, level] = self._found(bits, level)
        return known

    def _found(self, bits: Word, level: int) -> Value:
        if bits not in self._made:
            first = bits[0]
            if first is not None and self._are_inputs(bits, first):
                self._made[bits] = 0
                self._built[bits, 0] = self._inputs[first : first + len(bits)]
            elif first is not None and len(bits) == 1:
                word = self._word_of[first]
                return self._at(word, level)[word.index(first)]
            else:
                return Cat(C(0, 1) if bit is None else self._at((bit,), level) for bit in bits)
        if level == self._made[bits]:
            return self._built[bits, level]
        value = self._at(bits, level - 1)
        for _ in range(self._cuts[level - 1]):
            value = self._registered(value)
        return value

    def _are_inputs(self, bits: Word, first: int) -> bool:
        """Whether the bits are inputs side by side."""
        following = first + len(bits)
        return bits == tuple(range(first, following)) and following <= len(self._inputs)

    def _define(self, name: str, word: tuple[int, ...], level: int, value: Value) -> None:
        self._built[word, level] = self._signal(name, value)
        self._made[word] = level
        for bit in word:
            self._word_of.setdefault(bit, word)

    def _signal(self, name: str, value: Value) -> Signal:
        signal = Signal(len(value), name=name)
        self._m.d.comb += signal.eq(value)
        return signal

    def _registered(self, value: Value) -> Value:
        name = value.name.removesuffix("_held") if isinstance(value, Signal) else "input"
        held: Value = register(self._m, value, self._enable, f"{name}_held", len(value))
        return held


def _expression(values: Sequence[Value], signed: bool, width: int) -> Value:
    """The sum as one expression, by pairs: one of thousands of levels cannot be handled."""
    sums = [value.as_signed() if signed else value for value in values]
    while len(sums) > 1:
        pairs = [left + right for left, right in zip(sums[::2], sums[1::2], strict=False)]
        sums = pairs + sums[len(pairs) * 2 :]
    return sums[0][:width]


def _extended(left: Value, right: Value, width: int) -> tuple[Value, Value]:
    """Both operands extended by their signs, which change places in the highest position: the sum
    is the same, and synthesis does not see a signed addition that it could merge.
    """
    signs = left[-1], right[-1]
    left, right = (Cat(each, each[-1].replicate(width - len(each)))[:-1] for each in (left, right))
    return Cat(left, signs[1]), Cat(right, signs[0])
