"""Small specifications that use all of each module below ``neuroloom.hdl``, area by area."""

from areas import joined

from mutated_specs import arith, bnn, cim, events, imc, learning, neurons
from neuroloom.golden.spec import Spec

SPECS: dict[str, tuple[Spec, ...]] = joined(
    area.SPECS for area in (arith, bnn, cim, events, imc, learning, neurons)
)
"""Module below ``neuroloom.hdl`` to small specifications that use all of it."""
