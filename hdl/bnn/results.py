"""Results from agreements: counts, sums over the folds, thresholds, scores, the winner."""

from typing import Any

from amaranth.hdl import Cat, Module, Mux, Value

from neuroloom.golden.bnn.layer import BnnLayerSpec
from neuroloom.golden.bnn.layer_options import LayerOutput
from neuroloom.golden.formats import IntegerFormat
from neuroloom.hdl.arith.adder_networks import PipelinedNetwork
from neuroloom.hdl.arith.running_sum import RunningSum
from neuroloom.hdl.bnn.argmax import RunningArgmax
from neuroloom.hdl.parts import register


def count_of(m: Module, spec: BnnLayerSpec, agree: Value, last_fold: Value) -> Value:
    """What the agreeing bits of ``simd`` inputs count; lanes beyond the last input count none."""
    filled = ((spec.inputs - 1) % spec.simd + 1) * spec.input_bits
    bits = [
        agree[lane] & ~last_fold if lane >= filled else agree[lane]
        for lane in range(spec.input_lanes)
    ]
    return PipelinedNetwork(m, spec.network, Cat(bits)).total


def give_results(
    m: Module,
    spec: BnnLayerSpec,
    result: Any,
    advance: Value,
    matching: Value,
    last: Value,
    group: Value,
    counts: list[Value],
    thresholds: Value,
) -> None:
    """Two stages that move with ``advance``: counts are summed, and compared or passed on.

    ``matching`` says that ``counts`` are of a step, ``last`` that it is the last of its ``group``;
    ``thresholds`` belong to the step of the cycle before. For classes a third stage keeps the
    running winner.
    """
    accumulating = register(m, matching, advance, "accumulating")
    sum_last = register(m, last, advance, "sum_last")
    sum_group = register(m, group, advance, "sum_group")
    totals = []
    for lane, matches in enumerate(counts):
        count = register(m, matches, advance, f"count{lane}")
        accumulator = RunningSum(len(count), IntegerFormat(bits=spec.matches_bits))
        m.submodules[f"accumulator{lane}"] = accumulator
        m.d.comb += [
            accumulator.addend.eq(count),
            accumulator.last.eq(sum_last),
            accumulator.enable.eq(accumulating & advance),
        ]
        totals.append(accumulator.total)

    done = accumulating & sum_last
    last_group = sum_group == spec.groups - 1
    filled = (spec.neurons - 1) % spec.pe + 1
    present = [~last_group if lane >= filled else 1 for lane in range(spec.pe)]
    if spec.output is LayerOutput.BITS:
        fired = [
            (total >= thresholds.word_select(lane, spec.threshold_bits)) & present[lane]
            for lane, total in enumerate(totals)
        ]
        with m.If(advance):
            m.d.sync += [result.valid.eq(done), result.payload.bits.eq(Cat(fired))]
        return
    scores = Cat(Mux(here, total, 0) for here, total in zip(present, totals, strict=True))
    if spec.output is LayerOutput.SCORES:
        with m.If(advance):
            m.d.sync += result.valid.eq(done)
            m.d.sync += Value.cast(result.payload.matches).eq(scores)
        return
    m.submodules.argmax = argmax = RunningArgmax(spec.pe, spec.groups, spec.matches_bits)
    m.d.comb += [
        argmax.enable.eq(advance),
        argmax.valid.eq(done),
        argmax.group.eq(sum_group),
        argmax.scores.eq(scores),
    ]
    with m.If(advance):
        m.d.sync += [
            result.valid.eq(argmax.complete),
            result.payload.index.eq(argmax.index),
            result.payload.matches.eq(argmax.best),
        ]
