"""A folded binarized layer."""

from typing import Any

import numpy as np
from amaranth.hdl import Cat, Module, Mux, Signal, Value

from neuroloom.golden.bnn.layer import BnnLayerSpec
from neuroloom.golden.bnn.layer_options import LayerOutput, ParameterSource
from neuroloom.golden.ports import Integers
from neuroloom.hdl.bnn.fold_buffer import FoldBuffer
from neuroloom.hdl.bnn.results import count_of, give_results
from neuroloom.hdl.bnn.schedule import Schedule
from neuroloom.hdl.component import Component
from neuroloom.hdl.memories.parameters import ParameterMemory
from neuroloom.hdl.parts import output_free, register


class BnnLayer(Component[BnnLayerSpec]):
    """``pe`` neurons by ``simd`` inputs a cycle; a vector takes ``folds · groups`` steps.

    Pipeline: a *step* reads activations and weights; then they are *matched* (XNOR, sum);
    then the counts are *accumulated* and, on the last fold, compared or passed on; for classes
    a further stage keeps the running winner. The whole pipeline waits while a result is held.

    The first group takes the vector from its stream while it is kept for the groups after it.
    Loads are taken between vectors only, and before the next vector.
    """

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec = self.spec
        advance = Signal()
        step = Signal()
        at = Schedule(m, spec, step)
        m.d.comb += advance.eq(output_free(self.result))

        # step: where the operands of this cycle come from
        matching = Signal()
        idle = at.between & ~matching  # sums being accumulated have read all parameters
        weights, weights_available = self._weights(m, step, at.position, idle)
        buffer = FoldBuffer(spec.input_lanes, spec.folds, spec.groups)
        m.submodules.buffer = buffer
        m.d.comb += [
            buffer.step.eq(step),
            buffer.first_pass.eq(at.group == 0),
            buffer.fold.eq(at.fold),
            buffer.token.eq(self.activations.payload.bits),
        ]

        # match: how many inputs agree with each neuron's weights
        match_last = Signal()
        match_group = Signal.like(at.group)
        with m.If(advance):
            m.d.sync += [matching.eq(step), match_last.eq(at.last_fold), match_group.eq(at.group)]
        counts = [
            self._count(m, buffer.word, weights.word_select(lane, spec.simd), match_last)
            for lane in range(spec.pe)
        ]
        thresholds, thresholds_available = self._thresholds(
            m, step & at.last_fold, advance, match_group, idle
        )

        give_results(
            m, spec, self.result, advance, matching, match_last, match_group, counts, thresholds
        )

        offered = self._load_offered()
        if spec.parameters is ParameterSource.STREAMED:  # taken with the last fold only
            thresholds_available = Mux(at.last_fold, thresholds_available, 1)
        can_step = advance & weights_available & thresholds_available & ~(at.between & offered)
        m.d.comb += step.eq(can_step & ((at.group != 0) | self.activations.valid))
        m.d.comb += self.activations.ready.eq(can_step & (at.group == 0))
        if spec.parameters is ParameterSource.STREAMED:
            m.d.comb += self.weights.ready.eq(step)
            if spec.output is LayerOutput.BITS:
                m.d.comb += self.thresholds.ready.eq(step & at.last_fold)
        return m

    def _load_offered(self) -> Value:
        if self.spec.parameters is not ParameterSource.LOADED:
            return Value.cast(0)
        offered = self.weights.valid
        if self.spec.output is LayerOutput.BITS:
            offered = offered | self.thresholds.valid
        return offered

    def _weights(self, m: Module, step: Value, address: Value, idle: Value) -> tuple[Value, Value]:
        """The row of weights one cycle after ``step``, and whether a row can be had."""
        spec = self.spec
        bits = spec.pe * spec.simd
        if spec.parameters is ParameterSource.STREAMED:
            row = register(m, self.weights.payload.bits, step, "weight_row")
            return row, self.weights.valid
        contents = None
        if spec.parameters is ParameterSource.FIXED:
            tokens = spec.parameter_tokens(spec.weight_matrix, None)
            contents = spec.weight_stream.fields[0].pack(tokens["weights"]["bits"])
        m.submodules.weight_memory = rows = ParameterMemory(
            bits, spec.folds * spec.groups, contents
        )
        m.d.comb += [rows.step.eq(step), rows.address.eq(address)]
        if spec.parameters is ParameterSource.LOADED:
            self._load(m, rows, self.weights, self.weights.payload.bits, idle)
        return rows.row, rows.complete

    def _thresholds(
        self, m: Module, taken: Value, advance: Value, group: Value, idle: Value
    ) -> tuple[Value, Value]:
        """The row of thresholds while a group is accumulated, and whether a row can be had."""
        spec = self.spec
        if spec.output is not LayerOutput.BITS:
            return Value.cast(0), Value.cast(1)
        bits = spec.pe * spec.threshold_bits
        if spec.parameters is ParameterSource.STREAMED:
            token = Value.cast(self.thresholds.payload.values)
            matched = register(m, token, taken, "threshold_matched")
            row = register(m, matched, advance, "threshold_row")
            return row, self.thresholds.valid
        contents = None
        if spec.thresholds is not None:
            contents = _rows(spec, np.array(spec.thresholds))
        m.submodules.threshold_memory = rows = ParameterMemory(bits, spec.groups, contents)
        m.d.comb += [rows.step.eq(advance), rows.address.eq(group)]
        if spec.parameters is ParameterSource.LOADED:
            token = Value.cast(self.thresholds.payload.values)
            self._load(m, rows, self.thresholds, token, idle)
        return rows.row, rows.complete

    def _load(
        self, m: Module, rows: ParameterMemory, stream: Any, token: Value, idle: Value
    ) -> None:
        m.d.comb += [
            rows.token.eq(token),
            rows.offered.eq(stream.valid),
            rows.idle.eq(idle),
            stream.ready.eq(idle),
        ]

    def _count(self, m: Module, word: Value, weights: Value, last_fold: Value) -> Value:
        spec = self.spec
        agree = Signal(spec.input_lanes)
        signs = Cat(weight.replicate(spec.input_bits) for weight in weights)
        m.d.comb += agree.eq(~(word ^ signs))
        return count_of(m, spec, agree, last_fold)


def _rows(spec: BnnLayerSpec, thresholds: Integers) -> list[int]:
    tokens = spec.parameter_tokens(spec.weight_matrix, thresholds)
    return spec.threshold_stream.fields[0].pack(tokens["thresholds"]["values"])
