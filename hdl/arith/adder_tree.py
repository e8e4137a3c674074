"""Sum of many operands in one word."""

from typing import Any

from amaranth.hdl import Module, Value

from neuroloom.golden.arith.adder_tree import AdderTreeSpec
from neuroloom.hdl.arith.adder_networks import PipelinedNetwork
from neuroloom.hdl.arith.pipeline import lockstep
from neuroloom.hdl.component import Component


class AdderTree(Component[AdderTreeSpec]):
    """``total.sum`` is the sum of ``operands.data``, ``stages`` cycles later.

    Without registers the macro is combinational, its streams tied together. With them one row
    enters every cycle, and all stages wait together while the oldest sum is held.
    """

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec = self.spec
        advance = lockstep(m, self.operands, self.total, spec.stages)
        data = Value.cast(self.operands.payload.data)
        tree = PipelinedNetwork(m, spec.network, data, spec.stages, advance)
        m.d.comb += self.total.payload.sum.eq(tree.total)
        return m
