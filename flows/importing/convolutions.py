"""Convolutions and pools of a graph: images of bits (channels, height, width)."""

from dataclasses import replace
from typing import Any

import numpy as np

from neuroloom.flows.importing.kernels import check_axes, check_dense, window
from neuroloom.flows.importing.onnx_graph import Floats, OnnxNode
from neuroloom.flows.importing.signals import Matches, TwoLevels, check_size, positive, sums
from neuroloom.flows.networks.binarized import Integers
from neuroloom.flows.networks.stages import PooledConvolution
from neuroloom.golden.wording import quoted


def pixel_order(channels: int, height: int, width: int) -> Integers:
    """Numbers of bits, pixel by pixel and channel by channel: (channels, height, width)."""
    numbers = np.arange(channels * height * width).reshape(height, width, channels)
    return numbers.transpose(2, 0, 1)


def in_pixel_order(order: Integers) -> bool:
    """Whether these are the numbers of an image (channels, height, width) as they come."""
    return order.ndim == 3 and np.array_equal(order, pixel_order(*order.shape))


def convolved(node: OnnxNode, signal: TwoLevels, weights: Floats, bias: Floats | None) -> Matches:
    """Sums behind a Conv with ``weights`` (M, channels, kernel, kernel)."""
    check_axes(node, weights.ndim - 2)
    if len(signal.shape) != 3:
        raise node.refused(
            f"has weights of shape {list(weights.shape)} for images of shape "
            f"{[1, *signal.shape]}; it takes [batch, channels, height, width]"
        )
    check_dense(node, weights.shape, signal.shape[0])
    if not in_pixel_order(signal.order):
        raise node.refused("takes an image whose elements were moved; leave it as it is")
    if not weights.size:
        raise node.refused(f"has weights of shape {quoted(list(weights.shape))}, none")
    height, width = signal.shape[1:]
    kernel, stride, padding = window(node, weights.shape[2:], (height, width))
    low, high = (level[:, :1, :1] for level in signal.values)
    if (signal.values != np.stack([low, high])).any():
        raise node.refused("sees levels that differ over the image")
    if padding and low.any():
        raise node.refused(
            "pads with 0, which is not what its inputs' 0 bit stands for: use no pads, or inputs "
            "of 0 and 1"
        )
    stage = PooledConvolution(len(weights), kernel, stride, padding)
    if not 0 <= padding < kernel:
        raise node.refused(
            f"pads by {quoted(padding)}; less than its kernel of {kernel} is imported"
        )
    if kernel > min(height, width) + 2 * padding:
        raise node.refused(f"is larger than its image, {height} by {width}")
    rows, columns = stage.positions((height, width))
    check_size(node, (len(weights), rows, columns))
    taps = weights.transpose(2, 3, 1, 0).reshape(-1, len(weights))
    levels = [np.tile(level.ravel(), kernel * kernel) for level in (low, high)]
    values = sums(node, taps, *levels)
    if bias is not None and bias.shape != (len(weights),):
        raise node.refused(f"has a bias of shape {list(bias.shape)} for {len(weights)} channels")
    if bias is not None:
        values = values + bias
    return Matches(
        values[..., np.newaxis, np.newaxis],
        np.arange(len(weights)).reshape(-1, 1, 1),
        positive(taps, *levels),
        stage,
        (rows, columns),
    )


def pooled_sums(node: OnnxNode, signal: Matches) -> Matches:
    """Signal behind a MaxPool of a convolution's sums."""
    if not isinstance(signal.stage, PooledConvolution) or signal.stage.pool != 1:
        raise node.refused("pools what is no convolution, or for a second time")
    pool = _pool(node, signal.positions)
    rows, columns = signal.positions
    return replace(
        signal,
        stage=replace(signal.stage, pool=pool),
        pooled=signal.values,
        positions=(rows // pool, columns // pool),
    )


def pooled_bits(
    node: OnnxNode, signal: TwoLevels, stage: Any
) -> tuple[TwoLevels, PooledConvolution]:
    """Signal behind a MaxPool of the bits of ``stage``, and the stage with that pool."""
    if not isinstance(stage, PooledConvolution) or stage.pool != 1 or len(signal.shape) != 3:
        raise node.refused("pools what is no convolution, or for a second time")
    if not in_pixel_order(signal.order):
        raise node.refused("takes an image whose elements were moved; leave it as it is")
    if (signal.values[0] >= signal.values[1]).any():
        raise node.refused("takes bits that are inverted; put it behind the quantizer")
    pool = _pool(node, signal.shape[1:])
    channels, height, width = signal.shape
    shape = channels, height // pool, width // pool
    values = signal.values[:, :, : shape[1], : shape[2]]
    return TwoLevels(values, pixel_order(*shape)), replace(stage, pool=pool)


def only_rises(signal: Matches, fires: Any) -> bool:
    """Whether bits (N + 1, M) rise with what was pooled, so that theirs is the OR of a pool."""
    if signal.pooled is None:
        return True
    before = signal.pooled.reshape(len(fires), -1)
    against = (before[-1] > before[0]) == (fires[0] & ~fires[-1])
    varies = (fires[0] != fires[-1]) & (before[0] != before[-1])
    return not (against & varies).any()


def _pool(node: OnnxNode, extents: tuple[int, int]) -> int:
    sides = node.numbers("kernel_shape", ())
    check_axes(node, len(sides))
    pool, stride, padding = window(node, sides, extents)
    if stride != pool or padding or pool > min(extents):
        raise node.refused(
            f"has kernel {list(sides)}, stride {stride} and pads {padding} on an image of "
            f"{list(extents)}; a kernel equal to the stride, without pads, is imported"
        )
    return pool
