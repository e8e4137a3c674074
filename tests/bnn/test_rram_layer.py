"""A layer over tiles of differential memory: the sums of what the cells are read as."""

import numpy as np
import pytest
from pydantic import ValidationError

from neuroloom.flows.verify import replay
from neuroloom.golden.bnn.layer import BnnLayerSpec
from neuroloom.golden.bnn.layer_options import LayerOutput
from neuroloom.golden.bnn.rram_layer import RramLayerSpec
from neuroloom.golden.bnn.rram_tile import SensedTile
from neuroloom.golden.devices.differential import ResistiveDevice, SenseAmplifier
from neuroloom.golden.devices.differential_array import DifferentialArray
from neuroloom.golden.ports import Integers, Traffic
from neuroloom.golden.streams.width_adapter import to_tokens
from neuroloom.hdl.bnn.rram_layer import RramLayer
from neuroloom.hdl.ports.flat import FlatPorts
from neuroloom.verif.simulator import Simulator, simulate

EXACT = ResistiveDevice(lrs_sigma=0, hrs_sigma=0)
POOR = ResistiveDevice(hrs_sigma=1.5)
SLOW = SenseAmplifier(dead_zone=0.4)


def traffic(spec: RramLayerSpec, array: DifferentialArray, vectors: Integers) -> Traffic:
    activations = {"bits": to_tokens(vectors, spec.simd)}
    requests = spec.lines.model().run({"activations": activations})["request"]
    sensed = SensedTile(spec.sense, array).traffic(requests)["sensed"]
    return {"activations": activations, "sensed": sensed}


def array_of(
    spec: RramLayerSpec,
    weights: Integers,
    device: ResistiveDevice,
    amplifier: SenseAmplifier | None = None,
) -> DifferentialArray:
    array = DifferentialArray(spec.sense.rows, spec.sense.columns, device, amplifier, seed=3)
    array.program(spec.cells(weights))
    return array


@pytest.mark.parametrize("output", LayerOutput)
@pytest.mark.parametrize("seed", range(8))
def test_exact_devices_give_the_layer_of_the_weights(output: LayerOutput, seed: int) -> None:
    rng = np.random.default_rng(seed)
    inputs, neurons = int(rng.integers(1, 70)), int(rng.integers(1, 20))
    fields = {
        "inputs": inputs,
        "neurons": neurons,
        "pe": int(rng.integers(1, neurons + 1)),
        "simd": int(rng.integers(1, inputs + 1)),
        "output": output,
    }
    spec, layer = RramLayerSpec(**fields), BnnLayerSpec(**fields)
    weights, vectors = rng.integers(0, 2, (neurons, inputs)), rng.integers(0, 2, (9, inputs))
    thresholds = rng.integers(0, inputs + 2, neurons) if spec.loaded else None
    loads = layer.parameter_tokens(weights, thresholds)
    sent = traffic(spec, array_of(spec, weights, EXACT), vectors)
    expected = layer.model().run({"activations": sent["activations"], **loads})
    others = {name: tokens for name, tokens in loads.items() if name != "weights"}
    given = spec.model().run({**sent, **others})
    for name, values in expected["result"].items():
        assert np.array_equal(given["result"][name], values), f"seed {seed}: {spec}"
    assert len(given["read"]["rows"]) == 9 * spec.steps


@pytest.mark.regression
def test_errors_of_the_cells_are_in_the_scores() -> None:
    spec = RramLayerSpec(inputs=13, neurons=6, pe=2, simd=5, output=LayerOutput.SCORES)
    rng = np.random.default_rng(5)
    weights, vectors = rng.integers(0, 2, (6, 13)), rng.integers(0, 2, (4, 13))
    array = array_of(spec, weights, POOR, SLOW)
    held = array.read()  # -1 where neither side falls
    expected = np.zeros((4, 6), int)
    for vector, neuron, place in np.ndindex(4, 6, 13):
        line = neuron // 2 * 3 + place // 5
        cell = held[line, neuron % 2 * 5 + place % 5]
        expected[vector, neuron] += cell == vectors[vector, place]
    sent = traffic(spec, array, vectors)
    given = spec.model().run(sent)["result"]["matches"].reshape(4, 6)
    assert given.tolist() == expected.tolist()
    plain = (vectors[:, np.newaxis] == weights).sum(axis=2)
    assert (plain != expected).any()
    assert (held[: spec.steps] == -1).any()
    outcome = replay(spec, sent).outcomes[0]
    assert outcome.status == "passed", outcome.message
    assert outcome.report["interval"] == spec.steps * spec.sense.contract.interval


def test_a_load_waits_until_the_last_word_is_taken() -> None:
    spec = RramLayerSpec(inputs=2, neurons=2, pe=1, simd=2, evaluate_cycles=1, synchronizer=0)
    loads: list[int] = []
    vectors: list[int] = []
    results: list[int] = []

    async def play(sim: Simulator) -> None:
        for cycle in range(100):
            sim.set("thresholds_valid", cycle < 20 or cycle >= 50)
            sim.set("thresholds_values", 0 if cycle < 20 else 3)
            sim.set("activations_valid", cycle >= 20 and not vectors)
            sim.set("activations_bits", 0b11)
            sim.set("result_ready", cycle >= 70)
            await sim.settle()
            sim.set("sensed_req", sim.get("read_strobe") or 0)
            await sim.settle()
            if sim.get("thresholds_ready") and (cycle < 20 or cycle >= 50):
                loads.append(cycle)
            if sim.get("activations_ready") and cycle >= 20 and not vectors:
                vectors.append(cycle)
            if sim.get("result_valid") and cycle >= 70:
                results.append(sim.get("result_bits") or 0)
            await sim.tick()

    simulate(FlatPorts(RramLayer(spec)), play)
    assert vectors == [20]
    # two results and a word wait from cycle 50 to 70; no cell resolves, but 0 is reached anyway
    assert results == [1, 1]
    assert [cycle for cycle in loads if 20 <= cycle <= 70] == []
    assert loads[-1] == 99


def test_tiles_are_counted() -> None:
    spec = RramLayerSpec(inputs=100, neurons=30, pe=4, simd=25, tile_rows=16, tile_columns=32)
    assert spec.steps == 4 * 8
    assert spec.tiles == (2, 4)
    assert spec.used == 3000 / (8 * 16 * 32)
    whole = RramLayerSpec()
    assert whole.tiles == (2, 2)
    assert whole.used == 1


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"inputs": 4096, "neurons": 4096, "simd": 8}, "1048576 word lines of 16 bits.*raise pe"),
        ({"inputs": 4096, "neurons": 64, "pe": 64, "simd": 128}, "8192 columns; at most 4096"),
        ({"pe": 65}, "pe=65 is more than the 64 neurons"),
        ({"evaluate_cycles": 2}, "give 3 cycles or more"),
    ],
)
def test_what_cannot_be_built_is_refused(fields: dict[str, int], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        RramLayerSpec.model_validate(fields)
