"""Residual networks for handwritten digits, each trained once for its recipe and its images."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from neuroloom.flows.networks import binarized as binarized_layers
from neuroloom.flows.networks import stages
from neuroloom.flows.networks.binarized import BatchNorm
from neuroloom.flows.networks.convolutional import ConvolutionalNetwork, Image
from neuroloom.flows.networks.inference import scores
from neuroloom.flows.networks.integer_network import IntegerNetwork
from neuroloom.flows.networks.resnet import residual_network
from neuroloom.flows.tools.cache import cached_folder
from neuroloom.flows.training import adam, binarized, residual
from neuroloom.flows.training.binarized import Progress
from neuroloom.flows.training.recipes import Digits
from neuroloom.flows.training.residual import SETTLED, Labels, Pixels, ResidualNetwork, train
from neuroloom.flows.training.residual_folding import fold

ARRAYS = "network.npz"
SOURCES = (adam, binarized, binarized_layers, residual, stages)
"""Modules whose text a trained network depends on."""


@dataclass(frozen=True)
class ResidualRecipe:
    """What is trained, and how; fields as those of ``train``."""

    network: ConvolutionalNetwork
    epochs: int
    batch: int = 100
    moved: int = 0
    seed: int = 0


SMALL_DIGITS = ResidualRecipe(
    residual_network("residual digits", Image(height=8, width=8, channels=1), (8, 16), 1), epochs=30
)
"""Recipe for scikit-learn's digits."""
MNIST = ResidualRecipe(
    residual_network(
        "residual MNIST", Image(height=28, width=28, channels=1), (8, 16, 24), 1, stride=2
    ),
    epochs=10,
    moved=1,
)
"""Recipe for MNIST: a ResNet-8 of which every kernel has at most 216 rows."""


def shown(images: Pixels) -> Pixels:
    """Images (n, height, width) as a network takes them: (n, height, width, 1)."""
    return images[..., np.newaxis]


def trained(
    recipe: ResidualRecipe, digits: Digits, progress: Callable[[Progress], None] = lambda _: None
) -> ResidualNetwork:
    """The recipe's network in floats; from the cache where it was trained before."""

    def make(_: Path, result: Path) -> None:
        with threadpool_limits(1):  # threads may change the rounding, and so the network
            found = train(
                recipe.network,
                shown(digits.train_images),
                digits.train_labels,
                white=digits.white,
                epochs=recipe.epochs,
                batch=recipe.batch,
                seed=recipe.seed,
                moved=recipe.moved,
                progress=progress,
            )
        arrays = {f"weights{at}": values for at, values in enumerate(found.weights.values())}
        for at, norm in enumerate(found.norms.values()):
            arrays[f"norm{at}"] = np.array([norm.gamma, norm.beta, norm.mean, norm.deviation])
        np.savez_compressed(result / ARRAYS, allow_pickle=False, **arrays)

    texts = [Path(str(module.__file__)).read_text() for module in SOURCES]
    images = hashlib.sha256(digits.train_images.tobytes() + digits.train_labels.tobytes())
    parts = [repr(recipe), str(digits.white), images.hexdigest(), *texts]
    folder = cached_folder("trained-residual", parts, make)
    names = [wired.name for wired in recipe.network.wired]
    with np.load(folder / ARRAYS) as arrays:
        weights = {name: arrays[f"weights{at}"] for at, name in enumerate(names)}
        norms = {name: BatchNorm(*arrays[f"norm{at}"]) for at, name in enumerate(names)}
    return ResidualNetwork(recipe.network, digits.white, weights, norms)


def quantized(network: ResidualNetwork, digits: Digits, weight_bits: int = 8) -> IntegerNetwork:
    """The network's integers, calibrated on the first ``SETTLED`` training images."""
    with threadpool_limits(1):
        return fold(network, shown(digits.train_images[:SETTLED]), weight_bits)


@dataclass(frozen=True)
class RecipeAccuracy:
    """Shares of the test images whose class is the label."""

    floats: float
    integers: float


def accuracy(network: ResidualNetwork, integers: IntegerNetwork, digits: Digits) -> RecipeAccuracy:
    """Accuracy of a network and its integers, on all test images."""
    images, labels = shown(digits.test_images), digits.test_labels

    def share(classes: Labels) -> float:
        return float((classes == labels).mean())

    return RecipeAccuracy(
        share(network.classes(images)), share(scores(integers, images).argmax(axis=1))
    )
