"""Integer networks computed pixel by pixel, in Python's own integers and fractions."""

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuroloom.flows.networks.convolutional import Convolution, FullyConnected, Pooling, Wired
from neuroloom.flows.networks.integer_network import IntegerNetwork
from neuroloom.golden.imc.pixel_pool import Operation, reciprocal

Pixels = NDArray[Any]


def computed(network: IntegerNetwork, image: Pixels) -> dict[str, Pixels]:
    """Every layer's pixels (height, width, channels) of one image."""
    made: dict[str, Pixels] = {}
    for each in network.network.wired:
        entering = image if each.source is None else made[each.source]
        result = np.zeros(each.made, np.int64)
        for y, x, channel in np.ndindex(each.made):
            if isinstance(each.layer, Pooling):
                window = _window(each, entering, y, x, channel)
                maximum = each.layer.operation is Operation.MAX
                result[y, x, channel] = max(window) if maximum else averaged(window)
                continue
            residual = made[each.residual][y, x, channel] if each.residual else 0
            total = _sum(network, each, entering, y, x, channel)
            result[y, x, channel] = _pixel(network, each.name, channel, total, int(residual))
        made[each.name] = result
    return made


def averaged(values: list[int]) -> int:
    """Nearest-even, by the reciprocal that stands for the division."""
    multiplier, shift = reciprocal(len(values))
    return round(Fraction(sum(values) * multiplier, 1 << shift))


def _window(each: Wired, entering: Pixels, y: int, x: int, channel: int) -> list[int]:
    top, left = y * each.stride - each.padding, x * each.stride - each.padding
    rows, columns, _ = each.given
    return [
        int(entering[row, column, channel]) if 0 <= row < rows and 0 <= column < columns else 0
        for row in range(top, top + each.kernel)
        for column in range(left, left + each.kernel)
    ]


def _sum(network: IntegerNetwork, each: Wired, entering: Pixels, y: int, x: int, out: int) -> int:
    weights = network.parameters[each.name].weights
    layer, total = each.layer, 0
    height, width, channels = each.given
    if isinstance(layer, FullyConnected):
        for i in range(channels):
            total += averaged(entering[:, :, i].ravel().tolist()) * int(weights[out, 0, 0, i])
        return total
    assert isinstance(layer, Convolution)
    for dy in range(layer.kernel):
        for dx in range(layer.kernel):
            row = y * layer.stride + dy - layer.padding
            column = x * layer.stride + dx - layer.padding
            if 0 <= row < height and 0 <= column < width:
                for i in range(channels):
                    total += int(entering[row, column, i]) * int(weights[out, dy, dx, i])
    return total


def _pixel(network: IntegerNetwork, name: str, out: int, total: int, residual: int) -> int:
    found = network.parameters[name]
    scaled = total * int(found.scale[out]) + int(found.offset[out])
    value = round(Fraction(scaled, 1 << found.shift)) + residual
    if found.relu:
        value = max(value, 0)
    least = -(1 << found.bits - 1) if found.signed else 0
    return min(max(value, least), least + (1 << found.bits) - 1)
