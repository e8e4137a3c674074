"""Trained layers as a specification: how many neurons and inputs are computed at once."""

from collections.abc import Sequence
from itertools import pairwise, product
from typing import Any

from neuroloom.flows.networks.binarized import BinarizedLayer
from neuroloom.golden.bnn.layer import BnnLayerSpec
from neuroloom.golden.bnn.layer_options import LayerOutput
from neuroloom.golden.systems.bnn_network import BnnNetworkSpec

CYCLES_PER_IMAGE = 96
"""Steps that each layer may take. yosys puts weights this deep into block RAM; half as deep they
become LUTs, and the network for twice the images takes three times the LUTs."""
WIDEST = 32
"""Lanes of SIMD: with 64, half the accumulators are saved but the counting trees are slower."""
ELEMENT_LANES = 8
"""What a processing element costs beside its lanes (accumulator, threshold), in lanes."""


def network_spec(
    layers: Sequence[BinarizedLayer],
    cycles: int = CYCLES_PER_IMAGE,
    result: LayerOutput = LayerOutput.CLASS,
) -> BnnNetworkSpec:
    """The network with its trained parameters fixed; the last layer gives ``result``.

    Each layer is folded to take at most ``cycles`` steps for an image.
    """
    sizes = [layers[0].weights.shape[1], *(len(layer.weights) for layer in layers)]
    outputs = [*[LayerOutput.BITS] * (len(layers) - 1), result]
    specs = [
        BnnLayerSpec.with_weights(layer.weights, layer.thresholds, pe, simd, output)
        for layer, (pe, simd), output in zip(
            layers, fold_sizes(sizes, cycles), outputs, strict=True
        )
    ]
    return BnnNetworkSpec(layers=tuple(specs))


def fold_sizes(sizes: Sequence[int], cycles: int = CYCLES_PER_IMAGE) -> list[tuple[int, int]]:
    """(pe, simd) of each layer: the least hardware that takes at most ``cycles`` steps.

    Where no folding is fast enough, the fastest.
    """
    foldings: list[tuple[int, int]] = []
    for inputs, neurons in pairwise(sizes):
        before = foldings[-1][0] if foldings else 1
        choices = [
            (pe, simd)
            for pe, simd in product(range(1, min(neurons, 1024) + 1), range(1, WIDEST + 1))
            if simd <= inputs and max(before, simd) % min(before, simd) == 0
        ]

        def cost(folding: tuple[int, int], inputs: int = inputs, neurons: int = neurons) -> Any:
            pe, simd = folding
            steps = -(-neurons // pe) * -(-inputs // simd)
            return max(steps, cycles), pe * (simd + ELEMENT_LANES), pe

        foldings.append(min(choices, key=cost))
    return foldings
