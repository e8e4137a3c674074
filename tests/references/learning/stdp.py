"""Pair STDP event by event: exponentials of the time between spikes, changes as exact fractions."""

from fractions import Fraction
from math import exp, floor, log

from neuroloom.golden.learning.stdp import StdpSpec
from references.plain import Lists, random_words, rows
from references.rounding import rounded

KIND = "exact fractions and exp(-t/tau)"
Row = dict[str, int]


def left_by_a_tick(tau: int) -> Fraction:
    """Of a trace that decays with ``tau``: a tick takes ``1 - exp(-1/tau)`` of it, or the power of
    two whose ratio to that is nearest to one; at most a half.
    """
    taken = 1 - exp(-1 / tau)
    shift = min(range(1, 20), key=lambda bits: abs(log(taken * 2**bits)))
    return 1 - Fraction(1, 2**shift)


def half_life(tau: int) -> int:
    """The power of two that is nearest, in ratio, to ``tau ln 2`` ticks; one at least."""
    return min((2**bits for bits in range(20)), key=lambda ticks: abs(log(ticks / tau / log(2))))


def pair(spec: StdpSpec, amplitude: int, tau: int, elapsed: int) -> int:
    """What two spikes count that are ``elapsed`` ticks apart, for time stamps."""
    if spec.window == "table":
        return round(amplitude * exp(-elapsed / tau))
    return floor(amplitude * Fraction(1, 2) ** (elapsed // half_life(tau)))


def ends(spec: StdpSpec) -> tuple[int, int]:
    """The least and the greatest weight."""
    low = -(2 ** (spec.weight_bits - 1)) if spec.weight_signed else 0
    return low, low + 2**spec.weight_bits - 1


def changed(spec: StdpSpec, weight: int, amount: int, up: bool, entropy: int = 0) -> int:
    """A weight after a pair that counts ``amount`` in units of ``2**-fraction_bits``."""
    low, high = ends(spec)
    change = Fraction(amount, 2**spec.fraction_bits)
    if spec.dependence == "multiplicative":
        change *= high - weight if up else weight - low
    exact = weight + (change if up else -change)
    if spec.rounding == "stochastic":
        whole = floor(exact + Fraction(entropy, 2**spec.fraction_bits))
    else:
        whole = rounded(exact, spec.rounding)
    return max(low, min(high, whole))


def traces(spec: StdpSpec, row: Row) -> tuple[Row, int]:
    """Traces after the event, and what the pair counts."""
    pre, post = row["kind"] == 0, row["kind"] == 1
    amount = row["pre_trace"] if post else row["post_trace"] if pre else 0
    every, centred = spec.pairing == "all", spec.pairing == "presynaptic-centred"
    reduced, after = spec.pairing == "reduced-symmetric", {}
    for name, own, other, peak, tau, sums, used_up in (
        (
            "pre_trace",
            pre,
            post,
            spec.potentiation,
            spec.potentiation_tau,
            every or centred,
            reduced or centred,
        ),
        ("post_trace", post, pre, spec.depression, spec.depression_tau, every, reduced),
    ):
        after[name] = row[name]
        if own:
            after[name] = min(peak + (row[name] if sums else 0), 2**spec.trace_bits - 1)
        elif other and used_up:
            after[name] = 0
        elif not (pre or post):
            after[name] = floor(row[name] * left_by_a_tick(tau))
    return after, amount


def stamps(spec: StdpSpec, row: Row) -> tuple[Row, int]:
    """Times after the event, and what the pair counts. What counts nothing never does again."""
    after = {name: row[name] for name in ("pre_time", "post_time", "pre_seen", "post_seen")}
    looked = "pre" if row["kind"] in (1, 3) else "post"
    up = spec.potentiation, spec.potentiation_tau
    amplitude, tau = up if looked == "pre" else (spec.depression, spec.depression_tau)
    elapsed = (row["now"] - row[f"{looked}_time"]) % 2**spec.time_bits
    amount = pair(spec, amplitude, tau, elapsed) if row[f"{looked}_seen"] else 0
    if row["kind"] > 1:
        after[f"{looked}_seen"] = int(amount > 0)
        return after, 0
    after[f"{looked}_seen"] = int(amount > 0 and spec.pairing == "nearest")
    own = "post" if row["kind"] == 1 else "pre"
    after[f"{own}_time"], after[f"{own}_seen"] = row["now"], 1
    return after, amount


def reference(spec: StdpSpec, row: Row, entropy: int) -> Row:
    """One event."""
    after, amount = (traces if spec.window == "trace" else stamps)(spec, row)
    weight = row["weight"]
    if row["kind"] < 2:
        weight = changed(spec, weight, amount, row["kind"] == 1, entropy)
    return {"weight": weight, **after}


def expected(spec: StdpSpec, _: Lists, sent: Lists) -> Lists:
    entropy = random_words(spec.seed, spec.fraction_bits)
    results = [reference(spec, row, next(entropy)) for row in rows(sent["event"])]
    return {"update": {name: [result[name] for result in results] for name in results[0]}}
