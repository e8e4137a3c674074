"""Integrate-and-fire neuron without leak."""

from typing import Any

from amaranth.hdl import Module

from neuroloom.golden.neurons.integrate_and_fire import IntegrateAndFireSpec
from neuroloom.hdl.component import Component
from neuroloom.hdl.neurons.lif import connect


class IntegrateAndFire(Component[IntegrateAndFireSpec]):
    """The unit of ``lif`` without leak; without registers the streams are tied together."""

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        connect(m, self.spec.options, self.spec.pipeline, self.update, self.updated, {})
        return m
