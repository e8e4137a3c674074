"""A binarized layer over tiles of differential memory."""

from typing import Any

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib.wiring import connect, flipped

from neuroloom.golden.bnn.rram_layer import RramLayerSpec
from neuroloom.hdl.bnn.fold_buffer import FoldBuffer
from neuroloom.hdl.bnn.results import count_of, give_results
from neuroloom.hdl.bnn.schedule import Schedule
from neuroloom.hdl.bnn.xnor_sense import XnorSense
from neuroloom.hdl.component import Component
from neuroloom.hdl.memories.parameters import ParameterMemory


class RramLayer(Component[RramLayerSpec]):
    """Step by step a word line is read with the activations of its fold; the word that comes is
    what agrees. At most one read is under way.

    A *step* takes a token or recalls it from the buffer; in the next cycle it is *asked* for. A
    load of thresholds is taken between vectors only, and before the next vector.
    """

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec, layer = self.spec, self.spec.layer
        m.submodules.sense = sense = XnorSense(spec.sense)
        connect(m, sense.read, flipped(self.read))
        connect(m, flipped(self.sensed), sense.sensed)

        advance = Signal()
        step = Signal()
        asked = Signal()
        under_way = Signal()
        row = Signal(range(spec.steps))
        tag = Signal(spec.sense.tag_bits)
        at = Schedule(m, layer, step)
        m.submodules.buffer = buffer = FoldBuffer(spec.simd, layer.folds, layer.groups)
        m.d.comb += [
            buffer.step.eq(step),
            buffer.first_pass.eq(at.group == 0),
            buffer.fold.eq(at.fold),
            buffer.token.eq(self.activations.payload.bits),
            sense.request.valid.eq(asked),
            sense.request.payload.row.eq(row),
            sense.request.payload.tag.eq(tag),
            sense.request.payload.activations.eq(buffer.word.replicate(spec.pe)),
            advance.eq(~self.result.valid | self.result.ready),
            sense.word.ready.eq(advance),
        ]
        with m.If(sense.word.valid & sense.word.ready):
            m.d.sync += under_way.eq(0)
        with m.If(asked & sense.request.ready):
            m.d.sync += [asked.eq(0), under_way.eq(1)]
        with m.If(step):
            m.d.sync += [asked.eq(1), row.eq(at.position), tag.eq(Cat(at.last_fold, at.group))]

        word = sense.word.payload
        last, group = word.tag[0], word.tag[1:]
        idle = at.between & ~asked & ~under_way
        thresholds, complete, offered = self._thresholds(m, advance, group, idle)
        agree = Value.cast(word.bits)
        counts = [
            count_of(m, layer, agree.word_select(lane, spec.simd), last) for lane in range(spec.pe)
        ]
        give_results(
            m, layer, self.result, advance, sense.word.valid, last, group, counts, thresholds
        )

        # with nothing under way the first read waits until the array has recovered from reset
        can_read = Mux(asked, sense.request.ready, under_way | sense.request.ready)
        can_step = can_read & complete & ~(at.between & offered)
        m.d.comb += step.eq(can_step & ((at.group != 0) | self.activations.valid))
        m.d.comb += self.activations.ready.eq(can_step & (at.group == 0))
        return m

    def _thresholds(
        self, m: Module, advance: Value, group: Value, idle: Value
    ) -> tuple[Value, Value, Value]:
        """The group's thresholds a cycle later, whether there are all, and whether more come."""
        spec, layer = self.spec, self.spec.layer
        if not spec.loaded:
            return Value.cast(0), Value.cast(1), Value.cast(0)
        bits = spec.pe * layer.threshold_bits
        m.submodules.threshold_memory = rows = ParameterMemory(bits, layer.groups, None)
        stream = self.thresholds
        m.d.comb += [
            rows.step.eq(advance),
            rows.address.eq(group),
            rows.idle.eq(idle),
            rows.token.eq(Value.cast(stream.payload.values)),
            rows.offered.eq(stream.valid),
            stream.ready.eq(idle),
        ]
        return rows.row, rows.complete, stream.valid
