"""Width adapter: frames of lanes from narrow to wide tokens and back."""

from typing import Any

from amaranth.hdl import Module, Mux, Signal, Value

from neuroloom.golden.streams.width_adapter import WidthAdapterSpec
from neuroloom.hdl.component import Component
from neuroloom.hdl.parts import following, handed_over


class WidthAdapter(Component[WidthAdapterSpec]):
    """Holds one token of the wider side.

    Narrow to wide: tokens are put side by side; the wide token stands in the cycle after its last
    part was taken. Wide to narrow: the held token is shifted out part by part. Either way the
    next token is taken in the cycle in which the held one leaves, so that no cycle is lost.
    """

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        if self.spec.output_lanes >= self.spec.input_lanes:
            self._gather(m)
        else:
            self._scatter(m)
        return m

    def _gather(self, m: Module) -> None:
        spec = self.spec
        ratio = spec.output_lanes // spec.input_lanes
        part_bits = spec.input_lanes * spec.bits
        held = Signal(ratio * part_bits)
        full = self.repacked.valid
        part = Signal(range(ratio))
        token = Signal(range(spec.input_tokens))
        last_of_frame = token == spec.input_tokens - 1

        m.d.comb += Value.cast(self.repacked.payload.data).eq(held)
        m.d.comb += self.packed.ready.eq(~full | self.repacked.ready)
        with m.If(self.repacked.ready):
            m.d.sync += full.eq(0)
        with m.If(handed_over(self.packed)):
            data = Signal(part_bits)
            m.d.comb += data.eq(
                self._without_padding(
                    Value.cast(self.packed.payload.data), spec.input_lanes, last_of_frame
                )
            )
            with m.If(part == 0):
                m.d.sync += held.eq(data)  # clears what an earlier token left in the other parts
            with m.Else():
                m.d.sync += held.word_select(part, part_bits).eq(data)
            m.d.sync += part.eq(part + 1)
            m.d.sync += token.eq(token + 1)
            with m.If((part == ratio - 1) | last_of_frame):
                m.d.sync += full.eq(1)
                m.d.sync += part.eq(0)
            with m.If(last_of_frame):
                m.d.sync += token.eq(0)

    def _scatter(self, m: Module) -> None:
        spec = self.spec
        ratio = spec.input_lanes // spec.output_lanes
        part_bits = spec.output_lanes * spec.bits
        held = Signal(ratio * part_bits)
        full = self.repacked.valid
        part = Signal(range(ratio))
        token = Signal(range(spec.output_tokens))
        last_of_frame = token == spec.output_tokens - 1
        last_part = Signal()

        m.d.comb += last_part.eq((part == ratio - 1) | last_of_frame)
        m.d.comb += Value.cast(self.repacked.payload.data).eq(
            self._without_padding(held[:part_bits], spec.output_lanes, last_of_frame)
        )
        m.d.comb += self.packed.ready.eq(~full | (self.repacked.ready & last_part))
        with m.If(full & self.repacked.ready):
            m.d.sync += held.eq(held >> part_bits)
            m.d.sync += part.eq(following(part, last_part))
            m.d.sync += token.eq(following(token, last_of_frame))
            m.d.sync += full.eq(~last_part)
        with m.If(handed_over(self.packed)):
            m.d.sync += held.eq(Value.cast(self.packed.payload.data))
            m.d.sync += full.eq(1)

    def _without_padding(self, token: Value, lanes: int, last_of_frame: Value) -> Value:
        """``token`` with zeros in place of what follows the last element of the frame."""
        filled = (self.spec.length - 1) % lanes + 1
        if filled == lanes:
            return token
        kept = token[: filled * self.spec.bits]
        return Mux(last_of_frame, kept, token)
