"""Time stamps, against a clock that counts without end, and what a reader makes of them."""

from collections.abc import Mapping

import numpy as np
import pytest
from references.events.event_stamper import Tokens, walk

from neuroloom.flows.verify import verify
from neuroloom.golden.events.event_stamper import EventStamperSpec, Stamp
from neuroloom.golden.ports import Integers
from neuroloom.verif.events.event_stamper import EventStamperStimulus


def rows(tokens: Mapping[str, Integers]) -> Tokens:
    return list(zip(*(column.tolist() for column in tokens.values()), strict=True))


@pytest.mark.parametrize("seed", range(40))
def test_the_model_equals_a_clock_without_end(seed: int) -> None:
    rng = np.random.default_rng(seed)
    spec = EventStamperStimulus.random_spec(rng)
    stimulus, model = EventStamperStimulus(spec), spec.model()
    sent: Tokens = []
    got: Tokens = []
    ticks = {"events": {"address": np.arange(9) & 1, "tick": np.ones(9, np.int64)}}
    nothing = {"events": {"address": np.zeros(0, np.int64), "tick": np.zeros(0, np.int64)}}
    for part in (stimulus.corners(), ticks, nothing, stimulus.random(rng, 300), ticks):
        sent += rows(part["events"])
        got += rows(model.run(part)["stamped"])
    assert got == walk(spec, sent), f"seed {seed}: {spec.model_dump_json()}"


@pytest.mark.parametrize("stamp", Stamp)
@pytest.mark.parametrize("seed", range(5))
def test_with_markers_nothing_of_the_time_is_lost(stamp: Stamp, seed: int) -> None:
    rng = np.random.default_rng(seed)
    tick = (rng.random(500) < 0.95).astype(np.int64)
    spec = EventStamperSpec(time_bits=3, stamp=stamp, markers=True)
    sent = {"events": {"address": np.arange(500) & 255, "tick": tick}}
    turns = before = 0
    read = []
    for _, time, wrap in rows(spec.model().run(sent)["stamped"]):
        turns += wrap
        if not wrap:
            read.append(before + 8 * turns + time)
            if stamp is Stamp.DELTA:
                before, turns = read[-1], 0
    assert read == np.cumsum(tick)[tick == 0].tolist(), f"seed {seed}"


@pytest.mark.regression
@pytest.mark.parametrize("stamp", Stamp)
def test_the_ends_of_the_range_in_verilog(stamp: Stamp) -> None:
    for bits, time_bits in ((1, 1), (63, 32)):
        spec = EventStamperSpec(bits=bits, time_bits=time_bits, stamp=stamp, markers=True)
        assert verify(spec, seeds=(1,), operations=200).passed
