"""Stimulus for ``bnn_layer``."""

import numpy as np

from neuroloom.golden.arith.popcount import PopcountStyle
from neuroloom.golden.bnn.layer import BnnLayerSpec, LayerOutput, ParameterSource
from neuroloom.golden.events.width_adapter import to_frames, to_tokens
from neuroloom.golden.ports import Integers, Traffic, concatenate
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
        ones, zeros = np.ones(spec.inputs, np.int64), np.zeros(spec.inputs, np.int64)
        single = zeros.copy()
        single[-1] = 1
        return self._traffic(np.array([zeros, ones, single, 1 - single]), np.random.default_rng(0))

    def random(self, rng: Rng, operations: int) -> Traffic:
        density = rng.choice([0.1, 0.5, 0.5, 0.9], (operations, 1))
        vectors = (rng.random((operations, self.spec.inputs)) < density).astype(np.int64)
        return self._traffic(vectors, rng)

    def _traffic(self, vectors: Integers, rng: Rng) -> Traffic:
        spec = self.spec
        traffic: Traffic = {"activations": {"bits": vector_tokens(vectors, spec.simd, rng)}}
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
        vectors = to_frames(sent["activations"]["bits"], self.spec.inputs)
        return bool((vectors.min(axis=0) == 0).all() and (vectors.max(axis=0) == 1).all())

    @classmethod
    def random_spec(cls, rng: Rng) -> BnnLayerSpec:
        inputs, neurons = int(rng.integers(1, 60)), int(rng.integers(1, 24))
        return random_layer(
            rng, inputs, neurons, simd=int(rng.integers(1, inputs + 1)),
            output=pick(rng, LayerOutput),
        )  # fmt: skip


def random_layer(
    rng: Rng, inputs: int, neurons: int, simd: int, output: LayerOutput, pe: int | None = None
) -> BnnLayerSpec:
    """A layer with random folding and random parameters, from anywhere."""
    pe = pe or int(rng.integers(1, min(neurons, 8) + 1))
    common = {
        "inputs": inputs, "neurons": neurons, "pe": pe, "simd": simd, "output": output,
        "style": pick(rng, PopcountStyle),
    }  # fmt: skip
    source = pick(rng, ParameterSource)
    if source is not ParameterSource.FIXED:
        return BnnLayerSpec.model_validate({**common, "parameters": source})
    weights = rng.integers(0, 2, (neurons, inputs))
    thresholds = random_thresholds(rng, neurons, inputs) if output is LayerOutput.BITS else None
    fixed = BnnLayerSpec.with_weights(weights, thresholds, pe, simd, output)
    return BnnLayerSpec.model_validate({**fixed.model_dump(), **common})


def random_thresholds(rng: Rng, neurons: int, inputs: int) -> Integers:
    """Mostly near half of the inputs, where counts lie; now and then always or never."""
    spread = max(1.0, np.sqrt(inputs) / 2)
    near = np.rint(rng.normal((inputs + 1) / 2, spread, neurons))
    ends = rng.choice([0, 1, inputs, inputs + 1], neurons)
    chosen = np.where(rng.random(neurons) < 0.15, ends, near)
    return np.clip(chosen, 0, inputs + 1).astype(np.int64)


def random_parameters(spec: BnnLayerSpec, rng: Rng) -> Traffic:
    """One load of random weights, and thresholds where the layer has them; padding is noise."""
    weights = random_tokens(spec.weight_stream, rng, spec.folds * spec.groups)
    if spec.output is not LayerOutput.BITS:
        return {"weights": weights}
    thresholds = random_thresholds(rng, spec.groups * spec.pe, spec.inputs)
    return {"weights": weights, "thresholds": {"values": thresholds.reshape(-1, spec.pe)}}


def no_vectors(spec: BnnLayerSpec) -> Traffic:
    return {"activations": {"bits": np.zeros((0, spec.simd), np.int64)}}


def vector_tokens(vectors: Integers, simd: int, rng: Rng) -> Integers:
    """Vectors as tokens, with noise beyond the last input: the layer must ignore it."""
    tokens = to_tokens(vectors, simd)
    padding = to_tokens(np.ones_like(vectors), simd) == 0
    return np.where(padding, rng.integers(0, 2, tokens.shape), tokens)
