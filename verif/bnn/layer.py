"""Stimulus for ``bnn_layer``."""

from collections.abc import Sequence

import numpy as np

from neuroloom.golden.arith.popcount import PopcountStyle
from neuroloom.golden.bnn.coding import InputCoding
from neuroloom.golden.bnn.layer import BnnLayerSpec
from neuroloom.golden.bnn.layer_options import LayerOutput, ParameterSource
from neuroloom.golden.ports import Integers, Traffic, concatenate
from neuroloom.golden.streams.width_adapter import to_frames, to_tokens
from neuroloom.verif.stimulus import Cover, Rng, Stimulus, pick, random_tokens


class BnnLayerStimulus(Stimulus[BnnLayerSpec]):
    """Random vectors against random weights, thresholds close to where the counts lie."""

    operations = 30
    loads_in_flight = True

    def setup(self, rng: Rng) -> Traffic | None:
        if self.spec.parameters is not ParameterSource.LOADED:
            return None
        return {**no_vectors(self.spec), **random_parameters(self.spec, rng)}

    def corners(self) -> Traffic:
        spec = self.spec
        bits = spec.inputs * spec.input_bits
        ones, zeros = np.ones(bits, np.int64), np.zeros(bits, np.int64)
        single = zeros.copy()
        single[-1] = 1
        return self._traffic(np.array([zeros, ones, single, 1 - single]), np.random.default_rng(0))

    def random(self, rng: Rng, operations: int) -> Traffic:
        density = rng.choice([0.1, 0.5, 0.5, 0.9], (operations, 1))
        bits = self.spec.inputs * self.spec.input_bits
        return self._traffic((rng.random((operations, bits)) < density).astype(np.int64), rng)

    def _traffic(self, vectors: Integers, rng: Rng) -> Traffic:
        spec = self.spec
        traffic: Traffic = {"activations": {"bits": vector_tokens(vectors, spec.input_lanes, rng)}}
        if spec.parameters is not ParameterSource.STREAMED:
            return traffic
        sets = [random_parameters(spec, rng) for _ in vectors]
        return {**traffic, **concatenate(sets)}

    def coverage(self) -> list[Cover]:
        spec = self.spec
        points = [Cover("every input was 0 and 1", self._inputs_toggled)]
        if spec.output is LayerOutput.BITS:
            bits = "bits"
            points.append(Cover("a neuron fired", lambda _, got: (got["result"][bits] == 1).any()))
            points.append(
                Cover("a neuron stayed silent", lambda _, got: (got["result"][bits] == 0).any())
            )
        if spec.output is LayerOutput.CLASS and spec.neurons > 1 and spec.inputs > 4:
            points.append(
                Cover("two classes won", lambda _, got: np.ptp(got["result"]["index"]) > 0)
            )
        return points

    def _inputs_toggled(self, sent: Traffic, _: Traffic) -> bool:
        bits = self.spec.inputs * self.spec.input_bits
        vectors = to_frames(sent["activations"]["bits"], bits)
        return bool((vectors.min(axis=0) == 0).all() and (vectors.max(axis=0) == 1).all())

    @classmethod
    def random_spec(cls, rng: Rng) -> BnnLayerSpec:
        inputs, neurons = int(rng.integers(1, 60)), int(rng.integers(1, 24))
        input_bits = int(pick(rng, [1, 1, 2, 3, 5]))
        simd = int(rng.integers(1, (inputs - 1) // input_bits + 2))
        return random_layer(
            rng, inputs, neurons, simd, pick(rng, LayerOutput), input_bits, pick(rng, InputCoding)
        )


def random_layer(
    rng: Rng,
    inputs: int,
    neurons: int,
    simd: int,
    output: LayerOutput,
    input_bits: int = 1,
    coding: InputCoding = InputCoding.BINARY,
    sources: Sequence[ParameterSource] = tuple(ParameterSource),
) -> BnnLayerSpec:
    """A layer with random folding and random parameters, from one of ``sources``."""
    pe = int(rng.integers(1, min(neurons, 8) + 1))
    common = {
        "inputs": inputs,
        "neurons": neurons,
        "pe": pe,
        "simd": simd,
        "output": output,
        "input_bits": input_bits,
        "coding": coding,
        "style": pick(rng, PopcountStyle),
    }
    source = pick(rng, sources)
    loaded = BnnLayerSpec.model_validate({**common, "parameters": ParameterSource.LOADED})
    if source is not ParameterSource.FIXED:
        return loaded.model_copy(update={"parameters": source})
    weights = rng.integers(0, 2, (neurons, inputs))
    bits = output is LayerOutput.BITS
    thresholds = random_thresholds(rng, loaded, neurons) if bits else None
    return BnnLayerSpec.with_weights(
        weights, thresholds, pe, simd, output, input_bits, coding
    ).model_copy(update={"style": loaded.style})


def random_thresholds(rng: Rng, spec: BnnLayerSpec, count: int) -> Integers:
    """Mostly near half of the greatest sum, where sums lie; now and then always or never."""
    greatest = spec.greatest_sum
    spread = max(1.0, np.sqrt(spec.inputs) / 2 * spec.greatest_input)
    near = np.rint(rng.normal((greatest + 1) / 2, spread, count))
    ends = rng.choice([0, 1, greatest, greatest + 1], count)
    chosen = np.where(rng.random(count) < 0.15, ends, near)
    return np.clip(chosen, 0, greatest + 1).astype(np.int64)


def random_parameters(spec: BnnLayerSpec, rng: Rng) -> Traffic:
    """One load of random weights, and thresholds where the layer has them; padding is noise."""
    weights = random_tokens(spec.weight_stream, rng, spec.folds * spec.groups)
    if spec.output is not LayerOutput.BITS:
        return {"weights": weights}
    thresholds = random_thresholds(rng, spec, spec.groups * spec.pe)
    return {"weights": weights, "thresholds": {"values": thresholds.reshape(-1, spec.pe)}}


def no_vectors(spec: BnnLayerSpec) -> Traffic:
    return {"activations": {"bits": np.zeros((0, spec.input_lanes), np.int64)}}


def vector_tokens(vectors: Integers, lanes: int, rng: Rng) -> Integers:
    """Vectors as tokens, with noise beyond the last input: the layer must ignore it."""
    tokens = to_tokens(vectors, lanes)
    padding = to_tokens(np.ones_like(vectors), lanes) == 0
    return np.where(padding, rng.integers(0, 2, tokens.shape), tokens)
