"""Pair STDP: exact fractions for every bit, floating point for the shape, and what it costs."""

from math import exp, log
from typing import Any

import numpy as np
import pytest
from references.learning.stdp import reference
from support.effort import effort

from neuroloom.flows.designs import yosys
from neuroloom.flows.macros.catalogue import macros
from neuroloom.flows.macros.specification import validate
from neuroloom.flows.synthesis.targets import TARGETS
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.verify import verify
from neuroloom.flows.verilog.emit import emit
from neuroloom.golden.arith.lfsr import TAPS, step
from neuroloom.golden.formats import Rounding
from neuroloom.golden.learning.stdp import StdpSpec
from neuroloom.golden.learning.stdp_options import Dependence, Pairing
from neuroloom.golden.learning.stdp_window import Window, decay_shift, half_life_shift
from neuroloom.golden.ports import Traffic
from neuroloom.verif.learning.stdp import StdpStimulus

ICE40 = TARGETS["ice40-hx8k"]
TIMES = (Window.TABLE, Window.SHIFT)
Row = dict[str, int]


def drawn(spec: StdpSpec, count: int) -> list[int]:
    """Entropy of each token: the low bits of the register, then as many single shifts."""
    state, words = spec.seed, []
    for _ in range(count):
        words.append(state & ((1 << spec.fraction_bits) - 1))
        for _ in range(spec.fraction_bits):
            state = step(state, TAPS[32])
    return words


@pytest.mark.parametrize("seed", range(effort(24, 400)))
def test_the_model_is_the_exact_reference(seed: int) -> None:
    rng = np.random.default_rng(seed)
    spec = StdpStimulus.random_spec(rng) if seed else StdpSpec()
    stimulus = StdpStimulus(spec)
    traffic = {
        name: np.concatenate([part["event"][name] for part in parts])
        for parts in [(stimulus.corners(), stimulus.random(rng, 200))]
        for name in parts[0]["event"]
    }
    got = spec.model().run({"event": traffic})["update"]
    entropy = drawn(spec, len(traffic["kind"]))
    for index, word in enumerate(entropy):
        row = {name: int(values[index]) for name, values in traffic.items()}
        found = {name: int(values[index]) for name, values in got.items()}
        assert found == reference(spec, row, word), f"seed {seed}: {row}, {spec!r}"


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("dependence", Dependence)
@pytest.mark.parametrize("rounding", [each for each in Rounding if each != Rounding.STOCHASTIC])
def test_every_small_token(rounding: Rounding, dependence: Dependence, signed: bool) -> None:
    spec = StdpSpec(
        weight_bits=4,
        weight_signed=signed,
        dependence=dependence,
        rounding=rounding,
        potentiation=21,
        depression=13,
        potentiation_tau=2,
        depression_tau=3,
        fraction_bits=3,
        time_bits=3,
    )
    weights = np.arange(16) - (8 if signed else 0)
    names = [field.name for field in spec.streams[0].fields]
    times = [np.arange(8), *[np.arange(0, 8, 3)] * 2]
    axes = np.meshgrid(np.arange(4), weights, *times, *[np.arange(2)] * 2, indexing="ij")
    token = dict(zip(names, (axis.ravel() for axis in axes), strict=True))
    got = spec.model().run({"event": token})["update"]
    for index in range(len(token["kind"])):
        row = {name: int(values[index]) for name, values in token.items()}
        expected = reference(spec, row, 0)
        assert {name: int(values[index]) for name, values in got.items()} == expected, row


def changes(spec: StdpSpec, weight: int, elapsed: np.ndarray, post: bool) -> np.ndarray:
    """Of one weight at each time since the other side's spike."""
    now = np.full(len(elapsed), (1 << spec.time_bits) - 1)
    last = now - elapsed
    token = {
        "kind": np.full(len(elapsed), int(post)),
        "weight": np.full(len(elapsed), weight),
        "now": now,
        "pre_time": last,
        "post_time": last,
        "pre_seen": np.ones_like(last),
        "post_seen": np.ones_like(last),
    }
    return np.asarray(spec.model().run({"event": token})["update"]["weight"] - weight)


@pytest.mark.parametrize("post", [False, True])
def test_the_table_is_an_exponential(post: bool) -> None:
    spec = StdpSpec(weight_bits=16, potentiation=800, depression=800, fraction_bits=2)
    elapsed = np.arange(200)
    exact = 200 * np.exp(-elapsed / 20) * (1 if post else -1)
    # half a unit of the table, and half a weight step
    assert np.abs(changes(spec, 1000, elapsed, post) - exact).max() <= 0.125 + 0.5


def test_the_shift_stays_within_an_octave_of_the_exponential() -> None:
    spec = StdpSpec(
        weight_bits=16, potentiation=1024, fraction_bits=0, window=Window.SHIFT, potentiation_tau=23
    )
    elapsed = np.arange(100)
    half_life = 1 << half_life_shift(23)
    assert half_life == 16, "23 ticks times ln 2"
    exact = 1024 * 0.5 ** (elapsed / half_life)
    found = changes(spec, 0, elapsed, post=True)
    assert (found > exact - 1).all() and (found <= 2 * exact).all()
    assert (found[::half_life] == 1024 >> np.arange(7)).all()


def test_a_trace_decays_to_nothing_near_the_exponential() -> None:
    spec = StdpSpec(
        window=Window.TRACE, trace_bits=16, potentiation=60000, depression=0, potentiation_tau=20
    )
    trace, seen = 60000, []
    for _ in range(400):
        token = {"kind": 2, "weight": 0, "pre_trace": trace, "post_trace": 0}
        got = spec.model().run({"event": {name: np.array([each]) for name, each in token.items()}})
        trace = int(got["update"]["pre_trace"][0])
        seen.append(trace)
    tau = -1 / log(1 - 2.0 ** -decay_shift(20))
    exact = 60000 * np.exp(-np.arange(1, 401) / tau)
    assert np.abs(np.array(seen) - exact).max() < 1 << decay_shift(20)
    assert seen[-1] == 0, "rounded down, no rest stays"


def test_soft_bounds_slow_down_and_hard_ones_do_not() -> None:
    common = {"weight_bits": 8, "potentiation": 16, "depression": 16, "fraction_bits": 6}
    soft = StdpSpec(dependence=Dependence.MULTIPLICATIVE, **common)
    hard = StdpSpec(**{**common, "fraction_bits": 2})
    at_once = np.zeros(1, np.int64)
    up = [int(changes(soft, weight, at_once, True)[0]) for weight in (0, 100, 200, 255)]
    down = [int(changes(soft, weight, at_once, False)[0]) for weight in (0, 100, 200, 255)]
    assert up == [64, 39, 14, 0]
    assert down == [0, -25, -50, -64]
    assert {int(changes(hard, weight, at_once, True)[0]) for weight in (0, 100, 200)} == {4}
    assert int(changes(hard, 253, at_once, True)[0]) == 2, "saturates"


def test_the_mean_of_stochastic_rounding_is_the_fraction() -> None:
    spec = StdpSpec(
        weight_bits=4, rounding=Rounding.STOCHASTIC, potentiation=5, fraction_bits=4, seed=7
    )
    up = changes(spec, 3, np.zeros(20000, np.int64), post=True)
    assert set(up.tolist()) == {0, 1}
    assert up.mean() == pytest.approx(5 / 16, abs=0.01)


def test_only_the_nearest_spike_counts_or_all_of_them() -> None:
    for pairing, expected in ((Pairing.NEAREST, 100), (Pairing.ALL, 150)):
        spec = StdpSpec(
            window=Window.TRACE,
            pairing=pairing,
            potentiation=100,
            depression=0,
            potentiation_tau=1,
            fraction_bits=0,
        )
        assert decay_shift(1) == 1
        state = {"weight": 0, "pre_trace": 0, "post_trace": 0}
        for kind in (0, 2, 0, 1):
            token = {"kind": np.array([kind])} | {n: np.array([v]) for n, v in state.items()}
            after = spec.model().run({"event": token})["update"]
            state = {name: int(values[0]) for name, values in after.items()}
        assert state["weight"] == expected


def test_stamps_wrap() -> None:
    spec = StdpSpec(potentiation=64, fraction_bits=0, time_bits=8)
    token = {
        "kind": 1,
        "weight": 0,
        "now": 3,
        "pre_time": 253,
        "post_time": 9,
        "pre_seen": 1,
        "post_seen": 0,
    }
    traffic: Traffic = {"event": {name: np.array([value]) for name, value in token.items()}}
    got = spec.model().run(traffic)["update"]
    assert int(got["weight"][0]) == round(64 * exp(-6 / 20))
    assert int(got["post_time"][0]) == 3 and int(got["pre_time"][0]) == 253
    assert int(got["post_seen"][0]) == 1 and int(got["pre_seen"][0]) == 1


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"pairing": "all"}, "pairing=all needs window=trace"),
        ({"pairing": "presynaptic-centred"}, "pairing=presynaptic-centred needs window=trace"),
        ({"window": "trace", "depression": 256}, "depression=256 does not fit in a trace of 8"),
        ({"potentiation_tau": 60}, "a table of 292 ticks is longer than 256: take window=shift"),
    ],
)
def test_wrong_specifications(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=f"stdp: .*{message}"):
        validate(macros()["stdp"], fields)


@pytest.mark.flow
@pytest.mark.parametrize(
    ("fields", "most"),
    [({}, 161), ({"window": "shift"}, 90), ({"window": "trace"}, 100)],
    ids=["table", "shift", "trace"],
)
def test_the_size_stays(fields: dict[str, Any], most: int) -> None:
    emitted = emit(validate(macros()["stdp"], fields))
    cells = yosys.synthesize(emitted.verilog, emitted.name, ICE40.script).cells
    assert ICE40.count(cells)["LUT4"] <= most


@pytest.mark.regression
def test_stdp_equals_its_model() -> None:
    for window in TIMES:
        assert verify(StdpSpec(window=window), seeds=range(1, effort(2, 5))).passed
