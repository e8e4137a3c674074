"""The streams of a macro, described once for the model, the hardware, the bench and the files.

A stream carries *tokens*: one token a handshake, made of named fields. A field is an integer or,
with ``lanes``, a row of equal integers. In Verilog each field is one port, ``<stream>_<field>``,
beside ``<stream>_valid`` and ``<stream>_ready``; lane 0 is in the least significant bits.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from neuroloom.golden.formats import IntegerFormat

Integers = NDArray[np.integer[Any]]
Tokens = Mapping[str, Integers]
"""Field name to values; the leading axis counts tokens, a second one counts lanes."""
Traffic = Mapping[str, Tokens]
"""Stream name to its tokens, in order."""
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
"""Names of streams and fields, of which those of ports are made."""
PACKED = 1 << 20
"""Bits that are packed at once."""


@dataclass(frozen=True)
class Field:
    """One field of a token: ``bits`` wide, two's complement where ``signed``.

    With ``lanes`` it is a row of that many elements of ``bits`` each. At most 63 bits an element,
    so that int64 holds every value.
    """

    name: str
    bits: int
    doc: str
    signed: bool = False
    lanes: int | None = None

    @property
    def port_bits(self) -> int:
        """Width of the Verilog port."""
        return self.bits * (1 if self.lanes is None else self.lanes)

    @property
    def format(self) -> IntegerFormat:
        """The number format of an element."""
        return IntegerFormat(bits=self.bits, signed=self.signed)

    @property
    def minimum(self) -> int:
        return self.format.minimum

    @property
    def maximum(self) -> int:
        return self.format.maximum

    def shape(self, tokens: int) -> tuple[int, ...]:
        return (tokens,) if self.lanes is None else (tokens, self.lanes)

    def pack(self, values: Integers) -> list[int]:
        """The port's value for every token, as a non-negative integer of ``port_bits``.

        Raises ValueError when the shape is wrong or a value does not fit.
        """
        values = np.asarray(values)
        if values.shape != self.shape(len(values)):
            raise ValueError(
                f"field {self.name!r} takes values of shape {self.shape(len(values))}, "
                f"not {values.shape}"
            )
        if values.size and (values.min() < self.minimum or values.max() > self.maximum):
            raise ValueError(
                f"field {self.name!r} holds {self.minimum} to {self.maximum}, "
                f"not {values.min()} to {values.max()}"
            )
        if self.lanes is None:
            return [int(element) for element in values.astype(np.int64) & ((1 << self.bits) - 1)]
        # a part at a time: all bits as numbers take many times the memory of the result
        step = max(1, PACKED // self.port_bits)
        parts = (values[first : first + step] for first in range(0, len(values), step))
        return [word for part in parts for word in self._packed(part)]

    def _packed(self, values: Integers) -> list[int]:
        elements = values.astype(np.int64) & ((1 << self.bits) - 1)
        planes = ((elements[..., np.newaxis] >> np.arange(self.bits)) & 1).astype(np.uint8)
        rows = np.packbits(planes.reshape(len(values), self.port_bits), axis=1, bitorder="little")
        return [int.from_bytes(row.tobytes(), "little") for row in rows]

    def unpack(self, words: list[int]) -> Integers:
        """The inverse of :meth:`pack`."""
        size = (self.port_bits + 7) // 8
        raw = b"".join(word.to_bytes(size, "little") for word in words)
        rows = np.frombuffer(raw, np.uint8).reshape(len(words), size)
        planes = np.unpackbits(rows, axis=1, bitorder="little", count=self.port_bits)
        planes = planes.reshape(len(words), self.lanes or 1, self.bits).astype(np.int64)
        elements: Integers = (planes << np.arange(self.bits)).sum(axis=2)
        if self.signed:
            sign = 1 << (self.bits - 1)
            elements = (elements ^ sign) - sign
        return elements[:, 0] if self.lanes is None else elements


class Handshake(StrEnum):
    """How the two ends of a stream agree on a token."""

    VALID_READY = "valid-ready"
    """Handed over in each cycle of the clock in which both are high."""
    FOUR_PHASE = "four-phase"
    """Asynchronous, bundled data: request up, acknowledge up, request down, acknowledge down; the
    token is stable from request up to acknowledge up."""
    STROBE = "strobe"
    """Asynchronous, without an answer: the token is stable while the strobe is high."""
    CREDIT = "credit"
    """A link between parts: handed over in each cycle of the clock in which valid is high. The
    sender counts the receiver's free places; a credit comes back for each that is free again."""


@dataclass(frozen=True)
class Losses:
    """How the tokens of a stream tell of others that were lost while they were held."""

    field: str
    """Counts those lost, up to its greatest value."""
    told: Literal["by the next", "by the one in the way"]
    """Whether a token counts those lost before it, or those that it stands for as well."""
    room: int | None = None
    """Tokens that are held before one is lost, where each that is taken gives one; else None."""


@dataclass(frozen=True)
class Stream:
    """A valid/ready stream of a macro.

    The tokens of an output come in the golden model's order. Where the order depends on timing,
    ``flow`` names the fields whose values tell flows apart: tokens of one flow keep their order,
    and nothing is lost or added, but flows may interleave in any way. With every field named,
    equal tokens are one flow and no order is left; without any, all tokens are one flow.
    ValueError when such a field does not exist or the stream is an input, and for names that make
    no ports.
    """

    name: str
    direction: Literal["in", "out"]
    fields: tuple[Field, ...]
    doc: str
    flow: tuple[str, ...] = ()
    handshake: Handshake = Handshake.VALID_READY
    pulse: tuple[int, int] = (1, 1)
    """Cycles for which a strobe is high and then low, at least."""
    widths: tuple[int, ...] = ()
    """Cycles for which a strobe is high, exactly, where that is decided beforehand: by the value of
    the field ``kind``, or one for all tokens."""
    kind: str = ""
    losses: Losses | None = None
    """Tokens that an output loses when it is held; None where it loses none."""
    waiting: int | None = None
    """Tokens of an output that wait at most, where others are lost without a word; else None."""

    def __post_init__(self) -> None:
        self._check_names()
        if self.flow and self.direction == "in":
            raise ValueError(f"stream {self.name!r} is an input: its order is the sender's")
        for name in self.flow:
            if name not in [field.name for field in self.fields]:
                raise ValueError(f"stream {self.name!r} has no field {name!r} that tells flows")

    def _check_names(self) -> None:
        """ValueError for names that Verilog does not know, and fields called like something else
        of the stream."""
        names = [field.name for field in self.fields]
        for name in (self.name, *names):
            if not NAME.fullmatch(name):
                raise ValueError(
                    f"a stream or field is called {name!r}: letters from a to z, digits and _ make "
                    "a name"
                )
        for name in names:
            if name in self.controls:
                raise ValueError(
                    f"stream {self.name!r} has a field {name!r}, as a port of its handshake is "
                    "called"
                )
            if names.count(name) > 1:
                raise ValueError(f"stream {self.name!r} has two fields {name!r}")

    @property
    def asynchronous(self) -> bool:
        """Whether its wires keep to no clock."""
        return self.handshake in (Handshake.FOUR_PHASE, Handshake.STROBE)

    @property
    def controls(self) -> tuple[str, ...]:
        """The port that the sender drives beside the fields, and the receiver's, if it answers."""
        match self.handshake:
            case Handshake.VALID_READY:
                return ("valid", "ready")
            case Handshake.FOUR_PHASE:
                return ("req", "ack")
            case Handshake.STROBE:
                return ("strobe",)
            case Handshake.CREDIT:
                return ("valid", "credit")

    @property
    def order(self) -> str:
        """Order of tokens that is kept, in words; empty where it is that of all of them."""
        if not self.flow:
            return ""
        if set(self.flow) == {field.name for field in self.fields}:
            return "in any order"
        named = " and ".join(self.flow)
        return f"in order among tokens of equal {named}; in any order among others"

    def flow_of(self, word: tuple[int, ...]) -> tuple[int, ...]:
        """What tells the flow of a token from others, from its packed fields."""
        fields = zip(self.fields, word, strict=True)
        return tuple(value for field, value in fields if field.name in self.flow)

    def width_of(self, word: tuple[int, ...]) -> int | None:
        """Cycles for which the strobe of a token is high, from its packed fields; None: any."""
        if not self.widths:
            return None
        names = [field.name for field in self.fields]
        return self.widths[word[names.index(self.kind)] if self.kind else 0]

    def tokens(self, **values: Integers) -> Tokens:
        """Tokens with the fields checked against the stream; ValueError when they disagree."""
        if set(values) != {field.name for field in self.fields}:
            names = ", ".join(field.name for field in self.fields)
            raise ValueError(f"stream {self.name!r} has the fields {names}, not {sorted(values)}")
        if len({len(column) for column in values.values()}) > 1:
            raise ValueError(f"stream {self.name!r}: fields have different numbers of tokens")
        return values

    def pack(self, tokens: Tokens) -> list[tuple[int, ...]]:
        """Port values of every token, one integer a field; ValueError where the fields are not
        those of the stream."""
        self.tokens(**tokens)
        return list(zip(*(field.pack(tokens[field.name]) for field in self.fields), strict=True))

    def unpack(self, words: list[tuple[int, ...]]) -> Tokens:
        """The inverse of :meth:`pack`."""
        columns = zip(*words, strict=True) if words else ([] for _ in self.fields)
        return {
            field.name: field.unpack(list(column))
            for field, column in zip(self.fields, columns, strict=True)
        }


def count(tokens: Tokens) -> int:
    """How many tokens there are."""
    return len(next(iter(tokens.values())))


def concatenate(parts: list[Traffic]) -> Traffic:
    """Traffic with the tokens of every part, stream by stream, in order."""
    streams = dict.fromkeys(name for part in parts for name in part)
    return {
        name: {
            field: np.concatenate([part[name][field] for part in parts if name in part])
            for field in next(part[name] for part in parts if name in part)
        }
        for name in streams
    }


def port_name(port: Stream, member: str) -> str:
    """Verilog name of a stream's field, or of ``valid``, ``ready`` or what stands for them."""
    return f"{port.name}_{member}"
