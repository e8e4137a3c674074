"""Cores, links and memories of the whole network, by Dazzi et al. 2021 and here."""

from collections.abc import Mapping, Sequence
from math import ceil

from neuroloom.flows.mapping.imc.cores import Chip, MappedLayer
from neuroloom.flows.mapping.imc.grid import bandwidth
from neuroloom.flows.reports.figures import Derived, formula, model
from neuroloom.flows.reports.published import PublishedRow, PublishedTable
from neuroloom.flows.reproduce.imc_dataflow import printed
from neuroloom.flows.reproduce.imc_dataflow.printed import TABLE_2
from neuroloom.golden.imc.memory_mapping import Mapping as Placing
from neuroloom.golden.imc.memory_mapping import MemoryMapping

KERNEL = 3
BITS_A_BYTE = 8
KIBIBYTE = 1024
SPLIT_WHY = (
    "four kernels of layers 2 to 11 take 288 rows by Method 1 and two of layers 13 to 21 take 336, "
    "more than the 256 of a crossbar; the paper speeds up layers whose replicas fit"
)


def chip_table(
    chip: Chip,
    single: Sequence[MappedLayer],
    replicated: Mapping[str, Sequence[MappedLayer]],
    columns: Mapping[str, int],
) -> PublishedTable:
    """Cores, bandwidth and input memory; ``columns`` of the input memory by mapping."""
    fast = next(iter(replicated.values()))
    rows = [
        PublishedRow(
            name="cores",
            published=(printed.CORES,),
            ours=formula(number_of_cores(single)),
            why="31 convolutions, nine of them (23 to 31) in two parts, two that resample "
            "residuals, and the fully connected layer",
        ),
        PublishedRow(
            name="cores by Table 2 as printed",
            published=(printed.CORES,),
            ours=formula(cores_as_printed(chip), circular="rows and columns of Table 2"),
            why="one more than the paper says: the table splits layer 22 too, whose 504 rows are a "
            "misprint; without the fully connected layer it has 43 as well",
        ),
        *(
            PublishedRow(
                name=f"cores, 4/2/1, {method}",
                published=(None,),
                ours=formula(number_of_cores(layers)),
                why=SPLIT_WHY,
            )
            for method, layers in replicated.items()
        ),
        PublishedRow(
            name="bandwidth",
            unit="Gbit/s",
            published=(printed.BANDWIDTH,),
            ours=formula(max(bandwidth(single, chip).values()) / 1e9),
        ),
        PublishedRow(
            name="bandwidth, 4/2/1",
            unit="Gbit/s",
            published=(
                Derived(printed.BANDWIDTH, "said to be that of one pixel a timestep, 4.5 Gbit/s"),
            ),
            ours=formula(max(bandwidth(fast, chip).values()) / 1e9),
            why="the same bandwidth serves 16, 32 and 64 channels; with 56, four pixels of 16 "
            "channels are more than one of the last group",
        ),
        *_memory_rows(chip, single),
        *(
            PublishedRow(
                name=f"columns of the image that the largest memory holds, {mapping}",
                published=(None,),
                ours=model(needed),
                why="" if needed <= KERNEL else _more_columns(needed, replicated[mapping]),
            )
            for mapping, needed in columns.items()
        ),
    ]
    return PublishedTable(
        title="Cores, links and memories",
        source="Sections 2.4.2, 3.1.1 to 3.1.4, Eq. 7",
        published=("paper",),
        ours=("ours",),
        rows=tuple(rows),
        note="A KB has 1,024 bytes in section 3.1.2, and so in this table: 1,536 and 288 bytes. In "
        "Table 1 it has 1,000.",
    )


def number_of_cores(layers: Sequence[MappedLayer]) -> int:
    """Cores of all layers."""
    return sum(len(layer.cores) for layer in layers)


def cores_as_printed(chip: Chip) -> int:
    """Cores of all rows of Table 2, layer by layer."""
    return sum(
        len(each.names) * ceil(each.rows / chip.rows) * ceil(each.columns / chip.columns)
        for each in TABLE_2
    )


def _memory_rows(chip: Chip, single: Sequence[MappedLayer]) -> list[PublishedRow]:
    sizes_of = {layer.name: layer.cores[0].memory_bytes for layer in single}
    first = sizes_of.pop("1")
    largest = max(sizes_of.values())
    small = {name: size for name, size in sizes_of.items() if size < largest}
    sizes = ", ".join(
        f"{size:g} bytes of {_range([name for name, other in small.items() if other == size])}"
        for size in sorted(set(small.values()), reverse=True)
    )
    return [
        PublishedRow(
            name="input memory of layer 1",
            unit="KB",
            published=(printed.MEMORY_OF_THE_FIRST_LAYER,),
            ours=formula(first / KIBIBYTE),
            why="printed is cut to two digits",
        ),
        PublishedRow(
            name="input memory of all other layers, the largest",
            unit="KB",
            published=(printed.MEMORY,),
            ours=formula(largest / KIBIBYTE),
            why=f"the paper says so of all others; smaller are {sizes}. With the 28 input channels "
            f"that Table 2 prints for it, layer 12 would need {_as_printed('12', chip, single):g} "
            "KB: they are a misprint",
        ),
    ]


def _range(names: Sequence[str]) -> str:
    """Layers in words: the first to the last of numbers that follow each other."""
    if len(names) > 2:
        return f"{names[0]} to {names[-1]}"
    return " and ".join(names)


def _as_printed(name: str, chip: Chip, single: Sequence[MappedLayer]) -> float:
    """Input memory of a layer with the channels that Table 2 prints, by PLIP [KB]."""
    row = next(each for each in TABLE_2 if each.label == name)
    layer = next(each for each in single if each.name == name)
    bits, height = int(row.inputs) * chip.bits, layer.wired.given.height
    memory = MemoryMapping(Placing.PLIP, bits, chip.word_bits, KERNEL, height)
    return memory.words * memory.word_bits / BITS_A_BYTE / KIBIBYTE


def _more_columns(needed: int, layers: Sequence[MappedLayer]) -> str:
    """Why tiles of two columns need more, and what that is for the layers of such tiles."""
    tiled = [core for layer in layers if layer.tile[1] > 1 for core in layer.cores]
    size = needed * max(core.memory_bytes for core in tiled) / KERNEL
    return (
        "tiles of two columns need four columns while two more arrive; the memories of layers 2 to "
        f"11 then take up to {size / KIBIBYTE:g} KB, not the {printed.MEMORY:g} KB of section 3.1.2"
    )
