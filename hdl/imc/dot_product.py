"""Sum of products of a patch and a column of a crossbar."""

from typing import Any

from amaranth.hdl import ClockSignal, Instance, Module, Shape, Value, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from neuroloom.golden.cim.activation_functions import bits_for
from neuroloom.golden.imc.crossbar import CrossbarSpec
from neuroloom.hdl.parts import register

BEHAVIOUR = "neuroloom_dot_product"
"""Name of the Verilog module that stands for all dot products on a behavioural platform."""


class DotProduct(wiring.Component):
    """``total`` is the sum of the products of ``line`` and ``weights`` of the last cycle in which
    ``moves`` was high. Parts of it, of some products each, are registers.

    Products are added with their signs inverted, as numbers from 0 on: none is extended by its
    sign.
    """

    def __init__(self, spec: CrossbarSpec) -> None:
        self.spec = spec
        total = bits_for(*spec.range_of(spec.rows))
        super().__init__(
            {
                "moves": In(1),
                "line": In(spec.rows * spec.input_bits),
                "weights": In(spec.rows * spec.weight_bits),
                "total": Out(signed(total)),
            }
        )

    @property
    def key(self) -> tuple[Any, ...]:
        """Equal for equal hardware."""
        spec = self.spec
        return spec.rows, spec.input_bits, spec.input_signed, spec.weight_bits

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        if platform is not None and platform.behavioural:
            self._instance(m)
            return m
        spec = self.spec
        nothing = 1 << (spec.input_bits + spec.weight_bits - 1)
        products: list[Value] = []
        for number in range(spec.rows):
            value: Value = self.line.word_select(number, spec.input_bits)
            if spec.input_signed:
                value = value.as_signed()
            weight = self.weights.word_select(number, spec.weight_bits).as_signed()
            products.append((value * weight).as_unsigned() ^ nothing)
        parts: list[Value] = []
        for terms in spec.parts:
            first, products = products[:terms], products[terms:]
            shape = Shape(bits_for(*spec.range_of(terms)), signed=True)
            exact = _added(first) - terms * nothing
            parts.append(register(m, exact, self.moves, f"part_{len(parts)}", shape))
        m.d.comb += self.total.eq(_added(parts))
        return m

    def _instance(self, m: Module) -> None:
        spec = self.spec
        m.submodules.sum = Instance(
            BEHAVIOUR,
            p_ROWS=spec.rows,
            p_INPUT_BITS=spec.input_bits,
            p_INPUT_SIGNED=int(spec.input_signed),
            p_WEIGHT_BITS=spec.weight_bits,
            p_TOTAL_BITS=len(self.total),
            i_clk=ClockSignal(),
            i_moves=self.moves,
            i_line=self.line,
            i_weights=self.weights,
            o_total=self.total,
        )


def _added(terms: list[Value]) -> Value:
    """Sum of the terms, by pairs."""
    while len(terms) > 1:
        pairs = [left + right for left, right in zip(terms[::2], terms[1::2], strict=False)]
        terms = pairs + terms[2 * len(pairs) :]
    return terms[0]
