"""Handwritten digits and their thermometer code."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import sklearn.datasets
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split


class Split(NamedTuple):
    """Images (n, 8, 8) uint8 with values 0..16 and labels (n,) int64 in 0..9."""

    train_images: NDArray[np.uint8]
    train_labels: NDArray[np.int64]
    test_images: NDArray[np.uint8]
    test_labels: NDArray[np.int64]


def load_digits(holdout: float = 0.2, seed: int = 0) -> Split:
    """Return scikit-learn's 1,797 digits, a share `holdout` of every class kept for testing.

    The same seed gives the same split in the same order.
    """
    digits = sklearn.datasets.load_digits()
    images = digits.images.astype(np.uint8)
    labels = digits.target.astype(np.int64)
    train_images, test_images, train_labels, test_labels = train_test_split(
        images, labels, test_size=holdout, stratify=labels, random_state=seed
    )
    return Split(train_images, train_labels, test_images, test_labels)


def thermometer(images: NDArray[np.integer[Any]], levels: Sequence[int]) -> NDArray[np.uint8]:
    """Encode images (batch, ...) of P pixels as bits (batch, P * len(levels)) uint8.

    Bit `pixel * len(levels) + j` is 1 where the pixel exceeds levels[j]; pixels are counted in
    row-major order. Levels must ascend strictly, so a pixel's bits are ones followed by zeros.
    """
    if not levels or any(low >= high for low, high in pairwise(levels)):
        raise ValueError(f"levels must be non-empty and ascend strictly: {list(levels)}")
    exceeds = images.reshape(len(images), -1, 1) > np.asarray(levels)
    return exceeds.reshape(len(images), -1).astype(np.uint8)
