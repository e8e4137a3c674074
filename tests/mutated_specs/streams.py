"""Small specifications of streams."""

from support.core_networks import TINY, TINY_TILES

from mutated_specs.bnn import NARROW, UNEVEN
from mutated_specs.events import arbiter, fifo
from neuroloom.golden.events.mesh import MeshSpec
from neuroloom.golden.spec import Spec

SPECS: dict[str, tuple[Spec, ...]] = {
    "parts": (fifo(3, 5), NARROW, UNEVEN),
    "streams.stream_fork": (TINY, TINY_TILES),
    "streams.constant_stream": (TINY, TINY_TILES),
    "streams.arbitration": (
        arbiter(4),
        arbiter(4, "matrix"),
        arbiter(5, "tree", arity=3),
        arbiter(4, "tree"),
        arbiter(3, "tree", arity=2),
        arbiter(4, "weighted", weights=(2, 1, 4, 3)),
    ),
    "streams.stream_fifo": (
        fifo(3, 5),
        fifo(2, 2),
        fifo(2, 1),
        fifo(2, 3, storage="registers"),
        UNEVEN,
    ),
    "streams.credit": (MeshSpec(columns=2, rows=1, payload_bits=3, depth=3),),
}
