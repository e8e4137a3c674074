"""What a layer over tiles of differential memory consists of beside the sense amplifiers."""

from typing import Any

from amaranth.hdl import Cat, Module, Signal, Value
from amaranth.lib.wiring import In, Out

from neuroloom.golden.bnn.rram_parts import RramLinesSpec, RramSumsSpec
from neuroloom.hdl.bnn.fold_buffer import FoldBuffer
from neuroloom.hdl.bnn.results import count_of, give_results
from neuroloom.hdl.bnn.schedule import Schedule
from neuroloom.hdl.component import Component
from neuroloom.hdl.memories.parameters import ParameterMemory
from neuroloom.hdl.parts import handed_over, output_free


class RramLines(Component[RramLinesSpec]):
    """A *step* takes a token or recalls it from the buffer; in the next cycle it is *asked* for.

    ``go`` lets a step be taken; ``between`` says that no vector is begun, ``asked`` that there is
    a request.
    """

    def __init__(self, spec: RramLinesSpec) -> None:
        super().__init__(spec, go=In(1), between=Out(1), asked=Out(1))

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        layer, request = self.spec.layer, self.request
        step = Signal()
        at = Schedule(m, layer, step)
        m.submodules.buffer = buffer = FoldBuffer(layer.simd, layer.folds, layer.groups)
        m.d.comb += [
            step.eq(self.go & ((at.group != 0) | self.activations.valid)),
            self.activations.ready.eq(self.go & (at.group == 0)),
            self.between.eq(at.between),
            buffer.step.eq(step),
            buffer.first_pass.eq(at.group == 0),
            buffer.fold.eq(at.fold),
            buffer.token.eq(self.activations.payload.bits),
            request.valid.eq(self.asked),
            request.payload.activations.eq(buffer.word.replicate(layer.pe)),
        ]
        with m.If(handed_over(request)):
            m.d.sync += self.asked.eq(0)
        with m.If(step):
            m.d.sync += [
                self.asked.eq(1),
                request.payload.row.eq(at.position),
                request.payload.tag.eq(Cat(at.last_fold, at.group)),
            ]
        return m


class RramSums(Component[RramSumsSpec]):
    """Two stages behind a word, a third one for classes; all wait while a result is not taken.

    Thresholds are taken while ``idle``: ``offered`` says that there are more, ``complete`` that
    none are missing. Without thresholds these are not there.
    """

    def __init__(self, spec: RramSumsSpec) -> None:
        control = {"idle": In(1), "offered": Out(1), "complete": Out(1)} if spec.loaded else {}
        super().__init__(spec, **control)

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        layer, word = self.spec.layer, self.word.payload
        advance = Signal()
        last, group = word.tag[0], word.tag[1:]
        m.d.comb += [advance.eq(output_free(self.result)), self.word.ready.eq(advance)]
        thresholds = self._thresholds(m, advance, group) if self.spec.loaded else Value.cast(0)
        agree = Value.cast(word.bits)
        counts = [
            count_of(m, layer, agree.word_select(lane, layer.simd), last)
            for lane in range(layer.pe)
        ]
        give_results(
            m, layer, self.result, advance, self.word.valid, last, group, counts, thresholds
        )
        return m

    def _thresholds(self, m: Module, advance: Value, group: Value) -> Value:
        """The group's thresholds a cycle later."""
        layer, stream = self.spec.layer, self.thresholds
        bits = layer.pe * layer.threshold_bits
        m.submodules.threshold_memory = rows = ParameterMemory(bits, layer.groups, None)
        m.d.comb += [
            rows.step.eq(advance),
            rows.address.eq(group),
            rows.idle.eq(self.idle),
            rows.token.eq(Value.cast(stream.payload.values)),
            rows.offered.eq(stream.valid),
            stream.ready.eq(self.idle),
            self.offered.eq(stream.valid),
            self.complete.eq(rows.complete),
        ]
        return rows.row
