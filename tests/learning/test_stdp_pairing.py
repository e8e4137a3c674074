"""Pairings of spikes by their definition: a synapse of the model against lists of spike times."""

from typing import Any

import numpy as np
import pytest
from support.effort import effort

from neuroloom.flows.macros.catalogue import macros
from neuroloom.flows.verilog.emit import emit
from neuroloom.golden.learning.plastic_core import PlasticCoreSpec
from neuroloom.golden.learning.stdp import StdpSpec

PRE, POST = 0, 1
Spike = tuple[int, int]
"""Its side, and the tick."""


class Synapse:
    """A synapse as a host keeps it: its fields go out with an event and come back changed."""

    def __init__(self, spec: StdpSpec, weight: int) -> None:
        self.spec, self.model = spec, spec.model()
        self.fields = {field.name: 0 for field in spec.streams[1].fields} | {"weight": weight}

    def event(self, kind: int, now: int) -> int:
        given = {**self.fields, "kind": kind}
        if not self.spec.traces:
            given["now"] = now % 2**self.spec.time_bits
        token = {name: np.array([value]) for name, value in given.items()}
        after = self.model.run({"event": token})["update"]
        self.fields = {name: int(values[0]) for name, values in after.items()}
        return self.fields["weight"]


def partners(pairing: str, before: list[Spike], side: int) -> list[int]:
    """Ticks of the spikes that one of ``side``, right after those ``before``, makes pairs with."""
    others = [tick for each, tick in before if each != side]
    sides = [each for each, _ in before]
    match pairing:
        case "all":
            return others
        case "nearest":
            return others[-1:]
        case "reduced-symmetric":
            return others[-1:] if sides[-1:] == [1 - side] else []
    # presynaptic-centred: pre spikes with the last post one, and with the next
    if side == PRE:
        return others[-1:]
    last_post = max((place for place, each in enumerate(sides) if each == POST), default=-1)
    return [tick for each, tick in before[last_post + 1 :] if each == PRE]


PAIRINGS = ("nearest", "presynaptic-centred", "reduced-symmetric", "all")


def expected(spec: StdpSpec, spikes: list[Spike], weight: int, window: Any) -> list[int]:
    """The weight after every spike; ``window(side, elapsed)`` is what a pair counts."""
    seen = []
    for place, (side, tick) in enumerate(spikes):
        pairs = partners(spec.pairing, spikes[:place], side)
        change = sum(window(side, tick - each) for each in pairs)
        weight = min(max(weight + (change if side == POST else -change), 0), 2**16 - 1)
        seen.append(weight)
    return seen


def drawn(rng: np.random.Generator, count: int, apart: int) -> list[Spike]:
    ticks = np.cumsum(rng.integers(0, apart, count))
    return list(zip(rng.integers(0, 2, count).tolist(), ticks.tolist(), strict=True))


@pytest.mark.parametrize("pairing", PAIRINGS)
@pytest.mark.parametrize("seed", range(effort(6, 60)))
def test_traces_make_the_pairs_of_the_definition(pairing: str, seed: int) -> None:
    """Amplitudes that halve exactly for as long as the spikes go on."""
    peak = 1 << 11
    spec = StdpSpec(
        weight_bits=16,
        window="trace",
        pairing=pairing,
        potentiation=peak,
        depression=peak,
        potentiation_tau=1,
        depression_tau=1,
        trace_bits=16,
        fraction_bits=0,
    )
    spikes = drawn(np.random.default_rng(seed), 20, 2)
    spikes = [each for each in spikes if each[1] <= 11]
    synapse, now, found = Synapse(spec, 30000), 0, []
    for side, tick in spikes:
        while now < tick:
            synapse.event(2, now)
            now += 1
        found.append(synapse.event(side, now))
    wanted = expected(spec, spikes, 30000, lambda _, elapsed: peak >> elapsed)
    assert found == wanted, f"seed {seed}: {spikes}"


@pytest.mark.parametrize("pairing", ["nearest", "reduced-symmetric"])
@pytest.mark.parametrize("window", ["table", "shift"])
@pytest.mark.parametrize("seed", range(effort(5, 50)))
def test_stamps_make_the_pairs_of_the_definition(pairing: str, window: str, seed: int) -> None:
    """Over many turns of the stamps, with pauses of any length."""
    rng = np.random.default_rng(seed)
    spec = StdpSpec(
        weight_bits=16,
        window=window,
        pairing=pairing,
        potentiation=300,
        depression=200,
        potentiation_tau=4,
        depression_tau=3,
        time_bits=6,
        fraction_bits=0,
    )
    assert spec.cautions() == () and spec.look_ticks > 0
    spikes = drawn(rng, 60, int(rng.choice([4, 40, 300])))
    sides = {POST: (300, 4), PRE: (200, 3)}

    def counted(side: int, elapsed: int) -> int:
        amplitude, tau = sides[side]
        if window == "table":
            return round(amplitude * np.exp(-elapsed / tau))
        return amplitude >> (elapsed // 2)  # 2.8 and 2.1 ticks come nearest to 2

    synapse, now, found = Synapse(spec, 5000), 0, []
    looked = 0
    for side, tick in spikes:
        while tick - looked > spec.look_ticks:
            looked += int(rng.integers(1, spec.look_ticks + 1))
            before = synapse.fields["weight"]
            assert synapse.event(2, looked) == synapse.event(3, looked) == before
        now = looked = max(tick, looked)
        synapse.event(2, now)
        synapse.event(3, now)
        found.append(synapse.event(side, now))
    wanted = expected(spec, spikes, 5000, counted)
    assert found == wanted, f"seed {seed}: {spikes}"


def test_four_spikes_in_each_scheme() -> None:
    """Morrison, Diesmann and Gerstner 2008, Fig. 7: what tells the schemes apart."""
    before = [(PRE, 0), (PRE, 1), (POST, 2), (POST, 3)]
    found = {each: partners(each, before[:2], POST) for each in PAIRINGS}
    assert found == {
        "nearest": [1],
        "presynaptic-centred": [0, 1],
        "reduced-symmetric": [1],
        "all": [0, 1],
    }
    found = {each: partners(each, before[:3], POST) for each in PAIRINGS}
    assert found == {
        "nearest": [1],
        "presynaptic-centred": [],
        "reduced-symmetric": [],
        "all": [0, 1],
    }
    found = {each: partners(each, [*before, (PRE, 4)], PRE) for each in PAIRINGS}
    assert found == {
        "nearest": [3],
        "presynaptic-centred": [3],
        "reduced-symmetric": [],
        "all": [2, 3],
    }


@pytest.mark.parametrize("window", ["table", "shift"])
@pytest.mark.parametrize("pairing", ["nearest", "reduced-symmetric"])
def test_the_first_spike_changes_nothing(window: str, pairing: str) -> None:
    for side in (PRE, POST):
        synapse = Synapse(StdpSpec(window=window, pairing=pairing, fraction_bits=0), 100)
        assert synapse.event(side, 0) == 100
        assert synapse.event(side, 1) == 100
        changed = synapse.event(1 - side, 1)
        assert changed < 100 if side == POST else changed > 100


def test_a_spike_of_a_turn_ago_is_forgotten_if_it_is_looked_at() -> None:
    spec = StdpSpec(fraction_bits=0)
    assert (spec.window_ticks, spec.look_ticks) == (100, 156)
    forgotten, old = Synapse(spec, 100), Synapse(spec, 100)
    for synapse in (forgotten, old):
        synapse.event(PRE, 0)
    assert forgotten.event(3, 100) == 100 and forgotten.fields["pre_seen"] == 0
    assert forgotten.event(POST, 256) == 100
    last = spec.potentiating.ticks - 1
    assert old.event(3, last) == 100 and old.fields["pre_seen"] == 1
    assert old.event(POST, 256) == 164, "nobody looked for more than 156 ticks"
    early = Synapse(spec, 100)
    early.event(PRE, 0)
    early.event(3, last)
    early.event(3, last + spec.look_ticks)
    assert early.event(POST, 256) == 100


def test_a_window_longer_than_a_turn_is_a_caution() -> None:
    (caution,) = StdpSpec(time_bits=6).cautions()
    assert caution == (
        "time_bits=6 tells 64 ticks apart, and the window has 100: older spikes look new; exact "
        "from time_bits=7 on"
    )
    assert StdpSpec(time_bits=7).cautions() == ()
    assert StdpSpec(time_bits=1, window="trace").cautions() == ()
    assert "due every 156 ticks" in emit(StdpSpec()).verilog


@pytest.mark.parametrize("pairing", ["presynaptic-centred", "reduced-symmetric"])
def test_a_core_shares_its_traces(pairing: str) -> None:
    with pytest.raises(ValueError, match="share the trace of an axon or a neuron: take nearest or"):
        PlasticCoreSpec(stdp=StdpSpec(window="trace", pairing=pairing))


def test_random_specifications_have_every_pairing() -> None:
    stimulus = macros()["stdp"].stimulus_type
    specs = [stimulus.random_spec(np.random.default_rng(seed)) for seed in range(60)]
    assert {(each.window, each.pairing) for each in specs if each.traces} == {
        ("trace", pairing) for pairing in PAIRINGS
    }
    assert {each.pairing for each in specs if not each.traces} == {"nearest", "reduced-symmetric"}
