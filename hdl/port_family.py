"""What every family of ports is: a component with ports in place of its stream interfaces."""

from abc import abstractmethod
from typing import Any

from amaranth.hdl import ClockDomain, Module, Signal
from amaranth.lib import wiring

from neuroloom.golden.ports import Stream
from neuroloom.hdl.component import Component


class Ports(wiring.Elaboratable):
    """A component with ports of a family instead of stream interfaces; no level of hierarchy more.

    ``ports`` maps Verilog names to signals, in the order in which the module lists them; clock and
    reset come first, whether the component needs them or not.
    """

    def __init__(self, component: Component[Any]) -> None:
        self.component = component
        self._MustUse__used = True  # looking at the ports is a use
        component._MustUse__used = True  # elaborated below in place, not as a submodule
        self.domain = ClockDomain("sync")
        self.ports: dict[str, Signal] = {}
        self._inputs: set[str] = set()
        self.add("clk", self.domain.clk, is_input=True)
        self.add("rst", self.domain.rst, is_input=True)
        for stream in component.spec.streams:
            self.expose(stream, getattr(component, stream.name))

    def add(self, name: str, signal: Signal, is_input: bool) -> None:
        """One more port, behind those that there are."""
        self.ports[name] = signal
        if is_input:
            self._inputs.add(name)

    def is_input(self, name: str) -> bool:
        """Whether the port is driven from outside. KeyError when there is no such port."""
        self.ports[name]
        return name in self._inputs

    def elaborate(self, platform: Any) -> Module:
        m = self.component.elaborate(platform)
        m.domains.sync = self.domain
        for stream in self.component.spec.streams:
            self.connect(m, stream, getattr(self.component, stream.name))
        return m

    @abstractmethod
    def expose(self, stream: Stream, interface: Any) -> None:
        """Adds the ports of a stream, side by side."""

    @abstractmethod
    def connect(self, m: Module, stream: Stream, interface: Any) -> None:
        """Joins these ports to the component's ``interface``."""
