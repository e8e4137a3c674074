"""Binarized networks for handwritten digits, each trained once for its recipe and its images."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from neuroloom.flows.networks import binarized as binarized_layers
from neuroloom.flows.networks import stages
from neuroloom.flows.networks.binarized import BinarizedLayer, Bits, fold, infer
from neuroloom.flows.networks.stages import Dense
from neuroloom.flows.tools.cache import cached_folder
from neuroloom.flows.training import adam, binarized
from neuroloom.flows.training.binarized import Progress
from neuroloom.flows.training.datasets import load_digits, thermometer
from neuroloom.flows.training.idx import load_idx

LAYERS = "layers.npz"
SOURCES = (adam, binarized, binarized_layers, stages)
"""Modules whose text a trained network depends on."""


@dataclass(frozen=True)
class Digits:
    """Images (n, height, width) of 0 … ``white`` and their labels (n,), to train on and to test."""

    name: str
    white: int
    train_images: NDArray[np.uint8]
    train_labels: NDArray[np.int64]
    test_images: NDArray[np.uint8]
    test_labels: NDArray[np.int64]


@dataclass(frozen=True)
class Recipe:
    """What is trained, and how.

    ``levels`` are shares of white that a pixel must exceed for each of its bits, ascending. With
    none, the first layer takes grey, and its layer the numbers that pixels are.
    """

    levels: tuple[float, ...]
    hidden: tuple[Dense, ...]
    epochs: int
    batch: int = 100
    seed: int = 0
    errors: float = 0.0
    """Share of the weights that training turns in each minibatch."""

    def bits(self, images: NDArray[np.uint8], white: int) -> Bits:
        """The input of the network: (n, height, width, levels), or (…, 1) of pixels as they are."""
        if not self.levels:
            return images[..., np.newaxis]
        levels = [int(level * white) for level in self.levels]
        return thermometer(images, levels).reshape(*images.shape, len(levels))


def load(folder: Path | None) -> Digits:
    """MNIST from the IDX files in ``folder``, or scikit-learn's digits where that is None.

    UsageError when a file is missing or is none.
    """
    if folder is None:
        split = load_digits()
        return Digits("scikit-learn's digits", 16, *split)
    train, test = load_idx(folder, "train"), load_idx(folder, "t10k")
    return Digits(
        "MNIST",
        255,
        train.images,
        train.labels.astype(np.int64),
        test.images,
        test.labels.astype(np.int64),
    )


def trained(
    recipe: Recipe, digits: Digits, progress: Callable[[Progress], None] = lambda _: None
) -> list[BinarizedLayer]:
    """The folded layers of the recipe's network; from the cache where it was trained before."""

    def make(_: Path, result: Path) -> None:
        bits: Bits | NDArray[np.float32] = recipe.bits(digits.train_images, digits.white)
        if not recipe.levels:
            bits = bits.astype(np.float32) / np.float32(digits.white)
        with threadpool_limits(1):  # threads may change the rounding, and so the network
            network = binarized.train(
                bits,
                digits.train_labels,
                recipe.hidden,
                recipe.epochs,
                recipe.seed,
                batch=recipe.batch,
                precision=np.float32,
                progress=progress,
                errors=recipe.errors,
            )
            layers = fold(network, 1 if recipe.levels else digits.white)
        arrays: dict[str, NDArray[np.integer[Any]]] = {}
        for index, layer in enumerate(layers):
            arrays[f"weights{index}"] = layer.weights
            if layer.thresholds is not None:
                arrays[f"thresholds{index}"] = layer.thresholds
        np.savez_compressed(result / LAYERS, allow_pickle=False, **arrays)

    texts = [Path(str(module.__file__)).read_text() for module in SOURCES]
    images = hashlib.sha256(digits.train_images.tobytes() + digits.train_labels.tobytes())
    folder = cached_folder("trained", [repr(recipe), images.hexdigest(), *texts], make)
    with np.load(folder / LAYERS) as arrays:
        last = int(digits.train_labels.max()) + 1
        return [
            BinarizedLayer(
                stage,
                arrays[f"weights{index}"],
                arrays.get(f"thresholds{index}"),
                digits.white if index == 0 and not recipe.levels else 1,
            )
            for index, stage in enumerate((*recipe.hidden, Dense(last)))
        ]


def scores(
    layers: list[BinarizedLayer], bits: NDArray[np.integer[Any]], chunk: int = 500
) -> NDArray[np.int64]:
    """The last layer's matches (n, classes) for bits (n, ...), ``chunk`` images at a time."""
    parts = [infer(layers, bits[at : at + chunk])[-1] for at in range(0, len(bits), chunk)]
    return np.concatenate(parts)
