"""How the bits of an input stand for a number, and what adds up the inputs that are at work."""

from enum import StrEnum

import numpy as np

from neuroloom.golden.arith.adder_networks import AdderNetwork
from neuroloom.golden.arith.adder_trees import carry_save_tree, ripple_tree, summed_words
from neuroloom.golden.arith.popcount import PopcountStyle, counting_tree
from neuroloom.golden.ports import Integers


class InputCoding(StrEnum):
    """What bit b of an input counts."""

    BINARY = "binary"
    """2**b: an unsigned integer."""
    UNARY = "unary"
    """1: a thermometer code, or a stochastic bit stream."""


def input_values(codes: Integers, bits: int, coding: InputCoding) -> Integers:
    """Inputs of ``bits`` bits each, (batch, N · bits), as numbers (batch, N)."""
    if bits == 1:
        return codes
    planes = codes.reshape(len(codes), codes.shape[1] // bits, bits)
    if coding is InputCoding.UNARY:
        return np.asarray(planes.sum(axis=2))
    return np.asarray((planes << np.arange(bits)).sum(axis=2))


def greatest_input(bits: int, coding: InputCoding) -> int:
    return bits if coding is InputCoding.UNARY else (1 << bits) - 1


def summing_network(
    inputs: int, bits: int, coding: InputCoding, style: PopcountStyle
) -> AdderNetwork:
    """The tree that adds ``inputs`` numbers; bit b of number n is its input ``n * bits + b``."""
    if bits == 1 or coding is InputCoding.UNARY:
        return counting_tree(inputs * bits, style)
    match style:
        case PopcountStyle.COUNTER:
            return ripple_tree(inputs, bits)
        case PopcountStyle.COMPRESSOR:
            return carry_save_tree(inputs, bits)
        case PopcountStyle.SUM:
            return summed_words(inputs, bits)
