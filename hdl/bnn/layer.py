"""A folded binarized layer."""

from typing import Any

import numpy as np
from amaranth.hdl import Cat, Module, Mux, Signal, Value

from neuroloom.golden.bnn.layer import BnnLayerSpec, LayerOutput, ParameterSource
from neuroloom.golden.formats import IntegerFormat
from neuroloom.golden.ports import Integers
from neuroloom.hdl.arith.adder_networks import PipelinedNetwork
from neuroloom.hdl.arith.running_sum import RunningSum
from neuroloom.hdl.bnn.argmax import RunningArgmax
from neuroloom.hdl.bnn.fold_buffer import FoldBuffer
from neuroloom.hdl.bnn.parameters import ParameterMemory
from neuroloom.hdl.component import Component


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
        position = Signal(range(spec.folds * spec.groups))
        fold = Signal(range(spec.folds))
        group = Signal(range(spec.groups))
        last_fold = fold == spec.folds - 1
        last_group = group == spec.groups - 1
        m.d.comb += advance.eq(~self.result.valid | self.result.ready)

        # step: where the operands of this cycle come from
        matching = Signal()
        accumulating = Signal()
        between = (fold == 0) & (group == 0)
        idle = between & ~matching  # sums being accumulated have read all parameters
        weights, weights_available = self._weights(m, step, position, idle)
        buffer = FoldBuffer(spec.input_lanes, spec.folds, spec.groups)
        m.submodules.buffer = buffer
        m.d.comb += [
            buffer.step.eq(step), buffer.first_pass.eq(group == 0), buffer.fold.eq(fold),
            buffer.token.eq(self.activations.payload.bits),
        ]  # fmt: skip
        with m.If(step):
            m.d.sync += fold.eq(fold + 1)
            m.d.sync += position.eq(position + 1)
            with m.If(last_fold):
                m.d.sync += fold.eq(0)
                m.d.sync += group.eq(group + 1)
                with m.If(last_group):
                    m.d.sync += group.eq(0)
                    m.d.sync += position.eq(0)

        # match: how many inputs agree with each neuron's weights
        match_last = Signal()
        match_group = Signal.like(group)
        with m.If(advance):
            m.d.sync += [matching.eq(step), match_last.eq(last_fold), match_group.eq(group)]
        counts = [
            self._count(m, buffer.word, weights.word_select(lane, spec.simd), match_last)
            for lane in range(spec.pe)
        ]
        thresholds, thresholds_available = self._thresholds(
            m, step & last_fold, advance, match_group, idle
        )

        # accumulate: partial sums over the folds
        sum_last = Signal()
        sum_group = Signal.like(group)
        with m.If(advance):
            m.d.sync += [accumulating.eq(matching), sum_last.eq(match_last)]
            m.d.sync += sum_group.eq(match_group)
        totals = []
        for lane, matches in enumerate(counts):
            count = Signal.like(matches, name=f"count{lane}")
            with m.If(advance):
                m.d.sync += count.eq(matches)
            accumulator = RunningSum(len(count), IntegerFormat(bits=spec.matches_bits))
            m.submodules[f"accumulator{lane}"] = accumulator
            m.d.comb += [
                accumulator.addend.eq(count), accumulator.last.eq(sum_last),
                accumulator.enable.eq(accumulating & advance),
            ]  # fmt: skip
            totals.append(accumulator.total)

        # result
        self._result(m, advance, accumulating & sum_last, sum_group, totals, thresholds)

        offered = self._load_offered()
        if spec.parameters is ParameterSource.STREAMED:  # taken with the last fold only
            thresholds_available = Mux(last_fold, thresholds_available, 1)
        can_step = advance & weights_available & thresholds_available & ~(between & offered)
        m.d.comb += step.eq(can_step & ((group != 0) | self.activations.valid))
        m.d.comb += self.activations.ready.eq(can_step & (group == 0))
        if spec.parameters is ParameterSource.STREAMED:
            m.d.comb += self.weights.ready.eq(step)
            if spec.output is LayerOutput.BITS:
                m.d.comb += self.thresholds.ready.eq(step & last_fold)
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
            row = Signal(bits, name="weight_row")
            with m.If(step):
                m.d.sync += row.eq(self.weights.payload.bits)
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
            matched = Signal(bits, name="threshold_matched")
            row = Signal(bits, name="threshold_row")
            with m.If(taken):
                m.d.sync += matched.eq(Value.cast(self.thresholds.payload.values))
            with m.If(advance):
                m.d.sync += row.eq(matched)
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
            rows.token.eq(token), rows.offered.eq(stream.valid), rows.idle.eq(idle),
            stream.ready.eq(idle),
        ]  # fmt: skip

    def _count(self, m: Module, word: Value, weights: Value, last_fold: Value) -> Value:
        spec = self.spec
        agree = Signal(spec.input_lanes)
        signs = Cat(weight.replicate(spec.input_bits) for weight in weights)
        m.d.comb += agree.eq(~(word ^ signs))
        filled = ((spec.inputs - 1) % spec.simd + 1) * spec.input_bits
        bits = [agree[lane] & ~last_fold if lane >= filled else agree[lane]
                for lane in range(spec.input_lanes)]  # fmt: skip
        return PipelinedNetwork(m, spec.network, Cat(bits)).total

    def _result(
        self, m: Module, advance: Value, done: Value, group: Value, totals: list[Value],
        thresholds: Value,
    ) -> None:  # fmt: skip
        spec = self.spec
        last_group = group == spec.groups - 1
        filled = (spec.neurons - 1) % spec.pe + 1
        present = [~last_group if lane >= filled else 1 for lane in range(spec.pe)]
        payload = self.result.payload
        if spec.output is LayerOutput.BITS:
            fired = [
                (total >= thresholds.word_select(lane, spec.threshold_bits)) & present[lane]
                for lane, total in enumerate(totals)
            ]
            with m.If(advance):
                m.d.sync += [self.result.valid.eq(done), payload.bits.eq(Cat(fired))]
            return
        scores = [Mux(here, total, 0) for here, total in zip(present, totals, strict=True)]
        if spec.output is LayerOutput.SCORES:
            with m.If(advance):
                m.d.sync += self.result.valid.eq(done)
                m.d.sync += Value.cast(payload.matches).eq(Cat(scores))
            return
        m.submodules.argmax = argmax = RunningArgmax(spec.pe, spec.groups, spec.matches_bits)
        m.d.comb += [
            argmax.enable.eq(advance), argmax.valid.eq(done), argmax.group.eq(group),
            argmax.scores.eq(Cat(scores)),
        ]  # fmt: skip
        with m.If(advance):
            m.d.sync += [
                self.result.valid.eq(argmax.complete), payload.index.eq(argmax.index),
                payload.matches.eq(argmax.best),
            ]  # fmt: skip


def _rows(spec: BnnLayerSpec, thresholds: Integers) -> list[int]:
    tokens = spec.parameter_tokens(spec.weight_matrix, thresholds)
    return spec.threshold_stream.fields[0].pack(tokens["thresholds"]["values"])
