"""Images and labels from IDX files, the format in which MNIST and its relatives are published.

Two zero bytes, the type of the elements, the number of dimensions, each dimension as a big-endian
32-bit integer, then the elements: http://yann.lecun.com/exdb/mnist, "the IDX file format".
"""

from math import prod
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.tools.reading.packed import unpacked
from neuroloom.flows.tools.reading.refusal import reading
from neuroloom.flows.tools.reading.text import read_bytes

UNSIGNED_BYTE = 8
MOST_BYTES = 512 << 20
"""Largest file, unpacked [byte]; the training images of MNIST are 45 MiB."""
MOST_DIMENSIONS = 8
CLASSES = 10
"""Labels are below."""


class LabelledImages(NamedTuple):
    """Images (n, rows, columns) uint8 and labels (n,) uint8."""

    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]


def load_idx(folder: Path, prefix: str) -> LabelledImages:
    """``PREFIX-images-idx3-ubyte`` and ``PREFIX-labels-idx1-ubyte`` of ``folder``, plain or .gz.

    MNIST's prefixes are ``train`` and ``t10k``. UsageError when a file is missing, is no IDX file
    of bytes, when there are no images, not one label an image, or labels of other classes.
    """
    images = read_idx(_find(folder, f"{prefix}-images-idx3-ubyte"))
    labels = read_idx(_find(folder, f"{prefix}-labels-idx1-ubyte"))
    if images.ndim != 3 or labels.shape != images.shape[:1]:
        raise UsageError(
            f"{folder}: {prefix} has images of shape {images.shape} and labels of shape "
            f"{labels.shape}; they take (n, rows, columns) and (n,)"
        )
    if not images.size:
        raise UsageError(f"{folder}: {prefix} has no images: their shape is {images.shape}")
    if labels.max() >= CLASSES:
        raise UsageError(
            f"{folder}: {prefix} has the label {labels.max()}; labels are 0 to {CLASSES - 1}"
        )
    return LabelledImages(images, labels)


def read_idx(file: Path) -> NDArray[np.uint8]:
    """The array of an IDX file of unsigned bytes; UsageError when it is none."""
    with reading(file, ""):
        raw = read_bytes(file, MOST_BYTES)
        if file.suffix == ".gz":
            raw = unpacked(raw, MOST_BYTES)
    dimensions = raw[3] if len(raw) >= 4 and raw[:3] == bytes([0, 0, UNSIGNED_BYTE]) else 0
    begin = 4 + 4 * dimensions
    if not dimensions or len(raw) < begin:
        raise UsageError(f"{file} is not an IDX file of unsigned bytes")
    if dimensions > MOST_DIMENSIONS:
        raise UsageError(f"{file} has {dimensions} dimensions; {MOST_DIMENSIONS} are the most")
    shape = tuple(int(size) for size in np.frombuffer(raw[4:begin], ">u4"))
    values = np.frombuffer(raw, np.uint8, offset=begin)
    if values.size != prod(shape):
        why = "it is cut off" if values.size < prod(shape) else "it goes on behind them"
        raise UsageError(f"{file} holds {values.size} bytes for the shape {shape}: {why}")
    return values.reshape(shape)


def _find(folder: Path, name: str) -> Path:
    for file in (folder / name, folder / f"{name}.gz"):
        if file.exists():
            return file
    raise UsageError(f"{folder} has no {name} and no {name}.gz")
