"""Population count: the tree of each style, and the macro around it."""

from typing import Any

from amaranth.hdl import Module, Value

from neuroloom.golden.arith.popcount import PopcountSpec, PopcountStyle, counting_tree
from neuroloom.hdl.arith.adder_networks import PipelinedNetwork
from neuroloom.hdl.arith.pipeline import lockstep
from neuroloom.hdl.component import Component


def count_ones(m: Module, bits: Value, style: PopcountStyle) -> Value:
    """How many of ``bits`` are one; combinational, ``len(bits).bit_length()`` bits wide."""
    return PipelinedNetwork(m, counting_tree(len(bits), style), bits).total


class Popcount(Component[PopcountSpec]):
    """``count.ones`` is the number of ones in ``word.bits``, ``pipeline`` cycles later.

    Without registers the macro is combinational, its streams tied together. With them one word
    enters every cycle, and all stages wait together while the oldest count is held.
    """

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec = self.spec
        advance = lockstep(m, self.word, self.count, spec.pipeline)
        network = counting_tree(spec.width, spec.style)
        tree = PipelinedNetwork(m, network, self.word.payload.bits, spec.pipeline, advance)
        m.d.comb += self.count.payload.ones.eq(tree.total)
        return m
