"""Events to several outputs, against patterns of characters, and what is dropped."""

import numpy as np
import pytest
from references.events.event_split import Copies, walk

from neuroloom.flows.verify import verify
from neuroloom.golden.events.event_split import EventSplitSpec, Route
from neuroloom.verif.events.event_split import EventSplitStimulus


@pytest.mark.parametrize("seed", range(40))
def test_the_model_equals_a_walk_over_patterns(seed: int) -> None:
    rng = np.random.default_rng(seed)
    spec = EventSplitStimulus.random_spec(rng)
    stimulus, model = EventSplitStimulus(spec), spec.model()
    events: list[int] = []
    got: Copies = {name: [] for name in spec.outputs}
    noise = {"events": {"event": rng.integers(0, 1 << spec.bits, 100)}}
    for part in (stimulus.corners(), noise, stimulus.random(rng, 100)):
        events += part["events"]["event"].tolist()
        for name, tokens in model.run(part).items():
            dropped = tokens.get("dropped", np.zeros(len(tokens["event"]), np.int64))
            got[name] += zip(tokens["event"].tolist(), dropped.tolist(), strict=True)
    assert got == walk(spec, events), f"seed {seed}: {spec.model_dump_json()}"


@pytest.mark.parametrize("seed", range(200))
def test_whether_an_event_may_match_nothing(seed: int) -> None:
    """Against all events; routes that cover nearly everything."""
    rng = np.random.default_rng(seed)
    bits, number = int(rng.integers(1, 7)), int(rng.integers(1, 14))
    mask = rng.integers(0, 1 << bits, number) & rng.integers(0, 1 << bits, number)
    match = mask & rng.integers(0, 1 << bits, number)
    mask[mask == 0] = 1
    match &= mask
    spec = EventSplitSpec(bits=bits, routes=tuple(zip(mask.tolist(), match.tolist(), strict=True)))
    every = np.arange(1 << bits)
    alone = every[~spec.matched(every).any(axis=1)].tolist()
    assert spec.can_drop == bool(alone)
    assert spec.nowhere in (alone or [None])


def test_covers_of_many_routes_are_found() -> None:
    rows = [(0x3F << 20, number << 20) for number in range(64)]
    assert EventSplitSpec(bits=63, routes=tuple(rows)).nowhere is None
    assert EventSplitSpec(bits=63, routes=tuple(rows[:41] + rows[42:])).nowhere == 41 << 20


def test_a_count_that_ends_and_copies() -> None:
    spec = EventSplitSpec(bits=3, routes=((4, 4), (6, 6)), dropped_bits=2)
    sent = {"events": {"event": np.array([4, 0, 1, 7, 2, 2, 3, 3, 3, 6, 5])}}
    got = spec.model().run(sent)
    assert got["output0"]["event"].tolist() == [4, 7, 6, 5]
    assert got["output0"]["dropped"].tolist() == [0, 2, 3, 0]
    assert got["output1"]["event"].tolist() == [7, 6]
    assert got["output1"]["dropped"].tolist() == [2, 3]


@pytest.mark.parametrize(
    ("routes", "message"),
    [
        (((256, 0),), "the mask 256 of output 0 is not one of 8 bits: give 0 to 255"),
        (((-1, 0),), "the mask -1 of output 0 is not one of 8 bits: give 0 to 255"),
        (((3, 1), (3, 4)), "output 1 gets no event: its match 4 has bits that are not in"),
    ],
)
def test_routes_that_cannot_be(routes: tuple[Route, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        EventSplitSpec(routes=routes)


@pytest.mark.regression
@pytest.mark.parametrize(
    "spec",
    [
        EventSplitSpec(bits=63, routes=((1 << 62, 1 << 62), ((1 << 63) - 1, 5)), dropped_bits=16),
        EventSplitSpec(bits=1, routes=((1, 1),), dropped_bits=1),
        EventSplitSpec(bits=6, routes=tuple((63, number) for number in range(64))),
    ],
    ids=["widest", "one bit", "most outputs"],
)
def test_the_ends_of_the_range_in_verilog(spec: EventSplitSpec) -> None:
    assert verify(spec, seeds=(1,), operations=600).passed
