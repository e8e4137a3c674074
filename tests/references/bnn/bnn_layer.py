"""A binarized layer, input by input: its weights read off the tokens of a load."""

from typing import Any

from neuroloom.golden.bnn.coding import InputCoding
from neuroloom.golden.bnn.layer import BnnLayerSpec
from neuroloom.golden.bnn.layer_options import LayerOutput, ParameterSource
from neuroloom.golden.bnn.rram_layer import RramLayerSpec
from references.plain import Lists, chunks, cut_and_filled, flat

KIND = "plain integers"
Parameters = tuple[list[list[int]], list[int]]
"""A row of weights a neuron, and its thresholds."""


def loaded(spec: BnnLayerSpec, tokens: Lists) -> list[Parameters]:
    """Every load in ``tokens``."""
    folds, groups = -(-spec.inputs // spec.simd), -(-spec.neurons // spec.pe)
    levels = chunks(tokens["thresholds"]["values"], groups) if "thresholds" in tokens else None
    loads = []
    for index, words in enumerate(chunks(tokens["weights"]["bits"], folds * groups)):
        neurons = []
        for neuron in range(spec.neurons):
            group, lane = divmod(neuron, spec.pe)
            own = words[group * folds : (group + 1) * folds]
            row = flat([word[lane * spec.simd : (lane + 1) * spec.simd] for word in own])
            neurons.append(row[: spec.inputs])
        loads.append((neurons, flat(levels[index])[: spec.neurons] if levels else []))
    return loads


def parameters(spec: BnnLayerSpec, setup: Lists, sent: Lists, vectors: int) -> list[Parameters]:
    """Those of every vector."""
    if spec.parameters is ParameterSource.STREAMED:
        return loaded(spec, sent)
    if spec.parameters is ParameterSource.LOADED:
        return [loaded(spec, setup)[-1]] * vectors
    numbers = [int(row, 16) for row in spec.weights or ()]
    weights = [[n >> bit & 1 for bit in range(spec.inputs)] for n in numbers]
    return [(weights, list(spec.thresholds or ()))] * vectors


def scores(spec: BnnLayerSpec, bits: list[int], weights: list[list[int]]) -> list[int]:
    """p of every neuron for the bits of a vector."""
    unary = spec.coding is InputCoding.UNARY
    greatest = spec.input_bits if unary else 2**spec.input_bits - 1
    values = [
        sum(bit if unary else bit << place for place, bit in enumerate(number))
        for number in chunks(bits, spec.input_bits)
    ]
    return [
        sum(a if w else greatest - a for a, w in zip(values, row, strict=True)) for row in weights
    ]


def result(
    spec: BnnLayerSpec | RramLayerSpec, sums: list[list[int]], thresholds: list[list[int]]
) -> Lists:
    """The tokens of vectors from the p and the thresholds of all neurons."""
    if spec.output is LayerOutput.CLASS:
        best = [max(row) for row in sums]
        index = [row.index(top) for row, top in zip(sums, best, strict=True)]
        return {"result": {"index": index, "matches": best}}
    if spec.output is LayerOutput.SCORES:
        return {"result": {"matches": flat([cut_and_filled(row, spec.pe) for row in sums])}}
    tokens: list[Any] = []
    for row, levels in zip(sums, thresholds, strict=True):
        fired = [int(p >= level) for p, level in zip(row, levels, strict=True)]
        tokens += cut_and_filled(fired, spec.pe)
    return {"result": {"bits": tokens}}


def expected(spec: BnnLayerSpec, setup: Lists, sent: Lists) -> Lists:
    words = chunks(sent["activations"]["bits"], -(-spec.inputs // spec.simd))
    vectors = [flat(tokens)[: spec.inputs * spec.input_bits] for tokens in words]
    own = parameters(spec, setup, sent, len(vectors))
    sums = [scores(spec, bits, weights) for bits, (weights, _) in zip(vectors, own, strict=True)]
    return result(spec, sums, [thresholds for _, thresholds in own])
