"""Mesh of routers: columns × rows, a local port at each, edges closed or open."""

from typing import Any

from amaranth.hdl import Module, Signal

from neuroloom.golden.events.mesh import MeshSpec
from neuroloom.golden.events.mesh_turns import Place
from neuroloom.golden.events.router import DROP_BITS
from neuroloom.hdl.composition import Composed
from neuroloom.hdl.events.drop_counter import DropCounter
from neuroloom.hdl.events.router_node import RouterNode


class Mesh(Composed[MeshSpec]):
    """A router at every place; those with the same neighbours share one module.

    Copies that are dropped anywhere are counted in one place.
    """

    @property
    def routers(self) -> dict[Place, RouterNode]:
        """The routers by their places."""
        return {place: self.parts[self.spec.named(place)] for place in self.spec.places}

    def elaborate(self, platform: Any) -> Module:
        m = super().elaborate(platform)
        spec = self.spec
        if spec.count_drops:
            counted = [each.lost for each in self.routers.values() if each.spec.count_drops]
            lost = Signal(spec.drops_a_cycle)
            m.d.comb += lost.eq(sum(counted))
            m.submodules.drops = drops = DropCounter(len(lost), DROP_BITS)
            m.d.comb += [
                drops.lost.eq(lost),
                drops.take.eq(self.dropped.ready),
                self.dropped.valid.eq(drops.waiting),
                self.dropped.payload.lost.eq(1),
            ]
        return m
