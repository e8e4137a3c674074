"""Golden model of pair-based spike-timing-dependent plasticity."""

from typing import TYPE_CHECKING

import numpy as np

from neuroloom.golden.arith.lfsr import LfsrModel
from neuroloom.golden.formats import Int64, Rounding, shift_right
from neuroloom.golden.learning.stdp_options import LFSR_DEGREE, Dependence, StampEvent, StdpEvent
from neuroloom.golden.learning.stdp_window import decay_shift
from neuroloom.golden.ports import Integers, Tokens, Traffic
from neuroloom.golden.spec import Model

if TYPE_CHECKING:
    from neuroloom.golden.learning.stdp import StdpSpec


class StdpModel(Model["StdpSpec"]):
    """``weight = fit(round(weight ± change / 2**fraction_bits))``; up at a post spike, else down.

    The change is the window of the other side's last spike: for a time stamp of the ticks since
    then (``now - time``, modulo ``2**time_bits``) if it was seen, else its trace. With soft bounds
    it is times the distance from the upper or lower end of the weights.

    A spike sets its own time to ``now`` and says that it was seen, or sets its own trace to the
    amplitude, or up by it where spikes add up. Where those of the other side count once, they are
    not seen any more, or their trace is 0. A tick takes ``trace / 2**shift`` off a trace, the rest
    rounded down, and leaves weights alone. Under stochastic rounding each token takes
    ``fraction_bits`` from the LFSR.

    Times turn over after ``2**time_bits`` ticks. A spike looks at the time of the other side, and
    ``kind`` 2 and 3 look at one without a spike: outside its window it is not seen any more. Looked
    at once in ``look_ticks`` ticks, no time is taken for one a turn later.
    """

    def __init__(self, spec: "StdpSpec") -> None:
        super().__init__(spec)
        self._lfsr = LfsrModel(LFSR_DEGREE, spec.seed)

    def reset(self) -> None:
        self._lfsr.reset()

    def run(self, traffic: Traffic) -> Traffic:
        spec, token = self.spec, traffic["event"]
        weight, kind = np.asarray(token["weight"], np.int64), np.asarray(token["kind"])
        count = len(weight)
        entropy = self._lfsr.words(count, spec.fraction_bits) if spec.stochastic else None
        post, spike = kind == StdpEvent.POST, kind <= StdpEvent.POST
        amplitude = np.where(spike, self._amplitude(token, post), 0)
        if spec.dependence is Dependence.MULTIPLICATIVE:
            fmt = spec.weight_format
            amplitude = amplitude * np.where(post, fmt.maximum - weight, weight - fmt.minimum)
        exact = (weight << spec.fraction_bits) + np.where(post, amplitude, -amplitude)
        rounding = spec.rounding if spec.fraction_bits else Rounding.FLOOR
        rounded = shift_right(exact, spec.fraction_bits, rounding, entropy)
        changed = np.where(spike, spec.weight_format.fit(rounded), weight)
        return {"update": {"weight": changed, **self._past(token)}}

    def _amplitude(self, token: Tokens, post: Int64) -> Int64:
        spec = self.spec
        if spec.traces:
            return np.where(post, token["pre_trace"], token["post_trace"])
        up, down = spec.potentiating, spec.depressing
        elapsed = self._elapsed(token)
        seen = np.where(post, token["pre_seen"], token["post_seen"])
        return np.where(seen, np.where(post, up.at(elapsed), down.at(elapsed)), 0)

    def _elapsed(self, token: Tokens) -> Int64:
        """Ticks since the spike that is looked at."""
        looks_at_pre = np.asarray(token["kind"]) % 2 == 1
        last = np.where(looks_at_pre, token["pre_time"], token["post_time"])
        return (np.asarray(token["now"], np.int64) - last) & ((1 << self.spec.time_bits) - 1)

    def _past(self, token: Tokens) -> dict[str, Int64]:
        """Times or traces after the event."""
        spec, kind = self.spec, np.asarray(token["kind"])
        sides = {"pre": StdpEvent.PRE, "post": StdpEvent.POST}
        if not spec.traces:
            return self._stamps(token, kind)
        peaks = {
            "pre": (spec.potentiation, spec.potentiation_tau),
            "post": (spec.depression, spec.depression_tau),
        }
        after = {}
        for side, event in sides.items():
            trace = np.asarray(token[f"{side}_trace"], np.int64)
            peak, tau = peaks[side]
            shift = decay_shift(tau)
            left = ((trace << shift) - trace) >> shift
            sums = spec.pairing.sums(event)
            refreshed = spec.trace_format.fit(trace + peak) if sums else np.int64(peak)
            used_up = np.int64(0) if spec.pairing.uses_up(event) else trace
            ticked = np.where(kind >= StdpEvent.TICK, left, used_up)
            after[f"{side}_trace"] = np.where(kind == event, refreshed, ticked)
        return after

    def _stamps(self, token: Tokens, kind: Integers) -> dict[str, Int64]:
        """Times, and whether they count, after the event."""
        spec, elapsed = self.spec, self._elapsed(token)
        after = {}
        sides = (
            (StdpEvent.PRE, StampEvent.POST, StampEvent.LOOK_AT_PRE, spec.potentiating),
            (StdpEvent.POST, StampEvent.PRE, StampEvent.LOOK_AT_POST, spec.depressing),
        )
        for side, other, look, window in sides:
            time, seen = f"{side.name.lower()}_time", f"{side.name.lower()}_seen"
            after[time] = np.where(kind == side, token["now"], token[time])
            counts = np.asarray(token[seen], np.int64) & (elapsed < window.ticks)
            used_up = np.int64(0) if spec.pairing.uses_up(side) else counts
            cases = [kind == side, kind == other, kind == look]
            after[seen] = np.select(cases, [1, used_up, counts], token[seen])
        return after
