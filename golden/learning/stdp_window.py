"""Learning windows: how much a pair of spikes counts, by the time between them."""

from dataclasses import dataclass
from enum import StrEnum
from math import exp, log, log2

import numpy as np

from neuroloom.golden.formats import Int64


class Window(StrEnum):
    """How the exponential of the time between two spikes is made."""

    TABLE = "table"
    """The nearest integer to ``amplitude * exp(-elapsed / tau)``, looked up."""
    SHIFT = "shift"
    """``amplitude`` halved after each half-life, which is a power of two in ticks; floor."""
    TRACE = "trace"
    """A trace that each spike refreshes and each tick decays."""


def table(amplitude: int, tau: int) -> tuple[int, ...]:
    """Amplitudes by elapsed ticks, up to the last that is not zero."""
    if not amplitude:
        return ()
    # from here on it is below a half
    end = int(tau * log(2 * amplitude)) + 2
    rounded = [round(amplitude * exp(-elapsed / tau)) for elapsed in range(end)]
    while rounded and not rounded[-1]:
        rounded.pop()
    return tuple(rounded)


def half_life_shift(tau: int) -> int:
    """log2 of the half-life [tick] that comes nearest to ``tau * ln 2``, at least one tick."""
    return max(0, round(log2(tau * log(2))))


def decay_shift(tau: int) -> int:
    """Bits by which a trace that decays with ``tau`` [tick] is shifted at each tick.

    ``1 - 2**-shift`` comes near ``exp(-1 / tau)``; at least 1, a trace that halves.
    """
    return max(1, round(log2(tau + 0.5)))


def halvings(amplitude: int) -> tuple[int, ...]:
    """``amplitude`` halved and halved again, floor, up to the last that is not zero."""
    return tuple(amplitude >> index for index in range(amplitude.bit_length()))


@dataclass(frozen=True)
class LookUp:
    """Changes by elapsed ticks: each of ``amplitudes`` lasts ``2**shift`` ticks, then zero."""

    amplitudes: tuple[int, ...]
    shift: int

    @property
    def ticks(self) -> int:
        """Ticks from a spike to the first one at which nothing is changed any more."""
        return len(self.amplitudes) << self.shift

    def at(self, elapsed: Int64) -> Int64:
        """The change after each number of elapsed ticks."""
        padded = np.array([*self.amplitudes, 0], np.int64)
        return np.asarray(padded[np.minimum(elapsed >> self.shift, len(self.amplitudes))])
