"""Numbers as stochastic bit streams."""

from typing import Any

from amaranth.hdl import Module, Signal

from neuroloom.golden.bnn.stochastic_encoder import DEGREE, StochasticEncoderSpec
from neuroloom.hdl.arith.lfsr import Lfsr
from neuroloom.hdl.component import Component
from neuroloom.hdl.parts import counter, output_free


class StochasticEncoder(Component[StochasticEncoderSpec]):
    """Compares the number offered with a random one a lane in every cycle that makes a token.

    The number is taken with the last token of its stream.
    """

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec = self.spec
        values, encoded = self.values, self.encoded
        fold = Signal(range(spec.folds))
        free = Signal()
        step = Signal()
        last = fold == spec.folds - 1
        m.d.comb += [
            free.eq(output_free(encoded)),
            step.eq(free & values.valid),
            values.ready.eq(free & last),
        ]

        with m.If(free):
            m.d.sync += encoded.valid.eq(values.valid)
        counter(m, fold, step, last)
        for lane, seed in enumerate(spec.lane_seeds):
            m.submodules[f"random{lane}"] = random = Lfsr(DEGREE, seed, spec.value_bits)
            m.d.comb += random.take.eq(step)
            with m.If(step):
                m.d.sync += encoded.payload.bits[lane].eq(random.word < values.payload.value)
        return m
