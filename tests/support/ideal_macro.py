"""Weights at an ideal array."""

import itertools

import numpy as np

from neuroloom.golden.cim.cim_macro import CimMacroSpec
from neuroloom.golden.cim.closed_loop import ClosedLoop
from neuroloom.golden.devices.array import IdealArray
from neuroloom.golden.formats import IntegerFormat
from neuroloom.golden.ports import Integers

CHIP = CimMacroSpec()
SIGNS = list(itertools.product([False, True], repeat=2))


def drawn(rng: np.random.Generator, bits: int, signed: bool, shape: tuple[int, int]) -> Integers:
    """Integers of the whole range, its ends among them."""
    fmt = IntegerFormat(bits=bits, signed=signed)
    values = rng.integers(fmt.minimum, fmt.maximum + 1, shape)
    values[0], values[-1] = fmt.minimum, fmt.maximum
    return values


def ideal(spec: CimMacroSpec, weights: Integers, precision: int) -> ClosedLoop:
    return ClosedLoop(spec, IdealArray(spec.column_map.cells(weights, precision)))
