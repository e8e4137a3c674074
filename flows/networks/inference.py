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
    results: dict[str, Int64] = {}
    for wired in network.network.wired:
        entering = images.astype(np.int64) if wired.source is None else results[wired.source]
        given = network.given(wired.name)
        if isinstance(wired.layer, Pooling):
            results[wired.name] = _pooled(wired, wired.layer.operation, entering, given)
            continue
        if not wired.windowed:
            sums = entering.sum(axis=(1, 2), keepdims=True)
            entering = average(sums, wired.given.height * wired.given.width, given)
        results[wired.name] = _pixels(network.parameters[wired.name], wired, entering, results)
    return results


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
    parameters: LayerParameters, wired: Wired, entering: Int64, results: dict[str, Int64]
) -> Int64:
    # products in double precision are exact below 2**53, and fast
    patches = _windows(wired, entering.astype(np.float64)).reshape(-1, wired.matrix[0])
    matrix = parameters.weights.transpose(3, 1, 2, 0).reshape(wired.matrix)
    sums = (patches @ matrix.astype(np.float64)).astype(np.int64).reshape(-1, *wired.made)
    scaled = sums * parameters.scale + parameters.offset
    values = shift_right(scaled, parameters.shift, Rounding.NEAREST_EVEN)
    if wired.residual is not None:
        values = values + results[wired.residual]
    if parameters.relu:
        values = np.maximum(values, 0)
    return parameters.pixel_format.fit(values)


def _pooled(wired: Wired, operation: Operation, entering: Int64, fmt: IntegerFormat) -> Int64:
    windows = _windows(wired, entering)
    if operation is Operation.MAX:
        return np.asarray(windows.max(axis=(4, 5)), np.int64)
    return average(windows.sum(axis=(4, 5)), wired.kernel**2, fmt)


def _windows(wired: Wired, entering: NDArray[Any]) -> NDArray[Any]:
    """``[n, y, x, i, dy, dx]`` lies in image n in channel i at row ``y·stride + dy`` and column
    ``x·stride + dx`` of the padded input."""
    border = (wired.padding, wired.padding)
    padded = np.pad(entering, ((0, 0), border, border, (0, 0)))
    sides = (wired.kernel, wired.kernel)
    windows = np.lib.stride_tricks.sliding_window_view(padded, sides, (1, 2))
    return windows[:, :: wired.stride, :: wired.stride]
