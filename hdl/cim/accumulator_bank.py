"""Bank of accumulators: one adder a unit, one storage for all precisions."""

from functools import reduce
from itertools import pairwise
from operator import or_
from typing import Any

from amaranth.hdl import C, Cat, Module, Mux, Signal, Value, signed, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from neuroloom.golden.cim.accumulator_bank import AccumulatorBankSpec, Command
from neuroloom.golden.formats import Overflow
from neuroloom.golden.inventory import index_bits
from neuroloom.hdl import formats
from neuroloom.hdl.arith.selection import chosen
from neuroloom.hdl.component import Component

Run = tuple[int, int, int, Signal]
"""Stored bits from, to; the bit of a word that comes first; whether the word is addressed."""


class AccumulatorBank(Component[AccumulatorBankSpec]):
    """A command reads a word of every unit, and the same cycle's end writes it back.

    The streams are tied together: a command is taken when its answer is. There is no flip-flop
    besides the words.
    """

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec, payload = self.spec, self.commands.payload
        m.d.comb += self.words.valid.eq(self.commands.valid)
        m.d.comb += self.commands.ready.eq(self.words.ready)
        accept = self.commands.valid & self.words.ready
        command = payload.command

        m.submodules.storage = storage = WordStorage(spec)
        m.d.comb += storage.index.eq(payload.index)
        if len(spec.words) > 1:
            m.d.comb += storage.precision.eq(payload.precision)
        m.d.comb += storage.write.eq(
            accept & ((command == Command.ADD) | (command == Command.CLEAR))
        )
        m.d.comb += storage.clear_all.eq(accept & (command == Command.CLEAR_ALL))
        values = Value.cast(payload["values"])
        for unit, (word, total) in enumerate(zip(storage.words, storage.totals, strict=True)):
            value = self._number(values.word_select(unit, spec.value_bits))
            exact = Signal((word + value).shape())
            m.d.comb += exact.eq(word + value)
            clip = spec.overflow is Overflow.SATURATE
            with m.If(command == Command.ADD):
                m.d.comb += total.eq(fitted(m, exact, storage.precision, spec) if clip else exact)
        m.d.comb += Value.cast(self.words.payload.words).eq(Cat(storage.words))
        return m

    def _number(self, bits: Value) -> Value:
        return bits.as_signed() if self.spec.signed else bits


class WordStorage(wiring.Component):
    """The words of all units, one of each addressed at a time.

    Interface: ``words`` shows the word ``index`` at ``precision`` of every unit, extended to the
    widest. In a cycle with ``write`` it takes the low bits of ``totals``; with ``clear_all`` all
    words become zero.
    """

    def __init__(self, spec: AccumulatorBankSpec) -> None:
        self.spec = spec
        widest = spec.widths[-1]
        word = signed(widest) if spec.signed else unsigned(widest)
        super().__init__(
            {
                "index": In(max(1, index_bits(spec.words[0]))),
                "precision": In(max(1, index_bits(len(spec.words)))),
                "write": In(1),
                "clear_all": In(1),
                "words": Out(word).array(spec.units),
                "totals": In(widest).array(spec.units),
            }
        )

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        runs = self._addressed(m)
        for word, total in zip(self.words, self.totals, strict=True):
            m.d.comb += word.eq(self._read(m, self._stored(m, total, runs)))
        return m

    def _addressed(self, m: Module) -> list[Run]:
        """The parts of words, those at the same place at every precision once."""
        spec = self.spec
        narrow = spec.widths[0]
        runs = []
        for word in range(spec.words[0]):
            here = Signal(name=f"word_{word}")
            m.d.comb += here.eq(self.index == word)
            runs.append((word * narrow, (word + 1) * narrow, 0, here))
        for precision in range(1, len(spec.words)):
            for word in range(spec.words[precision]):
                places = spec.places(precision, word)[narrow:]
                here = Signal(name=f"beyond_{precision}_{word}")
                at = self.precision == precision
                m.d.comb += here.eq(at & runs[word][3])
                runs.append((places[0], places[-1] + 1, narrow, here))
        return runs

    def _read(self, m: Module, storage: Value) -> Value:
        """The addressed word of a unit, extended to the widest."""
        spec = self.spec
        narrow = spec.widths[0]
        low = Signal(narrow)
        beyond = Signal(spec.widths[-1] - spec.widths[0])
        extension = low[-1] if spec.signed else C(0)
        m.d.comb += low.eq(
            chosen([storage.word_select(word, narrow) for word in range(spec.words[0])], self.index)
        )
        with m.Switch(self.precision):
            for precision, width in enumerate(spec.widths):
                with m.Case(precision):
                    part = Signal(width - narrow, name=f"beyond_{precision}")
                    parts = [
                        Cat(storage[bit] for bit in spec.places(precision, word)[narrow:])
                        for word in range(spec.words[precision])
                    ]
                    m.d.comb += part.eq(chosen(parts, self.index))
                    sign = part[-1] if precision and spec.signed else extension
                    m.d.comb += beyond.eq(Cat(part, sign.replicate(len(beyond) - len(part))))
        word = Cat(low, beyond)
        return word.as_signed() if spec.signed else word

    def _stored(self, m: Module, total: Signal, runs: list[Run]) -> Value:
        """The words of a unit, in parts that are always written together."""
        ends = sorted({end for run in runs for end in run[:2]})
        parts = []
        for begin, end in pairwise(ends):
            part = Signal(end - begin, name=f"stored_{begin}")
            sources: dict[int, list[Signal]] = {}
            for first, last, bit, here in runs:
                if first <= begin < last:
                    sources.setdefault(bit + begin - first, []).append(here)
            selects = {bit: reduce(or_, group) for bit, group in sources.items()}
            data: Value | None = None
            for bit, select in selects.items():
                new = total[bit : bit + len(part)]
                data = new if data is None else Mux(select, new, data)
            with m.If(self.write & reduce(or_, selects.values())):
                m.d.sync += part.eq(data)
            with m.If(self.clear_all):
                m.d.sync += part.eq(0)
            parts.append(part)
        return Cat(parts)


def fitted(m: Module, exact: Value, precision: Value, spec: AccumulatorBankSpec) -> Signal:
    """``exact`` in the format of a word at ``precision``, extended to the widest; combinational."""
    widest = spec.widths[-1]
    result = Signal(signed(widest) if spec.signed else unsigned(widest))
    with m.Switch(precision):
        for index in range(len(spec.widths)):
            with m.Case(index):
                m.d.comb += result.eq(formats.fit(m, exact, spec.word_format(index)))
    return result
