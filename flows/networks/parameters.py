"""The integers of a layer on an in-memory-computing core: weights, scales, offsets, formats."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuroloom.golden.formats import Int64, IntegerFormat, Overflow
from neuroloom.golden.ports import Integers
from neuroloom.golden.wording import quoted

MOST_BITS = 16
"""Widest weights and pixels [bit]: the sums of the largest kernel then are exact in double
precision."""
MOST_SCALE_BITS, MOST_OFFSET_BITS, MOST_SHIFT = 24, 32, 40
"""What digital processors offer."""


@dataclass(frozen=True, eq=False)
class LayerParameters:
    """``pixel[o] = fit(relu(round((sum[o]·scale[o] + offset[o]) / 2**shift) + residual[o]))``.

    ``sum[o]`` is that of ``weights[o, dy, dx, i]`` times channel i of the pixel in row dy and
    column dx of a window. Rounding is nearest-even, ``fit`` saturates. ValueError says in one
    sentence what does not fit.
    """

    weights: Integers
    """(outputs, kernel, kernel, inputs), signed ``weight_bits``."""
    scale: Integers
    """(outputs,), signed ``scale_bits``."""
    offset: Integers
    """(outputs,), signed ``offset_bits``."""
    shift: int
    bits: int = 8
    """Width of a channel of the pixels made [bit]."""
    signed: bool = False
    relu: bool = True
    weight_bits: int = 8
    scale_bits: int = 16
    offset_bits: int = 24

    def __post_init__(self) -> None:
        for name, least, most in (
            ("weight_bits", 2, MOST_BITS),
            ("bits", 1, MOST_BITS),
            ("shift", 0, MOST_SHIFT),
            ("scale_bits", 2, MOST_SCALE_BITS),
            ("offset_bits", 1, MOST_OFFSET_BITS),
        ):
            value = getattr(self, name)
            if type(value) is not int or not least <= value <= most:
                raise ValueError(f"{name}={quoted(value)} is no integer of {least} to {most}")
        if self.relu and self.signed:
            raise ValueError("relu=True leaves nothing negative: take signed=False")
        for name, axes, bits in (
            ("weights", 4, self.weight_bits),
            ("scale", 1, self.scale_bits),
            ("offset", 1, self.offset_bits),
        ):
            object.__setattr__(self, name, _checked(name, getattr(self, name), axes, bits))
        outputs, rows, columns, _ = self.weights.shape
        if rows != columns:
            raise ValueError(f"weights of shape {self.weights.shape} have no square kernel")
        for name, values in (("scale", self.scale), ("offset", self.offset)):
            if len(values) != outputs:
                raise ValueError(f"{name} has {len(values)} values for {outputs} outputs")

    @property
    def pixel_format(self) -> IntegerFormat:
        """Format of the pixels made."""
        return IntegerFormat(bits=self.bits, signed=self.signed, overflow=Overflow.SATURATE)

    def sum_ranges(self, fmt: IntegerFormat) -> tuple[Int64, Int64]:
        """Least and greatest sums (outputs,) that pixels of a format can give."""
        flat = self.weights.reshape(len(self.weights), -1)
        positive, negative = np.maximum(flat, 0).sum(axis=1), np.minimum(flat, 0).sum(axis=1)
        least = positive * fmt.minimum + negative * fmt.maximum
        greatest = positive * fmt.maximum + negative * fmt.minimum
        return np.asarray(least, np.int64), np.asarray(greatest, np.int64)

    def sum_bits(self, fmt: IntegerFormat) -> int:
        """Width of a signed sum that holds every sum of pixels of a format, at least 2."""
        least, greatest = self.sum_ranges(fmt)
        return 1 + max(1, (-int(least.min()) - 1).bit_length(), int(greatest.max()).bit_length())


def _checked(name: str, values: NDArray[Any], axes: int, bits: int) -> Int64:
    """A copy that cannot be written to."""
    array = np.asarray(values)
    if not np.issubdtype(array.dtype, np.integer):
        raise ValueError(f"{name} are {array.dtype}, not integers")
    if array.ndim != axes or not array.size:
        raise ValueError(f"{name} have the shape {array.shape}; they take {axes} axes, none empty")
    fmt = IntegerFormat(bits=bits, signed=True)
    if array.max() > fmt.maximum:  # before unsigned 64 bits become signed
        raise ValueError(f"{name}: {array.max()} is outside {fmt.minimum} to {fmt.maximum}")
    try:
        fitted = fmt.fit(array.astype(np.int64, copy=True))
    except OverflowError as error:
        raise ValueError(f"{name}: {error}") from None
    fitted.flags.writeable = False
    return fitted
