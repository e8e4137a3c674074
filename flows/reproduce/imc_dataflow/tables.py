"""Tables and plots of the mapping of ResNet-32 on in-memory-computing cores."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from neuroloom.flows.mapping.imc.cores import Chip, MappedLayer
from neuroloom.flows.mapping.imc.grid import bandwidth
from neuroloom.flows.networks.convolutional import Convolution, ConvolutionalNetwork
from neuroloom.flows.reports.figures import Printed, formula, model
from neuroloom.flows.reports.published import Curve, Plot, PublishedRow, PublishedTable
from neuroloom.flows.reproduce.imc_dataflow import printed
from neuroloom.flows.reproduce.imc_dataflow.mapping_table import (
    MISPRINTS,
    TABLE_1,
    TAIL,
    PrintedRow,
    cells,
)
from neuroloom.flows.reproduce.imc_dataflow.printed import TABLE_2
from neuroloom.golden.imc.memory_mapping import Metrics, metrics
from neuroloom.golden.imc.replication import Replicas

KERNEL, CHANNELS = 3, 16
"""Kernel and channels of Fig. 6."""
WIDTHS = (1, 2, 3, 5)
"""ΔW of the curves."""
MOST = 40
"""Replicas of the curves."""
SHOWN = ("1", "11", "12", "21", "22", "31")
POINTS = 20
"""Points of a curve of activations."""
LAYER_WHY = {
    "12": "the table gives it 28 channels; layer 11 makes 16, as the row of RS1 has it",
    "22": "the table gives it 56 channels; layer 21 makes 28, as the row of RS2 has it, and their "
    "252 rows fit into one crossbar",
    "23/31": "the table's stride of 2 would not keep its 8×8 pixels",
    "FC": "a matrix has no stride",
}
"""Why a row of Table 2 is another here, by its label."""


def memory_tables() -> tuple[PublishedTable, ...]:
    """Table 1, a table for each volume and word length."""
    volumes = list(dict.fromkeys((row.channels, row.height, row.word_bits) for row in TABLE_1))
    return tuple(
        PublishedTable(
            title=f"Input memory: {channels} channels, {height} rows, words of {bits} bits",
            source="Table 1",
            published=("paper",),
            ours=("whole words", "to the last bit"),
            rows=tuple(
                line
                for row in TABLE_1
                if (row.channels, row.height, row.word_bits) == (channels, height, bits)
                for line in _memory_rows(row)
            ),
            note="A KB is 1,000 bytes. Reads are of a row of three pixels, writes of a pixel.",
        )
        for channels, height, bits in volumes
    )


def _memory_rows(row: PrintedRow) -> list[PublishedRow]:
    whole, last = metrics(row.memory, whole_words=True), metrics(row.memory, whole_words=False)
    compared, exact = cells(row, whole), cells(row, last)
    name = row.mapping.value.upper()

    def line(
        what: str, unit: str, column: str, cell: Printed, value: Callable[[Metrics], float]
    ) -> PublishedRow:
        ours = formula(value(whole), value(last))
        misprint = MISPRINTS.get((row.channels, row.word_bits, row.mapping, column), "")
        differs = compared[column][0] != compared[column][1]
        same = exact[column][0] == exact[column][1]
        why = misprint if not same else TAIL if differs else ""
        return PublishedRow(
            name=f"{name}: {what}", unit=unit, published=(cell,), ours=ours, why=why
        )

    def counts(what: str, column: str, cells: tuple[Printed, ...]) -> list[PublishedRow]:
        ends: list[tuple[str, Callable[..., Any]]] = [("most", max)]
        if len(cells) > 1:
            ends.insert(0, ("fewest", min))
        return [
            PublishedRow(
                name=f"{name}: {word} {what}",
                published=(end(cells),),
                ours=formula(end(getattr(whole, column)), end(getattr(last, column))),
            )
            for word, end in ends
        ]

    return [
        line("memory", "KB", "kilobytes", row.source.kilobytes, lambda found: found.kilobytes),
        line("empty", "%", "empty", row.source.empty, lambda found: found.empty),
        *counts("reads", "reads", row.source.reads),
        *counts("writes", "writes", row.source.writes),
    ]


def replica_table() -> PublishedTable:
    """Rows and aspect ratios of section 2.2.3."""

    def made(count: int, width: int) -> Replicas:
        return Replicas(count, KERNEL, CHANNELS, CHANNELS, width)

    rows = [
        PublishedRow(
            name=f"rows of 20 replicas, ΔW = {width}",
            published=(rows,),
            ours=formula(made(20, width).rows),
        )
        for width, rows in printed.ROWS_OF_20_REPLICAS.items()
    ]
    many = 1000
    rows += [
        PublishedRow(
            name="aspect ratio of one kernel",
            published=(None,),
            ours=formula(float(made(1, 1).aspect_ratio)),
        ),
        PublishedRow(
            name=f"aspect ratio of {many:,} replicas, ΔW = 1",
            published=(printed.LEAST_ASPECT_RATIO,),
            ours=formula(float(made(many, 1).aspect_ratio)),
            why="the paper gives the limit",
        ),
        PublishedRow(
            name=f"aspect ratio of {MOST} replicas, ΔW = 5",
            published=(printed.ASPECT_RATIO_OF_METHOD_2,),
            ours=formula(float(made(MOST, 5).aspect_ratio)),
            why="the paper reads “around 2” off a figure whose number of replicas it does not "
            "give; ΔW = 5 tends to 1.4",
        ),
    ]
    return PublishedTable(
        title="Replicas of a kernel in a crossbar",
        source="Section 2.2.3, Eq. 2, Fig. 6",
        published=("paper",),
        ours=("ours",),
        rows=tuple(rows),
        note=f"Kernels of {KERNEL}×{KERNEL} with {CHANNELS} input and output channels.",
    )


def replica_plots() -> tuple[Plot, Plot]:
    """Fig. 6: aspect ratio and rows over the number of replicas."""
    counts = range(1, MOST + 1)
    made = {w: [Replicas(n, KERNEL, CHANNELS, CHANNELS, w) for n in counts] for w in WIDTHS}

    def curves(value: Callable[[Replicas], float]) -> tuple[Curve, ...]:
        return tuple(
            Curve(name=f"ΔW = {width}", x=tuple(counts), y=tuple(map(value, each)))
            for width, each in made.items()
        )

    return (
        Plot(
            name="aspect_ratio",
            title="Aspect ratio of replicas",
            x_label="replicas [-]",
            y_label="crossbar rows / columns [-]",
            note="Fig. 6A. ΔW = 1 is Method 1.",
            curves=curves(lambda each: float(each.aspect_ratio)),
            decades=False,
        ),
        Plot(
            name="rows",
            title="Rows of replicas",
            x_label="replicas [-]",
            y_label="crossbar rows [-]",
            note="Fig. 6B.",
            curves=curves(lambda each: each.rows),
            decades=False,
        ),
    )


def layer_table(network: ConvolutionalNetwork, chip: Chip) -> PublishedTable:
    """Table 2."""
    rows = []
    for each in TABLE_2:
        layer = network.layer(each.names[0])
        stride = layer.stride if isinstance(layer.layer, Convolution) else None
        height, width = layer.matrix
        bits = layer.given.channels * chip.bits
        theirs = each.stride, each.pixel_bits, each.columns, each.rows
        rows.append(
            PublishedRow(
                name=each.label,
                why=LAYER_WHY.get(each.label, ""),
                published=theirs,
                ours=formula(stride, bits, width, height),
            )
        )
    head = ("stride", "bits", "columns", "rows")
    return PublishedTable(
        title="Layers of ResNet-32",
        source="Table 2",
        published=head,
        ours=tuple(f"our {name}" for name in head),
        rows=tuple(rows),
        note="Bits are those of an input pixel.",
    )


def core_table(title: str, layers: Sequence[MappedLayer], note: str) -> PublishedTable:
    """Cores of each kind of layer, with what one of them holds."""
    mapped = {layer.name: layer for layer in layers}
    rows = []
    for each in TABLE_2:
        core = mapped[each.names[0]].cores[0]
        held = core.replicas
        assert held is not None
        rows.append(
            PublishedRow(
                name=f"{each.label}, {core.memory.mapping.value.upper()}",
                ours=formula(
                    sum(len(mapped[name].cores) for name in each.names),
                    held.count,
                    held.rows,
                    held.columns,
                    100 * float(core.utilisation),
                    core.memory_cycles,
                    core.memory_bytes,
                ),
            )
        )
    return PublishedTable(
        title=title,
        source="mapping",
        rows=tuple(rows),
        note=note,
        ours=("cores", "replicas", "rows", "columns", "use [%]", "words", "memory [B]"),
    )


def chip_table(
    chip: Chip,
    single: Sequence[MappedLayer],
    replicated: Mapping[str, Sequence[MappedLayer]],
    columns: Mapping[str, int],
) -> PublishedTable:
    """Cores, bandwidth and input memory; ``columns`` of the input memory by mapping."""

    def cores(layers: Sequence[MappedLayer]) -> int:
        return sum(len(layer.cores) for layer in layers)

    as_printed = sum(
        len(each.names) * -(-each.rows // chip.rows) * -(-each.columns // chip.columns)
        for each in TABLE_2
    )
    largest = max(core.memory_bytes for layer in single for core in layer.cores)
    fast = next(iter(replicated.values()))
    rows = [
        PublishedRow(
            name="cores",
            published=(printed.CORES,),
            ours=formula(cores(single)),
            why="31 convolutions, nine of them (23 to 31) in two parts, two that resample "
            "residuals, and the fully connected layer",
        ),
        PublishedRow(
            name="cores by Table 2 as printed",
            published=(printed.CORES,),
            ours=formula(as_printed),
            why="it splits layer 22 too, whose 504 rows are a misprint; without the fully "
            "connected layer these would be 43 as well",
        ),
        *(
            PublishedRow(
                name=f"cores, 4/2/1, {method}",
                published=(None,),
                ours=formula(cores(layers)),
                why="four kernels of layers 2 to 11 take 288 rows by Method 1 and two of layers 13 "
                "to 21 take 336, more than the 256 of a crossbar; the paper speeds up layers whose "
                "replicas fit",
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
            published=(printed.BANDWIDTH,),
            ours=formula(max(bandwidth(fast, chip).values()) / 1e9),
            why="the same bandwidth serves 16, 32 and 64 channels; with 56, four pixels of 16 "
            "channels are more than one of the last group",
        ),
        PublishedRow(
            name="largest input memory",
            unit="KB",
            published=(printed.MEMORY,),
            ours=formula(largest / 1000),
            why="1.536 KB, printed as 1.5",
        ),
        *(
            PublishedRow(
                name=f"its columns, {mapping}",
                published=(None,),
                ours=model(needed),
                why=""
                if needed <= KERNEL
                else "tiles of two columns are computed a column of tiles at a time",
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
    )
