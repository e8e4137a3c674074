"""Layers to cores: splits over rows and columns, replicas, the mapping of the input memory."""

from collections.abc import Mapping as Table
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from neuroloom.flows.networks.convolutional import Convolution, ConvolutionalNetwork, Pooling, Wired
from neuroloom.flows.tools.errors import UsageError
from neuroloom.golden.imc.memory_mapping import Mapping, MemoryMapping
from neuroloom.golden.imc.replication import Replicas

PREFERRED = (Mapping.PLIP, Mapping.KLIP, Mapping.IWAP)
"""Mappings in order of preference: of those alike, the one with the fewest masks and indices."""
MOST_CORES = 4096
"""Most cores of a network: every core and link is kept."""


@dataclass(frozen=True)
class Chip:
    """What all cores have in common. ValueError for a size below 1."""

    rows: int = 256
    """Rows of a crossbar."""
    columns: int = 256
    word_bits: int = 128
    """Width of a word of the input memory [bit]."""
    words: int = 512
    bits: int = 8
    """Width of an activation [bit]."""
    timestep: float = 100e-9
    """[s]"""

    def __post_init__(self) -> None:
        for name in ("rows", "columns", "word_bits", "words", "bits"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}={getattr(self, name)} is less than 1")
        if self.timestep <= 0:
            raise ValueError(f"timestep={self.timestep} is not positive")


@dataclass(frozen=True)
class Core:
    """A crossbar that holds a part of a layer's kernel matrix, with its input memory.

    A layer that pools takes a core without a crossbar, for all of its channels.
    """

    layer: str
    part: int
    """Number of its partial sums of its output channels, from 0; the next part adds them (Eq. 5).
    """
    inputs: range
    """Input channels."""
    outputs: range
    """Output channels (Eq. 6)."""
    replicas: Replicas | None
    """None without a crossbar."""
    utilisation: Fraction
    """Share of the devices that hold a weight (Eq. 4); 0 without a crossbar."""
    memory: MemoryMapping

    @property
    def memory_bytes(self) -> float:
        return self.memory.words * self.memory.word_bits / 8

    @property
    def memory_cycles(self) -> int:
        """Reads of a row and writes of a pixel, in words, where they take longest."""
        return worst_cycles(self.memory)


@dataclass(frozen=True)
class MappedLayer:
    """A layer on its cores, part after part, first output channels first."""

    wired: Wired
    tile: tuple[int, int]
    """Rows and columns of the pixels that are computed in one timestep."""
    cores: tuple[Core, ...]

    @property
    def name(self) -> str:
        return self.wired.name

    @property
    def parts(self) -> int:
        """Cores that add up an output."""
        return max(core.part for core in self.cores) + 1

    @property
    def senders(self) -> tuple[Core, ...]:
        """Cores that have whole sums, and so the activations."""
        return tuple(core for core in self.cores if core.part == self.parts - 1)


def map_network(
    network: ConvolutionalNetwork,
    chip: Chip,
    parallel: Table[str, int] | None = None,
    widest: int = 1,
) -> tuple[MappedLayer, ...]:
    """Each layer on as few cores as possible.

    ``parallel`` has the pixels a timestep of layers by name, 1 where left out. ``widest`` is the
    most columns they may lie in (ΔW): 1 is Method 1, and pixels of a tile are those of a column.
    UsageError for a name that is none, a layer that does not fit, a memory that is too small, or
    more than ``MOST_CORES`` cores.
    """
    wanted = dict(parallel or {})
    unknown = set(wanted) - {each.name for each in network.wired}
    if unknown:
        raise UsageError(f"there is no layer {min(unknown)!r} in {network.name}")
    layers: list[MappedLayer] = []
    total = 0
    for each in network.wired:
        layers.append(_map_layer(each, chip, wanted.get(each.name, 1), widest))
        total += len(layers[-1].cores)
        if total > MOST_CORES:
            raise _too_many(f"{network.name} up to layer {each.name!r}", total)
    _check_memories(layers, chip)
    return tuple(layers)


def _check_memories(layers: Sequence[MappedLayer], chip: Chip) -> None:
    """UsageError with the size that would do for all layers."""
    cores = [(core, layer.wired) for layer in layers for core in layer.cores]
    core, each = max(cores, key=lambda fit: fit[0].memory.words)
    if core.memory.words > chip.words:
        raise UsageError(
            f"layer {core.layer!r}: {each.kernel} columns of {_rows(each)} pixels with "
            f"{len(core.inputs)} channels take {core.memory.words} words of the input memory, most "
            f"of all layers, and it has {chip.words}; give it as many words, or wider ones"
        )


def _too_many(what: str, cores: int) -> UsageError:
    return UsageError(
        f"{what} takes {cores} cores, more than the {MOST_CORES} of a mapping; take larger "
        "crossbars"
    )


def paced(network: ConvolutionalNetwork) -> dict[str, int]:
    """Pixels a timestep with which every layer takes as long for a column: the paper's 4, 2, 1.

    A layer's height over the least height of a convolution, rounded down, but at least 1.
    """
    heights = {each.name: each.made.height for each in network.wired if each.windowed}
    convolved = [each.made.height for each in network.wired if isinstance(each.layer, Convolution)]
    least = min(convolved or heights.values(), default=1)
    return {name: max(1, height // least) for name, height in heights.items()}


def _map_layer(each: Wired, chip: Chip, count: int, widest: int) -> MappedLayer:
    if not 1 <= count <= each.made.height * each.made.width:
        raise UsageError(
            f"layer {each.name!r}: {count} pixels a timestep are not 1 to "
            f"{each.made.height * each.made.width}"
        )
    if isinstance(each.layer, Pooling):
        channels = range(each.made.channels)
        memory = _memory(each, chip, len(channels))
        pool = Core(each.name, 0, channels, channels, None, Fraction(0), memory)
        return MappedLayer(each, (count, 1), (pool,))
    widths = [width for width in range(1, max(widest, 1) + 1) if count % width == 0]
    tried = [_cores(each, chip, count, width) for width in widths]
    fitting = [
        (len(cores), width, cores) for cores, width in zip(tried, widths, strict=True) if cores
    ]
    if not fitting:
        raise UsageError(
            f"layer {each.name!r}: {count} kernels of {each.kernel}×{each.kernel} do not fit "
            f"into {chip.rows} rows and {chip.columns} columns; compute fewer pixels a timestep "
            "or take larger crossbars"
        )
    _, width, cores = min(fitting, key=lambda fit: fit[:2])
    return MappedLayer(each, (count // width, width), cores)


def _cores(each: Wired, chip: Chip, count: int, width: int) -> tuple[Core, ...]:
    """Nothing where not even a single channel fits."""
    single = Replicas(count, each.kernel, 1, 1, width, each.stride)
    most_inputs, most_outputs = chip.rows // single.rows, chip.columns // single.columns
    if not most_inputs or not most_outputs:
        return ()
    parts = split(each.given.channels, most_inputs)
    across = split(each.made.channels, most_outputs)
    if len(parts) * len(across) > MOST_CORES:
        raise _too_many(f"layer {each.name!r}", len(parts) * len(across))
    memory = {size: _memory(each, chip, size) for size in set(map(len, parts))}
    found = []
    for outputs in across:
        for part, inputs in enumerate(parts):
            replicas = Replicas(count, each.kernel, len(inputs), len(outputs), width, each.stride)
            found.append(
                Core(
                    each.name,
                    part,
                    inputs,
                    outputs,
                    replicas,
                    replicas.utilisation(chip.rows, chip.columns),
                    memory[len(inputs)],
                )
            )
    return tuple(found)


def split(channels: int, most: int) -> list[range]:
    """Channels in as few ranges of at most ``most`` as possible, alike but for one channel."""
    parts = -(-channels // most)
    bounds = [channels * part // parts for part in range(parts + 1)]
    return [range(*pair) for pair in pairwise(bounds)]


def worst_cycles(memory: MemoryMapping) -> int:
    """Words read of a row and written of a pixel, of those where they are most."""
    return int(memory.reads.max()) + int(memory.writes.max())


def memories(each: Wired, chip: Chip, channels: int) -> tuple[MemoryMapping, ...]:
    """Input memories of ``kernel`` columns for that many channels, one of every mapping."""
    return tuple(
        MemoryMapping(mapping, channels * chip.bits, chip.word_bits, each.kernel, _rows(each))
        for mapping in PREFERRED
    )


def _memory(each: Wired, chip: Chip, channels: int) -> MemoryMapping:
    """The mapping of the fewest cycles, then of the fewest words; where none fits, of the fewest
    words.
    """
    tried = memories(each, chip, channels)
    fitting = [memory for memory in tried if memory.words <= chip.words]
    if not fitting:
        return min(tried, key=lambda memory: memory.words)
    return min(fitting, key=lambda memory: (worst_cycles(memory), memory.words))


def _rows(each: Wired) -> int:
    """Pixels of a column of the input memory."""
    return each.given.height if each.windowed else 1
