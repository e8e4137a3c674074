"""What is proved of ``router``: no packet is lost, repeated or sent astray, and none waits long."""

from typing import Any

from amaranth.hdl import C, Cat, Module, Signal, Value

from neuroloom.golden.events.packets import LOCAL, Side
from neuroloom.golden.events.router import RouterSpec
from neuroloom.verif.events.marked_packet import mark, watch
from neuroloom.verif.formal import Fault, Proof, Properties


class RouterProperties(Properties[RouterSpec]):
    """A marked packet is watched from the input that takes it to every output it has to leave at.

    While all consumers are ready, a packet at the head of a buffer leaves within as many cycles as
    there are inputs; so does each one before it in the buffer; a register is behind the outputs.
    """

    def state(self, proof: Proof, component: Any) -> None:
        spec = self.spec
        inputs = {
            str(port): getattr(component, stream.name) for port, stream in spec.inputs.items()
        }
        outputs = {
            str(port): getattr(component, stream.name) for port, stream in spec.outputs.items()
        }
        due = {name: self._due(inputs, name) for name in outputs}
        owed = watch(proof, inputs, outputs, due).owed
        cycles = len(spec.ports) * spec.depth + 2
        ready = Cat(output.ready for output in outputs.values()).all()
        proof.at_most(
            "progress",
            f"all copies of a packet have left after {cycles} cycles of ready consumers",
            counted=owed.any() & ready,
            cleared=~owed.any(),
            limit=cycles,
        )

    def _due(self, inputs: dict[str, Any], output: str) -> Value:
        """Whether the marked packet that is offered now has to leave at ``output``."""
        due: Value = C(0, 1)
        for port, stream in inputs.items():
            due |= mark(stream) & _leaves(self.spec, port, stream.payload, output)
        return due

    def faults(self) -> list[Fault]:
        spec = self.spec

        def y_first(m: Module, inner: Any, outer: Any) -> None:
            with m.If(outer.inject.payload.dy.any()):
                m.d.comb += inner.inject.payload.dx.eq(0)

        def lost(name: str) -> Any:
            def change(m: Module, inner: Any, outer: Any) -> None:
                source, sink = getattr(inner, name), getattr(outer, name)
                number = Signal(2)
                with m.If(source.valid & source.ready):
                    m.d.sync += number.eq(number + 1)
                with m.If(number == 2):
                    m.d.comb += [sink.valid.eq(0), source.ready.eq(1)]

            return change

        def repeated(name: str) -> Any:
            def change(m: Module, inner: Any, outer: Any) -> None:
                source, sink = getattr(inner, name), getattr(outer, name)
                again = Signal()
                with m.If(sink.valid & sink.ready):
                    m.d.sync += again.eq(~again)
                with m.If(~again):
                    m.d.comb += source.ready.eq(0)

            return change

        names = [output.name for output in spec.outputs.values()]
        faults = [
            Fault(
                f"{name}-repeated", f"packets on {name} come twice", self.tampered(repeated(name))
            )
            for name in names
        ] + [Fault("lost", "every fourth packet for here is lost", self.tampered(lost("deliver")))]
        if Side.NORTH in spec.ports or Side.SOUTH in spec.ports:
            faults.append(
                Fault("y-first", "packets from here go along Y first", self.tampered(y_first))
            )
        return faults

    @classmethod
    def small_specs(cls) -> list[RouterSpec]:
        small = {"dx_bits": 2, "dy_bits": 2, "payload_bits": 1, "depth": 2}
        column, row = (Side.EAST, Side.SOUTH, Side.WEST), (Side.NORTH, Side.SOUTH, Side.WEST)
        return [
            RouterSpec.model_validate({**small, **others})
            for others in (
                {"edges": row},
                {"edges": column},
                {"edges": row, "tick": True},
                {"edges": column, "multicast": True},
            )
        ]


def _leaves(spec: RouterSpec, port: str, packet: Any, output: str) -> Value:
    """What a packet names: columns first, then rows; copies; ticks everywhere but back."""
    none = C(0, 1)
    along_x = port in (Side.EAST, Side.WEST)
    local = port == LOCAL
    tick = packet.tick if spec.tick else none
    further = {
        axis: packet[f"e{axis}"].any() if spec.multicast else none
        for axis in "xy"
        if local or along_x or axis == "y"
    }
    column = packet.dx == 0 if local or along_x else C(1, 1)
    row = packet.dy == 0
    if output == LOCAL:
        return (column & row) | tick
    if output in (Side.EAST, Side.WEST):
        if not (local or along_x) or output == port:
            return none
        on = (packet.dx != 0) | further["x"]
        if local:
            on &= packet.dx >= 0 if output == Side.EAST else packet.dx < 0
        return on | tick
    if output == port:
        return none
    down = output == Side.SOUTH
    on = column & ((packet.dy != 0) | further["y"])
    if local or along_x:
        on &= packet.dy < 0 if down else packet.dy >= 0
    return on | tick
