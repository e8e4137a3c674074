"""What a layer of a network sees of an image, and what is left of its results."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[Any]


@dataclass(frozen=True)
class Dense:
    """Fully connected: every one of ``channels`` neurons sees all of its input."""

    channels: int

    def inputs(self, shape: Sequence[int]) -> int:
        """How many a neuron sees, of an input of that shape without its batch axis."""
        return int(np.prod(shape))

    def output_shape(self, shape: Sequence[int]) -> tuple[int, ...]:
        """Shape of the layer's output for an input of that shape; both without their batch axes."""
        return (self.channels,)

    def windows(self, images: Values, absent: int = 0) -> Values:
        """What the neurons see: (batch, ..., inputs), pixel by pixel and channel by channel."""
        return images.reshape(len(images), -1)

    def scatter(self, slopes: Values, shape: Sequence[int]) -> Values:
        """The adjoint of ``windows``: slopes of windows become those of images (batch, *shape)."""
        return slopes.reshape(len(slopes), *shape)

    def pooled(self, values: Values) -> Values:
        """What the layer passes on of its results."""
        return values

    def spread(self, slopes: Values, values: Values) -> Values:
        """The adjoint of ``pooled`` at ``values``."""
        return slopes


@dataclass(frozen=True)
class PooledConvolution(Dense):
    """``kernel`` × ``kernel`` pixels of (height, width, channels), then the maximum of every
    ``pool`` × ``pool`` results; what does not fill a pool is left out."""

    kernel: int = 3
    stride: int = 1
    padding: int = 0
    pool: int = 1

    def inputs(self, shape: Sequence[int]) -> int:
        return self.kernel * self.kernel * shape[-1]

    def positions(self, shape: Sequence[int]) -> tuple[int, int]:
        """Rows and columns of kernel positions."""
        height, width = (
            (extent + 2 * self.padding - self.kernel) // self.stride + 1 for extent in shape[:2]
        )
        return height, width

    def output_shape(self, shape: Sequence[int]) -> tuple[int, ...]:
        height, width = self.positions(shape)
        return (height // self.pool, width // self.pool, self.channels)

    def windows(self, images: Values, absent: int = 0) -> Values:
        border, stride = (self.padding, self.padding), self.stride
        padded = np.pad(images, ((0, 0), border, border, (0, 0)), constant_values=absent)
        height, width = self.positions(images.shape[1:])
        taps = [
            padded[:, y : y + stride * height : stride, x : x + stride * width : stride]
            for y, x in np.ndindex(self.kernel, self.kernel)
        ]
        return np.concatenate(taps, axis=-1)

    def scatter(self, slopes: Values, shape: Sequence[int]) -> Values:
        height, width, channels = shape
        around, stride = 2 * self.padding, self.stride
        padded = np.zeros((len(slopes), height + around, width + around, channels), slopes.dtype)
        rows, columns = slopes.shape[1:3]
        for tap, (y, x) in enumerate(np.ndindex(self.kernel, self.kernel)):
            seen = padded[:, y : y + stride * rows : stride, x : x + stride * columns : stride]
            seen += slopes[..., tap * channels : (tap + 1) * channels]
        ends = slice(self.padding, self.padding + height), slice(self.padding, self.padding + width)
        return padded[:, ends[0], ends[1]]

    def pooled(self, values: Values) -> Values:
        return values if self.pool == 1 else np.max(list(self._parts(values)), axis=0)

    def spread(self, slopes: Values, values: Values) -> Values:
        """All of a slope goes to the first of the greatest."""
        if self.pool == 1:
            return slopes
        greatest = np.argmax(list(self._parts(values)), axis=0)
        spread = np.zeros_like(values)
        for index, part in enumerate(self._parts(spread)):
            part[...] = slopes * (greatest == index)
        return spread

    def _parts(self, values: Values) -> list[Values]:
        """Views of ``values``: the first of every pool, the second, and so on."""
        whole = [extent // self.pool * self.pool for extent in values.shape[1:3]]
        return [
            values[:, y : whole[0] : self.pool, x : whole[1] : self.pool]
            for y, x in np.ndindex(self.pool, self.pool)
        ]
