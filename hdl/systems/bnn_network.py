"""A chain of binarized layers."""

from neuroloom.golden.systems.bnn_network import BnnNetworkSpec
from neuroloom.hdl.composition import Composed


class BnnNetwork(Composed[BnnNetworkSpec]):
    """Layers at work on different vectors at once, so that the slowest alone sets the interval."""
