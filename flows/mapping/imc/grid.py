"""Cores on a grid and the links between them (Dazzi et al. 2021, Fig. 9 and Eq. 7)."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from math import isqrt
from typing import NamedTuple

from neuroloom.flows.mapping.imc.cores import Chip, Core, MappedLayer
from neuroloom.flows.networks.convolutional import ConvolutionalNetwork
from neuroloom.flows.tools.errors import UsageError


class CoreSite(NamedTuple):
    """Place of a core, from the upper left corner."""

    column: int
    row: int


class Kind(StrEnum):
    """What a link carries: the colours of Fig. 9."""

    FEEDFORWARD = "feedforward"
    RESIDUAL = "residual"
    RESAMPLING = "to resampling"
    RESAMPLED = "resampled residual"
    PARTIAL_SUM = "partial sum"


@dataclass(frozen=True)
class CoreLink:
    """Link from a core to another, by their places in the placement."""

    kind: Kind
    sender: int
    receiver: int
    channels: int
    pixels: int
    """A timestep, at most."""

    def bandwidth(self, chip: Chip) -> float:
        """Equation 7 of this link, partial sums as wide as activations [bit/s]."""
        return chip.bits * self.channels * self.pixels / chip.timestep


@dataclass(frozen=True)
class Placement:
    """Cores of all layers in order, each with its site."""

    columns: int
    rows: int
    cores: tuple[Core, ...]
    links: tuple[CoreLink, ...]

    @cached_property
    def sites(self) -> tuple[CoreSite, ...]:
        """Row after row, every other one backwards, so that followers are neighbours."""
        return tuple(self._site(index) for index in range(len(self.cores)))

    def _site(self, index: int) -> CoreSite:
        row, column = divmod(index, self.columns)
        return CoreSite(self.columns - 1 - column if row % 2 else column, row)

    def hops(self, link: CoreLink) -> int:
        """Cores that a link passes, its receiver included."""
        sites = self.sites
        (a, b), (c, d) = sites[link.sender], sites[link.receiver]
        return abs(a - c) + abs(b - d)

    @property
    def kinds(self) -> dict[Kind, int]:
        """How many links there are of each kind."""
        counted = Counter(link.kind for link in self.links)
        return {kind: counted[kind] for kind in Kind}


def near_square(cores: int, columns: int | None = None, rows: int | None = None) -> CoreSite:
    """Columns and rows of the least grid for that many cores; what is given is kept."""
    if columns is None:
        columns = -(-cores // rows) if rows else isqrt(cores - 1) + 1
    return CoreSite(columns, rows or -(-cores // columns))


def place(
    network: ConvolutionalNetwork, layers: Sequence[MappedLayer], columns: int = 8, rows: int = 6
) -> Placement:
    """Cores on a grid of 8 by 6, or another. UsageError where there are more cores than sites."""
    cores = tuple(core for layer in layers for core in layer.cores)
    if len(cores) > columns * rows:
        raise UsageError(
            f"{network.name} takes {len(cores)} cores; a grid of {columns}×{rows} has "
            f"{columns * rows}"
        )
    return Placement(columns, rows, cores, tuple(_links(network, layers, cores)))


def bandwidth(layers: Sequence[MappedLayer], chip: Chip) -> dict[str, float]:
    """Equation 7 of each layer: all its activations of a timestep [bit/s]."""
    return {
        layer.name: chip.bits
        * layer.wired.made.channels
        * layer.tile[0]
        * layer.tile[1]
        / chip.timestep
        for layer in layers
    }


def _links(
    network: ConvolutionalNetwork, layers: Sequence[MappedLayer], cores: tuple[Core, ...]
) -> Iterator[CoreLink]:
    number = {core: index for index, core in enumerate(cores)}
    mapped = {layer.name: layer for layer in layers}
    resampling = {layer.wired.residual for layer in layers} - set(network.holders)

    def between(
        kind: Kind,
        given: Sequence[tuple[Core, range]],
        taking: Sequence[tuple[Core, range]],
        pixels: int,
    ) -> Iterator[CoreLink]:
        """Links from every core to every other that takes some of its channels."""
        for sender, sent in given:
            for receiver, wanted in taking:
                channels = min(sent.stop, wanted.stop) - max(sent.start, wanted.start)
                if channels > 0:
                    yield CoreLink(kind, number[sender], number[receiver], channels, pixels)

    for layer in layers:
        source, residual = layer.wired.source, layer.wired.residual
        pixels = layer.tile[0] * layer.tile[1]
        if source is not None:
            before = mapped[source]
            yield from between(
                Kind.RESAMPLING if layer.name in resampling else Kind.FEEDFORWARD,
                [(core, core.outputs) for core in before.senders],
                [(core, core.inputs) for core in layer.cores],
                before.tile[0] * before.tile[1],
            )
        adding = [(core, core.outputs) for core in layer.senders]
        if residual is not None and residual not in network.holders:
            senders = [(core, core.outputs) for core in mapped[residual].senders]
            yield from between(Kind.RESAMPLED, senders, adding, pixels)
        elif residual is not None and network.holders[residual] != layer.name:
            holder = mapped[network.holders[residual]]
            first = [core for core in holder.cores if core.outputs.start == 0]
            held = [(core, core.inputs) for core in first]
            yield from between(Kind.RESIDUAL, held, adding, pixels)
        for core, following in zip(layer.cores, layer.cores[1:], strict=False):
            if following.part:
                yield CoreLink(
                    Kind.PARTIAL_SUM, number[core], number[following], len(core.outputs), pixels
                )
