"""A column of an all-digital array: two banks of weights, a cell a bit, and the tree."""

from typing import Any

from amaranth.hdl import Cat, Module, Shape, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from neuroloom.golden.arith.adder_networks import AdderNetwork
from neuroloom.golden.cim.digital_cim import Cell, DigitalCimSpec
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
        super().__init__({
            "word": In(spec.weight_bits), "lines": In(spec.rows), "swap": In(1),
            "plane": In(spec.rows), "enable": In(1), "total": Out(total),
        })  # fmt: skip

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec = self.spec
        cells = []
        for row in range(spec.rows):
            loaded = Signal(spec.weight_bits, name=f"loaded{row}", reset_less=True)
            weight = Signal(spec.weight_bits, name=f"weight{row}", reset_less=True)
            with m.If(self.lines[row]):
                m.d.sync += loaded.eq(self.word)
            with m.If(self.swap):
                m.d.sync += weight.eq(loaded)
            bit = self.plane[row].replicate(spec.weight_bits)
            cells.append(~(weight ^ bit) if spec.cell is Cell.XNOR else weight & bit)
        products = Signal(spec.rows * spec.weight_bits)
        m.d.comb += products.eq(Cat(cells))
        tree = PipelinedNetwork(m, self.network, products, spec.pipeline, self.enable)
        m.d.comb += self.total.eq(tree.total)
        return m
