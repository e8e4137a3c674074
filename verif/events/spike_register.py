"""Stimulus for ``spike_register``."""

import numpy as np

from neuroloom.golden.events.aer_encoder import ServingOrder
from neuroloom.golden.events.spike_register import SpikeRegisterSpec
from neuroloom.golden.ports import Integers, Traffic
from neuroloom.verif.stimulus import Cover, Rng, Stimulus, many_lines, pick


class SpikeRegisterStimulus(Stimulus[SpikeRegisterSpec]):
    """Levels in which no line rises twice within as many samples as there are lines, so that no
    spike meets another one of its line; all lines fall before and behind them.
    """

    @property
    def _period(self) -> int:
        """Samples from one edge of a line to the next: high for one, low for one at least."""
        return max(2, self.spec.lines)

    def corners(self) -> Traffic:
        """All lines at once, twice; all but one; each alone; high for a long time."""
        lines, period = self.spec.lines, self._period
        every = np.ones((1, lines), np.int64)
        low = np.zeros((period - 1, lines), np.int64)
        but_one = (np.arange(lines) != lines // 2).astype(np.int64)[np.newaxis]
        return self._apart([every, low, every, low, but_one, low, *[every] * 3, low, every])

    def random(self, rng: Rng, operations: int) -> Traffic:
        """Each line rises in one place of a period, the same in all, or not, and falls again."""
        lines, period = self.spec.lines, self._period
        periods = -(-operations // period)
        rises = rng.integers(0, period - 1, lines)
        falls = np.minimum(rises + rng.integers(1, period, (periods, 1, lines)), period - 1)
        happens = rng.random((periods, 1, lines)) < rng.choice([0.1, 0.5, 1.0], (periods, 1, 1))
        place = np.arange(period)[:, np.newaxis]
        levels = happens & (place >= rises) & (place < falls)
        return self._apart([levels.reshape(-1, lines).astype(np.int64)])

    def uncontended(self, rng: Rng, operations: int) -> Traffic:
        """One line after the other, behind a sample in which all are low."""
        lines = self.spec.lines
        place = np.arange(operations * (self._period // lines)) % self._period
        levels = (place[:, np.newaxis] == np.arange(lines)).astype(np.int64)
        return self._apart([levels[:1] * 0, levels])

    def _apart(self, parts: list[Integers]) -> Traffic:
        """Low for a while before and behind, until all spikes are through."""
        around = np.zeros((self._period + self.spec.synchronizer, self.spec.lines), np.int64)
        return {"samples": {"lines": np.concatenate([*parts, around])}}

    def coverage(self) -> list[Cover]:
        last = self.spec.lines - 1
        return [
            Cover("the first line", lambda _, got: (got["spikes"]["address"] == 0).any()),
            Cover("the last line", lambda _, got: (got["spikes"]["address"] == last).any()),
            Cover("all at once", lambda sent, _: _together(sent)),
        ]

    @classmethod
    def random_spec(cls, rng: Rng) -> SpikeRegisterSpec:
        return SpikeRegisterSpec(
            lines=int(rng.integers(1, 30)),
            synchronizer=int(rng.integers(0, 4)),
            order=pick(rng, ServingOrder),
        )

    @classmethod
    def random_variant(cls, rng: Rng) -> SpikeRegisterSpec:
        return many_lines(cls.random_spec(rng), "lines", rng)


def _together(sent: Traffic) -> bool:
    lines = sent["samples"]["lines"]
    return bool(((lines[1:] == 1) & (lines[:-1] == 0)).all(axis=1).any())
