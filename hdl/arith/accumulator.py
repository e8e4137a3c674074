"""Accumulation of a stream of values."""

from typing import Any

from amaranth.hdl import C, Cat, Module, Signal

from neuroloom.golden.arith.accumulator import AccumulatorSpec, AccumulatorStyle
from neuroloom.hdl.arith.running_sum import RunningSum
from neuroloom.hdl.component import Component
from neuroloom.hdl.parts import counter, handed_over, output_free


class Accumulator(Component[AccumulatorSpec]):
    """Takes one value a cycle; a sum stands in the cycle after its last value, or, carry-save,
    after its resolution. Only a last value waits while the sum before it is not out of the way.
    """

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        last = self._last(m)
        free = Signal()
        accept = Signal()
        m.d.comb += self.values.ready.eq(~last | free)
        m.d.comb += accept.eq(handed_over(self.values))
        if self.spec.style is AccumulatorStyle.BINARY:
            self._binary(m, accept, last, free)
        else:
            self._carry_save(m, accept, last, free)
        return m

    def _last(self, m: Module) -> Signal:
        """Whether the value offered is the last of its sum."""
        last = Signal()
        if self.spec.last_flag:
            m.d.comb += last.eq(self.values.payload.last)
            return last
        position = Signal(range(self.spec.length))
        m.d.comb += last.eq(position == self.spec.length - 1)
        counter(m, position, handed_over(self.values), last)
        return last

    def _binary(self, m: Module, accept: Signal, last: Signal, free: Signal) -> None:
        spec = self.spec
        m.submodules.running_sum = running_sum = RunningSum(spec.input_bits, spec.sum_format)
        m.d.comb += [
            running_sum.addend.eq(self.values.payload.data),
            running_sum.enable.eq(accept),
            running_sum.last.eq(last),
            free.eq(output_free(self.total)),
        ]
        with m.If(self.total.ready):
            m.d.sync += self.total.valid.eq(0)
        with m.If(accept & last):
            m.d.sync += self.total.payload.sum.eq(running_sum.total)
            m.d.sync += self.total.valid.eq(1)

    def _carry_save(self, m: Module, accept: Signal, last: Signal, free: Signal) -> None:
        """Sum and carries are kept apart: no carry travels further than one bit a cycle."""
        bits = self.spec.sum_format.bits
        value, odd, carries = Signal(bits), Signal(bits), Signal(bits)
        next_odd, next_carries = Signal(bits), Signal(bits)
        differ = Signal(bits)
        m.d.comb += [
            value.eq(self.values.payload.data),
            differ.eq(odd ^ carries),
            next_odd.eq(differ ^ value),
            next_carries.eq(Cat(C(0, 1), (differ & value) | (odd & carries))),
        ]
        with m.If(accept):
            m.d.sync += [odd.eq(next_odd), carries.eq(next_carries)]
            with m.If(last):
                m.d.sync += [odd.eq(0), carries.eq(0)]
        self._resolve(m, accept & last, next_odd, next_carries, free)

    def _resolve(self, m: Module, start: Any, odd: Signal, carries: Signal, free: Signal) -> None:
        """Adds the two words, a segment a cycle from the lowest; sums shift in behind ``odd``."""
        cycles, segment = self.spec.resolution, self.spec.segment_bits
        left, right = Signal(cycles * segment), Signal(len(odd))
        carry, busy = Signal(), Signal()
        step = Signal(range(cycles))
        part = Signal(segment + 1)
        done = step == cycles - 1
        m.d.comb += [
            part.eq(left[:segment] + right[:segment] + carry),
            free.eq(~busy & output_free(self.total)),
            self.total.payload.sum.eq(left),
        ]
        with m.If(self.total.ready):
            m.d.sync += self.total.valid.eq(0)
        with m.If(busy):
            m.d.sync += [
                left.eq(Cat(left[segment:], part[:segment])),
                right.eq(right >> segment),
                carry.eq(part[segment]),
                step.eq(step + 1),
            ]
            with m.If(done):
                m.d.sync += [step.eq(0), carry.eq(0), busy.eq(0), self.total.valid.eq(1)]
        with m.If(start):
            m.d.sync += [left.eq(odd), right.eq(carries), busy.eq(1)]
