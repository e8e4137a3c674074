"""The crossbar core against the equations, with everything that can happen to a neuron."""

from typing import Any

import numpy as np
import pytest
from references.neurons.crossbar_core import ReferenceCore
from support.machine import NEEDS_COMPILER

from neuroloom.flows.simulation.bulk.simulate import simulate as simulate_bulk
from neuroloom.flows.simulation.simulators import SimulatorName
from neuroloom.flows.verify import replay
from neuroloom.golden.memories.memory_map import programmed, programming_tokens
from neuroloom.golden.neurons.crossbar_contents import CoreContents
from neuroloom.golden.neurons.crossbar_core import CrossbarCoreSpec
from neuroloom.golden.ports import Integers, Tokens, Traffic, concatenate
from neuroloom.hdl.neurons.crossbar_core import CrossbarCore
from neuroloom.hdl.ports.flat import FlatPorts
from neuroloom.verif.neurons.crossbar_core import CrossbarCoreStimulus, random_words
from neuroloom.verif.simulator import Simulator, simulate

SMALL: dict[str, Any] = {
    "axons": 11,
    "neurons": 6,
    "membrane_bits": 7,
    "threshold_bits": 5,
    "weight_bits": 5,
    "word": 4,
    "slots": 3,
}
EVERYTHING = {
    "above",
    "below",
    "negative weight",
    "saturates",
    *(f"{way} {mode}" for way in ("fires", "falls") for mode in range(3)),
}


def rows(tokens: Tokens) -> list[tuple[int, ...]]:
    return list(zip(*(np.asarray(column).tolist() for column in tokens.values()), strict=True))


def loaded_and_run(spec: CrossbarCoreSpec, seed: int) -> set[str]:
    """Three loads with ticks between, in model and reference; what has been seen."""
    rng = np.random.default_rng(seed)
    stimulus, model, reference = CrossbarCoreStimulus(spec), spec.model(), ReferenceCore(spec)
    for _ in range(3):
        words = random_words(spec, rng)
        load = programming_tokens(spec.memories, words)
        reference.load(rows(load))
        sent = concatenate([stimulus.corners(), stimulus.random(rng, 30)])
        given = rows(model.run({"program": load, **sent})["packets"])
        assert given == reference.run(rows(sent["events"])), (
            f"seed {seed}: {spec.model_dump_json()}"
        )
        assert model.membrane.tolist() == [each.membrane for each in reference.neurons]
    return reference.seen


@pytest.mark.parametrize("seed", range(30))
def test_the_model_equals_the_equations(seed: int) -> None:
    spec = CrossbarCoreStimulus.random_spec(np.random.default_rng(seed))
    fields = {**spec.model_dump(), "contents": None}
    loaded_and_run(CrossbarCoreSpec.model_validate(fields), seed)


@pytest.mark.parametrize("overflow", ["wrap", "saturate"])
@pytest.mark.parametrize(
    "others", [{}, {"leak_reversal": True, "stochastic": True, "noise_bits": 4}]
)
def test_everything_happens_to_neurons(overflow: str, others: dict[str, Any]) -> None:
    spec = CrossbarCoreSpec.model_validate({**SMALL, "overflow": overflow, **others})
    seen = set().union(*(loaded_and_run(spec, seed) for seed in range(3)))
    assert seen >= EVERYTHING
    assert ("by chance" in seen) is bool(others)


def test_a_sum_that_leaves_the_range_on_the_way_is_exact() -> None:
    fields = {**SMALL, "neurons": 1, "types": 2, "threshold_bits": 6, "overflow": "saturate"}
    contents = CoreContents(
        crossbar=("7ff",),
        types=(0,) * 5 + (1,) * 6,
        weights=((15, -12),),
        leak=(-1,),
        positive_threshold=(63,),
        negative_threshold=(63,),
        reset_value=(0,),
        reset_mode=("none",),
        floor=("reset",),
        dx=(1,),
        dy=(-1,),
        axon=(0,),
        delay=(1,),
    )
    model = CrossbarCoreSpec.model_validate({**fields, "contents": contents}).model()
    axons = np.arange(12) % 11
    tick = (np.arange(12) == 11).astype(np.int64)
    model.run({"events": {"tick": tick, "axon": axons, "delay": np.ones(12, np.int64)}})
    assert model.membrane.tolist() == [5 * 15 - 6 * 12 - 1]
    assert model.overflowed == 0


@pytest.mark.parametrize("seed", range(5))
def test_contents_are_the_words_of_the_memories(seed: int) -> None:
    rng = np.random.default_rng(seed)
    spec = CrossbarCoreSpec.model_validate({**SMALL, "stochastic": True, "noise_bits": 2})
    words = random_words(spec, rng)
    contents = CoreContents.from_words(spec, words)
    again = CoreContents.model_validate_json(contents.model_dump_json()).words(spec)
    assert all(np.array_equal(words[name], again[name]) for name in words), f"seed {seed}"
    fixed = CrossbarCoreSpec.model_validate({**dict(spec), "contents": contents})
    sent = CrossbarCoreStimulus(spec).random(rng, 40)
    load = {"program": programming_tokens(spec.memories, words)}
    assert rows(fixed.model().run(sent)["packets"]) == rows(
        spec.model().run({**load, **sent})["packets"]
    )


def contents_with(**changes: Any) -> dict[str, Any]:
    spec = CrossbarCoreSpec(axons=5, neurons=2, types=2, slots=3)
    words = random_words(spec, np.random.default_rng(1))
    contents = CoreContents.from_words(spec, words).model_dump()
    return {**spec.model_dump(), "contents": {**contents, **changes}}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"crossbar": ["1f"]}, "crossbar has 1 entries for 2 neurons"),
        ({"crossbar": ["1f", "20"]}, "crossbar of neuron 1 has more than 5 axons: '20'"),
        ({"crossbar": ["1f", "-1"]}, "crossbar of neuron 1 is not hexadecimal: '-1'"),
        ({"crossbar": ["xy", "0"]}, "crossbar of neuron 0 is not hexadecimal: 'xy'"),
        ({"types": [0, 1, 0, 2, 0]}, "types of axon 3 is 2; it lies in 0 to 1"),
        ({"types": [0, 1, 0]}, "types has 3 entries for 5 axons"),
        ({"weights": [[1, 2], [3]]}, "weights of neuron 1 has 1 entries for 2 types"),
        (
            {"weights": [[1, 2], [3, 256]]},
            "weights: weight of neuron 1, type 1 is 256; it lies in -256 to 255",
        ),
        ({"leak": [0, -257]}, "weight of neuron 1, type 2 is -257"),
        ({"leak": [0]}, "leak has 1 entries for 2 neurons"),
        ({"positive_threshold": [0, 1 << 18]}, "positive of neuron 1 is 262144; it lies in 0 to"),
        ({"reset_value": [0, 1 << 19]}, "resets: value of neuron 1 is 524288; it lies in"),
        ({"reset_mode": ["value"]}, "reset_mode and floor has 1 entries for 2 neurons"),
        ({"dx": [16, 0]}, "destinations: dx of neuron 0 is 16; it lies in -16 to 15"),
        ({"axon": [0, 5]}, "axon of neuron 1 is 5; it lies in 0 to 4"),
        ({"delay": [3, 0]}, "delay of neuron 0 is 3; it lies in 0 to 2"),
        ({"noise_mask": [1, 0]}, "noise_mask needs noise_bits, which the core does not have"),
        ({"random_leak": [1, 0]}, "random_leak needs stochastic=true"),
        ({"leak_reversal": [0, 1]}, "leak_reversal needs leak_reversal=true"),
    ],
)
def test_contents_that_do_not_fit(changes: dict[str, Any], message: str) -> None:
    CrossbarCoreSpec.model_validate(contents_with())
    with pytest.raises(ValueError, match=message):
        CrossbarCoreSpec.model_validate(contents_with(**changes))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"overflow": "error"}, "choose wrap or saturate"),
        ({"membrane_bits": 8, "threshold_bits": 8}, "choose 7 or less"),
        ({"threshold_bits": 3, "noise_bits": 4}, "noise_bits=4 is more than threshold_bits=3"),
        ({"word": 12}, "word=12 is not a power of two"),
        ({"stochastic": True, "weight_bits": 2}, "needs weight_bits of 3 and more"),
    ],
)
def test_fields_that_contradict_each_other(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        CrossbarCoreSpec.model_validate(fields)


def test_loads_that_do_not_fit() -> None:
    spec = CrossbarCoreSpec(axons=5, neurons=3)
    words: dict[str, Integers] = {
        each.name: np.zeros(each.depth, np.int64) for each in spec.memories
    }
    names = ("kind", "address", "data", "last")
    for token, message in (
        ((6, 0, 0, 1), "no memory of kind 6"),
        ((1, 5, 0, 1), "types has no word at address 5"),
        ((1, 0, 4, 1), "types has words of 2 bits"),
    ):
        load = {name: np.array([value]) for name, value in zip(names, token, strict=True)}
        with pytest.raises(ValueError, match=message):
            programmed(spec.memories, words, load)
    with pytest.raises(ValueError, match="the core is not loaded"):
        spec.model().run(CrossbarCoreStimulus(spec).random(np.random.default_rng(1), 1))


def test_a_load_waits_for_the_tick_and_the_next_tick_for_the_load() -> None:
    spec = CrossbarCoreSpec.model_validate({**SMALL, "neurons": 4})
    flat = FlatPorts(CrossbarCore(spec))
    order: list[str] = []

    async def watch(sim: Simulator) -> None:
        for port in ("events_valid", "events_tick", "packets_ready"):
            sim.set(port, 1)
        for cycle in range(150):
            loads = order.count("load")
            offered = cycle >= 30 and (loads == 0 or ("tick" in order and loads < 3))
            sim.set("program_valid", int(offered))
            sim.set("program_last", int(loads != 1))  # the second one leaves the load open
            await sim.settle()
            for name, stream in (("end", "packets"), ("load", "program"), ("tick", "events")):
                last = name != "end" or sim.get("packets_tick")
                if sim.get(f"{stream}_valid") and sim.get(f"{stream}_ready") and last:
                    order.append(name)
            await sim.tick()

    simulate(flat, watch)
    assert order[:9] == ["load", "tick", "end", "load", "load", "tick", "end", "tick", "end"]


@pytest.mark.flow
@NEEDS_COMPILER
@pytest.mark.parametrize("overflow", ["wrap", "saturate"])
def test_a_small_core_for_two_thousand_ticks(overflow: str) -> None:
    """Wraps, negative weights and every reset in RTL, every cycle as promised."""
    spec = CrossbarCoreSpec.model_validate({**SMALL, "overflow": overflow})
    rng = np.random.default_rng(7)
    words = random_words(spec, rng)
    load: Traffic = {"program": programming_tokens(spec.memories, words)}
    sent = CrossbarCoreStimulus(spec).random(rng, 2000)
    reference = ReferenceCore(spec)
    reference.load(rows(load["program"]))
    expected = reference.run(rows(sent["events"]))
    assert reference.seen >= {"above", "below", "negative weight", "fires 1", "falls 1"}
    result = simulate_bulk(spec, sent, setup=load, chunk=2000)
    assert (result.report.passed, result.report.contract) == (True, True), result.report.message
    assert rows(result.outputs["packets"]) == expected


@pytest.mark.flow
@NEEDS_COMPILER
def test_the_reference_size_equals_its_model() -> None:
    spec = CrossbarCoreSpec(axons=256, neurons=256)
    rng = np.random.default_rng(3)
    load: Traffic = {"program": programming_tokens(spec.memories, random_words(spec, rng))}
    report = simulate_bulk(spec, CrossbarCoreStimulus(spec).random(rng, 100), setup=load).report
    assert (report.passed, report.contract) == (True, True), report.message
    assert report.tokens["packets"] > 200


def test_cycles_of_a_tick_follow_the_active_axons() -> None:
    spec = CrossbarCoreSpec.model_validate(
        {
            **SMALL,
            "contents": CoreContents.from_words(
                CrossbarCoreSpec.model_validate(SMALL),
                random_words(CrossbarCoreSpec.model_validate(SMALL), np.random.default_rng(1)),
            ),
        }
    )
    none, full = (
        CrossbarCoreStimulus(spec)._ticks([np.arange(number)]) for number in (0, spec.axons)
    )
    for sent, active in ((none, 0), (full, spec.axons)):
        given = spec.model().run(sent)
        events = active
        walk = 2 if not active else spec.axons  # two empty words before the last
        busy = spec.variation(sent, given).busy
        assert busy.tolist() == [events + 2 + walk + 7 + spec.neurons * (active + 1)]
        assert replay(spec, sent, SimulatorName.AMARANTH).passed
