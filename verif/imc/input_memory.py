"""Stimulus for ``input_memory``."""

from typing import Any

import numpy as np

from neuroloom.golden.imc.input_memory import InputMemorySpec, Order
from neuroloom.golden.imc.memory_mapping import Mapping
from neuroloom.golden.ports import Integers, Traffic
from neuroloom.verif.stimulus import Cover, Rng, Stimulus, pick, random_tokens

LONGEST = 160
"""Cycles that an image of a random specification takes at most."""


class InputMemoryStimulus(Stimulus[InputMemorySpec]):
    """Images of one pixel, of all but one, of numbered pixels; then random ones."""

    operations = 15

    def corners(self) -> Traffic:
        return pixels_of(self.spec, corner_images(self.spec))

    def random(self, rng: Rng, operations: int) -> Traffic:
        images = operations * self.spec.schedule.pixels
        return {"pixels": random_tokens(self.spec.input_streams[0], rng, images)}

    def coverage(self) -> list[Cover]:
        return [Cover("every bit of a row's pixels was 0 and 1", self._toggled)]

    def _toggled(self, sent: Traffic, got: Traffic) -> bool:
        """Whether each bit was 0 and 1 in the last row of an image, where that is not padding."""
        return toggled(self.spec, got["rows"]["values"], len(self.spec.schedule.reads))

    @classmethod
    def random_spec(cls, rng: Rng) -> InputMemorySpec:
        while True:
            spec = InputMemorySpec.model_validate(random_fields(rng))
            if spec.contract.interval <= LONGEST:
                return spec


def corner_images(spec: InputMemorySpec) -> Integers:
    """(images, pixels, channels): one pixel of ones, all but one, rising values."""
    pixels, highest = spec.schedule.pixels, (1 << spec.bits) - 1
    zeros = np.zeros((pixels, spec.channels), np.int64)
    first, last, middle = zeros.copy(), zeros.copy(), zeros.copy()
    first[0] = last[-1] = middle[pixels // 2] = highest
    rising = np.arange(zeros.size).reshape(zeros.shape) & highest
    return np.array([first, last, highest - middle, rising, highest - rising])


def pixels_of(spec: InputMemorySpec, images: Integers) -> Traffic:
    return {"pixels": {"values": images.reshape(-1, spec.channels)}}


def toggled(spec: InputMemorySpec, values: Integers, tokens: int) -> bool:
    """Whether all bits of each image's last of ``tokens``, but those that are padding, took both
    values.
    """
    last = values[tokens - 1 :: tokens]
    ones = spec.model().run(pixels_of(spec, np.ones((1, spec.schedule.pixels, spec.channels), int)))
    pixels = next(iter(ones.values()))["values"][-1] == 1
    either = np.bitwise_or.reduce(last, axis=0)[pixels], np.bitwise_and.reduce(last, axis=0)[pixels]
    return bool((either[0] == (1 << spec.bits) - 1).all() and (either[1] == 0).all())


def random_fields(rng: Rng) -> dict[str, Any]:
    """A small image and a kernel that fits it, with any stride, padding and mapping."""
    height, width = (int(size) for size in rng.integers(1, 8, 2))
    kernel = int(pick(rng, [1, 2, 3, 3, 4, 5, 7]))
    padding = int(rng.integers(kernel)) if rng.integers(2) else 0
    kernel = min(kernel, min(height, width) + 2 * padding)
    return {
        "height": height,
        "width": width,
        "channels": int(rng.integers(1, 5)),
        "bits": int(rng.integers(1, 5)),
        "kernel": kernel,
        "stride": int(pick(rng, [1, 1, 2, 3, 4])),
        "padding": min(padding, kernel - 1),
        "order": pick(rng, Order),
        "mapping": pick(rng, Mapping),
        "word_bits": int(rng.integers(1, 20)),
    }
