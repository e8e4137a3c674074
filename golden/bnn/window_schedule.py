"""When a sliding window reads its pixels, and how many it must hold for that."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Cycles = NDArray[np.int64]

IMAGES = 3
"""Images looked at: the first, and two that follow another one without a gap."""
WRITE_TO_READ = 1
"""Cycles from the one that accepts a token to the first that can read it."""
READ_TO_TOKEN = 1
"""Cycles from a read to the delivery of its token."""


@dataclass(frozen=True)
class Runs:
    """Tokens of one kernel row inside the image: read one after the other."""

    last_read: Cycles
    """Number of the image's read that is the last of each run."""
    last_token: Cycles
    """Number of the image's token that this read is of."""


@dataclass(frozen=True)
class WindowSchedule:
    """Reads of windows from images of ``folds`` tokens a pixel.

    Reads come one a cycle, as soon as their token is there; those of padding wait for the image's
    first token. Tokens are written one a cycle as long as there is room.
    """

    height: int
    width: int
    folds: int
    kernel: int
    stride: int
    padding: int

    @property
    def tokens(self) -> int:
        return self.height * self.width * self.folds

    @property
    def reads(self) -> int:
        return len(self._corners) * self.kernel * self.kernel * self.folds

    @cached_property
    def _corners(self) -> NDArray[np.int64]:
        """Row and column of each window's first pixel: (windows, 2)."""
        extents = [
            np.arange(-self.padding, extent + self.padding - self.kernel + 1, self.stride)
            for extent in (self.height, self.width)
        ]
        return np.stack(np.meshgrid(*extents, indexing="ij"), axis=-1).reshape(-1, 2)

    @cached_property
    def runs(self) -> Runs:
        """Runs of an image, in order of reading; the first is its first token, if it is padding."""
        rows = self._corners[:, :1] + np.arange(self.kernel)
        right = np.minimum(self._corners[:, 1:] + self.kernel, self.width)
        inside = (rows >= 0) & (rows < self.height)
        kernel_rows = np.arange(inside.size).reshape(inside.shape)
        pixels = kernel_rows * self.kernel + right - self._corners[:, 1:]
        last_token = (rows * self.width + right) * self.folds - 1
        return Runs(
            np.concatenate([[0], pixels[inside] * self.folds - 1]),
            np.concatenate([[0], last_token[inside]]),
        )

    @property
    def needed(self) -> Cycles:
        """The image's token that must be there for each read; of padding the first one."""
        taps = np.array(list(np.ndindex(self.kernel, self.kernel)))
        pixels = self._corners[:, np.newaxis] + taps
        inside = ((pixels >= 0) & (pixels < (self.height, self.width))).all(axis=2)
        tokens = self._first_tokens(pixels)[..., np.newaxis] + np.arange(self.folds)
        return np.where(inside[..., np.newaxis], tokens, 0).ravel()

    @property
    def corners(self) -> Cycles:
        """The image's first token that each window keeps."""
        return np.maximum(self._first_tokens(self._corners), 0)

    def _first_tokens(self, pixels: Cycles) -> Cycles:
        """The image's first token of each pixel, from its row and column (..., 2)."""
        first: Cycles = (pixels[..., 0] * self.width + pixels[..., 1]) * self.folds
        return first

    @property
    def latency(self) -> int:
        """Cycles from an image's first token to the delivery of its last one."""
        late = int((self.runs.last_token - self.runs.last_read).max()) + WRITE_TO_READ
        return late + self.reads - 1 + READ_TO_TOKEN

    @cached_property
    def depth(self) -> int:
        """Tokens to hold at least, so that room is never what delays a read, nor keeps a consumer
        that takes windows as slowly as pixels come from the pixels' rate.
        """
        windows = len(self._corners)
        at_once = self.reads // windows
        return max(self._depth(at_once), self._depth(max(at_once, self.tokens // windows)))

    def _depth(self, period: int) -> int:
        """The same for a window every ``period`` cycles, its reads one a cycle.

        Each token is written as late as the reads allow, and held until the window is read whose
        corner, cut off at the image's first token, lies behind it.
        """
        windows = len(self._corners)
        at_once = self.reads // windows
        image = np.arange(IMAGES)[:, np.newaxis]
        needed = (self.runs.last_token + image * self.tokens).ravel()
        places = (self.runs.last_read + image * self.reads).ravel()
        places = places // at_once * period + places % at_once
        reads = np.maximum.accumulate(needed + WRITE_TO_READ - places) + places
        # latest writes, one a cycle, in the order of the tokens
        order = np.argsort(needed, kind="stable")
        tokens, latest = needed[order], reads[order] - WRITE_TO_READ
        latest = np.minimum.accumulate((latest - tokens)[::-1])[::-1] + tokens

        oldest = (self.corners + image * self.tokens).ravel()
        ends = np.arange(len(oldest)) * period + at_once - 1
        before = np.searchsorted(places, ends, side="right") - 1
        ends = ends + (reads - places)[before]
        # of a window the most is held at its last read: what was written by then
        following = np.searchsorted(latest, ends, side="right")
        bounded = np.minimum(following, len(tokens) - 1)
        written = np.maximum(
            tokens[bounded] - (latest[bounded] - ends), tokens[np.maximum(following, 1) - 1]
        )
        written = np.where(following < len(tokens), written, tokens[-1])
        return int((written - oldest).max()) + 1
