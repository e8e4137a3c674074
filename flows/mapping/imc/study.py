"""A network on a chip, in figures: cores, memories, links and timesteps of every layer."""

from collections.abc import Mapping as Table
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from pydantic import BaseModel, ConfigDict

from neuroloom.flows.mapping.imc.cores import (
    Chip,
    Core,
    MappedLayer,
    map_network,
    memories,
    worst_cycles,
)
from neuroloom.flows.mapping.imc.grid import Placement, bandwidth, near_square, place
from neuroloom.flows.mapping.imc.timesteps import LayerActivity, TransferTiming, paces, simulate
from neuroloom.flows.networks.convolutional import ConvolutionalNetwork, Shape
from neuroloom.flows.tools.errors import UsageError
from neuroloom.golden.imc.input_memory import Order

TIMING = TransferTiming(delivery=0, partial_sum=1)
"""A delivery takes place within a timestep, a partial sum is added in the next one."""
MOST_ACTIVATIONS = 20_000_000
"""Pixels of all layers and images: the timestep of each is kept."""


class _StudyPart(BaseModel):
    model_config = ConfigDict(frozen=True)


class MemoryFigures(_StudyPart):
    """The input memory of a core, of that with most channels where they differ."""

    mapping: str
    channels: int
    words: int
    bytes: float
    reads: tuple[int, int]
    """Fewest and most words of a row of the kernel."""
    writes: tuple[int, int]
    """Fewest and most words of a pixel."""
    why: str
    """What the other mappings would take."""


class LayerFigures(_StudyPart):
    """A layer on its cores."""

    name: str
    kind: str
    source: str | None
    """None for the image."""
    residual: str | None
    given: Shape
    made: Shape
    kernel: int
    stride: int
    padding: int
    cores: int
    row_splits: int
    """Cores that add up an output (Eq. 5)."""
    column_splits: int
    """Ranges of output channels (Eq. 6)."""
    tile: tuple[int, int]
    """Rows and columns of the pixels of a timestep."""
    replicas: int
    """Replicas of the kernel, one a pixel; pixels at once in a pooling layer."""
    rows: int
    """Rows of the crossbar that uses most; 0 without a crossbar."""
    columns: int
    utilisation: float
    """Eq. 4, the mean over the layer's cores."""
    memory: MemoryFigures
    bandwidth: float
    """Eq. 7 [bit/s]."""
    first: int
    """Timestep of the first activation of the first image."""
    last: int
    """Timestep of its last activation."""
    busy: int
    """Timesteps an image in which the layer computes."""
    memory_columns: int
    """Columns with which no pixel of the batch is overwritten before its last use."""
    waiting: int
    """Most residual pixels that wait in the core itself."""


class ChipFigures(_StudyPart):
    """What all cores have in common; the timestep in seconds."""

    rows: int
    columns: int
    word_bits: int
    words: int
    bits: int
    timestep: float


class CheckFigures(_StudyPart):
    """Images through the hardware, in simulation. Cycles count from the one that offers the first
    pixel.
    """

    images: int
    seed: int
    """Seed of the random images."""
    scores: int
    """Scores of an image."""
    differing: int | None
    """The first image, from 0, with a score that integer numpy does not give."""
    latency: float
    """Time to the last result of the first image [timestep]."""
    latency_cycles: int
    interval_cycles: int | None
    """Cycles from the last image but one to the last; None for one image."""
    waiting_cycles: int
    """Cycles in which a pixel of the image was offered and not taken."""


class HardwareFigures(_StudyPart):
    """The network as hardware."""

    module: str | None
    """Name of the Verilog that is written; None where none is."""
    cycles: int
    """Cycles of a timestep."""
    order: Order
    check: CheckFigures | None = None


class MappingFigures(_StudyPart):
    """A network on a chip; times in timesteps where no unit is given."""

    network: str
    image: Shape
    chip: ChipFigures
    grid: tuple[int, int]
    """Columns and rows."""
    cores: int
    utilisation: float
    """Devices that hold a weight, of all crossbars that hold any."""
    links: dict[str, int]
    images: int
    arrival: int
    """Timesteps in which an image arrives, in tiles of the first layer."""
    latency: int
    """Timesteps of the first image, from its first pixel to the last activation."""
    latency_seconds: float
    batch_end: int
    """Timestep of the last activation of the batch."""
    interval: int | None
    """Timesteps from the last image but one to the last; None for one image."""
    throughput: float
    """Throughput of the whole batch [image/s]."""
    layers: tuple[LayerFigures, ...]
    hardware: HardwareFigures | None = None

    @property
    def overflowing(self) -> tuple[LayerFigures, ...]:
        """Layers whose pixels need more columns of the input memory than a kernel has."""
        return tuple(layer for layer in self.layers if layer.memory_columns > layer.kernel)


@dataclass(frozen=True)
class Study:
    """The figures, and what drawings, curves and hardware are made from."""

    figures: MappingFigures
    layers: tuple[MappedLayer, ...]
    placement: Placement
    activity: Table[str, LayerActivity]

    def with_hardware(self, hardware: HardwareFigures) -> "Study":
        """The same with the figures of its hardware."""
        return replace(self, figures=self.figures.model_copy(update={"hardware": hardware}))


def study(
    network: ConvolutionalNetwork,
    chip: Chip,
    parallel: Table[str, int] | None = None,
    widest: int = 1,
    columns: int | None = None,
    rows: int | None = None,
    images: int = 10,
) -> Study:
    """Map a network, place its cores, and count the timesteps of a batch.

    ``parallel`` and ``widest`` are those of :func:`map_network`; ``columns`` and ``rows`` of the
    grid are by default those of the least grid that is nearly a square. UsageError for what does
    not fit, or a batch of more than ``MOST_ACTIVATIONS``.
    """
    made = sum(wired.made.height * wired.made.width for wired in network.wired)
    if images * made > MOST_ACTIVATIONS:
        raise UsageError(
            f"{images:,} images with {made:,} pixels in all layers of {network.name} are too many "
            f"to follow; at most {MOST_ACTIVATIONS:,} pixels are"
        )
    layers = map_network(network, chip, parallel, widest)
    grid = near_square(sum(len(layer.cores) for layer in layers), columns, rows)
    placement = place(network, layers, grid.column, grid.row)
    activity = simulate(network, paces(layers), TIMING, images)
    sent = bandwidth(layers, chip)
    last = activity[network.wired[-1].name]
    held = [core.utilisation for core in placement.cores if core.replicas]
    end = last.finished(images - 1)
    image, tile = network.image, layers[0].tile
    figures = MappingFigures(
        network=network.name,
        image=Shape(image.height, image.width, image.channels),
        chip=ChipFigures.model_validate(vars(chip)),
        grid=(grid.column, grid.row),
        cores=len(placement.cores),
        utilisation=float(sum(held, Fraction(0)) / max(len(held), 1)),
        links={kind.value: count for kind, count in placement.kinds.items()},
        images=images,
        arrival=-(-image.height // tile[0]) * -(-image.width // tile[1]),
        latency=last.finished(),
        latency_seconds=last.finished() * chip.timestep,
        batch_end=end,
        interval=(end - last.finished(images - 2)) if images > 1 else None,
        throughput=images / (end * chip.timestep),
        layers=tuple(
            _figures(layer, chip, sent[layer.name], activity[layer.name]) for layer in layers
        ),
    )
    return Study(figures, tuple(layers), placement, activity)


def _figures(layer: MappedLayer, chip: Chip, sent: float, activity: LayerActivity) -> LayerFigures:
    wired = layer.wired
    held = [core.replicas for core in layer.cores if core.replicas]
    utilisation = sum((core.utilisation for core in layer.cores), Fraction(0)) / len(layer.cores)
    height, width = -(-wired.made.height // layer.tile[0]), -(-wired.made.width // layer.tile[1])
    return LayerFigures(
        name=layer.name,
        kind=wired.layer.kind,
        source=wired.source,
        residual=wired.residual,
        given=wired.given,
        made=wired.made,
        kernel=wired.kernel,
        stride=wired.stride,
        padding=wired.padding,
        cores=len(layer.cores),
        row_splits=layer.parts,
        column_splits=len(layer.senders),
        tile=layer.tile,
        replicas=layer.tile[0] * layer.tile[1],
        rows=max((each.rows for each in held), default=0),
        columns=max((each.columns for each in held), default=0),
        utilisation=float(utilisation),
        memory=_memory_figures(layer, chip),
        bandwidth=sent,
        first=int(activity.computed[0].min()),
        last=activity.finished(),
        busy=height * width,
        memory_columns=activity.columns,
        waiting=activity.waiting,
    )


def _memory_figures(layer: MappedLayer, chip: Chip) -> MemoryFigures:
    core = max(layer.cores, key=lambda core: len(core.inputs))
    memory = core.memory
    return MemoryFigures(
        mapping=memory.mapping.value.upper(),
        channels=len(core.inputs),
        words=memory.words,
        bytes=core.memory_bytes,
        reads=(int(memory.reads.min()), int(memory.reads.max())),
        writes=(int(memory.writes.min()), int(memory.writes.max())),
        why=_why(layer, chip, core),
    )


def _why(layer: MappedLayer, chip: Chip, core: Core) -> str:
    """What speaks against the other mappings: room, then words read and written, then size."""
    chosen = core.memory
    found: dict[str, list[str]] = {}
    for other in memories(layer.wired, chip, len(core.inputs)):
        if other.mapping is chosen.mapping:
            continue
        if other.words > chip.words:
            reason = f"{other.words} words, which do not fit"
        elif worst_cycles(other) > worst_cycles(chosen):
            reason = f"{worst_cycles(other)} words read and written, not {worst_cycles(chosen)}"
        elif other.words > chosen.words:
            reason = f"{other.words} words of memory"
        elif np.array_equal(other.starts, chosen.starts):
            reason = "the same addresses"
        else:
            reason = "as good, with more masks"
        found.setdefault(reason, []).append(other.mapping.value.upper())
    return "; ".join(f"{' and '.join(names)}: {reason}" for reason, names in found.items())
