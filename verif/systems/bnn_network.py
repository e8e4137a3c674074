"""Stimulus for ``bnn_network``."""

import numpy as np

from neuroloom.golden.bnn.layer import BnnLayerSpec
from neuroloom.golden.bnn.layer_options import LayerOutput, ParameterSource
from neuroloom.golden.ports import Integers, Traffic, concatenate
from neuroloom.golden.systems.bnn_network import BnnNetworkSpec, parameter_stream
from neuroloom.verif.bnn.layer import no_vectors, random_layer, random_parameters, vector_tokens
from neuroloom.verif.stimulus import Cover, Rng, Stimulus, pick


class BnnNetworkStimulus(Stimulus[BnnNetworkSpec]):
    """Random vectors through random layers."""

    operations = 30

    def setup(self, rng: Rng) -> Traffic | None:
        parameters = self._parameters(rng, ParameterSource.LOADED)
        return {**no_vectors(self.spec.layers[0]), **parameters} if parameters else None

    def _parameters(self, rng: Rng, source: ParameterSource) -> Traffic:
        return {
            parameter_stream(index, name): tokens
            for index, layer in enumerate(self.spec.layers)
            if layer.parameters is source
            for name, tokens in random_parameters(layer, rng).items()
        }

    def corners(self) -> Traffic:
        bits = self.spec.layers[0].inputs * self.spec.layers[0].input_bits
        vectors = np.array([np.zeros(bits), np.ones(bits), np.arange(bits) % 2])
        return self._traffic(vectors.astype(np.int64), np.random.default_rng(0))

    def random(self, rng: Rng, operations: int) -> Traffic:
        bits = self.spec.layers[0].inputs * self.spec.layers[0].input_bits
        return self._traffic(rng.integers(0, 2, (operations, bits)), rng)

    def _traffic(self, vectors: Integers, rng: Rng) -> Traffic:
        tokens = vector_tokens(vectors, self.spec.layers[0].input_lanes, rng)
        streamed = [self._parameters(rng, ParameterSource.STREAMED) for _ in vectors]
        return {"activations": {"bits": tokens}, **concatenate(streamed)}

    def coverage(self) -> list[Cover]:
        last = self.spec.layers[-1]
        field = {"bits": "bits", "scores": "matches", "class": "matches"}[last.output]
        if last.inputs < 4:
            return []
        return [Cover("results differ", lambda _, got: np.ptp(got["result"][field]) > 0)]

    @classmethod
    def random_spec(cls, rng: Rng) -> BnnNetworkSpec:
        count = int(rng.integers(1, 4))
        sizes = [int(size) for size in rng.integers(2, 24, count + 1)]
        layers: list[BnnLayerSpec] = []
        for index in range(count):
            inputs, neurons = sizes[index], sizes[index + 1]
            simds = list(range(1, inputs + 1))
            if layers:  # one of pe and simd must be a multiple of the other
                pe = layers[-1].pe
                simds = [simd for simd in simds if max(pe, simd) % min(pe, simd) == 0]
            last = index == count - 1
            output = pick(rng, LayerOutput) if last else LayerOutput.BITS
            bits = 1 if layers else int(pick(rng, [1, 1, 3]))
            layers.append(random_layer(rng, inputs, neurons, pick(rng, simds), output, bits))
        return BnnNetworkSpec(layers=tuple(layers))
