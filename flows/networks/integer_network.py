"""A convolutional network with the integers of every layer, as cores compute it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from neuroloom.flows.networks.convolutional import ConvolutionalNetwork, Pooling, Wired
from neuroloom.flows.networks.parameters import LayerParameters
from neuroloom.golden.formats import IntegerFormat

IMAGE = IntegerFormat(bits=8, signed=False)
"""A channel of the image's pixels."""
ROOM = 1 << 62
"""Scaled sums stay below: beyond, rounding is not defined."""


@dataclass(frozen=True, eq=False)
class IntegerNetwork:
    """Layers, and the parameters of each by its name; the image has 8 unsigned bits a channel.

    Pooling layers have no parameters. ValueError says in one sentence which other layer has none,
    has them in a wrong shape or format, or adds a residual of another format than its own.
    """

    network: ConvolutionalNetwork
    parameters: Mapping[str, LayerParameters]

    def __post_init__(self) -> None:
        object.__setattr__(self, "parameters", MappingProxyType(dict(self.parameters)))
        weighted = [e for e in self.network.wired if not isinstance(e.layer, Pooling)]
        unknown = set(self.parameters) - {each.name for each in weighted}
        if unknown:
            raise ValueError(
                f"there is no layer {min(unknown)!r} with weights in {self.network.name}"
            )
        for each in weighted:
            if each.name not in self.parameters:
                raise ValueError(f"layer {each.name!r} has no parameters")
            self._check(each, self.parameters[each.name])

    def given(self, name: str) -> IntegerFormat:
        """The format of the pixels that a layer takes."""
        source = self.network.layer(name).source
        return IMAGE if source is None else self.made(source)

    def made(self, name: str) -> IntegerFormat:
        """The format of the pixels that a layer makes; of a pooling layer, that which it takes."""
        if isinstance(self.network.layer(name).layer, Pooling):
            return self.given(name)
        return self.parameters[name].pixel_format

    def sum_bits(self, name: str) -> int:
        """Width of a signed sum that holds every sum of a layer, whatever its input."""
        return self.parameters[name].sum_bits(self.given(name))

    def _check(self, wired: Wired, found: LayerParameters) -> None:
        shape = (wired.made.channels, wired.kernel, wired.kernel, wired.given.channels)
        if found.weights.shape != shape:
            raise ValueError(
                f"layer {wired.name!r} takes weights of shape {shape}, not {found.weights.shape}"
            )
        if wired.residual is not None and self.made(wired.residual) != found.pixel_format:
            raise ValueError(
                f"layer {wired.name!r} makes {_named(found.pixel_format)}, its residual "
                f"{wired.residual!r} {_named(self.made(wired.residual))}"
            )
        sums = np.maximum(*np.abs(found.sum_ranges(self.given(wired.name))))
        if any(
            int(total) * abs(int(scale)) + abs(int(offset)) >= ROOM
            for total, scale, offset in zip(sums, found.scale, found.offset, strict=True)
        ):
            raise ValueError(
                f"layer {wired.name!r}: scaled sums can leave 63 bits; scale them less"
            )


def _named(fmt: IntegerFormat) -> str:
    return f"{fmt.bits} {'signed' if fmt.signed else 'unsigned'} bits"
