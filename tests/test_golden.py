"""Golden models against slow references in plain Python: loops over bits, no arrays."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from effort import effort

from neuroloom.flows.catalogue import macros
from neuroloom.golden.arith.popcount import PopcountSpec
from neuroloom.golden.arith.requantize import RequantizeSpec
from neuroloom.golden.bnn.coding import InputCoding
from neuroloom.golden.bnn.layer import BnnLayerSpec
from neuroloom.golden.bnn.layer_model import count_matches
from neuroloom.golden.bnn.layer_options import LayerOutput, ParameterSource
from neuroloom.golden.bnn.network import BnnNetworkSpec, parameter_stream
from neuroloom.golden.bnn.xnor_popcount import XnorPopcountSpec
from neuroloom.golden.events.width_adapter import WidthAdapterSpec
from neuroloom.golden.formats import Overflow, Rounding
from neuroloom.golden.ports import Traffic, concatenate, count
from neuroloom.golden.spec import Spec

SEEDS = range(25)

Lists = dict[str, dict[str, list[Any]]]
"""Traffic as nested lists."""


def listed(traffic: Traffic) -> Lists:
    return {
        stream: {name: values.tolist() for name, values in tokens.items()}
        for stream, tokens in traffic.items()
    }


def by_flow(spec: Spec, traffic: Traffic) -> dict[str, dict[tuple[Any, ...], list[Any]]]:
    """The tokens of each flow of each output in their order; one flow where nothing tells them."""
    flows: dict[str, dict[tuple[Any, ...], list[Any]]] = {}
    for stream in spec.output_streams:
        columns = listed(traffic)[stream.name]
        found = flows.setdefault(stream.name, {})
        for token in zip(*columns.values(), strict=True):
            named = dict(zip(columns, token, strict=True))
            found.setdefault(tuple(named[name] for name in stream.flow), []).append(token)
    return flows


def drawn(name: str, seed: int) -> tuple[Any, Traffic | None, Traffic]:
    """A random Spec of the macro, its setup, and traffic for it."""
    rng = np.random.default_rng(seed)
    kind = macros()[name].stimulus_type
    stimulus = kind(kind.random_spec(rng))
    setup = stimulus.setup(rng)
    return stimulus.spec, setup, concatenate([stimulus.corners(), stimulus.random(rng, 7)])


def chunks(values: list[Any], size: int) -> list[list[Any]]:
    return [values[start : start + size] for start in range(0, len(values), size)]


def flat(rows: list[list[Any]]) -> list[Any]:
    return [value for row in rows for value in row]


def cut_and_filled(values: list[int], lanes: int) -> list[list[int]]:
    rows = chunks(values, lanes)
    return [row + [0] * (lanes - len(row)) for row in rows]


@pytest.mark.parametrize("width", range(1, 17))
def test_popcount_of_every_word(width: int) -> None:
    words = np.arange(1 << width)
    bits = words[:, np.newaxis] >> np.arange(width) & 1
    ones = PopcountSpec(width=width).model().run({"word": {"bits": bits}})["count"]["ones"]
    assert ones.tolist() == [word.bit_count() for word in range(1 << width)]


def xnor_popcount(spec: XnorPopcountSpec, _: Lists, sent: Lists) -> Lists:
    pairs = zip(sent["operands"]["activations"], sent["operands"]["weights"], strict=True)
    matches, highest = [], (1 << spec.matches_format.bits) - 1
    for folds in chunks(list(pairs), spec.folds):
        total = 0
        for activations, weights in folds:
            total += sum(a == w for a, w in zip(activations, weights, strict=True))
            if spec.overflow is Overflow.SATURATE:
                total = min(total, highest)
            if spec.overflow is Overflow.WRAP:
                total &= highest
        matches.append(total)
    return {"score": {"matches": matches}}


def width_adapter(spec: WidthAdapterSpec, _: Lists, sent: Lists) -> Lists:
    frames = [
        flat(rows)[: spec.length] for rows in chunks(sent["packed"]["data"], spec.input_tokens)
    ]
    return {"repacked": {"data": flat([cut_and_filled(f, spec.output_lanes) for f in frames])}}


def requantize(spec: RequantizeSpec, _: Lists, sent: Lists) -> Lists:
    low, high, unit = spec.output_format.minimum, spec.output_format.maximum, 2**spec.shift
    state, results = spec.seed, []
    for value in sent["value"]["data"]:
        quotient, rest = divmod(value, unit)
        if spec.rounding is Rounding.NEAREST_EVEN:
            quotient += 2 * rest > unit or (2 * rest == unit and quotient % 2 == 1)
        if spec.rounding is Rounding.TOWARD_ZERO:
            quotient = int(value / unit)  # of 24 bits: exact in double precision
        if spec.rounding is Rounding.NEAREST_UP:
            quotient += 2 * rest >= unit
        if spec.rounding is Rounding.NEAREST_AWAY:
            quotient = (2 * abs(value) + unit) // (2 * unit) * (1 if value > 0 else -1)
        if spec.rounding is Rounding.STOCHASTIC:
            quotient += rest + state % unit >= unit
            for _shift in range(spec.shift):
                state = state >> 1 ^ (0x80200003 if state % 2 else 0)
        if spec.overflow is Overflow.SATURATE:
            results.append(max(low, min(high, quotient)))
        else:
            results.append((quotient - low) % (high - low + 1) + low)
    return {"result": {"data": results}}


def layer_parameters(spec: BnnLayerSpec, tokens: Lists) -> list[tuple[list[list[int]], list[int]]]:
    """Every load in ``tokens``: a row of weights and a threshold a neuron."""
    loads = []
    per_load = spec.folds * spec.groups
    thresholds = (
        chunks(tokens["thresholds"]["values"], spec.groups) if "thresholds" in tokens else None
    )
    for index, rows in enumerate(chunks(tokens["weights"]["bits"], per_load)):
        neurons = []
        for neuron in range(spec.neurons):
            group, lane = divmod(neuron, spec.pe)
            folds = rows[group * spec.folds : (group + 1) * spec.folds]
            neurons.append(
                flat([fold[lane * spec.simd : (lane + 1) * spec.simd] for fold in folds])
            )
        levels = flat(thresholds[index])[: spec.neurons] if thresholds else []
        loads.append(([row[: spec.inputs] for row in neurons], levels))
    return loads


def bnn_layer(spec: BnnLayerSpec, setup: Lists, sent: Lists) -> Lists:
    unary = spec.coding is InputCoding.UNARY
    vectors = [
        [
            sum(each if unary else each << place for place, each in enumerate(bits))
            for bits in chunks(flat(tokens), spec.input_bits)[: spec.inputs]
        ]
        for tokens in chunks(sent["activations"]["bits"], spec.folds)
    ]
    greatest = spec.input_bits if unary else 2**spec.input_bits - 1
    match spec.parameters:
        case ParameterSource.FIXED:
            numbers = [int(row, 16) for row in spec.weights or ()]
            weights = [[n >> bit & 1 for bit in range(spec.inputs)] for n in numbers]
            sets = [(weights, list(spec.thresholds or ()))] * len(vectors)
        case ParameterSource.LOADED:
            sets = [layer_parameters(spec, setup)[-1]] * len(vectors)
        case ParameterSource.STREAMED:
            sets = layer_parameters(spec, sent)
    result: dict[str, list[Any]] = {field.name: [] for field in spec.output_streams[0].fields}
    for vector, (weights, thresholds) in zip(vectors, sets, strict=True):
        scores = [
            sum(a if w else greatest - a for a, w in zip(vector, row, strict=True))
            for row in weights
        ]
        match spec.output:
            case LayerOutput.BITS:
                fired = [int(p >= t) for p, t in zip(scores, thresholds, strict=True)]
                result["bits"] += cut_and_filled(fired, spec.pe)
            case LayerOutput.SCORES:
                result["matches"] += cut_and_filled(scores, spec.pe)
            case LayerOutput.CLASS:
                result["index"].append(scores.index(max(scores)))
                result["matches"].append(max(scores))
    return {"result": result}


def bnn_network(spec: BnnNetworkSpec, setup: Lists, sent: Lists) -> Lists:
    tokens = sent["activations"]["bits"]
    for index, layer in enumerate(spec.layers):
        names = {name: parameter_stream(index, name) for name in ("weights", "thresholds")}
        loads = {name: setup[at] for name, at in names.items() if at in setup}
        streamed = {name: sent[at] for name, at in names.items() if at in sent}
        result = bnn_layer(layer, loads, {"activations": {"bits": tokens}, **streamed})
        if index < len(spec.layers) - 1:
            following = spec.layers[index + 1]
            vectors = chunks(result["result"]["bits"], layer.groups)
            tokens = flat(
                [cut_and_filled(flat(v)[: layer.neurons], following.simd) for v in vectors]
            )
    return result


REFERENCES: dict[str, Callable[[Any, Lists, Lists], Lists]] = {
    each.__name__: each
    for each in (xnor_popcount, width_adapter, requantize, bnn_layer, bnn_network)
}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", REFERENCES)
def test_model_equals_the_slow_reference(name: str, seed: int) -> None:
    spec, setup, traffic = drawn(name, seed)
    model = spec.model()
    if setup is not None:
        model.run(setup)
    expected = REFERENCES[name](spec, listed(setup or {}), listed(traffic))
    assert listed(model.run(traffic)) == expected, f"seed {seed}: {spec.model_dump_json()}"


@pytest.mark.parametrize("seed", SEEDS[: effort(8, None)])
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
        single.run({
            stream: {
                # operations that need fewer tokens leave some over, for the last part
                field: values[begins[stream][index] :][
                    : begins[stream][index + 1] - begins[stream][index]
                    if index < operations - 1 else None
                ]
                for field, values in tokens.items()
            }
            for stream, tokens in traffic.items()
        })
        for index in range(operations)
    ]  # fmt: skip
    assert by_flow(spec, concatenate(parts)) == by_flow(spec, whole.run(traffic)), (
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
