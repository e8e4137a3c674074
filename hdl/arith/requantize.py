"""Requantisation: shift, round, fit."""

from typing import Any

from amaranth.hdl import C, Module

from neuroloom.golden.arith.requantize import LFSR_DEGREE, RequantizeSpec
from neuroloom.golden.formats import Rounding
from neuroloom.hdl import formats
from neuroloom.hdl.arith.lfsr import Lfsr
from neuroloom.hdl.component import Component
from neuroloom.hdl.parts import handed_over, output_free


class Requantize(Component[RequantizeSpec]):
    """``result = fit(round(value / 2**shift))``, one value a cycle, one cycle later.

    A rounding adder and a clamp in front of one output register. Under stochastic rounding an
    LFSR of degree 32 gives ``shift`` fresh bits for each value.
    """

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec = self.spec
        accept = handed_over(self.value)

        entropy: Any = C(0)
        if spec.rounding is Rounding.STOCHASTIC and spec.shift:
            m.submodules.lfsr = lfsr = Lfsr(LFSR_DEGREE, spec.seed, spec.shift)
            m.d.comb += lfsr.take.eq(accept)
            entropy = lfsr.word
        rounded = formats.shift_right(
            m, self.value.payload.data, spec.shift, spec.rounding, entropy
        )
        fitted = formats.fit(m, rounded, spec.output_format)

        m.d.comb += self.value.ready.eq(output_free(self.result))
        with m.If(self.value.ready):
            m.d.sync += self.result.valid.eq(self.value.valid)
            m.d.sync += self.result.payload.data.eq(fitted)
        return m
