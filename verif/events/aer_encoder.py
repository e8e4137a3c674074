"""Stimulus for ``aer_encoder``."""

import numpy as np

from neuroloom.golden.events.aer_encoder import AerEncoderSpec, ServingOrder
from neuroloom.golden.ports import Traffic
from neuroloom.verif.stimulus import Cover, Rng, Stimulus, many_lines, pick

EXHAUSTIVE_LINES = 6
EVERY_LINE = 16


class AerEncoderStimulus(Stimulus[AerEncoderSpec]):
    """Every vector of up to six lines; above, none, all, each alone and each beside the others."""

    def corners(self) -> Traffic:
        lines = self.spec.lines
        if lines <= EXHAUSTIVE_LINES:
            return _vectors(np.arange(1 << lines)[:, np.newaxis] >> np.arange(lines) & 1)
        some = np.unique(np.linspace(0, lines - 1, EVERY_LINE).astype(int))
        alone = some[:, np.newaxis] == np.arange(lines)
        both = np.zeros((1, lines), bool)
        both[0, [0, -1]] = True
        every = np.ones((1, lines), bool)
        return _vectors(np.concatenate([~every, every, alone, both, alone[::-1], ~every, both]))

    def random(self, rng: Rng, operations: int) -> Traffic:
        most = min(1.0, 32 / self.spec.lines)
        density = most * rng.choice([0.0, 0.05, 0.3, 0.6, 1.0], (operations, 1))
        return _vectors(rng.random((operations, self.spec.lines)) < density)

    def coverage(self) -> list[Cover]:
        lines = self.spec.lines
        points = [
            Cover("no event", lambda _, got: got["events"]["empty"].any()),
            Cover("every line", lambda sent, _: sent["vector"]["lines"].all(axis=1).any()),
            Cover("the first line", lambda _, got: _served(got, 0)),
            Cover("the last line", lambda _, got: _served(got, lines - 1)),
        ]
        if lines > 1 and self.spec.order is ServingOrder.ROUND_ROBIN:
            points.append(Cover("around the end within a vector", _around))
        return points

    @classmethod
    def random_spec(cls, rng: Rng) -> AerEncoderSpec:
        return AerEncoderSpec(lines=int(rng.integers(1, 40)), order=pick(rng, ServingOrder))

    @classmethod
    def random_variant(cls, rng: Rng) -> AerEncoderSpec:
        return many_lines(cls.random_spec(rng), "lines", rng)


def _vectors(lines: np.ndarray) -> Traffic:
    return {"vector": {"lines": lines.astype(np.int64)}}


def _served(got: Traffic, line: int) -> bool:
    events = got["events"]
    return bool(((events["address"] == line) & (events["empty"] == 0)).any())


def _around(_: Traffic, got: Traffic) -> bool:
    events = got["events"]
    within = events["last"][:-1] == 0
    return bool((within & (events["address"][1:] < events["address"][:-1])).any())
