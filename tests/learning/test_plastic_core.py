"""The core that learns: a slow core beside it, what it learns, and what it costs."""

from typing import Any

import numpy as np
import pytest
from references.learning.plastic_core import SlowCore
from references.plain import rows
from support.agreement import listed
from support.effort import effort

from neuroloom.flows.macros.catalogue import macros
from neuroloom.flows.macros.specification import validate
from neuroloom.flows.tools.errors import UsageError
from neuroloom.golden.learning.plastic_core import PlasticCoreSpec
from neuroloom.golden.ports import Integers, Tokens, Traffic
from neuroloom.hdl.learning.plastic_core import PlasticCore
from neuroloom.hdl.ports.flat import FlatPorts
from neuroloom.verif.bench import Bench
from neuroloom.verif.learning.plastic_core import PlasticCoreStimulus
from neuroloom.verif.simulator import Simulator, simulate


@pytest.mark.parametrize("seed", range(effort(40, 400)))
def test_the_model_equals_the_slow_core(seed: int) -> None:
    rng = np.random.default_rng(seed)
    spec = PlasticCoreStimulus.random_spec(rng)
    stimulus = PlasticCoreStimulus(spec)
    model, program = spec.model(), stimulus.setup(rng)
    slow = SlowCore(spec, rows(listed(program)["program"]))
    model.run(program)
    for traffic in (stimulus.corners(), stimulus.random(rng, 15)):
        given = model.run(traffic)
        spikes, words = slow.run(rows(listed(traffic)["events"]))
        shown = f"seed {seed}: {spec.model_dump_json(exclude_none=True)}"
        columns = (given["spikes"][name].tolist() for name in ("neuron", "end", "clear"))
        assert list(zip(*columns, strict=True)) == spikes, shown
        assert given["row"]["weights"].tolist() == words, shown
    kept = [[slow.weights[axon, n] for n in range(spec.neurons)] for axon in range(spec.axons)]
    assert model.weights.tolist() == kept
    assert model.learned[1].tolist() == slow.kept


def core(neurons: int = 6, axons: int = 8, banks: int = 2, **others: Any) -> PlasticCoreSpec:
    stdp = {"window": "trace", **others.pop("stdp", {})}
    neuron = {"fire": "tick", "membrane_bits": 12, "input_bits": 9, "leak": "none"}
    fields = {"neurons": neurons, "axons": axons, "banks": banks, "neuron": neuron, "stdp": stdp}
    return PlasticCoreSpec.model_validate({**fields, **others})


def tick(spec: PlasticCoreSpec, *axons: int, **flags: int) -> Tokens:
    """Events of a tick and its end, all with the same flags, ``clear`` at the end only."""
    number = len(axons) + 1
    end = np.eye(1, number, number - 1, dtype=np.int64)[0]
    tokens = {name: np.full(number, flags.get(name, 0)) for name in ("learn", "read", "drift")}
    tokens |= {"axon": np.array([*axons, 0]), "end": end, "clear": end * flags.get("clear", 0)}
    return {field.name: tokens[field.name] for field in spec.input_streams[0].fields}


def joined(*ticks: Tokens) -> Traffic:
    return {"events": {name: np.concatenate([each[name] for each in ticks]) for name in ticks[0]}}


def in_hardware(spec: PlasticCoreSpec, *traffic: Traffic) -> None:
    """Hardware against model and contract, one traffic after the other."""

    async def run(sim: Simulator) -> None:
        bench = Bench(spec, sim, 1)
        await bench.reset()
        await bench.send(traffic[0])
        for each in traffic[1:]:
            await bench.replay(each)

    simulate(FlatPorts(PlasticCore(spec)), run)


@pytest.mark.parametrize("dependence", ["additive", "multiplicative"])
def test_a_pattern_that_repeats_is_learned(dependence: str) -> None:
    """Axons 0 to 2 fire together and drive the neurons; others fire at random in between."""
    fraction_bits = {"additive": 4, "multiplicative": 11}[dependence]
    spec = core(
        stdp={
            "dependence": dependence,
            "fraction_bits": fraction_bits,
            "potentiation": 64,
            "depression": 120,
            "potentiation_tau": 1,
            "depression_tau": 1,
        }
    )
    rng = np.random.default_rng(7)
    ticks = []
    for _ in range(30):
        noise = rng.choice(np.arange(3, 8), 2, replace=False)
        ticks += [tick(spec, 0, 1, 2, learn=1), tick(spec, *noise, learn=1), tick(spec, learn=1)]
    program = spec.program(np.full((8, 6), 100), thresholds=250)
    training, reading = joined(*ticks), joined(tick(spec, *range(8), read=1, clear=1))
    model = spec.model()
    model.run(program)
    spikes = model.run(training)["spikes"]
    assert (spikes["end"] == 0).sum() >= 6 * 30
    words = model.run(reading)["row"]["weights"]
    assert (words.reshape(8, 6) == model.weights).all()
    assert (model.weights[:3] > 150).all()
    assert (model.weights[3:] < 90).all()
    in_hardware(spec, program, training, reading)


def calcium(**others: Any) -> PlasticCoreSpec:
    rule = {
        "membrane_bits": 12,
        "membrane_signed": False,
        "membrane_threshold": 150,
        "calcium_thresholds": (1, 4, 8),
        "jump_up": 20,
        "jump_down": 12,
        "calcium_jump": 2,
    }
    return core(rule="calcium", calcium=rule, **others)


def test_synapses_with_calcium_come_to_one_of_two_ends() -> None:
    spec = calcium()
    program = spec.program(np.full((8, 6), 100), thresholds=300)
    work = [tick(spec, 7, 0, 1, 2, 3, learn=1) for _ in range(12)]
    drift = [tick(spec, drift=1) for _ in range(4)]
    model = spec.model()
    model.run(program)
    model.run(joined(*work, *drift))
    # 7 finds an empty membrane, the last one of those that drive finds it above its threshold
    assert (model.weights[7] == 100 - 3 * 12 - 4).all()
    assert (model.weights[3] == 100 + 7 * 20 + 4).all()
    # those without events have drifted down
    assert (model.weights[4:7] == 96).all()
    in_hardware(spec, program, joined(*work, *drift), joined(tick(spec, *range(8), read=1)))


def test_nothing_learns_where_it_is_switched_off() -> None:
    for spec in (core(), calcium()):
        model = spec.model()
        weights = np.arange(48).reshape(8, 6)
        model.run(spec.program(weights, thresholds=1))
        model.run(joined(*(tick(spec, 5, 6, 7) for _ in range(4))))
        assert (model.weights == weights).all()
        assert not np.concatenate(model.learned).any()


def cycles(spec: PlasticCoreSpec, thresholds: int, *ticks: Tokens) -> Integers:
    """Of each tick, by the contract; hardware keeps to it."""
    program = spec.program(np.full((8, 6), 100), thresholds=thresholds)
    model, traffic = spec.model(), joined(*ticks)
    model.run(program)
    variation = spec.variation(traffic, model.run(traffic))
    in_hardware(spec, program, traffic)
    return variation.busy


def test_what_learning_costs() -> None:
    """Three words of two synapses a row, eight axons."""
    spec = core()
    rows, sweep, end = 3 * 3, 3, 1
    events = (0, 1, 2)
    plain, learned, fires = cycles(
        spec, 500, tick(spec, *events), tick(spec, *events, learn=1), tick(spec, *events, learn=1)
    )
    assert plain == rows + sweep + end
    assert learned == plain + 6 + sweep + 3 * 8 + 8  # membranes are at 600 now
    assert fires == plain + sweep + 8
    spec = calcium()
    plain, learned, drifts = cycles(
        spec, 4000, tick(spec, *events), tick(spec, *events, learn=1), tick(spec, *events, drift=1)
    )
    assert plain == learned == rows + sweep + end
    assert drifts == plain + 3 * 8


@pytest.mark.parametrize("pairing", ["nearest", "all"])
def test_a_word_that_is_read_while_it_is_written_is_passed_on(pairing: str) -> None:
    """One word a row: the same axon again and again reads in the cycle of each write."""
    spec = core(neurons=2, stdp={"pairing": pairing, "potentiation": 16, "depression": 32})
    program = spec.program(np.full((8, 2), 200), thresholds=300)
    ticks = [tick(spec, 7, 7, learn=1), tick(spec, 7, 7, 7, learn=1), tick(spec, 7, 7, read=1)]
    model = spec.model()
    model.run(program)
    words = model.run(joined(*ticks))["row"]["weights"]
    assert words[0].tolist() == words[1].tolist() == model.weights[7].tolist()
    # up by 16 or 2 · 16, down three times by what 32 has decayed to, up again
    up, down = (1, 2) if pairing == "nearest" else (2, 2)
    again = {"nearest": 1, "all": 5}[pairing]
    assert model.weights[7].tolist() == [200 + up - 3 * down + again] * 2
    in_hardware(spec, program, joined(*ticks))


def test_nothing_waits_for_rows_that_are_not_read() -> None:
    """The axon of a token that is not there yet may say ``read``, and nobody takes rows."""
    spec = core()
    program = spec.program(np.full((8, 6), 100), thresholds=250)["program"]
    events, loads = spec.input_streams
    work = joined(tick(spec, 1, 2, 3), tick(spec))["events"]
    sent = {loads: loads.pack(program), events: events.pack(work)}
    ends = []

    async def never_take_rows(sim: Simulator) -> None:
        sim.set("spikes_ready", 1)
        sim.set("row_ready", 0)
        taken, began = dict.fromkeys(sent, 0), dict.fromkeys(sent, 0)
        for cycle in range(300):
            for stream, words in sent.items():
                offered = cycle >= began[stream] and taken[stream] < len(words)
                sim.set(f"{stream.name}_valid", int(offered))
                for place, field in enumerate(stream.fields):
                    noise = (1 << field.port_bits) - 1 if field.name == "read" else 0
                    word = words[taken[stream]][place] if offered else noise
                    sim.set(f"{stream.name}_{field.name}", word)
                await sim.settle()
                if offered and sim.get(f"{stream.name}_ready"):
                    taken[stream] += 1
                    began[stream] = cycle + 4
            if sim.get("spikes_valid") and sim.get("spikes_end"):
                ends.append(cycle)
            await sim.tick()

    simulate(FlatPorts(PlasticCore(spec)), never_take_rows)
    assert len(ends) == 2


def test_what_is_not_there_is_refused() -> None:
    spec = core()
    model = spec.model()
    with pytest.raises(ValueError, match="no weights yet: load them before the first event"):
        model.run(joined(tick(spec, 1)))
    with pytest.raises(ValueError, match="no weights yet"):
        _ = model.weights
    load = spec.program(np.ones((8, 6), np.int64), thresholds=2)["program"]
    model.run({"program": {name: values[5:] for name, values in load.items()}})
    with pytest.raises(ValueError, match="the row of axon 0 was not loaded completely"):
        model.run(joined(tick(spec, 7)))
    model.run({"program": load})
    with pytest.raises(ValueError, match="axon 8 is not there: there are 8"):
        model.run(joined(tick(spec, 8)))
    unfinished = {name: values[:-1] for name, values in tick(spec, 1).items()}
    with pytest.raises(ValueError, match="a tick is not complete"):
        model.run({"events": unfinished})


PAIRS = {"window": "trace"}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"banks": 3}, "banks=3 is not a power of two"),
        ({"banks": 8, "neurons": 7}, "banks=8 is more than the 7 neurons"),
        ({"neuron": {"fire": "input", "input_bits": 9}}, "take neuron.fire=tick"),
        ({"neuron": {"fire": "tick", "input_bits": 8}}, "cannot hold a weight: give 9 bits"),
        ({"neuron": {"fire": "tick", "step": "clocked"}}, "fire=tick goes with"),
        ({"stdp": {}}, "take stdp.window=trace"),
        ({"stdp": {**PAIRS, "rounding": "stochastic"}}, "random bits for every synapse are not"),
        ({"rule": "calcium", "calcium": {"membrane_bits": 12}}, "reads the neuron's membrane"),
        (
            {"rule": "calcium", "calcium": {"membrane_bits": 12, "membrane_signed": False}},
            "thresholds are constants here",
        ),
        (
            {
                "banks": 64,
                "neurons": 128,
                "stdp": {**PAIRS, "trace_bits": 16},
                "neuron": {
                    "fire": "tick",
                    "input_bits": 9,
                    "membrane_bits": 32,
                    "adaptation_bits": 32,
                },
            },
            "a word of 5120 bits is too wide",
        ),
    ],
)
def test_fields_that_contradict_each_other(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=f"plastic_core: .*{message}"):
        validate(macros()["plastic_core"], fields)
