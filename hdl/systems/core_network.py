"""Cores, their crossbars and pools, linked by streams."""

from typing import Any

from amaranth.hdl import C, Cat, Module, Signal, Value

from neuroloom.golden.ports import Field
from neuroloom.golden.systems.core_network import CoreNetworkSpec
from neuroloom.golden.systems.digest import BITS, factors
from neuroloom.hdl.composition import Composed


class CoreNetwork(Composed[CoreNetworkSpec]):
    """Every output goes to each of its takers; a taker waits until it is offered all of its
    channels. Residual pixels wait in a queue. Weights and coefficients come from memories that are
    read once after reset.
    """

    def elaborate(self, platform: Any) -> Module:
        m = super().elaborate(platform)
        if self.spec.observed:
            ends = [self.at(end) for end in self.spec.delivering]
            delivers = Cat(end.valid & end.ready for end in ends)
            results = [node.result for node in self.spec.nodes]
            digests = [self._digest(m, *each) for each in zip(ends, results, strict=True)]
            m.d.comb += [
                Value.cast(self.activity.payload.nodes).eq(delivers),
                Value.cast(self.activity.payload.digests).eq(Cat(digests)),
                self.activity.valid.eq(delivers.any()),
            ]
        return m

    @staticmethod
    def _digest(m: Module, end: Any, field: Field) -> Value:
        """Digest of the token that an end holds."""
        lanes = field.lanes or 1
        values = Value.cast(end.payload.values)
        digest = Signal(BITS)
        total: Value = C(0)
        for lane, factor in enumerate(factors(lanes)):
            value: Value = values.word_select(lane, field.bits)
            total = total + (value.as_signed() if field.signed else value) * factor
        m.d.comb += digest.eq(total)
        return digest
