"""Memories that a programming stream reaches: one layout for the model, the hardware, the files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from neuroloom.golden.inventory import Inventory, index_bits, memory
from neuroloom.golden.ports import Field, Integers, Stream, Tokens


@dataclass(frozen=True)
class MappedMemory:
    """A memory of words, each made of ``fields``, the first one in the lowest bits.

    ``index`` names what its words are counted by, the outermost first, and how many there are of
    each: the address has the last one in its lowest bits, and each begins at a power of two.
    """

    name: str
    kind: int
    """Chooses the memory in a token of the programming stream."""
    index: tuple[tuple[str, int], ...]
    fields: tuple[Field, ...]
    doc: str

    @property
    def width(self) -> int:
        """Bits of a word."""
        return sum(field.bits for field in self.fields)

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(number for _, number in self.index)

    @property
    def address_bits(self) -> int:
        return sum(index_bits(number) for number in self.shape)

    @property
    def depth(self) -> int:
        return int(self.addresses.max()) + 1

    @property
    def addresses(self) -> Integers:
        """The address of every word, in the shape of the index."""
        address = np.zeros((), np.int64)
        for number in self.shape:
            address = (address[..., np.newaxis] << index_bits(number)) | np.arange(number)
        return np.asarray(address, np.int64)

    @property
    def low_bits(self) -> dict[str, int]:
        """The lowest bit of every field."""
        ends = np.cumsum([0, *(field.bits for field in self.fields)]).tolist()
        return {field.name: ends[place] for place, field in enumerate(self.fields)}

    def pack(self, values: Mapping[str, Integers]) -> Integers:
        """The words (depth,) from every field's values in the shape of the index.

        ValueError for a value that its field does not hold or another shape.
        """
        addresses, low_bits = self.addresses, self.low_bits
        words = np.zeros(int(addresses.max()) + 1, np.int64)
        for field in self.fields:
            every = np.asarray(values[field.name], np.int64)
            if every.shape != self.shape:
                raise ValueError(
                    f"{self.name}: {field.name} has the shape {every.shape}, not {self.shape}"
                )
            if every.min() < field.minimum or every.max() > field.maximum:
                place = np.argwhere((every < field.minimum) | (every > field.maximum))[0]
                where = ", ".join(
                    f"{name} {at}" for (name, _), at in zip(self.index, place, strict=True)
                )
                raise ValueError(
                    f"{self.name}: {field.name} of {where} is {every[tuple(place)]}; it lies in "
                    f"{field.minimum} to {field.maximum}"
                )
            code = every & ((1 << field.bits) - 1)
            words[addresses] |= code << low_bits[field.name]
        return words

    def unpack(self, words: Integers) -> dict[str, Integers]:
        """Every field's values in the shape of the index, from the words (depth,)."""
        values: dict[str, Integers] = {}
        addresses, low_bits = self.addresses, self.low_bits
        for field in self.fields:
            code = words[addresses] >> low_bits[field.name] & ((1 << field.bits) - 1)
            sign = 1 << (field.bits - 1) if field.signed else 0
            values[field.name] = np.asarray((code ^ sign) - sign, np.int64)
        return values

    def inventory(self, write_ports: int) -> Inventory:
        return memory(self.width, self.depth, write_ports)


Words = dict[str, Integers]
"""Name of a memory to its words (depth,)."""


def programming_stream(memories: Sequence[MappedMemory]) -> Stream:
    """Words for any of the memories in any order; the last one of a load says so."""
    kinds = ", ".join(f"{entry.kind} {entry.name}" for entry in memories)
    fields = (
        Field("kind", max(1, index_bits(len(memories))), f"memory: {kinds}"),
        Field("address", max(1, *(entry.address_bits for entry in memories)), "of the word"),
        Field("data", max(entry.width for entry in memories), "the word, from bit 0"),
        Field("last", 1, "the last word of the load"),
    )
    return Stream("program", "in", fields, "loads of parameters, word by word")


def programming_tokens(memories: Sequence[MappedMemory], words: Mapping[str, Integers]) -> Tokens:
    """The load of all words that the index of each memory reaches, in the order of addresses."""
    parts = [
        (np.full(prod(entry.shape), entry.kind), entry.addresses.reshape(-1), words[entry.name])
        for entry in memories
    ]
    kind = np.concatenate([kinds for kinds, _, _ in parts])
    return {
        "kind": kind,
        "address": np.concatenate([addresses for _, addresses, _ in parts]),
        "data": np.concatenate([every[addresses] for _, addresses, every in parts]),
        "last": (np.arange(len(kind)) == len(kind) - 1).astype(np.int64),
    }


def programmed(memories: Sequence[MappedMemory], words: Words, tokens: Tokens) -> None:
    """Write a load into ``words``; of two words for an address the later one stays.

    ValueError for a kind or an address that is not there, or a word that is too wide.
    """
    kind = np.asarray(tokens["kind"])
    if kind.size and kind.max() >= len(memories):
        raise ValueError(f"there is no memory of kind {kind.max()}: 0 to {len(memories) - 1}")
    for entry in memories:
        chosen = kind == entry.kind
        address, data = (np.asarray(tokens[name])[chosen] for name in ("address", "data"))
        there = np.isin(address, entry.addresses)
        if not there.all():
            raise ValueError(f"{entry.name} has no word at address {address[~there][0]}")
        if data.size and int(data.max()) >> entry.width:
            raise ValueError(f"{entry.name} has words of {entry.width} bits, not {data.max():#x}")
        words[entry.name][address] = data
