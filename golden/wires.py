"""Wires between the parts of a composed macro, and tokens that never change."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from neuroloom.golden.ports import Tokens
from neuroloom.golden.wire_fields import Bits, Taken

End = str
"""A stream of a part, ``part.stream``, or a stream of the composed macro by its name alone."""


@dataclass(frozen=True)
class Lanes:
    """Some lanes of an end whose tokens have one field."""

    source: End
    first: int = 0
    number: int = 1

    def __str__(self) -> str:
        return f"lanes {self.first} to {self.first + self.number - 1} of {self.source}"


@dataclass(frozen=True)
class Wire:
    """Tokens of ``source``, as they are, or lanes of several sources side by side, to ``sink``.

    An end that several wires leave hands each token to all of them. ``places`` is the number of
    tokens that a queue before the sink holds, one more waiting at its output; 0 for no queue.
    """

    source: End | tuple[Lanes, ...]
    sink: End
    places: int = 0
    fields: tuple[str, ...] | Mapping[str, Taken] = ()
    """Those of the source that are taken, in the order of the sink's; none named: all of them. Or
    what each of the sink's fields gets, by its name."""
    where: tuple[Bits, int] | None = None
    """Only tokens whose bits have this value go on, any other is taken and dropped."""
    by_hand: bool = False
    """Hardware written by hand hands the tokens over, as it likes: only the ends are looked at, and
    several such wires may meet at one sink."""

    @property
    def sources(self) -> tuple[End, ...]:
        """The ends that it leaves, each once."""
        if isinstance(self.source, str):
            return (self.source,)
        return tuple(dict.fromkeys(piece.source for piece in self.source))

    def __str__(self) -> str:
        source = self.source if isinstance(self.source, str) else ", ".join(map(str, self.source))
        return f"{source} → {self.sink}"


@dataclass(frozen=True)
class Constant:
    """Tokens that are offered to an end once, from reset on; without any nothing ever comes."""

    sink: End
    tokens: Tokens = field(default_factory=dict)
