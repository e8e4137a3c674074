"""Trained convolutional layers as a specification."""

from collections.abc import Sequence
from itertools import product

from neuroloom.flows.networks.binarized import BinarizedLayer
from neuroloom.flows.networks.folding import CYCLES_PER_IMAGE, ELEMENT_LANES, WIDEST
from neuroloom.flows.networks.stages import PooledConvolution
from neuroloom.golden.bnn.layer import BnnLayerSpec
from neuroloom.golden.bnn.layer_options import LayerOutput
from neuroloom.golden.bnn.max_pool import MaxPoolSpec
from neuroloom.golden.bnn.sliding_window import SlidingWindowSpec
from neuroloom.golden.systems.bnn_conv_network import BnnConvNetworkSpec
from neuroloom.golden.systems.conv_stage import ConvStage

MOST_NEURONS = 1024
"""Neurons that a layer can compute at once."""


def conv_network_spec(
    layers: Sequence[BinarizedLayer],
    image: tuple[int, int, int],
    cycles: int | None = None,
    result: LayerOutput = LayerOutput.CLASS,
) -> BnnConvNetworkSpec:
    """The network on images (height, width, channels) with its trained parameters fixed.

    Each layer is the least hardware that takes at most ``cycles`` steps for an image, or the
    fastest where none does; by default 96 for each position of the largest convolution.
    """
    shapes = [tuple(image)]
    for layer in layers:
        shapes.append(layer.stage.output_shape(shapes[-1]))
    positions = [_positions(layer, shape) for layer, shape in zip(layers, shapes, strict=False)]
    cycles = cycles or CYCLES_PER_IMAGE * max(positions)
    stages: list[ConvStage] = []
    lanes = 1
    for index, (layer, shape) in enumerate(zip(layers, shapes, strict=False)):
        lanes, simd = _fold(layer, shape, positions[index], cycles, lanes)
        output = result if index == len(layers) - 1 else LayerOutput.BITS
        stages.append(_stage(layer, shape, lanes, simd, output))
    return BnnConvNetworkSpec(stages=tuple(stages))


def _positions(layer: BinarizedLayer, shape: tuple[int, ...]) -> int:
    if not isinstance(layer.stage, PooledConvolution):
        return 1
    rows, columns = layer.stage.positions(shape)
    return rows * columns


def _fold(
    layer: BinarizedLayer, shape: tuple[int, ...], positions: int, cycles: int, given: int
) -> tuple[int, int]:
    """(pe, simd); pixels are cut into equal parts, which fit the ``given`` bits at once."""
    neurons, inputs = layer.weights.shape
    convolution = isinstance(layer.stage, PooledConvolution)
    channels = shape[-1] if convolution else inputs

    def cost(folding: tuple[int, int]) -> tuple[int, int, int]:
        pe, simd = folding
        steps = positions * -(-neurons // pe) * -(-inputs // simd)
        return max(steps, cycles), pe * (simd + ELEMENT_LANES), pe

    return min(
        (
            (pe, simd)
            for pe, simd in product(
                range(1, min(neurons, MOST_NEURONS) + 1), range(1, min(channels, WIDEST) + 1)
            )
            if max(given, simd) % min(given, simd) == 0
            and not (convolution and (neurons % pe or channels % simd))
        ),
        key=cost,
    )


def _stage(
    layer: BinarizedLayer, shape: tuple[int, ...], pe: int, simd: int, output: LayerOutput
) -> ConvStage:
    folded = BnnLayerSpec.with_weights(layer.weights, layer.thresholds, pe, simd, output)
    stage = layer.stage
    if not isinstance(stage, PooledConvolution):
        return ConvStage(layer=folded)
    height, width, channels = shape
    window = SlidingWindowSpec(
        height=height,
        width=width,
        channels=channels,
        simd=simd,
        kernel=stage.kernel,
        stride=stage.stride,
        padding=stage.padding,
    )
    pool = None
    if stage.pool > 1:
        rows, columns = stage.positions(shape)
        pool = MaxPoolSpec(
            height=rows, width=columns, channels=stage.channels, lanes=pe, kernel=stage.pool
        )
    return ConvStage(window=window, layer=folded, pool=pool)
