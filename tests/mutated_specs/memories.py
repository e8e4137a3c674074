"""Small specifications of memories."""

from mutated_specs.bnn import BITS, FIXED
from mutated_specs.imc import FEATURE_MAPS
from mutated_specs.neurons import CROSSBARS
from neuroloom.golden.spec import Spec

SPECS: dict[str, tuple[Spec, ...]] = {
    "memories.parameters": (BITS, FIXED),
    "memories.table": FEATURE_MAPS,
    "memories.memory_map": CROSSBARS,
}
