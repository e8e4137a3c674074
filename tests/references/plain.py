"""What the references share: lists, bits and a shift register, written here and nowhere else."""

from collections.abc import Iterator
from typing import Any

Lists = dict[str, dict[str, list[Any]]]
"""Traffic as nested lists: stream, field, a value or a row a token."""


def chunks(values: list[Any], size: int) -> list[list[Any]]:
    return [values[start : start + size] for start in range(0, len(values), size)]


def flat(rows: list[list[Any]]) -> list[Any]:
    return [value for row in rows for value in row]


def cut_and_filled(values: list[int], lanes: int) -> list[list[int]]:
    """Rows of ``lanes``, the last one filled with zeros."""
    rows = chunks(values, lanes)
    return [row + [0] * (lanes - len(row)) for row in rows]


def rows(tokens: dict[str, list[Any]]) -> list[dict[str, Any]]:
    """Tokens one by one, their fields by name."""
    return [dict(zip(tokens, row, strict=True)) for row in zip(*tokens.values(), strict=True)]


def columns(tokens: list[tuple[Any, ...]], *names: str) -> dict[str, list[Any]]:
    """The fields of tokens that are tuples in the order of ``names``."""
    return {name: [token[place] for token in tokens] for place, name in enumerate(names)}


def bits_for(choices: int) -> int:
    """Bits of a number that tells ``choices`` apart; 0 for one."""
    bits = 0
    while 1 << bits < choices:
        bits += 1
    return bits


def fitted(value: int, bits: int, signed: bool, overflow: str) -> int:
    """``value`` in ``bits``: clipped to the ends, or its low bits alone."""
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    if overflow == "saturate":
        return min(max(value, low), high)
    if overflow == "error":
        assert low <= value <= high, f"{value} does not fit {bits} bits"
    return (value - low) % 2**bits + low


def signed_code(code: int, bits: int) -> int:
    """The number that ``bits`` stand for in two's complement."""
    return code - (1 << bits) if code >> (bits - 1) & 1 else code


def random_words(state: int, bits: int) -> Iterator[int]:
    """x^32 + x^22 + x^2 + x + 1 in Galois form, shifting right: ``bits`` new ones a word."""
    while True:
        yield state & ((1 << bits) - 1)
        for _ in range(bits):
            state = state >> 1 ^ (0x8020_0003 if state & 1 else 0)
