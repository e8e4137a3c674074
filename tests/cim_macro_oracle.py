"""Weights at an ideal array, and a walk over codes in plain integers."""

import itertools

import numpy as np

from neuroloom.golden.cim.cim_macro import CimMacroSpec
from neuroloom.golden.cim.closed_loop import ClosedLoop
from neuroloom.golden.cim.converters import Bubbles, Converter
from neuroloom.golden.devices.array import IdealArray
from neuroloom.golden.formats import IntegerFormat, Overflow
from neuroloom.golden.ports import Integers, Traffic

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


def plain(spec: CimMacroSpec, sent: Traffic) -> tuple[list[object], list[object]]:
    """Reads and sums by walking over rows, columns and words, in plain integers."""
    reads: list[object] = []
    sums: list[object] = []
    (codes,) = sent["codes"].values()
    answers = iter(codes.tolist())
    values = sent["vector"]["values"].tolist()
    precisions = sent["vector"].get("precision", np.zeros(len(values), int)).tolist()
    for vector, precision in zip(values, precisions, strict=True):
        bits, position = spec.weight_bits[precision], min(spec.columns, spec.columns_per_adc)
        words = [[0] * spec.adcs for _ in range(position // bits)]
        fmt = spec.accumulators.word_format(precision)
        for plane in reversed(range(spec.input_bits)):
            ones = [row for row, value in enumerate(vector) if value >> plane & 1]
            sign = -1 if spec.input_signed and plane == spec.input_bits - 1 else 1
            groups = [ones[at : at + spec.group] for at in range(0, len(ones), spec.group)]
            for nth, group in enumerate(groups or [[]]):
                for index, word in enumerate(words):
                    value = [0] * spec.adcs
                    for k in range(bits if group else 0):
                        column = index * bits + k
                        reads.append(([int(row in group) for row in range(spec.rows)], column))
                        weight = (1 << (bits - 1 - k)) * (-1 if not k and spec.weight_signed else 1)
                        for adc, code in enumerate(binary(spec, next(answers))):
                            value[adc] += weight * code
                    for adc in range(spec.adcs):
                        columns = min(position, spec.columns - adc * spec.columns_per_adc)
                        if index >= columns // bits:
                            value[adc] = 0
                        first = nth == 0 and plane < spec.input_bits - 1
                        exact = word[adc] * (2 if first else 1) + sign * value[adc]
                        word[adc] = fitted(exact, fmt)
        sums += [(word, int(index == len(words) - 1)) for index, word in enumerate(words)]
    assert next(answers, None) is None
    return reads, sums


def fitted(exact: int, fmt: IntegerFormat) -> int:
    if fmt.overflow is Overflow.SATURATE:
        return max(fmt.minimum, min(fmt.maximum, exact))
    return (exact - fmt.minimum) % (1 << fmt.bits) + fmt.minimum


def binary(spec: CimMacroSpec, token: list[int]) -> list[int]:
    """The codes of all converters."""
    if spec.converter is Converter.BINARY:
        return token
    return [thermometer(spec, token[at : at + spec.levels])
            for at in range(0, len(token), spec.levels)]  # fmt: skip


def thermometer(spec: CimMacroSpec, levels: list[int]) -> int:
    if spec.bubbles is Bubbles.ONES_COUNT:
        return sum(levels)
    if spec.bubbles is Bubbles.MAJORITY:
        framed = [1, *levels, 0]
        levels = [int(sum(framed[at : at + 3]) >= 2) for at in range(len(levels))]
    code = 0
    for at, level in enumerate(levels):
        if level and not (at + 1 < len(levels) and levels[at + 1]):
            code |= at + 1
    return code
