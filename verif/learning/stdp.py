"""Stimulus for ``stdp``."""

from collections.abc import Collection

import numpy as np

from neuroloom.golden.formats import Rounding
from neuroloom.golden.learning.stdp import StdpSpec
from neuroloom.golden.learning.stdp_options import Dependence, Pairing, StampEvent
from neuroloom.golden.learning.stdp_window import Window
from neuroloom.golden.ports import Field, Integers, Tokens, Traffic
from neuroloom.verif.landmarks import Landmark, telling, told, values_at
from neuroloom.verif.stimulus import Cover, Rng, Stimulus, joined, pick, random_tokens

CORNERS = 12
"""Tokens of each kind of event with everything else at its ends."""
WEIGHTS, MOST_TICKS = 128, 256
"""Weights and times that are tried for new ones at landmarks of the rounding."""


class StdpStimulus(Stimulus[StdpSpec]):
    """Weights at both ends, pairs of every distance near the window's beginning and end; new
    weights at landmarks of the rounding.
    """

    operations = 150

    def corners(self) -> Traffic:
        rng = np.random.default_rng(1)
        fields = self.spec.streams[0].fields
        columns = {field.name: rng.choice(ends(field), CORNERS * 4) for field in fields}
        kind = fields[0]
        columns["kind"] = np.resize(np.arange(kind.maximum + 1), CORNERS * 4)
        return joined({"event": columns}, self._pairs(rng, 24), {"event": self._aimed})

    def landmarks(self) -> Collection[Landmark]:
        if self.spec.rounding is Rounding.STOCHASTIC:
            return ()
        return told(self.spec.model(), {"event": self._aimed})

    @property
    def _aimed(self) -> Tokens:
        """Spikes that bring weights to landmarks; under stochastic rounding there are none."""
        spec, fmt = self.spec, self.spec.weight_format
        weights = np.unique(np.linspace(fmt.minimum, fmt.maximum, WEIGHTS).astype(np.int64))
        weights = np.union1d(
            weights,
            [weight for weight in (-2, -1, 0, 1, 2) if fmt.minimum <= weight <= fmt.maximum],
        )
        post = np.repeat([0, 1], len(weights))
        weights = np.tile(weights, 2)
        if spec.traces:
            greatest = spec.trace_format.maximum
            factors = np.ones_like(weights)
            if spec.dependence is Dependence.MULTIPLICATIVE:
                factors = np.where(post, fmt.maximum - weights, weights - fmt.minimum)
            pairs = [
                (place, trace)
                for place, factor in enumerate(factors.tolist())
                for trace in values_at(spec.fraction_bits, 0, greatest, factor)
            ]
            place, past = np.array(pairs, np.int64).reshape(-1, 2).T
            names = ("pre_trace", "post_trace")
        else:
            last = min(spec.window_ticks, 1 << spec.time_bits) - 1
            ticks = np.unique(np.linspace(0, max(0, last), MOST_TICKS).astype(np.int64))
            place = np.repeat(np.arange(len(weights)), len(ticks))
            past = -np.tile(ticks, len(weights)) & ((1 << spec.time_bits) - 1)
            names = ("pre_time", "post_time")
        columns = {field.name: np.zeros(len(place), np.int64) for field in spec.streams[0].fields}
        columns |= {"kind": post[place], "weight": weights[place], **dict.fromkeys(names, past)}
        if not spec.traces:
            columns |= dict.fromkeys(("pre_seen", "post_seen"), np.ones_like(place))
        return telling(spec.model(), "event", columns)

    def random(self, rng: Rng, operations: int) -> Traffic:
        whole = operations // 3
        anything = random_tokens(self.spec.streams[0], rng, whole)
        return joined({"event": anything}, self._pairs(rng, operations - whole))

    def _pairs(self, rng: Rng, tokens: int) -> Traffic:
        """Events a short time behind a spike, or about when it is too long ago, or traces of it."""
        columns = random_tokens(self.spec.streams[0], rng, tokens)
        low, high = self.spec.weight_format.minimum, self.spec.weight_format.maximum
        at_end = rng.choice([low, low + 1, high - 1, high, (low + high) // 2], tokens)
        columns["weight"] = np.where(
            rng.random(tokens) < 0.3, np.clip(at_end, low, high), columns["weight"]
        )
        if self.spec.traces:
            return {"event": columns}
        tau = max(self.spec.potentiation_tau, self.spec.depression_tau)
        edges = [window.ticks for window in (self.spec.potentiating, self.spec.depressing)]
        for name in ("pre_time", "post_time"):
            near = rng.choice(edges, tokens) + rng.integers(-1, 2, tokens)
            elapsed = np.where(rng.random(tokens) < 0.3, near, rng.integers(0, 4 * tau, tokens))
            columns[name] = (columns["now"] - elapsed) & ((1 << self.spec.time_bits) - 1)
        for name in ("pre_seen", "post_seen"):
            columns[name] |= rng.integers(0, 2, tokens)
        return {"event": columns}

    def coverage(self) -> list[Cover]:
        spec = self.spec
        fmt = spec.weight_format
        points = [
            Cover("the least weight", lambda sent, _: has(sent, fmt.minimum)),
            Cover("the greatest weight", lambda sent, _: has(sent, fmt.maximum)),
            Cover("a weight stays", lambda sent, got: (change(sent, got) == 0).any()),
        ]
        if self._reaches(spec.potentiation):
            points.append(
                Cover("a weight goes up", lambda sent, got: (change(sent, got) > 0).any())
            )
        if self._reaches(spec.depression):
            points.append(
                Cover("a weight goes down", lambda sent, got: (change(sent, got) < 0).any())
            )
        if not spec.traces:
            points += self._stamps()
        if spec.traces:
            points.append(Cover("a tick", lambda sent, _: (sent["event"]["kind"] >= 2).any()))
        return points

    def _stamps(self) -> list[Cover]:
        """Spikes without one before, and what looks find."""
        side, windows = "pre_seen", self.spec.potentiating.ticks

        def looks(sent: Traffic, got: Traffic, stamp: int) -> bool:
            event, update = sent["event"], got["update"]
            asked = (event["kind"] == StampEvent.LOOK_AT_PRE) & (event[side] == 1)
            return bool((update[side][asked] == stamp).any())

        def first(sent: Traffic, _: Traffic) -> bool:
            event = sent["event"]
            return bool(((event["kind"] == StampEvent.POST) & (event[side] == 0)).any())

        points = [Cover("no spike yet", first)]
        if windows:
            points.append(Cover("a time goes on to count", lambda sent, got: looks(sent, got, 1)))
        if windows < 1 << self.spec.time_bits:
            points.append(Cover("a time is long ago", lambda sent, got: looks(sent, got, 0)))
        return points

    def _reaches(self, amplitude: int) -> bool:
        """Whether a spike right behind the other side's surely moves some weight."""
        return amplitude >= 2 << self.spec.fraction_bits

    @classmethod
    def random_spec(cls, rng: Rng) -> StdpSpec:
        window = pick(rng, Window)
        trace = window is Window.TRACE
        fraction_bits = int(rng.integers(0, 6))
        trace_bits = int(rng.integers(1, 9))
        most = 1 << (trace_bits if trace else 8)
        return StdpSpec(
            weight_bits=int(rng.integers(1, 10)),
            weight_signed=bool(rng.integers(2)),
            window=window,
            pairing=pick(rng, [pairing for pairing in Pairing if trace or pairing.by_stamps]),
            dependence=pick(rng, Dependence),
            potentiation=int(rng.integers(0, most)),
            depression=int(rng.integers(0, most)),
            potentiation_tau=int(rng.integers(1, 12)),
            depression_tau=int(rng.integers(1, 12)),
            fraction_bits=fraction_bits,
            rounding=pick(rng, Rounding),
            time_bits=int(rng.integers(1, 9)),
            trace_bits=trace_bits,
            seed=int(rng.integers(1, 1 << 32)),
        )


def ends(field: Field) -> Integers:
    """Both ends of a field and what lies beside them."""
    near = {field.minimum, field.minimum + 1, field.maximum - 1, field.maximum, 0}
    return np.array(sorted(near & set(range(field.minimum, field.maximum + 1))))


def has(sent: Traffic, weight: int) -> bool:
    return bool((sent["event"]["weight"] == weight).any())


def change(sent: Traffic, got: Traffic) -> Integers:
    before: Integers = sent["event"]["weight"]
    return np.asarray(got["update"]["weight"] - before)
