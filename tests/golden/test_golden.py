"""Golden models: batches, resets, loads, exactness at the greatest sizes, and speed."""

import time
from typing import Any

import numpy as np
import pytest
from support.agreement import by_flow, listed
from support.effort import effort

from neuroloom.flows.catalogue import macros
from neuroloom.golden.arith.popcount import PopcountSpec
from neuroloom.golden.arith.requantize import RequantizeSpec
from neuroloom.golden.bnn.layer import BnnLayerSpec
from neuroloom.golden.bnn.layer_model import count_matches
from neuroloom.golden.bnn.layer_options import LayerOutput
from neuroloom.golden.bnn.xnor_popcount import XnorPopcountSpec
from neuroloom.golden.formats import Rounding
from neuroloom.golden.ports import Traffic, concatenate, count
from neuroloom.golden.spec import Spec


def drawn(name: str, seed: int) -> tuple[Any, Traffic | None, Traffic]:
    """A random Spec of the macro, its setup, and traffic for it."""
    rng = np.random.default_rng(seed)
    kind = macros()[name].stimulus_type
    stimulus = kind(kind.random_spec(rng))
    setup = stimulus.setup(rng)
    return stimulus.spec, setup, concatenate([stimulus.corners(), stimulus.random(rng, 7)])


@pytest.mark.parametrize("width", range(1, 17))
def test_popcount_of_every_word(width: int) -> None:
    words = np.arange(1 << width)
    bits = words[:, np.newaxis] >> np.arange(width) & 1
    ones = PopcountSpec(width=width).model().run({"word": {"bits": bits}})["count"]["ones"]
    assert ones.tolist() == [word.bit_count() for word in range(1 << width)]


@pytest.mark.parametrize("seed", range(effort(8, 25)))
@pytest.mark.parametrize("name", macros())
def test_operations_do_not_depend_on_the_batch(name: str, seed: int) -> None:
    spec, setup, traffic = drawn(name, seed)
    whole, single = spec.model(), spec.model()
    for model in (whole, single):
        if setup is not None:
            model.run(setup)
    consumes, varying = spec.contract.consumes, spec.consumption(traffic)
    stream, per_operation = next(iter(consumes.items()))
    operations = (
        len(varying[stream]) if stream in varying else count(traffic[stream]) // per_operation
    )
    begins = {
        stream: [0, *np.cumsum(varying.get(stream, np.full(operations, each))).tolist()]
        for stream, each in consumes.items()
    }
    parts = [
        single.run(
            {
                stream: {
                    # operations that need fewer tokens leave some over, for the last part
                    field: values[begins[stream][index] :][
                        : begins[stream][index + 1] - begins[stream][index]
                        if index < operations - 1
                        else None
                    ]
                    for field, values in tokens.items()
                }
                for stream, tokens in traffic.items()
            }
        )
        for index in range(operations)
    ]
    assert by_flow(spec, listed(concatenate(parts))) == by_flow(spec, listed(whole.run(traffic))), (
        f"seed {seed}: {spec.model_dump_json()}"
    )


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", macros())
def test_reset_returns_to_the_first_results(name: str, seed: int) -> None:
    spec, setup, traffic = drawn(name, seed)
    model = spec.model()
    runs = []
    for _ in range(2):
        if setup is not None:
            model.run(setup)
        runs.append(listed(model.run(traffic)))
        model.reset()
    assert runs[0] == runs[1], f"seed {seed}: {spec.model_dump_json()}"


def test_stochastic_entropy_goes_on_from_call_to_call() -> None:
    model = RequantizeSpec(rounding=Rounding.STOCHASTIC, shift=4).model()
    values = {"value": {"data": np.full(50, 8)}}
    assert listed(model.run(values)) != listed(model.run(values))


def test_loaded_parameters_stay_until_the_next_load() -> None:
    spec = BnnLayerSpec(inputs=4, neurons=2, pe=2, simd=4, output=LayerOutput.SCORES)
    vector = {"activations": {"bits": np.array([[1, 1, 1, 1]])}}
    model = spec.model()
    model.run({**spec.parameter_tokens(np.ones((2, 4), int), None), "activations": no_vectors(4)})
    assert listed(model.run(vector)) == {"result": {"matches": [[4, 4]]}}
    assert listed(model.run(vector)) == {"result": {"matches": [[4, 4]]}}
    model.run({**spec.parameter_tokens(np.zeros((2, 4), int), None), "activations": no_vectors(4)})
    assert listed(model.run(vector)) == {"result": {"matches": [[0, 0]]}}


def no_vectors(simd: int) -> dict[str, np.ndarray]:
    return {"bits": np.zeros((0, simd), np.int64)}


def test_a_layer_without_weights_says_so() -> None:
    spec = BnnLayerSpec(inputs=4, neurons=2, pe=2, simd=4)
    with pytest.raises(ValueError, match="no weights yet: load them"):
        spec.model().run({"activations": {"bits": np.zeros((1, 4), int)}})


@pytest.mark.parametrize("name", ["xnor_popcount", "width_adapter", "bnn_layer", "bnn_network"])
def test_left_over_tokens_are_refused(name: str) -> None:
    refused = 0
    for seed in range(10):
        spec, setup, traffic = drawn(name, seed)
        stream, per_operation = next(iter(spec.contract.consumes.items()))
        if per_operation == 1:  # every token is an operation: nothing can be left over
            continue
        model = spec.model()
        if setup is not None:
            model.run(setup)
        cut = {field: values[:-1] for field, values in traffic[stream].items()}
        with pytest.raises(ValueError, match=f"takes {per_operation} tokens .* leave a part"):
            model.run({**traffic, stream: cut})
        refused += 1
    assert refused > 3


@pytest.mark.parametrize("seed", range(10))
def test_matches_count_the_bipolar_sum(seed: int) -> None:
    rng = np.random.default_rng(seed)
    length = int(rng.integers(1, 200))
    activations, weights = rng.integers(0, 2, (2, length))
    bipolar = sum(
        (1 if a else -1) * (1 if w else -1) for a, w in zip(activations, weights, strict=True)
    )
    operands = {"activations": activations[np.newaxis], "weights": weights[np.newaxis]}
    score = XnorPopcountSpec(lanes=length, folds=1).model().run({"operands": operands})["score"]
    assert bipolar == 2 * int(score["matches"][0]) - length, f"seed {seed}"
    matches = count_matches(activations[np.newaxis], weights[np.newaxis])
    assert bipolar == 2 * int(matches[0, 0]) - length, f"seed {seed}"


def test_count_matches_is_exact_at_the_greatest_size() -> None:
    vector = np.zeros((1, 65536), np.int64)
    weights = np.ones((2, 65536), np.int64)
    weights[0, 0] = 0
    assert count_matches(vector, weights).tolist() == [[1, 0]]
    assert count_matches(1 - vector, weights).tolist() == [[65535, 65536]]


def test_layer_model_is_fast_enough_for_data_sets() -> None:
    rng = np.random.default_rng(1)
    weights, vectors = rng.integers(0, 2, (1024, 1024)), rng.integers(0, 2, (64, 1024))
    spec = BnnLayerSpec.with_weights(weights, None, pe=32, simd=32, output=LayerOutput.SCORES)
    model = spec.model()
    begin = time.process_time()
    model.run({"activations": {"bits": vectors.reshape(-1, 32)}})
    rate = vectors.shape[0] * weights.size / (time.process_time() - begin)
    assert rate >= 10e6, f"{rate / 1e6:.1f} M synaptic operations a second"


def test_fixed_weights_survive_the_specification() -> None:
    rng = np.random.default_rng(2)
    weights, thresholds = rng.integers(0, 2, (7, 13)), rng.integers(0, 15, 7)
    spec: Spec = BnnLayerSpec.with_weights(weights, thresholds, 3, 5, LayerOutput.BITS)
    again = BnnLayerSpec.model_validate_json(spec.model_dump_json())
    assert np.array_equal(again.weight_matrix, weights)
    assert again.thresholds == tuple(thresholds)
