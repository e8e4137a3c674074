"""Tokens as bytes, packed by numpy: what the compiled harness reads and writes.

A field takes as many bytes as Verilator's variable for its port: 1, 2, 4 or 8, or whole words of
32 bits beyond 64 bits; little-endian, unused high bits zero. A token is its fields side by side.
"""

import numpy as np
from numpy.typing import NDArray

from neuroloom.golden.ports import Field, Integers, Stream, Tokens, count

Bytes = NDArray[np.uint8]
Indices = NDArray[np.int64]


def field_bytes(field: Field) -> int:
    """Bytes of a field in a token."""
    for size in (1, 2, 4, 8):
        if field.port_bits <= 8 * size:
            return size
    return 4 * -(-field.port_bits // 32)


def token_bytes(stream: Stream) -> int:
    """Bytes of a token."""
    return sum(field_bytes(field) for field in stream.fields)


def pack(stream: Stream, tokens: Tokens) -> Bytes:
    """The tokens as rows of bytes (tokens, bytes). Values are taken to be valid: see :func:`check`.

    The same bits as ``stream.pack`` gives, without a Python integer a token.
    """
    columns = [_pack_field(field, np.asarray(tokens[field.name])) for field in stream.fields]
    return np.concatenate(columns, axis=1)


def unpack(stream: Stream, rows: Bytes) -> Tokens:
    """The inverse of :func:`pack`, for rows (tokens, bytes)."""
    tokens, low = {}, 0
    for field in stream.fields:
        high = low + field_bytes(field)
        tokens[field.name] = _unpack_field(field, rows[:, low:high])
        low = high
    return tokens


def check(stream: Stream, tokens: Tokens) -> None:
    """ValueError in one sentence when fields, shapes, types or values are not the stream's."""
    for name, values in tokens.items():
        if np.ndim(values) == 0:
            raise ValueError(f"field {stream.name}.{name} takes an array, not a single number")
    stream.tokens(**tokens)
    for field in stream.fields:
        values = np.asarray(tokens[field.name])
        if values.dtype.kind not in "iub":
            raise ValueError(
                f"field {stream.name}.{field.name} takes integers, not {values.dtype.name}"
            )
        lanes = "" if field.lanes is None else f", {field.lanes}"
        if values.shape != field.shape(len(values)):
            raise ValueError(
                f"field {stream.name}.{field.name} takes the shape (tokens{lanes}), "
                f"not {values.shape}"
            )
        if not values.size:
            continue
        low, high = int(values.min()), int(values.max())
        if low < field.minimum or high > field.maximum:
            raise ValueError(
                f"field {stream.name}.{field.name} holds {field.minimum} to {field.maximum}, "
                f"not {low} to {high}"
            )


def differing(stream: Stream, got: Tokens, expected: Tokens) -> Indices:
    """Indices of expected tokens that came as others, in the order that the stream keeps."""
    came, at = paired(stream, got, expected)
    different = np.zeros(len(at), bool)
    for name, values in expected.items():
        unequal = np.asarray(got[name])[came] != np.asarray(values)[at]
        different |= unequal if unequal.ndim == 1 else unequal.any(axis=1)
    return at[different]


def paired(stream: Stream, got: Tokens, expected: Tokens) -> tuple[Indices, Indices]:
    """Tokens and the expected ones that they are held against: indices into ``got`` and
    ``expected``.

    The k-th of a flow belongs to the flow's k-th; the others were lost, or came unexpected.
    Ascending in ``expected``.
    """
    wanted, given = count(expected), count(got)
    if not stream.flow or not wanted or not given:
        both = np.arange(min(wanted, given))
        return both, both
    columns = [
        np.concatenate([expected[name], got[name]]).reshape(wanted + given, -1)
        for name in stream.flow
    ]
    every = np.concatenate(columns, axis=1)
    flows = np.unique(every, axis=0, return_inverse=True)[1].reshape(-1)
    _, at, came = np.intersect1d(
        _numbered(flows[:wanted]),
        _numbered(flows[wanted:]),
        assume_unique=True,
        return_indices=True,
    )
    in_order = np.argsort(at)
    return came[in_order], at[in_order]


def _numbered(flows: Indices) -> Indices:
    """A number of its own for the k-th token of every flow."""
    order = np.argsort(flows, kind="stable")
    grouped = flows[order]
    ranks = np.empty_like(flows)
    ranks[order] = np.arange(len(flows)) - np.searchsorted(grouped, grouped)
    return (flows << 32) | ranks


def _pack_field(field: Field, values: Integers) -> Bytes:
    lanes = field.lanes or 1
    elements = np.ascontiguousarray(values, "<i8").reshape(len(values), lanes)
    raw = elements.view(np.uint8).reshape(len(values), lanes, 8)[..., : -(-field.bits // 8)]
    if field.bits % 8:  # the bits of each element side by side
        single = field.bits == 1  # packbits takes anything but 0 as 1
        bits = raw if single else np.unpackbits(raw, axis=2, bitorder="little", count=field.bits)
        packed = np.packbits(bits.reshape(len(values), field.port_bits), axis=1, bitorder="little")
    else:
        packed = raw.reshape(len(values), field.port_bits // 8)
    return np.pad(packed, ((0, 0), (0, field_bytes(field) - packed.shape[1])))


def _unpack_field(field: Field, rows: Bytes) -> Integers:
    elements = _elements(field, rows, field.lanes or 1)
    if field.signed:
        sign = np.int64(1) << (field.bits - 1)
        elements = (elements ^ sign) - sign
    return elements[:, 0] if field.lanes is None else elements


def _elements(field: Field, rows: Bytes, lanes: int) -> Integers:
    """The elements (tokens, lanes) without their sign."""
    size = -(-field.bits // 8)
    if field.bits % 8 == 0:
        raw = rows[:, : lanes * size].reshape(len(rows), lanes, size)
    else:
        bits = np.unpackbits(rows, axis=1, bitorder="little", count=field.port_bits)
        if field.bits == 1:
            return bits.astype(np.int64)
        raw = np.packbits(bits.reshape(len(rows), lanes, field.bits), axis=2, bitorder="little")
    padded = np.pad(raw, ((0, 0), (0, 0), (0, 8 - size)))
    return np.ascontiguousarray(padded).view("<i8")[..., 0].astype(np.int64)
