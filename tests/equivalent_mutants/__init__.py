"""Mutants that no bench can notice, and why, area by area."""

from areas import joined

from equivalent_mutants import arith, bnn, cim, events, imc, learning, neurons

EQUIVALENT: dict[tuple[str, str, str, str], str] = joined(
    area.EQUIVALENT for area in (arith, bnn, cim, events, imc, learning, neurons)
)
"""Changes that no bench can notice, and why."""
