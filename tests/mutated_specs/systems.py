"""Small specifications of systems."""

from support.core_networks import TINY, TINY_TILES

from mutated_specs.bnn import DEEP, GATHERED, IMAGES, SCATTERED
from mutated_specs.neurons import CHIP
from neuroloom.golden.spec import Spec

SPECS: dict[str, tuple[Spec, ...]] = {
    "systems.bnn_network": (DEEP, SCATTERED, GATHERED),
    "systems.bnn_conv_network": (IMAGES,),
    "systems.core_network": (TINY, TINY_TILES),
    "systems.crossbar_chip": (CHIP,),
}
