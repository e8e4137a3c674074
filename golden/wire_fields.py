"""What a wire takes of a token for each field of its sink: a field, bits side by side, a number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from neuroloom.golden.ports import Field, Integers, Tokens


@dataclass(frozen=True)
class Bits:
    """Bits of a field, from ``first`` on."""

    field: str
    first: int = 0
    number: int = 1

    def __str__(self) -> str:
        return f"bits {self.first} to {self.first + self.number - 1} of {self.field!r}"


Taken = str | int | tuple[str | Bits, ...]
"""What a field of the sink gets: a whole field; a number that is always the same; or fields and
bits side by side, the first ones lowest, which it reads as they are."""


def pieces(taken: str | tuple[str | Bits, ...], fields: Mapping[str, Field]) -> tuple[Bits, ...]:
    """Bits side by side. ValueError for a field or bits that are not there."""
    chosen = []
    for piece in (taken,) if isinstance(taken, str) else taken:
        name = piece if isinstance(piece, str) else piece.field
        if name not in fields:
            raise ValueError(f"no field {name!r}; there are {', '.join(fields)}")
        width = fields[name].port_bits
        bits = Bits(name, 0, width) if isinstance(piece, str) else piece
        if bits.number < 1 or not 0 <= bits.first <= width - bits.number:
            raise ValueError(f"{bits} are wanted, which has bits 0 to {width - 1}")
        chosen.append(bits)
    return tuple(chosen)


def check_taken(taken: Taken, sink: Field, fields: Mapping[str, Field]) -> None:
    """ValueError for what does not fit. A number may come into a wider field; bits fill theirs, or
    the low end of one that is an unsigned number.
    """
    if not isinstance(taken, int | str | tuple):
        raise ValueError(f"field {sink.name!r} gets a field, bits or a whole number, not {taken!r}")
    if isinstance(taken, int):
        if sink.lanes is not None or not sink.minimum <= taken <= sink.maximum:
            raise ValueError(f"field {sink.name!r} does not hold {taken}")
        return
    bits = pieces(taken, fields)
    if isinstance(taken, str):
        source = fields[taken]
        kept = sink.minimum <= source.minimum and source.maximum <= sink.maximum
        alone = (source.lanes or 1) == (sink.lanes or 1) == 1
        if not (shape(source) == shape(sink) or (alone and kept)):
            raise ValueError(f"{described([source])} does not fit {described([sink])}")
        return
    width = sum(bit.number for bit in bits)
    if width > sink.port_bits or (
        width < sink.port_bits and (sink.signed or (sink.lanes or 1) > 1)
    ):
        raise ValueError(f"{width} bits do not fit {described([sink])}")


def field_values(
    taken: Taken, sink: Field, fields: Mapping[str, Field], tokens: Tokens
) -> Integers:
    """What the sink's field has for every token."""
    number = len(next(iter(tokens.values())))
    if isinstance(taken, int):
        return np.full(number, taken)
    if isinstance(taken, str):
        return np.asarray(tokens[taken]).reshape(sink.shape(number))
    word = np.zeros((number, sink.port_bits), np.int64)
    low = 0
    for bits in pieces(taken, fields):
        word[:, low : low + bits.number] = planes(bits, fields, tokens)
        low += bits.number
    elements = word.reshape(number, sink.lanes or 1, sink.bits) << np.arange(sink.bits)
    values: Integers = elements.sum(axis=2)
    if sink.signed:
        sign = 1 << sink.bits - 1
        values = (values ^ sign) - sign
    return values.reshape(sink.shape(number))


def planes(bits: Bits, fields: Mapping[str, Field], tokens: Tokens) -> Integers:
    """The bits (tokens, number) of a field, the lowest first."""
    field = fields[bits.field]
    values = np.asarray(tokens[bits.field], np.int64)
    rows = (values[..., np.newaxis] >> np.arange(field.bits) & 1).reshape(-1, field.port_bits)
    return rows[:, bits.first : bits.first + bits.number]


def shape(field: Field) -> tuple[int, int, bool]:
    """Lanes, bits and sign; a lane alone is a number."""
    return field.lanes or 1, field.bits, field.signed


def described(fields: Sequence[Field]) -> str:
    """What tokens consist of, in words."""
    return " and ".join(
        f"{lanes} {'signed' if signed else 'unsigned'} number{'s' * (lanes > 1)} of {bits} "
        f"bit{'s' * (bits > 1)}"
        for lanes, bits, signed in map(shape, fields)
    )
