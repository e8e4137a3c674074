"""How much a chain of layers takes while its output is held.

That depends on where each pipeline has gaps when it comes to stand still, and so on the cycles in
which tokens came. Parts are therefore stepped cycle by cycle, without any data.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from neuroloom.golden.bnn.layer import BnnLayerSpec
from neuroloom.golden.bnn.layer_options import LayerOutput
from neuroloom.golden.bnn.max_pool import MaxPoolSpec
from neuroloom.golden.bnn.sliding_window import SlidingWindowSpec
from neuroloom.golden.spec import Spec
from neuroloom.golden.streams.width_adapter import WidthAdapterSpec
from neuroloom.golden.systems.chain_timing import CLASS_STAGE, STEP_TO_RESULT


class Part(ABC):
    """What takes tokens on one side and offers them on the other, counted only."""

    offers = False

    @abstractmethod
    def takes(self, ready: bool) -> bool:
        """Whether it takes a token in this cycle, what it offers being taken if ``ready``."""

    @abstractmethod
    def moves(self, given: bool, ready: bool) -> bool:
        """The end of the cycle in which a token was ``given``; whether anything changed."""


class LayerPart(Part):
    """Steps through folds and groups; the pipeline stands as a whole while a result is held."""

    def __init__(self, spec: BnnLayerSpec) -> None:
        self._folds, self._groups = spec.folds, spec.groups
        self._by_class = spec.output is LayerOutput.CLASS
        self._fold = self._group = 0
        stages = STEP_TO_RESULT + CLASS_STAGE * self._by_class
        self._pipeline = [False] * stages

    def takes(self, ready: bool) -> bool:
        return self._group == 0 and self._advances(ready)

    def _advances(self, ready: bool) -> bool:
        return ready or not self.offers

    def moves(self, given: bool, ready: bool) -> bool:
        if not self._advances(ready):
            return False
        gives = False
        steps = given or self._group > 0
        busy = any(self._pipeline)
        if steps:
            last = self._fold == self._folds - 1
            ends = last and self._group == self._groups - 1
            gives = ends if self._by_class else last
            self._fold = 0 if last else self._fold + 1
            self._group = 0 if ends else self._group + last
        self._pipeline = [gives, *self._pipeline[:-1]]
        self.offers = self._pipeline[-1]
        return steps or busy


class WindowPart(Part):
    """Reads windows from a memory that keeps what the window at hand still needs."""

    def __init__(self, spec: SlidingWindowSpec) -> None:
        self._tokens, self._depth = spec.pixel_tokens, spec.depth
        self._window_tokens = spec.window_tokens
        self._needed: list[int] = spec.schedule.needed.tolist()
        self._corners: list[int] = spec.schedule.corners.tolist()
        self._read = self._written = 0

    def takes(self, ready: bool) -> bool:
        return self._written - self._corners[self._read // self._window_tokens] < self._depth

    def moves(self, given: bool, ready: bool) -> bool:
        leaves = self.offers and ready
        steps = False
        if ready or not self.offers:
            self.offers = steps = self._needed[self._read] < self._written
        self._written += given
        self._read += steps
        if self._read == len(self._needed):
            self._read = 0
            self._written -= self._tokens  # below 0 where the image's last are still to come
        return given or leaves or steps


class PoolPart(Part):
    """Takes tokens of windows, and gives one with each of a window's last pixel."""

    def __init__(self, spec: MaxPoolSpec) -> None:
        pixels = np.arange(spec.pixel_tokens) // spec.folds
        last = [at % spec.kernel == spec.kernel - 1 for at in divmod(pixels, spec.width)]
        self._gives: list[bool] = (last[0] & last[1]).tolist()
        self._token = 0

    def takes(self, ready: bool) -> bool:
        return ready or not self.offers

    def moves(self, given: bool, ready: bool) -> bool:
        leaves = self.offers and ready
        if self.takes(ready):
            self.offers = given and self._gives[self._token]
        self._token = (self._token + given) % len(self._gives)
        return given or leaves


class AdapterPart(Part):
    """Holds one token of the wider side and takes the next when its last part leaves."""

    def __init__(self, spec: WidthAdapterSpec) -> None:
        self._gathers = spec.output_lanes >= spec.input_lanes
        wide, narrow = spec.output_lanes, spec.input_lanes
        self._ratio = max(wide, narrow) // min(wide, narrow)
        self._frame = max(spec.input_tokens, spec.output_tokens)
        self._part = self._token = 0

    @property
    def _last(self) -> bool:
        return self._part == self._ratio - 1 or self._token == self._frame - 1

    def takes(self, ready: bool) -> bool:
        return not self.offers or (ready and (self._gathers or self._last))

    def moves(self, given: bool, ready: bool) -> bool:
        leaves = self.offers and ready
        if self._gathers:
            full = given and self._last
            passed = given
            self.offers = full or (self.offers and not leaves)
        else:
            self.offers = given or (self.offers and not (leaves and self._last))
            passed = leaves
        if passed:
            ends = self._token == self._frame - 1
            self._part = 0 if self._last else self._part + 1
            self._token = 0 if ends else self._token + 1
        return given or leaves


class QueuePart(Part):
    """So many tokens in a memory, and one in the output register."""

    def __init__(self, places: int) -> None:
        self._places = places
        self._stored = 0

    def takes(self, ready: bool) -> bool:
        return self._stored < self._places

    def moves(self, given: bool, ready: bool) -> bool:
        free = ready or not self.offers
        leaves = self.offers and ready
        loads = free and self._stored > 0
        passes = given and free and not self._stored
        if free:
            self.offers = loads or passes
        self._stored += (given and not passes) - loads
        return given or leaves or loads


STANDING: dict[type[Spec], Callable[[Any], Part]] = {
    SlidingWindowSpec: WindowPart,
    BnnLayerSpec: LayerPart,
    MaxPoolSpec: PoolPart,
    WidthAdapterSpec: AdapterPart,
}
"""The kinds of part of which is known what they take while they are held."""


def taken(parts: Sequence[Part], tokens: int) -> int:
    """How many of ``tokens`` that are always offered the first of ``parts`` takes until nothing
    moves any more, the last one's output being held.
    """
    got = 0
    moves = True
    while moves:
        readies = [False]
        for part in reversed(parts):
            readies.append(part.takes(readies[-1]))
        readies.reverse()
        offers = [got < tokens, *(part.offers for part in parts)]
        given = [offer and ready for offer, ready in zip(offers, readies, strict=True)]
        got += given[0]
        moved = [
            part.moves(gives, ready)
            for part, gives, ready in zip(parts, given[:-1], readies[1:], strict=True)
        ]
        moves = any(moved)
    return got
