"""Landmarks of a rounding: the values at which hardware that rounds wrong is wrong.

At random a tie of a shift by 16 bits comes once in 2**16 values. So stimuli aim at landmarks, and
whether one was met is asked of the model: it must give other outputs when it rounds every value at
that landmark to the integer on the other side. A value that is rounded and then clipped away, or
that no output depends on, has not been met.
"""

from collections.abc import Collection
from copy import deepcopy
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from neuroloom.golden.formats import Int64, misrounded
from neuroloom.golden.ports import Tokens, Traffic, count
from neuroloom.golden.spec import Model

STEPS = range(-3, 5)
"""Values at a landmark that are taken, counted from the one at or below the middle."""

MOST_TELLING = 2


def places(shift: int) -> dict[str, int]:
    """Values of what is dropped, by name."""
    unit, half = 1 << shift, 1 << shift >> 1
    return {
        "a whole number": 0,
        "just above a whole number": 1,
        "just below a tie": half - 1,
        "a tie": half,
        "just above a tie": half + 1,
        "just below a whole number": unit - 1,
    }


@dataclass(frozen=True)
class Landmark:
    """Values with a place between two integers, a sign and, for ties, a parity of the lower one."""

    place: str
    negative: bool
    odd: bool | None = None

    @property
    def name(self) -> str:
        parity = "" if self.odd is None else f" above an {'odd' if self.odd else 'even'} number"
        return f"{self.place}{parity}, {'below zero' if self.negative else 'zero or more'}"

    def slip(self, exact: Int64, shift: int, rounded: Int64) -> Int64:
        """The integer on the other side of every value at the landmark."""
        floor = exact >> shift
        here = exact - (floor << shift) == places(shift)[self.place]
        here &= (exact < 0) == self.negative
        if self.odd is not None:
            here &= (floor & 1) == self.odd
        return np.where(here, 2 * floor + 1 - rounded, rounded)


LANDMARKS = tuple(
    Landmark(place, negative, odd)
    for place, negative in product(places(1), (False, True))
    for odd in ((False, True) if place == "a tie" else (None,))
)
"""All of them."""


def values_at(
    shift: int, low: int, high: int, multiplier: int = 1, offset: int = 0, around: int = 0
) -> list[int]:
    """Values of ``low`` to ``high`` for which ``value · multiplier + offset`` is at a landmark.

    A few of each place, for which the quotient by ``2**shift`` is nearest to ``around``.
    """
    if not shift or not multiplier:
        return []
    common = min(shift, (multiplier & -multiplier).bit_length() - 1)
    period = 1 << shift - common
    inverse = pow(multiplier >> common, -1, period)
    values = set()
    for place in places(shift).values():
        if (place - offset) % (1 << common) == 0:
            first = (place - offset >> common) * inverse % period
            begin = (((around << shift) - offset) // multiplier - first) // period
            values |= {first + (begin + step) * period for step in STEPS}
    return sorted(value for value in values if low <= value <= high)


def told(
    model: Model[Any], traffic: Traffic, landmarks: Collection[Landmark] = LANDMARKS
) -> set[Landmark]:
    """Landmarks that the outputs of ``model`` for ``traffic`` depend on. It keeps its state."""
    right = _copied(model).run(traffic)
    return {landmark for landmark in landmarks if _differ(right, _wrong(model, traffic, landmark))}


def telling(model: Model[Any], stream: str, candidates: Tokens) -> Tokens:
    """A few tokens that meet each landmark, of candidates that each give one, without state."""
    right = _copied(model).run({stream: candidates})
    chosen: set[int] = set()
    for landmark in LANDMARKS:
        wrong = _wrong(model, {stream: candidates}, landmark)
        here = np.any(
            [right[name][field] != wrong[name][field] for name in right for field in right[name]],
            axis=0,
        )
        chosen |= set(np.flatnonzero(here)[:MOST_TELLING].tolist())
    return {name: values[sorted(chosen)] for name, values in candidates.items()}


class Lookout:
    """Runs a model and keeps account of the landmarks that are still to be met."""

    def __init__(self, landmarks: Collection[Landmark]) -> None:
        self._wanted = [landmark for landmark in LANDMARKS if landmark in landmarks]
        self._unseen = set(landmarks)

    def run(self, model: Model[Any], traffic: Traffic) -> Traffic:
        """What ``model`` gives for ``traffic``."""
        before = _copied(model) if self._unseen else model
        got = model.run(traffic)
        if any(count(tokens) for tokens in got.values()):
            self._unseen -= {
                landmark
                for landmark in self._unseen
                if _differ(got, _wrong(before, traffic, landmark))
            }
        return got

    @property
    def points(self) -> dict[str, bool]:
        """Whether each was met, by name."""
        return {
            f"rounds {landmark.name}": landmark not in self._unseen for landmark in self._wanted
        }


def _wrong(model: Model[Any], traffic: Traffic, landmark: Landmark) -> Traffic:
    with misrounded(landmark.slip):
        return _copied(model).run(traffic)


def _copied(model: Model[Any]) -> Model[Any]:
    return deepcopy(model, {id(model.spec): model.spec})


def _differ(first: Traffic, second: Traffic) -> bool:
    return any(
        not np.array_equal(first[stream][field], second[stream][field])
        for stream in first
        for field in first[stream]
    )
