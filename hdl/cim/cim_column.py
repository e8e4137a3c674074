"""A column of an all-digital array: two banks of weights, a cell a bit, and the tree."""

from typing import Any

from amaranth.hdl import Cat, Module, Shape, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from neuroloom.golden.arith.adder_networks import AdderNetwork
from neuroloom.golden.cim.digital_cim import BitCell, DigitalCimSpec
from neuroloom.hdl.arith.adder_networks import PipelinedNetwork


class CimColumn(wiring.Component):
    """``total = sum over rows of cell(weight, plane)``, ``pipeline`` cycles with ``enable`` later.

    Loads are written to one bank; ``swap`` copies it to the other, which the cells compute with.
    A copy costs a wire a bit, where two banks in turn would cost a multiplexer in front of every
    cell. What the banks hold after reset is open.

    Interface: ``word`` is written to the rows whose ``lines`` are high.
    """

    def __init__(self, spec: DigitalCimSpec, network: AdderNetwork) -> None:
        self.spec = spec
        self.network = network
        total = Shape(len(network.outputs), spec.weight_signed)
        super().__init__(
            {
                "word": In(spec.weight_bits),
                "lines": In(spec.rows),
                "swap": In(1),
                "plane": In(spec.rows),
                "enable": In(1),
                "total": Out(total),
            }
        )

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec = self.spec
        loaded = Signal(spec.rows * spec.weight_bits, reset_less=True)
        weights = Signal.like(loaded)
        for row in range(spec.rows):
            with m.If(self.lines[row]):
                m.d.sync += loaded.word_select(row, spec.weight_bits).eq(self.word)
        with m.If(self.swap):
            m.d.sync += weights.eq(loaded)

        bits = Cat(bit.replicate(spec.weight_bits) for bit in self.plane)
        products = Signal.like(weights)
        m.d.comb += products.eq(~(weights ^ bits) if spec.cell is BitCell.XNOR else weights & bits)
        tree = PipelinedNetwork(m, self.network, products, spec.pipeline, self.enable)
        m.d.comb += self.total.eq(tree.total)
        return m
