"""Stimulus for ``digital_processor``."""

import numpy as np

from neuroloom.golden.formats import Rounding
from neuroloom.golden.imc.digital_processor import DigitalProcessorSpec
from neuroloom.golden.ports import Integers, Stream, Traffic
from neuroloom.verif.stimulus import Cover, Rng, Stimulus, pick, random_values


class DigitalProcessorStimulus(Stimulus[DigitalProcessorSpec]):
    """Sums of every size, and scales that bring them near the ends of a pixel's range."""

    loads_in_flight = True

    def __init__(self, spec: DigitalProcessorSpec) -> None:
        super().__init__(spec)
        self._loaded = False

    def setup(self, rng: Rng) -> Traffic | None:
        spec = self.spec
        load = {}
        for field in spec.input_streams[-1].fields:
            wide = random_values(field, rng, spec.folds)
            load[field.name] = wide >> rng.integers(0, field.bits, wide.shape)
        if not self._loaded:
            load["scale"][0, 0], load["offset"][0, 0] = self._widest
        self._loaded = True
        none: Integers = np.zeros((0, spec.channels), np.int64)
        return {**{each.name: {"values": none} for each in self._operands}, "coefficients": load}

    def corners(self) -> Traffic:
        """Every pair of ends of all operands."""
        ends = [
            [each.fields[0].minimum, -1 if each.fields[0].signed else 1, 0, each.fields[0].maximum]
            for each in self._operands
        ]
        grid = np.stack(np.meshgrid(*ends), axis=-1).reshape(-1, len(ends))
        tokens = np.repeat(grid[:, :, np.newaxis], self.spec.channels, axis=2)
        return {each.name: {"values": tokens[:, place]}
                for place, each in enumerate(self._operands)}  # fmt: skip

    def random(self, rng: Rng, operations: int) -> Traffic:
        traffic = {}
        for each in self._operands:
            field = each.fields[0]
            wide = random_values(field, rng, operations)
            # a random number of leading bits removed: every scale meets sums that suit it
            traffic[each.name] = {"values": wide >> rng.integers(0, field.bits, wide.shape)}
        return traffic

    def coverage(self) -> list[Cover]:
        field, (low, high) = self._operands[0].fields[0], self._seen
        return [
            Cover("least sum", lambda sent, _: sent["sums"]["values"].min() == field.minimum),
            Cover("greatest sum", lambda sent, _: sent["sums"]["values"].max() == field.maximum),
            Cover("as small a pixel", lambda _, got: got["pixels"]["values"].min() <= low),
            Cover("as great a pixel", lambda _, got: got["pixels"]["values"].max() >= high),
        ]

    @property
    def _operands(self) -> tuple[Stream, ...]:
        return self.spec.input_streams[:-1]

    @property
    def _widest(self) -> tuple[int, int]:
        """Scale and offset of the first channel."""
        return self.spec.input_streams[-1].fields[0].maximum, 0

    @property
    def _seen(self) -> tuple[int, int]:
        """Least and greatest pixel of the corners in the first channel."""
        spec = self.spec
        shape = (spec.folds, spec.units)
        scale, offset = (np.full(shape, value) for value in self._widest)
        load = {"coefficients": {"scale": scale, "offset": offset}}
        pixels = spec.model().run({**self.corners(), **load})["pixels"]["values"]
        return int(pixels.min()), int(pixels.max())

    @classmethod
    def random_spec(cls, rng: Rng) -> DigitalProcessorSpec:
        units = int(rng.integers(1, 4))
        relu = bool(rng.integers(2))
        return DigitalProcessorSpec(
            channels=units * int(rng.integers(1, 4)), units=units,
            sum_bits=int(rng.integers(3, 9)), partial=bool(rng.integers(2)),
            residual=bool(rng.integers(2)), scale_bits=int(rng.integers(3, 7)),
            offset_bits=int(rng.integers(1, 9)), shift=int(rng.integers(0, 4)), relu=relu,
            rounding=pick(rng, [Rounding.FLOOR, Rounding.NEAREST_EVEN]),
            bits=int(rng.integers(2, 9)), signed=not relu and bool(rng.integers(2)),
        )  # fmt: skip
