"""Trained residual networks as integers (Jacob et al. 2018, with scales of two's complement).

A real number is a pixel times the step of its layer; a weight is an integer times the step of its
output channel. ``relu(sum · gain + offset + residual)`` becomes that of integers divided by the
step of what is made. What is added has the step of what it is added to.
"""

import numpy as np

from neuroloom.flows.networks.integer_network import IntegerNetwork
from neuroloom.flows.networks.parameters import LayerParameters
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.training.residual import Floats, Pixels, ResidualNetwork
from neuroloom.golden.formats import Int64, IntegerFormat, Overflow

PIXELS = IntegerFormat(bits=8, signed=False, overflow=Overflow.SATURATE)
SCORES = IntegerFormat(bits=16, signed=True, overflow=Overflow.SATURATE)
SCORE_ROOM = 4
"""Scores reach this many times what they do on the calibration images."""
SCALE_BITS, OFFSET_BITS, MOST_SHIFT = 16, 32, 24
CLIPPING = np.linspace(1, 0.5, 26)
"""Shares of the greatest weight that are tried as the greatest that a channel can have."""


def fold(trained: ResidualNetwork, images: Pixels, weight_bits: int = 8) -> IntegerNetwork:
    """The integers of a network, whose activations saturate beyond those of calibration ``images``.

    Each output channel has the weight step of the least squared error; batch normalizations take
    the statistics of the rounded weights. Scales and offsets are as fine as their bits allow.
    """
    rounded = {
        name: quantized_weights(values, weight_bits) for name, values in trained.weights.items()
    }
    settled = trained.settled(
        {name: dequantized(*found) for name, found in rounded.items()}, images
    )
    steps = activation_steps(settled, images)
    network, parameters = trained.network, {}
    for wired in network.wired:
        last = wired.name == network.wired[-1].name
        taken = 1 / trained.white if wired.source is None else steps[wired.source]
        weights, weight_steps = rounded[wired.name]
        norm = settled.norms[wired.name]
        gain = norm.gamma / norm.deviation
        scale = gain * weight_steps * taken / steps[wired.name]
        offset = (norm.beta - norm.mean * gain) / steps[wired.name]
        shift = finest_shift(scale, offset)
        made = SCORES if last else PIXELS
        parameters[wired.name] = LayerParameters(
            weights,
            _rounded(scale, shift),
            _rounded(offset, shift),
            shift,
            bits=made.bits,
            signed=made.signed,
            relu=not last,
            weight_bits=weight_bits,
            scale_bits=SCALE_BITS,
            offset_bits=OFFSET_BITS,
        )
    return IntegerNetwork(network, parameters)


def activation_steps(trained: ResidualNetwork, images: Pixels) -> dict[str, float]:
    """What a pixel of 1 stands for in every layer: 255 is the greatest of ``images``. Layers that
    are added have one step.
    """
    made = trained.forward(images)
    *layers, last = trained.network.wired
    first: dict[str, str] = {}
    greatest: dict[str, float] = {}
    for layer in layers:
        # whatever a layer adds is added to something before it in turn, and so on to the first
        name = first[layer.name] = layer.name if layer.residual is None else first[layer.residual]
        greatest[name] = max(greatest.get(name, 0.0), float(made[layer.name].max()))
    steps = {layer.name: (greatest[first[layer.name]] or 1.0) / PIXELS.maximum for layer in layers}
    reached = float(np.abs(made[last.name]).max()) or 1.0
    return steps | {last.name: SCORE_ROOM * reached / SCORES.maximum}


def quantized_weights(weights: Floats, bits: int) -> tuple[Int64, Floats]:
    """Integers of ``bits`` and the step (outputs,) of each output's, for weights (outputs, ...)."""
    flat = weights.reshape(len(weights), -1).astype(np.float64)
    fmt = IntegerFormat(bits=bits, signed=True, overflow=Overflow.SATURATE)
    greatest = np.abs(flat).max(axis=1)
    steps = np.where(greatest > 0, greatest, 1) / fmt.maximum * CLIPPING[:, np.newaxis]
    tried = fmt.fit(np.rint(flat / steps[..., np.newaxis]).astype(np.int64))
    errors = np.square(tried * steps[..., np.newaxis] - flat).sum(axis=2)
    best, outputs = errors.argmin(axis=0), np.arange(len(flat))
    return tried[best, outputs].reshape(weights.shape), steps[best, outputs]


def dequantized(weights: Int64, steps: Floats) -> Floats:
    """The weights (outputs, ...) that integers and steps (outputs,) stand for."""
    return weights * steps[:, np.newaxis, np.newaxis, np.newaxis]


def finest_shift(scale: Floats, offset: Floats) -> int:
    """The largest shift, up to ``MOST_SHIFT``, with which scales and offsets have their bits."""
    for shift in range(MOST_SHIFT, -1, -1):
        if (
            np.abs(_rounded(scale, shift)).max() < 1 << SCALE_BITS - 1
            and np.abs(_rounded(offset, shift)).max() < 1 << OFFSET_BITS - 1
        ):
            return shift
    raise UsageError(
        f"scales up to {np.abs(scale).max():.3g} and offsets up to {np.abs(offset).max():.3g} are "
        f"too large for {SCALE_BITS} and {OFFSET_BITS} bits; calibrate on images that activate "
        "the network"
    )


def _rounded(values: Floats, shift: int) -> Int64:
    return np.asarray(np.rint(values * 2.0**shift), np.int64)
