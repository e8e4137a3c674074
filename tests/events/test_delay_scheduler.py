"""The delay scheduler against a ring of sets, and its time after reset."""

import numpy as np
import pytest
from references.events.delay_scheduler import tokens_of
from support.machine import NEEDS_COMPILER

from neuroloom.flows.simulation.bulk.simulate import simulate as simulate_bulk
from neuroloom.flows.verify import verify
from neuroloom.golden.events.delay_scheduler import ActiveForm, DelaySchedulerSpec
from neuroloom.hdl.events.delay_scheduler import DelayScheduler
from neuroloom.hdl.ports.flat import FlatPorts
from neuroloom.verif.events.delay_scheduler import DelaySchedulerStimulus
from neuroloom.verif.simulator import Simulator, simulate


@pytest.mark.parametrize("seed", range(40))
def test_the_model_equals_a_ring_of_sets(seed: int) -> None:
    rng = np.random.default_rng(seed)
    spec = DelaySchedulerStimulus.random_spec(rng)
    stimulus = DelaySchedulerStimulus(spec)
    for sent in (stimulus.corners(), stimulus.random(rng, 40)):
        columns = spec.model().run(sent)["active"].values()
        got = list(zip(*(column.tolist() for column in columns), strict=True))
        events = (sent["events"][name].tolist() for name in ("tick", "axon", "delay"))
        expected = tokens_of(spec, list(zip(*events, strict=True)))
        assert got == expected, f"seed {seed}: {spec.model_dump_json()}"


@pytest.mark.parametrize("form", ActiveForm)
@pytest.mark.parametrize(("slots", "axons", "word"), [(1, 1, 1), (5, 11, 4), (16, 33, 1)])
def test_events_are_taken_when_every_slot_is_cleared(
    form: ActiveForm, slots: int, axons: int, word: int
) -> None:
    spec = DelaySchedulerSpec(slots=slots, axons=axons, word=word, form=form)

    async def wait(sim: Simulator) -> None:
        for repeat in range(2):  # reset begins afresh, also in the middle of a tick
            sim.set("rst", 1)
            await sim.tick()
            sim.set("rst", 0)
            sim.set("events_valid", 1)
            sim.set("events_tick", 1)
            cycles = 0
            await sim.settle()
            while not sim.get("events_ready"):
                assert not sim.get("active_valid")
                await sim.tick()
                await sim.settle()
                cycles += 1
            assert cycles == spec.contract.start == spec.start, repeat
            await sim.tick()

    simulate(FlatPorts(DelayScheduler(spec)), wait)


def test_a_delay_of_zero_is_a_full_turn() -> None:
    spec = DelaySchedulerSpec(axons=4, slots=3)
    events = {"tick": [0, 0, 1, 1, 1], "axon": [2, 1, 0, 0, 0], "delay": [0, 1, 0, 0, 0]}
    sent = {"events": {name: np.array(values) for name, values in events.items()}}
    given = spec.model().run(sent)["active"]
    assert given["end"].tolist() == [0, 1, 1, 0, 1]
    assert given["axon"].tolist() == [1, 0, 0, 2, 0]


@pytest.mark.parametrize(
    ("axon", "delay", "message"), [(6, 0, "no axon 6: it lies in 0 to 5"), (0, 3, "no delay 3")]
)
def test_axons_and_delays_that_are_not_there(axon: int, delay: int, message: str) -> None:
    tokens = {"tick": [0, 1], "axon": [axon, 0], "delay": [delay, 0]}
    sent = {"events": {name: np.array(values) for name, values in tokens.items()}}
    with pytest.raises(ValueError, match=message):
        DelaySchedulerSpec(axons=6, slots=3).model().run(sent)


def test_words_are_powers_of_two() -> None:
    with pytest.raises(ValueError, match="word=12 is not a power of two: choose 8 or 16"):
        DelaySchedulerSpec(word=12)


@pytest.mark.flow
@NEEDS_COMPILER
@pytest.mark.parametrize("form", ActiveForm)
def test_ticks_in_bulk(form: ActiveForm) -> None:
    spec = DelaySchedulerSpec(form=form, merged_bits=4)
    sent = DelaySchedulerStimulus(spec).random(np.random.default_rng(5), 500)
    report = simulate_bulk(spec, sent, chunk=500).report
    assert (report.passed, report.contract) == (True, True), report.message
    assert report.operations == 500


@pytest.mark.flow
@pytest.mark.parametrize("form", ActiveForm)
@pytest.mark.parametrize(("axons", "slots"), [(1024, 16), (300, 64)])
def test_large_schedulers_equal_their_model(form: ActiveForm, axons: int, slots: int) -> None:
    spec = DelaySchedulerSpec(axons=axons, slots=slots, word=32, form=form)
    done = verify(spec, seeds=(1,), operations=10)
    assert done.passed, done.outcomes[0].message
