"""Several streams of events in one, against queues, and who waits for whom."""

from collections import deque

import numpy as np
import pytest
from references.events.event_merge import turns

from neuroloom.flows.verify import verify
from neuroloom.golden.events.event_merge import EventMergeSpec
from neuroloom.hdl.events.event_merge import EventMerge
from neuroloom.hdl.ports.flat import FlatPorts
from neuroloom.verif.events.event_merge import EventMergeStimulus
from neuroloom.verif.simulator import Simulator, simulate


@pytest.mark.parametrize("seed", range(40))
def test_the_model_equals_queues_in_turn(seed: int) -> None:
    rng = np.random.default_rng(seed)
    spec = EventMergeStimulus.random_spec(rng)
    stimulus, model = EventMergeStimulus(spec), spec.model()
    for sent in (stimulus.corners(), stimulus.random(rng, 20), stimulus.uncontended(rng, 20)):
        got = model.run(sent)["merged"]
        wanted = turns([deque(sent[name]["event"].tolist()) for name in spec.inputs])
        shown = f"seed {seed}: {spec.model_dump_json()}"
        assert got["event"].tolist() == [event for event, _ in wanted], shown
        assert ("source" in got) == spec.attach
        if spec.attach:
            assert got["source"].tolist() == [source for _, source in wanted], shown


def test_sources_that_give_nothing_are_passed_over() -> None:
    sent = {"source2": {"event": np.array([7, 8])}, "source0": {"event": np.array([5])}}
    got = EventMergeSpec(sources=3).model().run(sent)["merged"]
    assert got["event"].tolist() == [5, 7, 8]
    assert got["source"].tolist() == [0, 2, 2]


def test_the_first_source_goes_first_after_a_pause_of_all() -> None:
    """Others in turn; a cycle in which none has an event begins a new round."""
    served: list[int | None] = []

    async def offered(sim: Simulator) -> None:
        sim.set("merged_ready", 1)
        for asking in ({0, 1, 2}, {0, 1, 2}, set(), {0, 1, 2}, {1, 2}, {0, 1}, set(), {0, 2}):
            for source in range(3):
                sim.set(f"source{source}_valid", int(source in asking))
            await sim.settle()
            if asking:
                ready = [source for source in asking if sim.get(f"source{source}_ready")]
                served.append(ready[0] if len(ready) == 1 else None)
            await sim.tick()

    simulate(FlatPorts(EventMerge(EventMergeSpec(sources=3))), offered)
    assert served == [0, 1, 0, 1, 0, 0]


def test_what_is_said_of_the_order() -> None:
    orders = {
        (attach, sources): EventMergeSpec(sources=sources, attach=attach).output_streams[0].order
        for attach in (False, True)
        for sources in (1, 2)
    }
    assert orders == {
        (False, 1): "",
        (True, 1): "",
        (False, 2): "in any order",
        (True, 2): "in order among tokens of equal source; in any order among others",
    }


@pytest.mark.regression
@pytest.mark.parametrize(
    "spec",
    [EventMergeSpec(sources=1, bits=1), EventMergeSpec(sources=64, bits=63)],
    ids=["one source", "many wide sources"],
)
def test_the_ends_of_the_range_in_verilog(spec: EventMergeSpec) -> None:
    assert verify(spec, seeds=(1,), operations=60).passed
