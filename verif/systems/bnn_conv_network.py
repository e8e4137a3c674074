"""Stimulus for ``bnn_conv_network``."""

import numpy as np

from neuroloom.golden.bnn.layer import BnnLayerSpec
from neuroloom.golden.bnn.layer_options import LayerOutput, ParameterSource
from neuroloom.golden.bnn.max_pool import MaxPoolSpec
from neuroloom.golden.ports import Traffic
from neuroloom.golden.systems.bnn_conv_network import BnnConvNetworkSpec
from neuroloom.golden.systems.bnn_network import parameter_stream
from neuroloom.golden.systems.conv_stage import ConvStage
from neuroloom.verif.bnn.layer import random_layer, random_parameters
from neuroloom.verif.bnn.sliding_window import random_window
from neuroloom.verif.stimulus import Cover, Rng, Stimulus, pick, random_tokens

LONGEST = 100
"""Cycles that an image of a random specification takes at most."""


class BnnConvNetworkStimulus(Stimulus[BnnConvNetworkSpec]):
    """Random images through random stages."""

    operations = 40

    def setup(self, rng: Rng) -> Traffic | None:
        loads = {
            parameter_stream(index, name): tokens
            for index, stage in enumerate(self.spec.stages)
            if stage.layer is not None and stage.layer.parameters is ParameterSource.LOADED
            for name, tokens in random_parameters(stage.layer, rng).items()
        }
        images = random_tokens(self.spec.streams[0], rng, 0)
        return {"activations": images, **loads} if loads else None

    def corners(self) -> Traffic:
        tokens = self.spec.contract.consumes["activations"]
        lanes = self.spec.streams[0].fields[0].lanes
        assert lanes is not None
        places = np.arange(tokens * lanes).reshape(tokens, lanes)
        images = [np.zeros_like(places), np.ones_like(places), places % 2, places % 3 % 2]
        return {"activations": {"bits": np.concatenate(images)}}

    def random(self, rng: Rng, operations: int) -> Traffic:
        count = operations * self.spec.contract.consumes["activations"]
        return {"activations": random_tokens(self.spec.streams[0], rng, count)}

    def coverage(self) -> list[Cover]:
        last = self.spec.stages[-1].layer
        if last is None or last.inputs < 4:
            return []
        field = "bits" if last.output is LayerOutput.BITS else "matches"
        return [Cover("results differ", lambda _, got: np.ptp(got["result"][field]) > 0)]

    @classmethod
    def random_spec(cls, rng: Rng) -> BnnConvNetworkSpec:
        while True:
            spec = _random_network(rng)
            if spec is None or spec.contract.interval > LONGEST:
                continue
            # chains of single pixels hold so many images that their input hardly waits
            if sum(depth < 4 for _, depth in spec.links) < 2:
                return spec


def _random_network(rng: Rng) -> BnnConvNetworkSpec | None:
    """A few stages of any kind; none where the sizes chosen do not fit each other."""
    height, width = int(rng.integers(1, 9)), int(rng.integers(1, 9))
    channels, lanes = int(rng.integers(1, 5)), 0
    count = int(rng.integers(1, 5))
    stages: list[ConvStage] = []
    for index in range(count):
        last = index == count - 1
        fitting = [simd for simd in range(1, 9) if lanes % simd == 0 or simd % max(lanes, 1) == 0]
        wide = int(pick(rng, fitting))  # bits at once of a layer or a pool
        whole = channels % wide == 0
        kind = pick(rng, ["convolution", "convolution", "pool", "connected"])
        try:
            if kind == "pool":
                kernel = int(rng.integers(1, 1 + min(height, width, 3)))
                pool = MaxPoolSpec(
                    height=height,
                    width=width,
                    channels=channels,
                    lanes=min(wide, channels),
                    kernel=kernel,
                )
                stages.append(ConvStage(pool=pool))
                height, width, lanes = pool.rows, pool.columns, pool.lanes
                continue
            neurons = int(rng.integers(1, 9))
            if kind == "connected":
                layer = _layer(rng, height * width * channels, neurons, wide, last)
                stages.append(ConvStage(layer=layer))
                height = width = 1
            else:
                if not whole:
                    return None
                bits = int(pick(rng, [1, wide])) if index == 0 else 1
                window = random_window(rng, height, width, channels, wide, int(rng.integers(1, 5)))
                inputs = window.window_inputs // bits
                layer = _layer(rng, inputs, neurons, wide // bits, last, bits)
                stage = ConvStage(window=window, layer=layer)
                height, width = window.rows, window.columns
                kernel = int(rng.integers(1, 1 + min(height, width, 3)))
                if layer.output is LayerOutput.BITS and rng.integers(2):
                    pool = MaxPoolSpec(
                        height=height, width=width, channels=neurons, lanes=layer.pe, kernel=kernel
                    )
                    stage = ConvStage(window=window, layer=layer, pool=pool)
                    height, width = pool.rows, pool.columns
                stages.append(stage)
            channels, lanes = neurons, layer.pe
        except ValueError:
            return None
    try:
        return BnnConvNetworkSpec(stages=tuple(stages))
    except ValueError:
        return None


def _layer(
    rng: Rng, inputs: int, neurons: int, simd: int, last: bool, input_bits: int = 1
) -> BnnLayerSpec:
    output = pick(rng, LayerOutput) if last else LayerOutput.BITS
    sources = (ParameterSource.FIXED, ParameterSource.LOADED)
    return random_layer(rng, inputs, neurons, simd, output, input_bits, sources=sources)
