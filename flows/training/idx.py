"""Images and labels from IDX files, the format in which MNIST and its relatives are published.

Two zero bytes, the type of the elements, the number of dimensions, each dimension as a big-endian
32-bit integer, then the elements: http://yann.lecun.com/exdb/mnist, "the IDX file format".
"""

import gzip
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neuroloom.flows.errors import UsageError

UNSIGNED_BYTE = 8


class LabelledImages(NamedTuple):
    """Images (n, rows, columns) uint8 and labels (n,) uint8."""

    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]


def load_idx(folder: Path, prefix: str) -> LabelledImages:
    """``PREFIX-images-idx3-ubyte`` and ``PREFIX-labels-idx1-ubyte`` of ``folder``, plain or .gz.

    MNIST's prefixes are ``train`` and ``t10k``. UsageError when a file is missing, is no IDX file
    of bytes, or when there is not one label an image.
    """
    images = read_idx(_find(folder, f"{prefix}-images-idx3-ubyte"))
    labels = read_idx(_find(folder, f"{prefix}-labels-idx1-ubyte"))
    if images.ndim != 3 or labels.shape != images.shape[:1]:
        raise UsageError(
            f"{folder}: {prefix} has images of shape {images.shape} and labels of shape "
            f"{labels.shape}; they take (n, rows, columns) and (n,)"
        )
    return LabelledImages(images, labels)


def read_idx(file: Path) -> NDArray[np.uint8]:
    """The array of an IDX file of unsigned bytes; UsageError when it is none."""
    try:
        raw = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    except (OSError, EOFError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"cannot read {file}: {reason}") from None
    dimensions = raw[3] if len(raw) >= 4 and raw[:3] == bytes([0, 0, UNSIGNED_BYTE]) else 0
    begin = 4 + 4 * dimensions
    if not dimensions or len(raw) < begin:
        raise UsageError(f"{file} is not an IDX file of unsigned bytes")
    shape = tuple(int(size) for size in np.frombuffer(raw[4:begin], ">u4"))
    values = np.frombuffer(raw, np.uint8, offset=begin)
    if values.size != np.prod(shape, dtype=np.int64):
        raise UsageError(f"{file} holds {values.size} bytes for the shape {shape}: it is cut off")
    return values.reshape(shape)


def _find(folder: Path, name: str) -> Path:
    for file in (folder / name, folder / f"{name}.gz"):
        if file.exists():
            return file
    raise UsageError(f"{folder} has no {name} and no {name}.gz")
