"""What a router consists of between its input buffers and its links."""

from typing import Any

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from neuroloom.golden.events.packets import Port
from neuroloom.golden.events.router import RouterSpec
from neuroloom.hdl.arith.one_hot import number_of
from neuroloom.hdl.component import stream_signature
from neuroloom.hdl.events.packets import Leaves, step
from neuroloom.hdl.parts import handed_over, output_free
from neuroloom.hdl.streams.arbitration import round_robin


class RouterSwitch(wiring.Component):
    """Sends the packet at the head of every input to its outputs, each of which has a register.

    The streams are those of the router. An output chooses among the packets that still want it by
    round robin, whenever its register is free. A packet that leaves at several outputs does so
    one by one, in any order, and is gone with the last of them: none waits for two at once.
    ``lost`` counts the copies for sides without a neighbour.
    """

    def __init__(self, spec: RouterSpec) -> None:
        self.spec = spec
        members = {each.name: In(stream_signature(each)) for each in spec.inputs.values()}
        members |= {each.name: Out(stream_signature(each)) for each in spec.outputs.values()}
        if spec.count_drops:
            members["lost"] = Out(spec.drops_a_cycle)
        super().__init__(members)

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec = self.spec
        leaves = {port: step(spec.packets, port, self._head(port).payload) for port in spec.ports}
        wishes: dict[tuple[Port, Port], Signal] = {}
        taken: dict[tuple[Port, Port], Signal] = {}
        for port in spec.ports:
            for output in spec.branches(port):
                wishes[port, output] = Signal(name=f"{port}_wants_{output}")
                taken[port, output] = Signal(name=f"{port}_takes_{output}")
        for output in spec.ports:
            self._choose(m, output, leaves, wishes, taken)
        for port in spec.ports:
            branches = spec.branches(port)
            self._advance(
                m,
                port,
                leaves[port],
                [wishes[port, output] for output in branches],
                [taken[port, output] for output in branches],
            )
        if spec.count_drops:
            m.d.comb += self.lost.eq(
                sum(
                    handed_over(head) & goes
                    for port in spec.ports
                    for head in [self._head(port)]
                    for output, (goes, _) in leaves[port].items()
                    if output in spec.edges
                )
            )
        return m

    def _head(self, port: Port) -> Any:
        return getattr(self, self.spec.inputs[port].name)

    def _choose(
        self,
        m: Module,
        output: Port,
        leaves: dict[Port, Leaves],
        wishes: dict[tuple[Port, Port], Signal],
        taken: dict[tuple[Port, Port], Signal],
    ) -> None:
        """One of the packets that want ``output`` goes to its register when that is free."""
        stream = self.spec.outputs[output]
        link = getattr(self, stream.name)
        asking = self.spec.requesters(output)
        requests = Signal(len(asking), name=f"requests_{output}")
        grant = Signal(len(asking), name=f"grant_{output}")
        free = Signal(name=f"free_{output}")
        load = Signal(name=f"load_{output}")
        m.d.comb += requests.eq(Cat(wishes[port, output] for port in asking))
        m.d.comb += free.eq(output_free(link))
        m.d.comb += load.eq(free & requests.any())
        m.d.comb += grant.eq(round_robin(m, requests, load)[0] if len(asking) > 1 else requests)
        number = number_of(m, grant)
        with m.If(free):
            m.d.sync += link.valid.eq(requests.any())
        with m.If(load):
            for field in stream.fields:
                fields = [
                    leaves[port][output][1].get(field.name, self._carried(port, field.name))
                    for port in asking
                ]
                m.d.sync += link.payload[field.name].eq(_selected(number, fields))
        for port, granted in zip(asking, grant, strict=True):
            m.d.comb += taken[port, output].eq(granted & free)

    def _carried(self, port: Port, name: str) -> Value | None:
        payload = self._head(port).payload
        return payload[name] if name in payload.shape().members else None

    def _advance(
        self, m: Module, port: Port, leaves: Leaves, wishes: list[Signal], taken: list[Signal]
    ) -> None:
        """The packet at ``port`` wants what has not gone yet, and leaves with the last of it."""
        head, branches = self._head(port), self.spec.branches(port)
        tick = head.payload.tick if self.spec.tick else 0
        wanted = [head.valid & (leaves[output][0] | tick) for output in branches]
        if self.spec.copies and len(branches) > 1:
            gone = Signal(len(branches), name=f"{port}_gone")
            wanted = [wish & ~done for wish, done in zip(wanted, gone, strict=True)]
            with m.If(head.valid):
                m.d.sync += gone.eq(Mux(head.ready, 0, gone | Cat(taken)))
        m.d.comb += [wish.eq(want) for wish, want in zip(wishes, wanted, strict=True)]
        m.d.comb += head.ready.eq(~(Cat(wishes) & ~Cat(taken)).any())


def _selected(number: Value, choices: list[Value]) -> Value:
    """``choices[number]``, by a tree of multiplexers."""
    if len(choices) == 1:
        return choices[0]
    top = (len(choices) - 1).bit_length() - 1
    low, high = choices[: 1 << top], choices[1 << top :]
    return Mux(number[top], _selected(number, high), _selected(number, low))
