"""The neuron core against a slow reference, its contract, its size and its speed."""

import json
import time
from typing import Any

import numpy as np
import pytest
from support.places import RESULTS

from neuroloom.flows.macros.catalogue import macros
from neuroloom.flows.macros.specification import validate
from neuroloom.flows.simulation.simulators import SimulatorName
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.verify import replay
from neuroloom.golden.neurons.lif_options import LifOptions
from neuroloom.golden.neurons.neuron_core import NeuronCoreSpec
from neuroloom.hdl.neurons.neuron_core import NeuronCore
from neuroloom.hdl.ports.flat import FlatPorts
from neuroloom.verif.neurons.neuron_core import ticks_of
from neuroloom.verif.simulator import Simulator
from neuroloom.verif.simulator import simulate as run_simulator


def core(neurons: int = 12, axons: int = 5, banks: int = 2, **others: Any) -> NeuronCoreSpec:
    neuron = {"membrane_bits": 6, "leak": "none", "fire": "tick", "reset": "subtract"}
    fields = {"neuron": {**neuron, **others.pop("neuron", {})}, **others}
    return NeuronCoreSpec.model_validate(
        {"neurons": neurons, "axons": axons, "banks": banks, **fields}
    )


@pytest.mark.parametrize("events", [0, 1, 7, 30])
def test_cycles_follow_the_active_axons(events: int) -> None:
    spec = core(cycles_per_tick=1)
    weights = np.zeros((5, 12), np.int64)
    weights[:, 3] = 1
    ticks = [np.arange(events) % 5, np.zeros(0, np.int64)]
    traffic = {**spec.program(weights, thresholds=1), "events": ticks_of(ticks, np.zeros(2))}
    given = spec.model().run(traffic)
    variation = spec.variation(traffic, given)
    assert variation.busy[0] == 6 * events + 6 + (events > 0) + 1
    verification = replay(spec, spec.program(weights, thresholds=1), SimulatorName.AMARANTH)
    assert verification.passed, verification.outcomes[0].message


@pytest.mark.parametrize("budget", [6 * 4 + 6 + 2 + 1, 6 * 4 + 6 + 2])
def test_a_tick_that_takes_too_long_is_flagged(budget: int) -> None:
    spec = core(cycles_per_tick=budget)
    weights = np.zeros((5, 12), np.int64)
    weights[0, [2, 9]] = 3
    ticks = [np.array([0, 1, 2, 3]), np.zeros(0, np.int64)]
    traffic = {**spec.program(weights, thresholds=3), "events": ticks_of(ticks, np.zeros(2))}
    spikes = spec.model().run(traffic)["spikes"]
    assert spikes["neuron"].tolist() == [2, 9, 0, 0]
    assert spikes["overrun"].tolist() == [0, 0, int(budget < 33), 0]


def test_compressed_rows_hold_only_the_groups_that_they_reach() -> None:
    weights = np.zeros((5, 12), np.int64)
    weights[1, 4], weights[3, [0, 11]] = 2, 1
    spec = core(synapses="compressed", entries=3, pipeline=0)
    tokens = spec.program(weights)["program"]
    assert tokens["target"].tolist() == [0, 0, 0, 2, 2, 2, 2, 2, 1]
    assert tokens["group"][:3].tolist() == [2, 0, 5]
    assert tokens["length"][3:8].tolist() == [0, 1, 0, 2, 0]
    few = core(synapses="compressed", entries=2, pipeline=0)
    with pytest.raises(ValueError, match="the rows have 3 groups: give entries of that many"):
        few.program(weights)


def test_what_is_not_there_is_refused() -> None:
    spec = core()
    event = {"events": ticks_of([np.array([4])], np.zeros(1))}
    with pytest.raises(ValueError, match="no weights yet: load them before the first event"):
        spec.model().run(event)
    load = spec.program(np.ones((5, 12), np.int64), thresholds=2)["program"]
    part = {name: values[:-1] for name, values in load.items()}
    with pytest.raises(ValueError, match="leave a part of a load over"):
        spec.model().run({"program": part})
    model = spec.model()
    only_last = {name: values[-1:] for name, values in load.items()}
    model.run({"program": only_last})
    with pytest.raises(ValueError, match="the row of axon 4 was not loaded completely"):
        model.run(event)
    model.run({"program": load})
    with pytest.raises(ValueError, match="axon 5 is not there: there are 5"):
        model.run({"events": ticks_of([np.array([5])], np.zeros(1))})
    unfinished = {name: values[:-1] for name, values in event["events"].items()}
    with pytest.raises(ValueError, match="a tick is not complete"):
        model.run({"events": unfinished})


def test_states_stay_through_a_load_and_vanish_with_clear() -> None:
    spec = core()
    model = spec.model()
    model.run(spec.program(np.full((5, 12), 2), thresholds=9))
    model.run({"events": ticks_of([np.array([0, 1])], np.zeros(1))})
    assert model.states["membrane"].tolist() == [4] * 12
    model.run(spec.program(np.full((5, 12), 3), thresholds=9))
    model.run({"events": ticks_of([np.array([0])], np.zeros(1))})
    assert model.states["membrane"].tolist() == [7] * 12
    model.run({"events": ticks_of([np.array([0])], np.ones(1))})
    assert model.states["membrane"].tolist() == [0] * 12


@pytest.mark.parametrize("pipeline", [0, 1, 2])
def test_a_load_waits_for_the_sweep_before_it(pipeline: int) -> None:
    spec = core(pipeline=pipeline)
    weights = np.full((5, 12), 2)
    before, after = (spec.program(weights, thresholds=each)["program"] for each in (2, 31))
    work = ticks_of([np.array([0])], np.zeros(1))
    events, program = spec.input_streams
    sent = [
        *((program, token) for token in program.pack(before)),
        *((events, token) for token in events.pack(work)),
        *((program, token) for token in reversed(program.pack(after))),
    ]  # the parameters are the last of a load: here they come first
    got = []

    async def one_after_the_other(sim: Simulator) -> None:
        sim.set("spikes_ready", 1)
        position = 0
        for _ in range(len(sent) + 60):
            for stream in (events, program):
                here = position < len(sent) and sent[position][0] is stream
                sim.set(f"{stream.name}_valid", int(here))
                for field, value in zip(
                    stream.fields, sent[position][1] if here else (), strict=here
                ):
                    sim.set(f"{stream.name}_{field.name}", value)
            await sim.settle()
            if sim.get("spikes_valid"):
                got.append((sim.get("spikes_neuron"), sim.get("spikes_end")))
            if position < len(sent):
                position += sim.get(f"{sent[position][0].name}_ready") or 0
            await sim.tick()

    run_simulator(FlatPorts(NeuronCore(spec)), one_after_the_other)
    assert got == [*((neuron, 0) for neuron in range(12)), (0, 1)]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"banks": 3}, "banks=3 is not a power of two"),
        ({"banks": 8, "neurons": 7}, "banks=8 is more than the 7 neurons"),
        ({"neuron": {"step": "clocked"}}, "the core has ticks of its own"),
        ({"neuron": {"noise_bits": 2}}, "stochastic thresholds are not offered here"),
        ({"binary_weights": True}, "take neuron.input_bits=2"),
        ({"neurons": 8}, "pipeline=1 needs dense synapses and 3 groups of banks or more"),
        ({"neurons": 12, "pipeline": 2}, "pipeline=2 needs dense synapses and 4 groups"),
        ({"synapses": "compressed"}, "needs dense synapses"),
        ({"synapses": "compressed", "pipeline": 0, "neurons": 4}, "take fewer banks"),
        ({"entries": 2}, "entries goes with synapses=compressed"),
        (
            {
                "banks": 64,
                "neurons": 4096,
                "pipeline": 0,
                "neuron": {"membrane_bits": 32, "adaptation_bits": 32, "refractory": 2},
            },
            "a word of 4224 bits is too wide",
        ),
    ],
)
def test_fields_that_contradict_each_other(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=f"neuron_core: .*{message}"):
        validate(macros()["neuron_core"], fields)


def test_fields_that_just_agree() -> None:
    validate(macros()["neuron_core"], {"neurons": 12})
    validate(macros()["neuron_core"], {"neurons": 4, "pipeline": 0})
    validate(macros()["neuron_core"], {"neurons": 13, "pipeline": 2})
    validate(macros()["neuron_core"], {"binary_weights": True, "neuron": {"input_bits": 2}})


def test_the_model_is_fast_enough_for_data_sets() -> None:
    spec = NeuronCoreSpec(neuron=LifOptions(fire="tick", leak="shift", membrane_bits=10))
    rng = np.random.default_rng(1)
    model = spec.model()
    model.run(spec.program(rng.integers(-8, 8, (256, 256)), thresholds=100))
    ticks = [rng.integers(0, 256, 100) for _ in range(50)]
    events = {"events": ticks_of(ticks, np.zeros(50))}
    begin = time.process_time()
    model.run(events)
    rate = 50 * 100 * 256 / (time.process_time() - begin)
    assert rate >= 10e6, f"{rate / 1e6:.1f} M synaptic operations a second"


def test_a_core_of_256_neurons_is_small() -> None:
    """As measured for the committed table, whose ECP5 cells a thorough run synthesizes again."""
    table = RESULTS / "cells-and-fmax.json"
    rows = {row["function"]: row for row in json.loads(table.read_text())["designs"]}
    function = "event-driven core, 256 neurons, 65,536 4-bit synapses"
    found = rows[function]["targets"]["ecp5-25k"]["resources"]
    assert found["LUT4"] <= 250
    assert found["FF"] <= 300
    assert found["BRAM"] <= 17
