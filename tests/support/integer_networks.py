"""Integer networks, random and tiny, for tests."""

from typing import Any

import numpy as np

from neuroloom.flows.networks.convolutional import (
    Convolution,
    ConvolutionalNetwork,
    FullyConnected,
    Image,
    Layer,
    Pooling,
)
from neuroloom.flows.networks.integer_network import IntegerNetwork
from neuroloom.flows.networks.parameters import LayerParameters
from neuroloom.golden.formats import IntegerFormat
from neuroloom.golden.imc.pixel_pool import Operation
from support.effort import effort

BYTES = IntegerFormat(bits=8, signed=False)
BIT = IntegerFormat(bits=1, signed=False)
SEEDS = effort(range(6), range(60))


def random_parameters(
    rng: np.random.Generator, network: ConvolutionalNetwork, name: str, weight_bits: int
) -> LayerParameters:
    """With sums that come to some hundred pixels, both ends of every range among the weights."""
    each = network.layer(name)
    last = name == network.wired[-1].name
    outputs, most = each.made.channels, 1 << weight_bits - 1
    weights = rng.integers(-most, most, (outputs, each.kernel, each.kernel, each.given.channels))
    weights.flat[:2] = -most, most - 1
    largest = max(1, int(800 * 2**18 / (np.sqrt(each.matrix[0]) * most * 100)))
    return LayerParameters(
        weights,
        rng.integers(-largest, largest + 1, outputs),
        rng.integers(-200 << 18, 200 << 18, outputs),
        18,
        relu=not last,
        signed=last,
        weight_bits=weight_bits,
        scale_bits=22,
        offset_bits=30,
    )


def random_network(seed: int) -> IntegerNetwork:
    """A block that a 1×1 convolution resamples for, behind any convolution and any pool."""
    rng = np.random.default_rng(seed)
    height, width = (int(side) for side in rng.integers(7, 11, 2))
    kernel, channels, others = (int(number) for number in rng.integers(1, 4, 3))
    pool, stride = int(rng.integers(1, 4)), int(rng.integers(1, 3))
    layers: tuple[Layer, ...] = (
        Convolution(
            name="a",
            channels=channels,
            kernel=kernel,
            stride=int(rng.integers(1, 3)),
            padding=int(rng.integers(0, kernel)),
        ),
        Pooling(
            name="p",
            kernel=pool,
            stride=stride,
            operation=list(Operation)[seed % 2],
            padding=int(rng.integers(0, pool)),
        ),
        Convolution(name="skip", channels=others, kernel=1, stride=2),
        Convolution(name="b", source="p", channels=others, stride=2, padding=1),
        Convolution(name="c", channels=others, padding=1, residual="skip"),
        Convolution(name="d", channels=others, padding=1, residual="c"),
        FullyConnected(name="fc", channels=5),
    )
    image = Image(height=height, width=width, channels=int(rng.integers(1, 4)))
    network = ConvolutionalNetwork(name=f"random {seed}", image=image, layers=layers)
    bits = int(rng.integers(2, 9))
    return IntegerNetwork(
        network,
        {
            each.name: random_parameters(rng, network, each.name, bits)
            for each in network.wired
            if each.name != "p"
        },
    )


def images_of(network: IntegerNetwork, number: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, (number, *network.network.wired[0].given), dtype=np.uint8)
    images[0], images[1] = 0, 255
    return images


def single(scale: int, offset: int, shift: int, **changes: Any) -> IntegerNetwork:
    """One weight of 1: the sum is the pixel."""
    layer = Convolution(name="a", channels=1, kernel=1)
    network = ConvolutionalNetwork(
        name="one", image=Image(height=1, width=1, channels=1), layers=(layer,)
    )
    parameters = LayerParameters(
        np.ones((1, 1, 1, 1), np.int64), np.array([scale]), np.array([offset]), shift, **changes
    )
    return IntegerNetwork(network, {"a": parameters})
