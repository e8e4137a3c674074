"""Activation by many thresholds: one comparison a stage."""

from typing import Any

from amaranth.hdl import Cat, Module, Mux, Signal, Value

from neuroloom.golden.cim.multi_threshold import MultiThresholdSpec
from neuroloom.hdl.component import Component


class MultiThreshold(Component[MultiThresholdSpec]):
    """Stage after stage finds a bit of the code, the greatest first; one value a cycle.

    All stages wait together while a code is held. Thresholds are shifted in, so that the first of
    a load ends at place 0; a load waits until no value is in progress and goes before the next.
    """

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec = self.spec
        advance = Signal()
        m.d.comb += advance.eq(~self.codes.valid | self.codes.ready)
        filled = Signal(spec.output_bits)
        thresholds, available = self._thresholds(m, filled)
        m.d.comb += self.values.ready.eq(advance & available)
        with m.If(advance):
            m.d.sync += filled.eq(Cat(self.values.valid & available, filled[:-1]))
        m.d.comb += self.codes.valid.eq(filled[-1])

        value: Value = self.values.payload.data
        found: list[Value] = []  # greatest bit first
        for stage in range(spec.output_bits):
            half = 1 << (spec.output_bits - 1 - stage)
            candidates = thresholds[half - 1 :: 2 * half]
            middle = Signal.like(thresholds[0], name=f"middle_{stage}")
            m.d.comb += middle.eq(_chosen(candidates, found[::-1]))
            held_value = Signal.like(value, name=f"value_{stage}")
            code = Signal(stage + 1, name=f"code_{stage}")
            with m.If(advance):
                m.d.sync += held_value.eq(value)
                m.d.sync += code.eq(Cat(value >= middle, found[::-1]))
            value, found = held_value, list(code)[::-1]
        m.d.comb += self.codes.payload.code.eq(code)
        return m

    def _thresholds(self, m: Module, filled: Value) -> tuple[list[Signal], Value]:
        """The thresholds in order, and whether a value may come."""
        spec = self.spec
        stored = [
            Signal.like(self.thresholds.payload.data, name=f"threshold_{place}")
            for place in range(spec.steps)
        ]
        place = Signal(range(spec.steps))
        loaded = Signal()
        idle = ~filled.any()
        m.d.comb += self.thresholds.ready.eq(idle)
        with m.If(self.thresholds.valid & idle):
            following = [*stored[1:], self.thresholds.payload.data]
            m.d.sync += [
                each.eq(later) for each, later in zip(stored, following, strict=True)
            ]  # fmt: skip
            m.d.sync += place.eq(place + 1)
            with m.If(place == spec.steps - 1):
                m.d.sync += [place.eq(0), loaded.eq(1)]
        return stored, loaded & (place == 0) & ~self.thresholds.valid


def _chosen(items: list[Any], index: list[Value]) -> Any:
    """The item at ``index``, whose bits are given least significant first."""
    if len(items) == 1:
        return items[0]
    pairs = [Mux(index[0], odd, even) for even, odd in zip(items[::2], items[1::2], strict=True)]
    return _chosen(pairs, index[1:])
