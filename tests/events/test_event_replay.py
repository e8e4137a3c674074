"""Recorded events in their ticks, against a table of ticks, and the way there and back."""

import numpy as np
import pytest
from references.events.event_replay import table

from neuroloom.flows.verify import verify
from neuroloom.golden.events.event_replay import EventReplaySpec
from neuroloom.golden.events.event_stamper import EventStamperSpec
from neuroloom.golden.ports import Tokens, concatenate
from neuroloom.verif.events.event_replay import EventReplayStimulus

Rows = list[tuple[int, ...]]


def rows(tokens: Tokens) -> Rows:
    return list(zip(*(column.tolist() for column in tokens.values()), strict=True))


@pytest.mark.parametrize("seed", range(40))
def test_the_model_equals_a_table_of_ticks(seed: int) -> None:
    rng = np.random.default_rng(seed)
    spec = EventReplayStimulus.random_spec(rng)
    stimulus, model = EventReplayStimulus(spec), spec.model()
    parts = [stimulus.corners(), stimulus.random(rng, 60), stimulus.uncontended(rng, 30)]
    got = [row for part in parts for row in rows(model.run(part)["replayed"])]
    sent = concatenate(parts)
    expected = table(spec, rows(sent["events"]), sent["ticks"]["last"].tolist())
    assert got == expected, f"seed {seed}: {spec.model_dump_json()}"


@pytest.mark.parametrize("seed", range(10))
def test_it_does_not_matter_which_stream_comes_first(seed: int) -> None:
    rng = np.random.default_rng(seed)
    spec = EventReplayStimulus.random_spec(rng)
    sent = EventReplayStimulus(spec).random(rng, 40)
    whole = rows(spec.model().run(sent)["replayed"])
    model, got = spec.model(), []
    left = dict(sent)
    while any(len(next(iter(tokens.values()))) for tokens in left.values()):
        name = str(rng.choice(list(left)))
        some = int(rng.integers(0, 6))
        part = {name: {field: values[:some] for field, values in left[name].items()}}
        left[name] = {field: values[some:] for field, values in left[name].items()}
        got += rows(model.run(part)["replayed"])
    assert got == whole, f"seed {seed}: {spec.model_dump_json()}"


def test_late_events_and_what_is_to_come() -> None:
    events = [(5, 1, 0, 0), (6, 3, 0, 0), (7, 2, 0, 0), (8, 7, 0, 0), (9, 4, 0, 1), (1, 1, 1, 0)]
    names = ("address", "time", "empty", "restart")
    sent = {
        "events": dict(zip(names, np.array(events).T, strict=True)),
        "ticks": {"last": np.array([0, 1, 0, 0, 1])},
    }
    got = rows(EventReplaySpec(bits=4, time_bits=3).model().run(sent)["replayed"])
    end, last = (0, 0, 1, 0), (0, 0, 1, 1)
    # at time 3, 2 and 7 are past: 7 is four ahead, half the range; then time counts from 0
    assert got == [
        end,
        (5, 0, 0, 0),
        last,
        end,
        (6, 0, 0, 0),
        (7, 1, 0, 0),
        (8, 1, 0, 0),
        end,
        (9, 0, 0, 0),
        last,
    ]


@pytest.mark.parametrize("seed", range(5))
def test_stamped_events_come_back_in_their_ticks(seed: int) -> None:
    """What the stamper gives, its marks as promises, with as many ticks and a promise behind."""
    rng = np.random.default_rng(seed)
    tick = (rng.random(400) < 0.8).astype(np.int64)
    address = np.where(tick, 0, np.arange(400) & 127)
    stamper = EventStamperSpec(bits=7, time_bits=4, markers=True)
    stamped = stamper.model().run({"events": {"address": address, "tick": tick}})["stamped"]
    wrap = stamped["wrap"]
    time = 16 * np.cumsum(wrap) + np.where(wrap, 0, stamped["time"])
    events = {
        "address": np.append(stamped["address"], 0),
        "time": np.append(time, tick.sum() + 1) % 64,
        "empty": np.append(wrap, 1),
        "restart": np.zeros(len(wrap) + 1, np.int64),
    }
    sent = {"events": events, "ticks": {"last": np.zeros(tick.sum(), np.int64)}}
    got = EventReplaySpec(bits=7, time_bits=6).model().run(sent)["replayed"]
    assert not got["late"].any()
    assert got["end"].tolist() == tick.tolist(), f"seed {seed}"
    assert got["address"].tolist() == address.tolist(), f"seed {seed}"


@pytest.mark.regression
@pytest.mark.parametrize(
    "spec", [EventReplaySpec(bits=1, time_bits=2), EventReplaySpec(bits=63, time_bits=32)]
)
def test_the_ends_of_the_range_in_verilog(spec: EventReplaySpec) -> None:
    assert verify(spec, seeds=(1,), operations=100).passed
