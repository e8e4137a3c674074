"""A chain of windows, binarized layers and pools."""

from neuroloom.golden.systems.bnn_conv_network import BnnConvNetworkSpec
from neuroloom.hdl.composition import Composed


class BnnConvNetwork(Composed[BnnConvNetworkSpec]):
    """Stages at work on different images at once, so that the slowest alone sets the interval."""
