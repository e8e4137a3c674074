"""Stimulus for ``sliding_window``."""

import numpy as np

from neuroloom.golden.bnn.sliding_window import SlidingWindowSpec
from neuroloom.golden.ports import Integers, Traffic
from neuroloom.verif.stimulus import Cover, Rng, Stimulus, pick, random_tokens

LONGEST = 160
"""Cycles that an image of a random specification takes at most."""


class SlidingWindowStimulus(Stimulus[SlidingWindowSpec]):
    """Images of one value, of one pixel, of rows and of columns; then random ones."""

    operations = 15

    def corners(self) -> Traffic:
        spec = self.spec
        shape = (spec.height, spec.width, spec.channels)
        zeros = np.zeros(shape, np.int64)
        first, last = zeros.copy(), zeros.copy()
        first[0, 0] = last[-1, -1] = 1
        rows, columns = np.indices((spec.height, spec.width))
        striped = [
            np.broadcast_to(positions[..., np.newaxis] % 2, shape) for positions in (rows, columns)
        ]
        return self._traffic(np.array([first, last, *striped, 1 - last]))

    def random(self, rng: Rng, operations: int) -> Traffic:
        count = operations * self.spec.pixel_tokens
        return {"pixels": random_tokens(self.spec.input_streams[0], rng, count)}

    def _traffic(self, images: Integers) -> Traffic:
        return {"pixels": {"bits": images.reshape(-1, self.spec.simd)}}

    def coverage(self) -> list[Cover]:
        spec = self.spec
        points = [Cover("every bit of a window was 0 and 1", lambda _, got: self._toggled(got))]
        if spec.unread:
            points.append(
                Cover(
                    "the last pixel is in no window",
                    lambda sent, _: (
                        sent["pixels"]["bits"][spec.pixel_tokens - 1 :: spec.pixel_tokens] == 1
                    ).any(),
                )
            )
        return points

    def _toggled(self, got: Traffic) -> bool:
        """Bits of the last window of an image that are pixels."""
        spec = self.spec
        windows = got["windows"]["bits"].reshape(-1, spec.rows * spec.columns, spec.window_inputs)
        pixels = (
            spec.model().windows(
                np.full((1, spec.height, spec.width, spec.channels), 1 - spec.padding_bit)
            )[0, -1, -1]
            != spec.padding_bit
        )
        last = windows[:, -1, pixels]
        return bool((last.min(axis=0) == 0).all() and (last.max(axis=0) == 1).all())

    @classmethod
    def random_spec(cls, rng: Rng) -> SlidingWindowSpec:
        while True:
            simd = int(rng.integers(1, 6))
            spec = random_window(
                rng,
                int(rng.integers(1, 10)),
                int(rng.integers(1, 10)),
                simd * int(pick(rng, [1, 1, 2, 3])),
                simd,
                int(pick(rng, [1, 2, 3, 3, 4, 5, 7])),
            )
            if spec.contract.interval <= LONGEST:
                return spec


def random_window(
    rng: Rng, height: int, width: int, channels: int, simd: int, kernel: int
) -> SlidingWindowSpec:
    """A window of at most that kernel that fits the image, with any stride and padding."""
    padding = int(rng.integers(kernel)) if rng.integers(2) else 0
    kernel = min(kernel, min(height, width) + 2 * padding)
    return SlidingWindowSpec(
        height=height,
        width=width,
        channels=channels,
        simd=simd,
        kernel=kernel,
        stride=int(pick(rng, [1, 1, 2, 3, 4])),
        padding=min(padding, kernel - 1),
        padding_bit=int(rng.integers(2)),
    )
