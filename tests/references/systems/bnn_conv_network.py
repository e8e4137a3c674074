"""A binarized convolutional network on whole images, bit by bit: no tokens between its stages."""

from typing import Any

from neuroloom.golden.systems.bnn_conv_network import BnnConvNetworkSpec
from references.bnn import bnn_layer
from references.bnn.max_pool import Image, pooled
from references.bnn.sliding_window import windows
from references.plain import Lists, chunks, cut_and_filled, flat
from references.systems.bnn_network import of_layer

KIND = "whole network, pixel by pixel"


def first_images(stage: Any, tokens: list[list[int]]) -> list[Image]:
    """Images of the tokens that come in; a connected layer takes all bits as one pixel."""
    part = stage.window or (stage.pool if stage.layer is None else None)
    if part is None:
        layer = stage.layer
        vectors = chunks(tokens, -(-layer.inputs // layer.simd))
        return [[[flat(words)[: layer.inputs * layer.input_bits]]] for words in vectors]
    lanes = stage.window.simd if stage.window else part.lanes
    words = chunks(tokens, -(-part.channels // lanes))
    pixels = [flat(pixel)[: part.channels] for pixel in words]
    return chunks(chunks(pixels, part.width), part.height)


def expected(spec: BnnConvNetworkSpec, setup: Lists, sent: Lists) -> Lists:
    images = first_images(spec.stages[0], sent["activations"]["bits"])
    for index, stage in enumerate(spec.stages):
        layer, vectors = stage.layer, [[flat(flat(image))] for image in images]
        width = 1
        if stage.window is not None:
            width = stage.window.width + 2 * stage.window.padding - stage.window.kernel
            width = width // stage.window.stride + 1
            vectors = [list(windows(stage.window, image)) for image in images]
        if layer is not None:
            ((weights, thresholds),) = bnn_layer.parameters(layer, of_layer(setup, index), {}, 1)
            sums = [[bnn_layer.scores(layer, bits, weights) for bits in v] for v in vectors]
            if index == len(spec.stages) - 1 and stage.pool is None:
                every = flat(sums)
                return bnn_layer.result(layer, every, [thresholds] * len(every))
            fired = [
                [[int(p >= t) for p, t in zip(row, thresholds, strict=True)] for row in rows]
                for rows in sums
            ]
            images = [chunks(rows, width) for rows in fired]
        if stage.pool is not None:
            images = [pooled(image, stage.pool.kernel) for image in images]
    lanes = spec.stages[-1].pool.lanes
    pixels = [pixel for image in images for row in image for pixel in row]
    return {"result": {"bits": flat([cut_and_filled(pixel, lanes) for pixel in pixels])}}
