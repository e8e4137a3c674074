"""Deduplication of events, against a set, and what it costs."""

import numpy as np
import pytest
from references.events.event_dedupe import walk

from neuroloom.flows.verify import verify
from neuroloom.golden.events.event_dedupe import EventDedupeSpec
from neuroloom.golden.ports import Tokens
from neuroloom.verif.events.event_dedupe import EventDedupeStimulus


def pairs(tokens: Tokens) -> list[tuple[int, int]]:
    return list(zip(tokens["address"].tolist(), tokens["tick"].tolist(), strict=True))


@pytest.mark.parametrize("seed", range(40))
def test_the_model_equals_a_set(seed: int) -> None:
    rng = np.random.default_rng(seed)
    spec = EventDedupeStimulus.random_spec(rng) if seed else EventDedupeSpec(addresses=1024)
    stimulus = EventDedupeStimulus(spec)
    model, sent, got = spec.model(), [], []
    for part in (stimulus.corners(), stimulus.random(rng, 100), stimulus.random(rng, 100)):
        sent += pairs(part["events"])
        got += pairs(model.run(part)["unique"])
    assert got == walk(spec.addresses, sent), f"seed {seed}: {spec.model_dump_json()}"


def test_ticks_pass_and_clear() -> None:
    tokens = [(2, 0), (2, 0), (1, 0), (2, 1), (2, 0), (3, 0), (0, 1), (0, 1), (2, 0)]
    sent = {"events": dict(zip(("address", "tick"), np.array(tokens).T, strict=True))}
    got = EventDedupeSpec(addresses=3).model().run(sent)
    assert pairs(got["unique"]) == [(2, 0), (1, 0), (2, 1), (2, 0), (0, 1), (0, 1), (2, 0)]


@pytest.mark.regression
@pytest.mark.parametrize("addresses", [1, 1024])
def test_the_ends_of_the_range_in_verilog(addresses: int) -> None:
    assert verify(EventDedupeSpec(addresses=addresses), seeds=(1,), operations=300).passed
