"""Golden vectors of a size that can be written."""

from dataclasses import dataclass

import numpy as np

from neuroloom.flows.macros.catalogue import macro_of
from neuroloom.golden.ports import Traffic, concatenate, count
from neuroloom.golden.spec import Spec

MOST_VALUES = 1 << 24
"""Most values of all operations together; they lie in memory as 8 bytes each, some in several
copies."""
MOST_VALUES_OF_ONE = 1 << 26
"""Most values of an operation that is written alone."""
FEWEST_CORNERS = 8
"""Corners are not made where this many operations do not fit."""
TOKEN = 8
"""Values that a token costs beside its own: its words and its line of text."""


@dataclass(frozen=True)
class Vectors:
    """Phases of traffic, inputs and outputs together, and in words what was left out of them."""

    phases: list[Traffic]
    left_out: str = ""


def vectors(spec: Spec, seed: int) -> Vectors:
    """Traffic with the outputs the golden model gives.

    A load of parameters, where the macro takes one, is a phase before the operations. All corners
    and the random operations of the stimulus, or where those have more than ``MOST_VALUES`` values
    as many as fit, one at least; its short ones where a single one has ``MOST_VALUES_OF_ONE``.
    """
    stimulus = macro_of(spec).stimulus(spec)
    rng = np.random.default_rng(seed)
    model = spec.model()
    phases: list[Traffic] = []
    setup = stimulus.setup(rng)
    if setup is not None:
        phases.append({**setup, **model.run(setup)})
    each = operation_values(spec)
    fit = MOST_VALUES // each
    parts, left_out = [], []
    corners = stimulus.corners() if fit > FEWEST_CORNERS else None
    if corners is not None and operations_of(spec, corners) < fit:
        parts.append(corners)
        fit -= operations_of(spec, corners)
    else:
        left_out.append("all corners")
    operations = max(1, min(stimulus.operations, fit))
    if each > MOST_VALUES_OF_ONE:
        parts.append(stimulus.short(rng, operations))
        left_out.append("all random operations but short ones")
    else:
        parts.append(stimulus.random(rng, operations))
        if operations < stimulus.operations:
            left_out.append(f"{stimulus.operations - operations} random operations")
    work = concatenate(parts)
    phases.append({**work, **model.run(work)})
    return Vectors(phases, _sentence(spec, each, left_out))


def operation_values(spec: Spec) -> int:
    """Values that an operation takes and gives at most."""
    tokens = {**spec.contract.consumes, **spec.contract.produces}
    return 1 + sum(
        tokens.get(stream.name, 0) * (TOKEN + sum(field.lanes or 1 for field in stream.fields))
        for stream in spec.streams
    )


def operations_of(spec: Spec, traffic: Traffic) -> int:
    """How many operations those inputs are, at least."""
    consumes = spec.contract.consumes
    return max(
        (
            -(-count(tokens) // consumes[name])
            for name, tokens in traffic.items()
            if consumes.get(name)
        ),
        default=0,
    )


def _sentence(spec: Spec, each: int, left_out: list[str]) -> str:
    if not left_out:
        return ""
    return (
        f"the vectors leave out {' and '.join(left_out)}: one {spec.contract.operation} has up "
        f"to {each:,} values, and all that are written at most {MOST_VALUES:,} or one operation"
    )
