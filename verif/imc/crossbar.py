"""Stimulus for ``crossbar``."""

import numpy as np

from neuroloom.golden.imc.crossbar import CrossbarSpec
from neuroloom.golden.ports import Field, Integers, Traffic
from neuroloom.verif.stimulus import Cover, Rng, Stimulus, random_values


class CrossbarStimulus(Stimulus[CrossbarSpec]):
    """Patches of equal inputs meet columns of the greatest and of the least weights, in turn in
    the kernels of replicas; others are random.
    """

    loads_in_flight = True

    def __init__(self, spec: CrossbarSpec) -> None:
        super().__init__(spec)
        self._loads = 0

    def setup(self, rng: Rng) -> Traffic | None:
        spec = self.spec
        weights = spec.input_streams[1].fields[0]
        load = _narrowed(rng, weights, spec.folds)
        if self._loads < 2:  # the first column of every kernel
            kernels = load[0].reshape(spec.kernels, spec.units, spec.rows)
            for number, kernel in enumerate(kernels, start=self._loads):
                kernel[0] = (weights.maximum, weights.minimum)[number % 2]
        self._loads += 1
        fields = spec.input_streams[0].fields
        none = {field.name: np.zeros(field.shape(0), np.int64) for field in fields}
        return {"patches": none, "weights": {"values": load}}

    def corners(self) -> Traffic:
        spec = self.spec
        values = spec.input_streams[0].fields[0]
        ends = [values.minimum, values.maximum, 0]
        patches = np.repeat(np.array(ends), spec.windows)[:, np.newaxis]
        patches = np.repeat(patches, spec.lanes, axis=1)
        return self._traffic(patches, np.tile(np.arange(1, spec.windows + 1), len(ends)))

    def random(self, rng: Rng, operations: int) -> Traffic:
        spec = self.spec
        patches = _narrowed(rng, spec.input_streams[0].fields[0], operations)
        return self._traffic(patches, rng.integers(1, spec.windows + 1, operations))

    def _traffic(self, patches: Integers, windows: Integers) -> Traffic:
        counted = {"windows": windows} if self.spec.counted else {}
        return {"patches": {"values": patches, **counted}}

    def coverage(self) -> list[Cover]:
        spec = self.spec
        low, high = spec.sum_format.fit(np.array(spec.range_of(spec.rows))).tolist()
        points = [
            Cover("least sum", lambda _, got: got["sums"]["values"].min() == low),
            Cover("greatest sum", lambda _, got: got["sums"]["values"].max() == high),
        ]
        if spec.counted:
            every = set(range(1, spec.windows + 1))
            points.append(
                Cover(
                    "every number of windows",
                    lambda sent, _: every == set(sent["patches"]["windows"].tolist()),
                )
            )
        if spec.kernels > 1:
            points.append(Cover("equal windows, different kernels", self._kernels_differ))
        return points

    def _kernels_differ(self, sent: Traffic, got: Traffic) -> bool:
        """Whether the windows of a patch of equal inputs give different sums."""
        values, sums = sent["patches"]["values"], got["sums"]["values"]
        each = np.full(len(values), self.spec.windows)
        counts = sent["patches"]["windows"] if self.spec.counted else each
        equal = np.flatnonzero((values == values[:, :1]).all(axis=1) & (values[:, 0] != 0))
        groups = np.split(sums, np.cumsum(counts)[:-1])
        return any(bool(np.ptp(groups[patch], axis=0).any()) for patch in equal)

    @classmethod
    def random_spec(cls, rng: Rng) -> CrossbarSpec:
        units, blocks = (int(size) for size in rng.integers(1, 4, 2))
        return CrossbarSpec(
            rows=blocks * int(rng.integers(1, 10)),
            columns=units * int(rng.integers(1, 4)),
            windows=int(rng.integers(1, 5)),
            step=int(rng.integers(1, 6)),
            blocks=blocks,
            counted=bool(rng.integers(2)),
            input_bits=int(rng.integers(1, 6)),
            input_signed=bool(rng.integers(2)),
            weight_bits=int(rng.integers(2, 6)),
            sum_bits=int(rng.integers(2, 13)),
            units=units,
            interval=int(rng.integers(1, 20)) if rng.integers(2) else 1,
            replicated=bool(rng.integers(2)),
        )


def _narrowed(rng: Rng, field: Field, tokens: int) -> Integers:
    """Random values without a random number of leading bits: sums of every size."""
    wide = random_values(field, rng, tokens)
    if field.bits == 1:
        return wide
    shifts = rng.integers(0, field.bits, (tokens, 1))
    return wide >> shifts
