"""A router among others, whose links to them count credits."""

from functools import cached_property
from typing import Any

from amaranth.hdl import Module
from amaranth.lib.wiring import Out, connect, flipped

from neuroloom.golden.events.packets import Port
from neuroloom.golden.events.router_node import RouterNodeSpec
from neuroloom.hdl.component import Component
from neuroloom.hdl.events.router_switch import RouterSwitch
from neuroloom.hdl.sharing import Shared
from neuroloom.hdl.streams.credit import CreditSender
from neuroloom.hdl.streams.stream_fifo import RegisterFifo


class RouterNode(Component[RouterNodeSpec]):
    """Buffers and a switch as in ``router``, and what counts the credits of its links.

    ``lost`` is the number of copies that are dropped in a cycle, where they are counted.
    """

    def __init__(self, spec: RouterNodeSpec) -> None:
        aside = {"lost": Out(spec.drops_a_cycle)} if spec.count_drops else {}
        super().__init__(spec, **aside)

    @cached_property
    def switch(self) -> RouterSwitch:
        return RouterSwitch(self.spec.plain)

    @cached_property
    def buffers(self) -> dict[Port, RegisterFifo]:
        """Those of the inputs."""
        return {
            port: RegisterFifo(sum(field.port_bits for field in each.fields), self.spec.depth)
            for port, each in self.spec.inputs.items()
        }

    @cached_property
    def senders(self) -> dict[Port, CreditSender]:
        """What counts the credits of each credited output."""
        return {
            port: CreditSender(getattr(self, each.name).payload.shape(), self.spec.depth)
            for port, each in self.spec.outputs.items()
            if port in self.spec.credited
        }

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec = self.spec
        m.submodules.switch = switch = self.switch
        for port, each in spec.inputs.items():
            source, head = getattr(self, each.name), getattr(switch, each.name)
            buffer = self.buffers[port]
            m.submodules[f"buffer_{port}"] = Shared(buffer, len(buffer.input.payload), spec.depth)
            connect(m, buffer.output, head)
            if port in spec.credited:
                m.d.comb += [
                    buffer.input.payload.eq(source.payload),
                    buffer.input.valid.eq(source.valid),
                ]
                m.d.sync += source.credit.eq(head.valid & head.ready)
            else:
                connect(m, flipped(source), buffer.input)
        for port, each in spec.outputs.items():
            ours, theirs = getattr(self, each.name), getattr(switch, each.name)
            if port in spec.credited:
                sender = self.senders[port]
                m.submodules[f"credits_{port}"] = Shared(sender, each, spec.depth)
                connect(m, theirs, sender.source)
                connect(m, sender.link, flipped(ours))
            else:
                connect(m, theirs, flipped(ours))
        if spec.count_drops:
            m.d.comb += self.lost.eq(switch.lost)
        return m
