"""Integers for networks whose results matter less than when they come."""

import numpy as np

from neuroloom.flows.networks.convolutional import ConvolutionalNetwork
from neuroloom.flows.networks.integer_network import IntegerNetwork
from neuroloom.flows.networks.parameters import LayerParameters

SHIFT = 16
SPREAD = 60.0
"""Spread of what is made of the sums, so that pixels take many values and few saturate."""
TYPICAL = 74.0 * 120.0
"""A weight of eight bits times a pixel, root mean squares of even distributions."""


def random_integers(
    network: ConvolutionalNetwork, seed: int, last_spread: float = SPREAD
) -> IntegerNetwork:
    """Weights of eight bits; pixels of all layers lie between the ends of their range. Those of
    the last one are signed and of 16 bits, with a spread of their own, unless it adds a residual.
    """
    rng = np.random.default_rng(seed)
    parameters = {}
    for wired in network.wired:
        rows, _ = wired.matrix
        if not rows:
            continue
        last = wired is network.wired[-1] and wired.residual is None
        shape = (wired.made.channels, wired.kernel, wired.kernel, wired.given.channels)
        spread = last_spread if last else SPREAD
        scale = max(2, round(spread / (TYPICAL * rows**0.5) * 2**SHIFT))
        parameters[wired.name] = LayerParameters(
            weights=rng.integers(-127, 128, shape),
            scale=rng.integers(scale // 2, 2 * scale, wired.made.channels),
            offset=rng.integers(-30 << SHIFT, 60 << SHIFT, wired.made.channels),
            shift=SHIFT,
            relu=not last,
            signed=last,
            bits=16 if last else 8,
        )
    return IntegerNetwork(network, parameters)
