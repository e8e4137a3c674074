"""What an integer network computes, in numpy: the reference of cores that are chained."""

from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuroloom.flows.networks.convolutional import Pooling, Wired
from neuroloom.flows.networks.integer_network import IntegerNetwork
from neuroloom.flows.networks.parameters import LayerParameters
from neuroloom.golden.formats import Int64, IntegerFormat, Rounding, shift_right
from neuroloom.golden.imc.pixel_pool import Operation, average

PATCH_BYTES = 1 << 25
"""Size of the patches of a layer that are held at once [byte]."""

Pixels = NDArray[np.uint8]


def activations(network: IntegerNetwork, images: Pixels) -> dict[str, Int64]:
    """Every layer's pixels by its name, (images, height, width, channels); the last are scores.

    ``images`` (images, height, width, channels) are uint8. ValueError for others. All are kept:
    for many images take :func:`scores`.
    """
    shape = network.network.wired[0].given
    if images.dtype != np.uint8 or images.shape[1:] != shape:
        raise ValueError(
            f"images of shape {images.shape[1:]} in {images.dtype} are not {shape} in uint8"
        )
    made: dict[str, Int64] = {}
    for each in network.network.wired:
        entering = images.astype(np.int64) if each.source is None else made[each.source]
        given = network.given(each.name)
        if isinstance(each.layer, Pooling):
            made[each.name] = _pooled(each, each.layer.operation, entering, given)
            continue
        if not each.windowed:
            sums = entering.sum(axis=(1, 2), keepdims=True)
            entering = average(sums, each.given.height * each.given.width, given)
        made[each.name] = _pixels(network.parameters[each.name], each, entering, made)
    return made


def scores(network: IntegerNetwork, images: Pixels) -> Int64:
    """What the last layer makes, (images, its pixels times channels), for any number of images."""
    wired = network.network.wired
    most = max(e.made.height * e.made.width * e.kernel**2 * e.given.channels for e in wired)
    chunk = max(1, PATCH_BYTES // (most * np.dtype(np.float64).itemsize))
    parts = [
        activations(network, images[at : at + chunk])[wired[-1].name]
        for at in range(0, max(1, len(images)), chunk)
    ]
    return np.concatenate(parts).reshape(len(images), prod(wired[-1].made))


def _pixels(
    parameters: LayerParameters, each: Wired, entering: Int64, made: dict[str, Int64]
) -> Int64:
    # products in double precision are exact below 2**53, and fast
    patches = _windows(each, entering.astype(np.float64)).reshape(-1, each.matrix[0])
    matrix = parameters.weights.transpose(3, 1, 2, 0).reshape(each.matrix)
    sums = (patches @ matrix.astype(np.float64)).astype(np.int64).reshape(-1, *each.made)
    scaled = sums * parameters.scale + parameters.offset
    values = shift_right(scaled, parameters.shift, Rounding.NEAREST_EVEN)
    if each.residual is not None:
        values = values + made[each.residual]
    if parameters.relu:
        values = np.maximum(values, 0)
    return parameters.pixel_format.fit(values)


def _pooled(each: Wired, operation: Operation, entering: Int64, given: IntegerFormat) -> Int64:
    windows = _windows(each, entering)
    if operation is Operation.MAX:
        return np.asarray(windows.max(axis=(4, 5)), np.int64)
    return average(windows.sum(axis=(4, 5)), each.kernel**2, given)


def _windows(each: Wired, entering: NDArray[Any]) -> NDArray[Any]:
    """``[n, y, x, i, dy, dx]`` lies in image n in channel i at row ``y·stride + dy`` and column
    ``x·stride + dx`` of the padded input."""
    border = (each.padding, each.padding)
    padded = np.pad(entering, ((0, 0), border, border, (0, 0)))
    sides = (each.kernel, each.kernel)
    windows = np.lib.stride_tricks.sliding_window_view(padded, sides, (1, 2))
    return windows[:, :: each.stride, :: each.stride]
