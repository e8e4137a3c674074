"""Small networks of cores, put together for tests."""

from typing import Any

import numpy as np

from neuroloom.flows.mapping.imc.assemble import CoreSystem, Style, assemble
from neuroloom.flows.mapping.imc.cores import Chip, map_network
from neuroloom.flows.mapping.imc.random_integers import random_integers
from neuroloom.flows.networks.convolutional import (
    Convolution,
    ConvolutionalNetwork,
    FullyConnected,
    Image,
    Layer,
)


def residual(height: int = 6, width: int = 5, *between: Layer) -> ConvolutionalNetwork:
    """A block with a residual, one that resamples it, ``between`` them others, and the classes."""
    return ConvolutionalNetwork(
        name="small",
        image=Image(height=height, width=width, channels=3),
        layers=(
            Convolution(name="1", channels=4, padding=1),
            Convolution(name="2", channels=4, padding=1),
            Convolution(name="3", channels=4, padding=1, residual="1"),
            *between,
            Convolution(name="RS", source="3", channels=6, kernel=1, stride=2),
            Convolution(name="4", source="3", channels=6, stride=2, padding=1),
            Convolution(name="5", channels=6, padding=1, residual="RS"),
            FullyConnected(name="FC", channels=3),
        ),
    )


def images_for(network: ConvolutionalNetwork, count: int, seed: int) -> np.ndarray:
    shape = (count, *network.wired[0].given)
    return np.random.default_rng(seed).integers(0, 256, shape).astype(np.uint8)


def built(
    network: ConvolutionalNetwork, chip: Chip | None = None, seed: int = 0, **others: Any
) -> CoreSystem:
    chip = chip or Chip()
    style = others.pop("style", Style(timestep=16))
    integers = random_integers(network, seed)
    return assemble(integers, map_network(network, chip), chip, style=style, **others)


def _tiny(parallel: int, *layers: Layer) -> CoreSystem:
    """Crossbars of so few rows and columns that sums and outputs are split."""
    network = ConvolutionalNetwork(
        name="tiny", image=Image(height=4, width=3, channels=2), layers=layers
    )
    return built(
        network,
        Chip(rows=10, columns=3),
        parallel={"1": parallel, "2": parallel},
        style=Style(timestep=3, columns_a_cycle=1, channels_a_cycle=1),
    )


TINY = _tiny(
    1,
    Convolution(name="1", channels=2, padding=1),
    Convolution(name="2", channels=2, padding=1, residual="1"),
    FullyConnected(name="FC", channels=5),
).spec
TINY_TILES = _tiny(
    3,
    Convolution(name="1", channels=2, kernel=1),
    Convolution(name="2", channels=2, kernel=1, residual="1"),
).spec
