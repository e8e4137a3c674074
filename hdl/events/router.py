"""Five-port router of a 2-D mesh: single-flit packets, X first, then Y."""

from typing import Any

from amaranth.hdl import Module

from neuroloom.golden.events.router import RouterSpec
from neuroloom.hdl.component import Component
from neuroloom.hdl.events.drop_counter import DropCounter
from neuroloom.hdl.events.router_switch import RouterSwitch
from neuroloom.hdl.parts import connect
from neuroloom.hdl.streams.stream_fifo import RegisterFifo


class Router(Component[RouterSpec]):
    """A buffer at every input, and the switch between them and the registers of the outputs."""

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec = self.spec
        m.submodules.switch = switch = RouterSwitch(spec)
        for port, each in spec.inputs.items():
            source, head = getattr(self, each.name), getattr(switch, each.name)
            bits = sum(field.port_bits for field in each.fields)
            m.submodules[f"buffer_{port}"] = buffer = RegisterFifo(bits, spec.depth)
            connect(m, source, buffer.input)
            connect(m, buffer.output, head)
        for each in spec.outputs.values():
            connect(m, getattr(switch, each.name), getattr(self, each.name))
        if spec.count_drops:
            m.submodules.drops = drops = DropCounter(len(switch.lost), spec.drop_bits)
            m.d.comb += drops.lost.eq(switch.lost)
            m.d.comb += [
                self.dropped.valid.eq(drops.waiting),
                self.dropped.payload.lost.eq(1),
                drops.take.eq(self.dropped.ready),
            ]
        return m
