"""Stimulus for ``max_pool``."""

import numpy as np

from neuroloom.golden.bnn.max_pool import MaxPoolSpec
from neuroloom.golden.ports import Traffic
from neuroloom.verif.stimulus import Cover, Rng, Stimulus, pick


class MaxPoolStimulus(Stimulus[MaxPoolSpec]):
    """Images with few ones, so that each is seen; ones in every place that is dropped."""

    operations = 15

    def corners(self) -> Traffic:
        """The corners of a window alone, then all but the windows."""
        spec = self.spec
        shape = (4, spec.height, spec.width, spec.folds * spec.lanes)
        images = np.zeros(shape, np.int64)
        end = spec.kernel - 1
        for image, (y, x) in zip(images, ((0, 0), (0, end), (end, 0), (end, end)), strict=True):
            image[y :: spec.kernel, x :: spec.kernel] = 1
        dropped = np.ones((1, *shape[1:]), np.int64)
        dropped[:, : spec.rows * spec.kernel, : spec.columns * spec.kernel] = 0
        every = np.concatenate([images, dropped, images[:1]])
        return {"pixels": {"bits": every.reshape(-1, spec.lanes)}}

    def random(self, rng: Rng, operations: int) -> Traffic:
        spec = self.spec
        density = rng.choice([0.0, 1.0, 0.5 / spec.kernel**2, 1 / spec.kernel**2], operations)
        shape = (operations, spec.pixel_tokens, spec.lanes)
        ones = rng.random(shape) < density[:, np.newaxis, np.newaxis]
        return {"pixels": {"bits": ones.astype(np.int64).reshape(-1, spec.lanes)}}

    def coverage(self) -> list[Cover]:
        return [
            Cover("every lane gave 0", lambda _, got: self._gave(got, 0)),
            Cover("every lane gave 1", lambda _, got: self._gave(got, 1)),
        ]

    def _gave(self, got: Traffic, bit: int) -> bool:
        return bool((got["pooled"]["bits"] == bit).any(axis=0).all())

    @classmethod
    def random_spec(cls, rng: Rng) -> MaxPoolSpec:
        kernel = int(pick(rng, [1, 2, 2, 3, 4]))
        height, width = (int(extent) for extent in rng.integers(kernel, kernel + 4, 2))
        channels = int(rng.integers(1, 12))
        lanes = int(rng.integers(max(1, channels // 3), channels + 1))
        return MaxPoolSpec(
            height=height, width=width, channels=channels, lanes=lanes, kernel=kernel
        )
