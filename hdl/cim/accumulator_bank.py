"""Bank of accumulators: one adder a unit, one storage for all precisions."""

from functools import reduce
from itertools import pairwise
from operator import or_
from typing import Any

from amaranth.hdl import C, Cat, Module, Mux, Signal, Value, signed, unsigned

from neuroloom.golden.cim.accumulator_bank import AccumulatorBankSpec, Command
from neuroloom.golden.formats import Overflow
from neuroloom.hdl import formats
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
        spec = self.spec
        m.d.comb += self.words.valid.eq(self.commands.valid)
        m.d.comb += self.commands.ready.eq(self.words.ready)
        accept = self.commands.valid & self.words.ready
        command = self.commands.payload.command

        write, clear_all = Signal(), Signal()
        m.d.comb += write.eq(accept & ((command == Command.ADD) | (command == Command.CLEAR)))
        m.d.comb += clear_all.eq(accept & (command == Command.CLEAR_ALL))
        runs = self._addressed(m)
        values = Value.cast(self.commands.payload.values)
        answers = []
        for unit in range(spec.units):
            value = self._number(values.word_select(unit, spec.value_bits))
            answers.append(self._unit(m, value, runs, write, clear_all))
        m.d.comb += Value.cast(self.words.payload.words).eq(Cat(answers))
        return m

    def _addressed(self, m: Module) -> list[Run]:
        """The parts of words, those at the same place at every precision once."""
        spec = self.spec
        narrow = spec.widths[0]
        runs = []
        for word in range(spec.words[0]):
            here = Signal(name=f"word_{word}")
            m.d.comb += here.eq(self.commands.payload.index == word)
            runs.append((word * narrow, (word + 1) * narrow, 0, here))
        for precision in range(1, len(spec.words)):
            for word in range(spec.words[precision]):
                places = spec.places(precision, word)[narrow:]
                here = Signal(name=f"beyond_{precision}_{word}")
                at = self.commands.payload.precision == precision
                m.d.comb += here.eq(at & runs[word][3])
                runs.append((places[0], places[-1] + 1, narrow, here))
        return runs

    def _unit(
        self, m: Module, value: Value, runs: list[Run], write: Value, clear_all: Value
    ) -> Signal:
        """The addressed word of a unit, extended to the widest."""
        spec = self.spec
        total = Signal(spec.widths[-1])
        storage = self._stored(m, total, runs, write, clear_all)
        low = Signal(spec.widths[0])
        beyond = Signal(spec.widths[-1] - spec.widths[0])
        extension = low[-1] if spec.signed else C(0)
        word = Signal(signed(len(total)) if spec.signed else unsigned(len(total)))
        index = self.commands.payload.index
        narrow = spec.widths[0]
        m.d.comb += low.eq(_chosen([storage.word_select(word, narrow)
                                    for word in range(spec.words[0])], index))  # fmt: skip
        m.d.comb += word.eq(Cat(low, beyond))
        exact = Signal((word + value).shape())
        m.d.comb += exact.eq(word + value)
        fitted = Signal(len(total))
        m.d.comb += fitted.eq(exact)
        with m.If(self.commands.payload.command == Command.ADD):
            m.d.comb += total.eq(fitted)
        with m.Switch(self.commands.payload.precision if len(spec.words) > 1 else C(0)):
            for precision, width in enumerate(spec.widths):
                with m.Case(precision):
                    part = Signal(width - narrow, name=f"beyond_{precision}")
                    parts = [
                        Cat(storage[bit] for bit in spec.places(precision, word)[narrow:])
                        for word in range(spec.words[precision])
                    ]
                    m.d.comb += part.eq(_chosen(parts, index))
                    sign = part[-1] if precision and spec.signed else extension
                    m.d.comb += beyond.eq(Cat(part, sign.replicate(len(beyond) - len(part))))
                    if spec.overflow is Overflow.SATURATE:
                        m.d.comb += fitted.eq(formats.fit(m, exact, spec.word_format(precision)))
        return word

    def _stored(
        self, m: Module, total: Signal, runs: list[Run], write: Value, clear_all: Value
    ) -> Value:
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
            with m.If(write & reduce(or_, selects.values())):
                m.d.sync += part.eq(data)
            with m.If(clear_all):
                m.d.sync += part.eq(0)
            parts.append(part)
        return Cat(parts)

    def _number(self, bits: Value) -> Value:
        return bits.as_signed() if self.spec.signed else bits


def _chosen(items: list[Value], index: Value) -> Value:
    """``items[index]``, a tree of multiplexers."""
    if len(items) == 1:
        return items[0]
    pairs: list[Value] = [
        Mux(index[0], odd, even) for even, odd in zip(items[::2], items[1::2], strict=False)
    ]
    return _chosen(pairs + items[len(pairs) * 2 :], index[1:])
