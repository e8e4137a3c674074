"""Tables and plots of the mapping of ResNet-32 on in-memory-computing cores."""

from collections.abc import Callable, Sequence
from typing import Any

from neuroloom.flows.mapping.imc.cores import Chip, MappedLayer
from neuroloom.flows.networks.convolutional import Convolution, ConvolutionalNetwork
from neuroloom.flows.reports.figures import Printed, formula
from neuroloom.flows.reports.published import Curve, OpenChoice, Plot, PublishedRow, PublishedTable
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
MOST, EXAMPLE = 40, 20
"""Replicas of the curves, and of the example of section 2.2.3."""
SHOWN = ("1", "11", "12", "21", "22", "31")
POINTS = 20
"""Points of a curve of activations."""
LAST_BIT = "to the last bit"
"""What Table 1 counts."""
OF_TABLE_2 = "the channels are those of Table 2"
LAYER_WHY = {
    "12": "the table gives it 28 channels; layer 11 makes 16, as the row of RS1 has it",
    "22": "the table gives it 56 channels; layer 21 makes 28, as the row of RS2 has it, and their "
    "252 rows fit into one crossbar",
    "23/31": "the table's stride of 2 would not keep its 8×8 pixels",
    "FC": "the table gives it a stride of 2; a matrix has none",
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
            ours=("whole words", LAST_BIT),
            against=(LAST_BIT,),
            rows=tuple(
                line
                for row in TABLE_1
                if (row.channels, row.height, row.word_bits) == (channels, height, bits)
                for line in _memory_rows(row)
            ),
            note="A KB is 1,000 bytes, as the figures of Table 1 have it. Reads are of a row of "
            "three pixels, writes of a pixel.",
        )
        for channels, height, bits in volumes
    )


def _memory_rows(row: PrintedRow) -> list[PublishedRow]:
    whole, last = metrics(row.memory, whole_words=True), metrics(row.memory, whole_words=False)
    exact = cells(row, last)
    name = row.mapping.value.upper()

    def line(
        what: str, unit: str, column: str, cell: Printed, value: Callable[[Metrics], float]
    ) -> PublishedRow:
        ours = formula(value(whole), value(last))
        misprint = MISPRINTS.get((row.channels, row.word_bits, row.mapping, column), "")
        differs = value(whole) != value(last)
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

    rows = [
        PublishedRow(
            name=f"rows of {EXAMPLE} replicas, ΔW = {width}",
            published=(rows,),
            ours=formula(_replicas(EXAMPLE, width).rows),
        )
        for width, rows in printed.ROWS_OF_20_REPLICAS.items()
    ]
    many = 1000
    rows += [
        PublishedRow(
            name="aspect ratio of one kernel",
            published=(None,),
            ours=formula(float(_replicas(1, 1).aspect_ratio)),
        ),
        PublishedRow(
            name=f"aspect ratio of {many:,} replicas, ΔW = 1",
            published=(printed.LEAST_ASPECT_RATIO,),
            ours=formula(float(_replicas(many, 1).aspect_ratio)),
            why="the paper gives the limit",
        ),
        PublishedRow(
            name=f"aspect ratio of {EXAMPLE} replicas, ΔW = 5",
            published=(printed.ASPECT_RATIO_OF_METHOD_2,),
            ours=formula(float(_replicas(EXAMPLE, 5).aspect_ratio)),
            why=f"the paper reads “around 2” off a figure and does not say of how many replicas; "
            f"{EXAMPLE} are those of its example of rows, {MOST} have "
            f"{float(_replicas(MOST, 5).aspect_ratio):.2f}, and ΔW = 5 tends to 1.4",
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


def mapping_choices() -> tuple[OpenChoice, ...]:
    """What the paper leaves open of its replicas."""
    aspect, more = (float(_replicas(count, 5).aspect_ratio) for count in (EXAMPLE, MOST))
    return (
        OpenChoice(
            name="number of replicas whose aspect ratio stays around 2 by Method 2",
            taken=f"{EXAMPLE}, of the example of section 2.2.3, with ΔW = 5: {aspect:.2f}",
            otherwise=f"{MOST}, the most of Fig. 6 as it is drawn here: {more:.2f}",
        ),
    )


def _replicas(count: int, width: int) -> Replicas:
    """Kernels of Fig. 6."""
    return Replicas(count, KERNEL, CHANNELS, CHANNELS, width)


def replica_plots() -> tuple[Plot, Plot]:
    """Fig. 6: aspect ratio and rows over the number of replicas."""
    counts = range(1, MOST + 1)
    made = {w: [_replicas(n, w) for n in counts] for w in WIDTHS}

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
                ours=(
                    *formula(stride),
                    # where they differ they were not taken from the table
                    *formula(bits, circular=OF_TABLE_2 if bits == float(each.pixel_bits) else ""),
                    *formula(width, circular=OF_TABLE_2),
                    *formula(height),
                ),
            )
        )
    head = ("stride", "bits", "columns", "rows")
    return PublishedTable(
        title="Layers of ResNet-32",
        source="Table 2",
        published=head,
        ours=head,
        rows=tuple(rows),
        note="Bits are those of an input pixel. Rows are input channels times the places of the "
        "kernel.",
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
