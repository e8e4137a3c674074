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


def random_integers(network: ConvolutionalNetwork, seed: int) -> IntegerNetwork:
    """Weights of eight bits; pixels of all layers lie between the ends of their range. Those of
    the last one are signed and of 16 bits, unless it adds a residual.
    """
    rng = np.random.default_rng(seed)
    found = {}
    for each in network.wired:
        rows, _ = each.matrix
        if not rows:
            continue
        last = each is network.wired[-1] and each.residual is None
        shape = (each.made.channels, each.kernel, each.kernel, each.given.channels)
        scale = max(2, round(SPREAD / (TYPICAL * rows**0.5) * 2**SHIFT))
        found[each.name] = LayerParameters(
            weights=rng.integers(-127, 128, shape),
            scale=rng.integers(scale // 2, 2 * scale, each.made.channels),
            offset=rng.integers(-30 << SHIFT, 60 << SHIFT, each.made.channels),
            shift=SHIFT,
            relu=not last,
            signed=last,
            bits=16 if last else 8,
        )
    return IntegerNetwork(network, found)
