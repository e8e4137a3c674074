"""A chain of windows, binarized layers and pools."""

from neuroloom.golden.systems.bnn_conv_network import BnnConvNetworkSpec
from neuroloom.hdl.composition import Composed


class BnnConvNetwork(Composed[BnnConvNetworkSpec]):
    """Stages at work on different images, or on different rows of one.

    Between two stages a queue holds one whole image and a width adapter fits the tokens, so that
    the slowest stage alone sets the interval: it never waits for the others.
    """
