"""Pair-based spike-timing-dependent plasticity."""

from collections.abc import Mapping
from typing import Any

from amaranth.hdl import C, Module, Mux, Signal, Value

from neuroloom.golden.formats import Rounding
from neuroloom.golden.learning.stdp import StdpSpec
from neuroloom.golden.learning.stdp_options import LFSR_DEGREE, Dependence, Pairing, StdpEvent
from neuroloom.golden.learning.stdp_window import LookUp, decay_shift
from neuroloom.hdl import formats
from neuroloom.hdl.arith.carry_in import as_signed, sum_with_carry
from neuroloom.hdl.arith.lfsr import Lfsr
from neuroloom.hdl.arith.pipeline import lockstep
from neuroloom.hdl.component import Component


class Stdp(Component[StdpSpec]):
    """The update in gates alone, between two streams tied together; beside it an LFSR if drawn."""

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec = self.spec
        moves = lockstep(m, self.event, self.update, stages=0)
        entropy: Value = C(0)
        if spec.stochastic:
            m.submodules.lfsr = lfsr = Lfsr(LFSR_DEGREE, spec.seed, spec.fraction_bits)
            m.d.comb += lfsr.take.eq(moves & self.event.valid)
            entropy = lfsr.word
        token = {each.name: self.event.payload[each.name] for each in spec.streams[0].fields}
        for name, value in stdp_update(m, spec, token, entropy).items():
            m.d.comb += self.update.payload[name].eq(value)
        return m


def stdp_update(
    m: Module, spec: StdpSpec, token: Mapping[str, Value], entropy: Value
) -> dict[str, Value]:
    """The fields of ``update`` from those of ``event``; combinational.

    ``entropy`` has ``fraction_bits`` uniform bits, for stochastic rounding only.
    """
    kind, weight, fmt = token["kind"], token["weight"], spec.weight_format
    post, tick = Signal(), Signal()
    m.d.comb += post.eq(kind == StdpEvent.POST)
    m.d.comb += tick.eq(kind >= StdpEvent.TICK)

    amplitude = Signal(spec.amplitude_bits)
    if spec.traces:
        with m.If(~tick):
            m.d.comb += amplitude.eq(Mux(post, token["pre_trace"], token["post_trace"]))
        past = _traces(m, spec, token, tick)
    else:
        elapsed = Signal(spec.time_bits)
        at_pre = kind[0]  # which stamp is looked at
        last = Mux(at_pre, token["pre_time"], token["post_time"])
        m.d.comb += elapsed.eq(token["now"] - last)
        up, down = (_looked_up(m, each, elapsed) for each in (spec.potentiating, spec.depressing))
        counts = Signal()
        m.d.comb += counts.eq(
            Mux(
                at_pre,
                token["pre_seen"] & (elapsed < spec.potentiating.ticks),
                token["post_seen"] & (elapsed < spec.depressing.ticks),
            )
        )
        with m.If(counts & ~tick):
            m.d.comb += amplitude.eq(Mux(at_pre, up, down))
        past = _stamps(m, spec, token, counts)

    change: Signal = amplitude
    if spec.dependence is Dependence.MULTIPLICATIVE:
        distance = Signal(spec.weight_bits)
        # the distance from an end of the range is the weight's offset code or its complement
        code = weight ^ fmt.minimum
        m.d.comb += distance.eq(Mux(post, ~code, code))
        change = Signal(spec.amplitude_bits + spec.weight_bits)
        m.d.comb += change.eq(amplitude * distance)

    toward = Mux(post, as_signed(change), ~as_signed(change))
    exact = sum_with_carry(m, weight << spec.fraction_bits, toward, ~post)
    rounding = spec.rounding if spec.fraction_bits else Rounding.FLOOR
    rounded = formats.shift_right(m, exact, spec.fraction_bits, rounding, entropy)
    return {"weight": formats.fit(m, rounded, fmt), **past}


def _stamps(
    m: Module, spec: StdpSpec, token: Mapping[str, Value], counts: Value
) -> dict[str, Value]:
    """Times, and whether they count, after the event.

    A look finds whether the other stamp ``counts`` still; a spike may use it up and sets its own.
    """
    at_pre, spike = token["kind"][0], ~token["kind"][1]
    pre, post = Signal(), Signal()
    m.d.comb += [pre.eq(spike & ~at_pre), post.eq(spike & at_pre)]
    if spec.pairing is Pairing.REDUCED_SYMMETRIC:
        counts = counts & ~spike
    return {
        "pre_time": Mux(pre, token["now"], token["pre_time"]),
        "post_time": Mux(post, token["now"], token["post_time"]),
        "pre_seen": Mux(at_pre, counts, token["pre_seen"] | pre),
        "post_seen": Mux(at_pre, token["post_seen"] | post, counts),
    }


def _looked_up(m: Module, table: LookUp, elapsed: Value) -> Value:
    """A tree of multiplexers over the bits of the index; equal halves are one, and what lies behind
    the window is not read.
    """
    index = elapsed >> table.shift
    bits = max(1, max(table.amplitudes, default=0).bit_length())

    def chosen(first: int, level: int) -> Value:
        amplitudes = table.amplitudes[first : first + (1 << level)]
        if len(set(amplitudes)) <= 1:
            return C(amplitudes[0] if amplitudes else 0, bits)
        half = 1 << (level - 1)
        if len(amplitudes) <= half:
            return chosen(first, level - 1)
        found = Signal(bits, name="amplitude")
        lower, upper = chosen(first, level - 1), chosen(first + half, level - 1)
        m.d.comb += found.eq(Mux(index[level - 1], upper, lower))
        return found

    return chosen(0, len(index))


def _traces(m: Module, spec: StdpSpec, token: Mapping[str, Value], tick: Value) -> dict[str, Value]:
    """Both traces after the event: refreshed by a spike of their own side, or decayed."""
    after: dict[str, Value] = {}
    for event in (StdpEvent.PRE, StdpEvent.POST):
        name = f"{event.name.lower()}_trace"
        trace = token[name]
        kept = Mux(tick, decayed(m, spec, event, trace), trace)
        refreshes = token["kind"] == event
        if spec.pairing.uses_up(event):
            kept = Mux(tick, kept, 0)
        after[name] = Mux(refreshes, refreshed(m, spec, event, trace), kept)
    return after


def refreshed(m: Module, spec: StdpSpec, side: StdpEvent, trace: Value) -> Value:
    """The trace of a side after a spike of its own; combinational."""
    peak = spec.potentiation if side is StdpEvent.PRE else spec.depression
    if spec.pairing.sums(side):
        return formats.fit(m, trace + peak, spec.trace_format)
    return C(peak, spec.trace_bits)


def decayed(m: Module, spec: StdpSpec, side: StdpEvent, trace: Value) -> Value:
    """The trace of a side after a tick; combinational."""
    shift = decay_shift(spec.potentiation_tau if side is StdpEvent.PRE else spec.depression_tau)
    wide = Signal(spec.trace_bits + shift)
    m.d.comb += wide.eq((trace << shift) - trace)
    return wide[shift:]
