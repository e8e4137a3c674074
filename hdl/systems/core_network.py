"""Cores, their crossbars and pools, linked by streams."""

from typing import Any

from amaranth.hdl import Cat, Module

from neuroloom.golden.systems.core_network import CoreNetworkSpec
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
            m.d.comb += [
                self.activity.payload.nodes.eq(delivers),
                self.activity.valid.eq(delivers.any()),
            ]
        return m
