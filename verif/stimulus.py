"""What a macro adds to the generic bench: traffic, coverage points, random specifications."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np

from neuroloom.golden.contract import Waits
from neuroloom.golden.ports import Field, Integers, Stream, Traffic, concatenate
from neuroloom.golden.spec import Spec
from neuroloom.verif.landmarks import Landmark

S = TypeVar("S", bound=Spec)
T = TypeVar("T")
Rng = np.random.Generator


@dataclass(frozen=True)
class Cover:
    """A functional coverage point: reached when ``hit`` holds for a run's traffic."""

    name: str
    hit: Callable[[Traffic, Traffic], Any]
    """Called with all inputs and all outputs of the run."""


class Stimulus(ABC, Generic[S]):
    """Traffic for a macro. Every method gives whole operations."""

    operations: ClassVar[int] = 60
    """Random operations in a bench run unless the caller says otherwise."""

    loads_in_flight: ClassVar[bool] = False
    """Whether a load offered in the middle of an operation waits for its end."""

    last_in_flight: ClassVar[bool] = False
    """Whether an operation is only in its middle when all of its tokens have been taken."""

    loads_between: ClassVar[bool] = False
    """Whether such a load waits for the end of one operation only, not of all that were begun."""

    carried: ClassVar[str] = ""
    """A field of inputs that comes out as it went in and decides nothing, if there is one."""

    def __init__(self, spec: S) -> None:
        self.spec = spec

    @abstractmethod
    def corners(self) -> Traffic:
        """Directed operations: the ends of every range and what lies beside them."""

    @abstractmethod
    def random(self, rng: Rng, operations: int) -> Traffic:
        """Random operations that reach every kind of behaviour."""

    @abstractmethod
    def coverage(self) -> list[Cover]:
        """Points that a run of corners and random operations must reach."""

    def landmarks(self) -> Collection[Landmark]:
        """Landmarks of roundings that such a run must meet."""
        return ()

    @classmethod
    @abstractmethod
    def random_spec(cls, rng: Rng) -> S:
        """A small specification, odd sizes and every option included."""

    @classmethod
    def random_variant(cls, rng: Rng) -> S:
        """One for the bench alone, from which companions are chosen: those that other flows cannot
        drive are among them, and sizes from which on the hardware is written in another way.
        """
        return cls.random_spec(rng)

    @classmethod
    def aspects(cls, spec: S) -> Collection[str]:
        """What companions are to show beside choices, ends of numbers and lines: what only comes of
        several fields together.
        """
        return ()

    def uncontended(self, rng: Rng, operations: int) -> Traffic:
        """Operations for which the contract promises every cycle: where they contend, those that
        do not.
        """
        return self.random(rng, operations)

    def competing(self, rng: Rng, shared: Waits, tokens: int) -> Traffic:
        """So many tokens of each input that shares an output, all of them for that output."""
        return self.uncontended(rng, tokens)

    def short(self, rng: Rng, operations: int) -> Traffic:
        """Operations that take and give little even where others are too large to be written:
        those of the kind that does, where there are several.
        """
        return self.random(rng, operations)

    def setup(self, rng: Rng) -> Traffic | None:
        """Traffic that must be taken before operations are sent, such as a load of weights."""
        return None


MANY = (129, 150)
"""Lines from which on trees that search them are written in another way, and a few more."""


def many_lines(spec: S, field: str, rng: Rng) -> S:
    """The specification, or one in eight times the same with many lines."""
    if rng.integers(8):
        return spec
    fields = spec.model_dump(mode="json")
    return type(spec).model_validate({**fields, field: int(rng.integers(*MANY))})


def random_tokens(stream: Stream, rng: Rng, count: int) -> dict[str, Integers]:
    """Uniform tokens; rows of bits get densities from all zeros to all ones."""
    return {field.name: random_values(field, rng, count) for field in stream.fields}


def random_values(field: Field, rng: Rng, count: int) -> Integers:
    if field.lanes is not None and field.bits == 1:
        density = rng.choice([0.0, 0.1, 0.5, 0.5, 0.9, 1.0], (count, 1))
        ones = (rng.random((count, field.lanes)) < density).astype(np.int64)
        return -ones if field.signed else ones
    return rng.integers(field.minimum, field.maximum, field.shape(count), np.int64, endpoint=True)


def pick(rng: Rng, options: Iterable[T]) -> T:
    """One of the options."""
    every = list(options)
    return every[int(rng.integers(len(every)))]


def joined(*parts: Traffic) -> Traffic:
    return concatenate(list(parts))
