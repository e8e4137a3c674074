"""A chain of binarized layers."""

from neuroloom.golden.systems.bnn_network import BnnNetworkSpec
from neuroloom.hdl.composition import Composed


class BnnNetwork(Composed[BnnNetworkSpec]):
    """Layers at work on different vectors at once.

    Between two layers a width adapter fits ``pe`` to ``simd`` and a queue holds one whole vector,
    so that the slowest layer alone sets the interval: it never waits for the others.
    """
