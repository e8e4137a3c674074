"""Maximum or average of whole pixels."""

from typing import Any

from amaranth.hdl import Cat, Module, Mux, Shape, Signal, Value

from neuroloom.golden.arith.adder_trees import ripple_tree
from neuroloom.golden.cim.activation_functions import bits_for
from neuroloom.golden.imc.pixel_pool import Operation, PixelPoolSpec
from neuroloom.hdl import formats
from neuroloom.hdl.arith.adder_networks import PipelinedNetwork
from neuroloom.hdl.component import Component
from neuroloom.hdl.parts import counter, output_free
from neuroloom.hdl.slices import unsliced


class PixelPool(Component[PixelPoolSpec]):
    """``units`` channels of all pixels of a token a cycle, each joined by what the tokens before
    gave, which leaves a register at one end as the new value enters at the other. Maxima stay
    there until they are taken; sums become averages on their way to a second register. All waits
    while a result is held.
    """

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec = self.spec
        fold, token = Signal(range(spec.folds)), Signal(range(spec.tokens))
        advance, enter, ends, last = Signal(), Signal(), Signal(), Signal()
        m.d.comb += [
            advance.eq(output_free(self.pooled)),
            enter.eq(advance & self.pixels.valid),
            ends.eq(enter & (fold == spec.folds - 1)),
            last.eq(token == spec.tokens - 1),
            self.pixels.ready.eq(ends),
        ]
        counter(m, fold, enter, ends)
        counter(m, token, ends, last)
        ended = Signal(spec.stages)
        m.d.comb += self.pooled.valid.eq(ended[-1])
        with m.If(advance):
            m.d.sync += ended.eq(Cat(ends & last, ended))

        width = bits_for(*spec.kept_range)
        several = spec.tokens > 1 or spec.operation is Operation.MAX
        kept = Signal(width * (spec.channels if several else spec.units))
        first = Signal()
        m.d.comb += first.eq(token == 0)
        entering = []
        for unit in range(spec.units):
            oldest = kept.word_select(unit, width)
            entering.append(self._pooled(m, fold, unit, first, self._typed(oldest)))
        with m.If(enter):
            m.d.sync += kept.eq(Cat(kept, *entering)[spec.units * width :])
        found: Value = kept
        if spec.operation is Operation.AVERAGE:
            newest = kept[len(kept) - spec.units * width :]
            found = self._averages(m, advance, newest)
        part = len(found) // spec.channels
        for channel, lane in enumerate(self.pooled.payload.values):
            m.d.comb += lane.eq(self._typed(found.word_select(channel, part)))
        return m

    def _typed(self, value: Value) -> Value:
        return value.as_signed() if self.spec.signed else value

    def _pooled(self, m: Module, fold: Value, unit: int, first: Value, before: Value) -> Value:
        """Channel of a unit: the pixels of a token pooled with what there was before it."""
        spec = self.spec
        averages = spec.operation is Operation.AVERAGE
        pixels = [self._picked(m, fold, unit, pixel) for pixel in range(spec.pixels)]
        found = self._sum(m, pixels) if averages else self._greatest(m, pixels)
        total = Signal(Shape(bits_for(*spec.kept_range), spec.signed), name=f"total_{unit}")
        if spec.tokens == 1:
            m.d.comb += total.eq(found)
        elif averages:
            m.d.comb += total.eq(found + Mux(first, 0, before))
        else:
            m.d.comb += total.eq(Mux(first | (found > before), found, before))
        return total

    def _sum(self, m: Module, pixels: list[Value]) -> Value:
        network = ripple_tree(len(pixels), self.spec.bits, self.spec.signed)
        return self._typed(PipelinedNetwork(m, network, Cat(pixels)).total)

    def _greatest(self, m: Module, pixels: list[Value]) -> Value:
        while len(pixels) > 1:
            pairs = []
            for left, right in zip(pixels[::2], pixels[1::2], strict=False):
                winner = Signal.like(left, name="winner")
                m.d.comb += winner.eq(Mux(left > right, left, right))
                pairs.append(winner)
            pixels = pairs + pixels[len(pairs) * 2 :]
        return pixels[0]

    def _picked(self, m: Module, fold: Value, unit: int, pixel: int) -> Value:
        """The channel of a pixel whose turn it is."""
        spec = self.spec
        picked = Signal(Shape(spec.bits, spec.signed), name=f"picked_{unit}_{pixel}")
        first = pixel * spec.channels
        turns = range(first + unit, first + spec.channels, spec.units)
        below, low = unsliced(Value.cast(self.pixels.payload.values))
        # a tree of multiplexers a bit; of a switch synthesis makes half as many gates again
        for bit in range(spec.bits):
            column = Cat(below[low + lane * spec.bits + bit] for lane in turns)
            m.d.comb += picked[bit].eq(column.bit_select(fold, 1))
        return picked

    def _averages(self, m: Module, advance: Value, sums: Value) -> Value:
        """A register of averages; the units' sums join it a cycle after they are complete."""
        spec = self.spec
        multiplier, shift = spec.reciprocal
        width = len(sums) // spec.units
        entering = []
        for unit in range(spec.units):
            total = self._typed(sums.word_select(unit, width))
            scaled = Signal(Shape(bits_for(*spec.scaled_range), spec.signed), name=f"scaled_{unit}")
            m.d.comb += scaled.eq(total * multiplier)
            rounded = formats.shift_right(m, scaled, shift, spec.rounding)
            fitted = formats.fit(m, rounded, spec.pixel_format)
            entering.append(fitted[: bits_for(*spec.pooled_range)])
        found = Signal(spec.channels * len(entering[0]))
        with m.If(advance):
            m.d.sync += found.eq(Cat(found, *entering)[len(Cat(*entering)) :])
        return found
