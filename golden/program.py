"""One stream that loads what several parts take parameters from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from neuroloom.golden.inventory import index_bits
from neuroloom.golden.memories.memory_map import MappedMemory
from neuroloom.golden.ports import Field, Stream
from neuroloom.golden.wire_fields import Bits, Taken
from neuroloom.golden.wires import End

if TYPE_CHECKING:
    from neuroloom.golden.spec import Spec

WIDEST = 63
"""Bits of data that are a number; more are a row of bits."""
LOAD = ("kind", "address", "data", "last")


@dataclass(frozen=True)
class Program:
    """The parameter streams ``ends`` of parts as one stream of words for memories.

    The high bits of a word's ``kind`` choose the end by its place in ``ends``. An end that is
    itself a program takes the word with the low bits of the kind; ``last`` ends the load of that
    part. Any other end takes a token of its fields from ``data``, the first one lowest, and its
    tokens in order: their address is not looked at.
    """

    ends: tuple[End, ...]


@dataclass(frozen=True)
class ProgramLayout:
    """A program among the parts it loads."""

    ends: Mapping[End, Stream]
    parts: Mapping[End, "Spec"]

    @property
    def memories(self) -> tuple[MappedMemory, ...]:
        """The memories of all parts, named with them; a plain end is one without an address."""
        return tuple(memory for several in self._by_end().values() for memory in several)

    def _by_end(self) -> dict[End, list[MappedMemory]]:
        kind_bits = self._kind_bits
        memories = {}
        for number, (end, stream) in enumerate(self.ends.items()):
            inner = self._programmed(end) or (
                MappedMemory("", 0, (), stream.fields, "tokens in order, whatever the address"),
            )
            part = end.rpartition(".")[0] if self._programmed(end) else end
            memories[end] = [
                replace(
                    memory,
                    name=".".join(filter(None, (part, memory.name))),
                    kind=memory.kind | number << kind_bits,
                )
                for memory in inner
            ]
        return memories

    @property
    def _kind_bits(self) -> int:
        """Low bits of the kind that choose among the memories of a part."""
        kinds = [memory.kind for end in self.ends for memory in self._programmed(end)]
        return index_bits(max(kinds, default=0) + 1)

    def _programmed(self, end: End) -> tuple[MappedMemory, ...]:
        """The memories behind an end that is a program itself."""
        names = tuple(field.name for field in self.ends[end].fields)
        return self.parts[end].memory_map if names == LOAD else ()

    def stream(self, name: str) -> Stream:
        memories = self.memories
        kinds = ", ".join(f"{memory.kind} {memory.name}" for memory in memories)
        width = max(memory.width for memory in memories)
        bits, lanes = (width, None) if width <= WIDEST else (1, width)
        return Stream(
            name,
            "in",
            (
                Field("kind", max(1, index_bits(max(m.kind for m in memories) + 1)), kinds),
                Field(
                    "address", max(1, *(memory.address_bits for memory in memories)), "of the word"
                ),
                Field("data", bits, "the word, from bit 0", lanes=lanes),
                Field("last", 1, "the last word of the load of its part"),
            ),
            "loads of parameters, word by word",
        )

    def taken(self) -> Iterator[tuple[End, dict[str, Taken], tuple[Bits, int] | None]]:
        """What every end takes of a word, and of which words: bits of the kind and their value."""
        kind_bits = self._kind_bits
        chosen = index_bits(len(self.ends))
        for number, (end, stream) in enumerate(self.ends.items()):
            taken: dict[str, Taken] = {}
            low = 0
            for field in stream.fields:
                if self._programmed(end):
                    bits = field.port_bits
                    if field.name == "kind":
                        bits = min(bits, kind_bits)
                    taken[field.name] = (Bits(field.name, 0, bits),) if bits else 0
                else:
                    taken[field.name] = (Bits("data", low, field.port_bits),)
                    low += field.port_bits
            yield end, taken, (Bits("kind", kind_bits, chosen), number) if chosen else None
