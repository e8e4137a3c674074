"""The figures of a mapped network as text: headline numbers, tables, curves."""

from collections.abc import Iterable
from typing import NamedTuple

from neuroloom.flows.mapping.imc.grid import Kind
from neuroloom.flows.mapping.imc.study import LayerFigures, MappingFigures, Study
from neuroloom.flows.reports.hardware_table import SIMULATED, counted, hardware_rows
from neuroloom.flows.reports.page import Key, Table
from neuroloom.flows.reports.published import Curve, Plot
from neuroloom.flows.tools.numbers import grouped, percent, scaled, significant

NONE = "–"
MOST_CURVES, POINTS = 6, 20
"""Curves of a plot and points of each."""
NAMED = 6
"""Layers that a note names."""
SHAPES_ONLY = (
    "Only the shapes of layers are mapped. Weights are not taken: those of a float model have to "
    "be quantized before crossbars hold them."
)
METHODS = (
    "Splits: by input channels over rows (Eq. 5) and by output channels over columns (Eq. 6) into "
    "as few cores as possible. Use is the share of a crossbar's devices that hold a weight "
    "(Eq. 4). Equations are those of Dazzi et al. 2021.",
    "Input memories have as many columns of pixels as a kernel. Of the mappings that fit, the one "
    "with the fewest words read of a row and written of a pixel is taken, then the smallest.",
    "Timesteps: a core computes the pixels of a timestep, column after column, once all their "
    "patches and residuals are there. A delivery takes place within a timestep; each further part "
    "of a sum adds one. Timesteps count from 1, in which the first pixels of the image arrive; "
    "images follow each other without a gap.",
)


class TitledTable(NamedTuple):
    """A table with its title."""

    title: str
    table: Table


def key_figures(figures: MappingFigures) -> list[Key]:
    """The headline numbers."""
    columns, rows = figures.grid
    sends = max(figures.layers, key=lambda layer: layer.bandwidth)
    stores = max(figures.layers, key=lambda layer: layer.memory.bytes)
    busiest = max(figures.layers, key=lambda layer: layer.busy)
    seconds = _short_time(figures.latency_seconds)
    sent = scaled(sends.bandwidth)
    if figures.arrival >= busiest.busy:
        pace = f"an image takes {grouped(figures.arrival)} to arrive"
    else:
        pace = f"layer {busiest.name} computes in {grouped(busiest.busy)}"
    between = NONE if figures.interval is None else grouped(figures.interval)
    residuals = figures.links[Kind.RESIDUAL] + figures.links[Kind.RESAMPLED]
    return [
        Key("cores", grouped(figures.cores), "", f"on a grid of {columns}×{rows}"),
        Key(
            "use of crossbars",
            percent(figures.utilisation),
            "",
            f"of {figures.chip.rows}×{figures.chip.columns} devices, mean",
        ),
        Key("latency", grouped(figures.latency), "timesteps", seconds),
        Key("from image to image", between, "timesteps", pace),
        Key(
            "throughput",
            significant(figures.throughput, 4),
            "image/s",
            f"{counted(figures.images, 'image')} in {grouped(figures.batch_end)} timesteps",
        ),
        Key("bandwidth", sent[0], f"{sent[1]}bit/s", f"of layer {sends.name}, which sends most"),
        Key(
            "largest input memory",
            significant(stores.memory.bytes),
            "B",
            f"of layer {stores.name}: {stores.memory.words} of {figures.chip.words} words",
        ),
        Key(
            "links",
            grouped(sum(figures.links.values())),
            "",
            f"{residuals} for residuals, {figures.links[Kind.PARTIAL_SUM]} for partial sums",
        ),
    ]


def notes(figures: MappingFigures) -> list[str]:
    """What a reader has to know before using the figures."""
    over = figures.overflowing
    if not over:
        return []
    most = max(over, key=lambda each: each.memory_columns)
    shown = ", ".join(each.name for each in over[:NAMED])
    more = f" and {len(over) - NAMED} more" if len(over) > NAMED else ""
    return [
        "Input memories are counted with the columns of a kernel, too few for pixels to stay "
        f"until their last use: {shown}{more}; most are needed in layer {most.name}, "
        f"{most.memory_columns} columns in a batch of {figures.images}. Such memories need more "
        "columns, or layers other numbers of pixels a timestep."
    ]


def methods(figures: MappingFigures) -> tuple[str, ...]:
    """How the figures were had."""
    if figures.hardware is None:
        return (*METHODS, SHAPES_ONLY)
    return METHODS if figures.hardware.check is None else (*METHODS, SIMULATED)


def sections(figures: MappingFigures) -> list[TitledTable]:
    """The tables of the page."""
    built = hardware_rows(figures)
    return [
        *(
            [TitledTable("Hardware", Table(("figure", "value", "remark"), tuple(built)))]
            * bool(built)
        ),
        TitledTable(
            "Layers and cores",
            Table(
                (
                    "layer",
                    "takes",
                    "makes",
                    "kernel",
                    "cores",
                    "split",
                    "replicas",
                    "rows",
                    "columns",
                    "use",
                    "Gbit/s",
                ),
                tuple(map(_core_row, figures.layers)),
                numbers=tuple(range(3, 11)),
                caption="Takes: the source and, behind +, the residual. Kernel: with its stride "
                "behind / where that is not 1. Split: cores over rows, whose sums are added, by "
                "cores over columns, which have other output channels. Replicas: rows by columns "
                "of pixels that are computed in a timestep. Rows and columns are those of the "
                "fullest crossbar of a layer. Gbit/s: activations that a layer sends at most "
                "(Eq. 7).",
            ),
        ),
        TitledTable(
            "Timesteps",
            Table(
                (
                    "layer",
                    "makes",
                    "first",
                    "last",
                    "busy",
                    "memory columns",
                    "needed",
                    "residuals waiting",
                ),
                tuple(map(_time_row, figures.layers)),
                numbers=tuple(range(2, 8)),
                caption="First and last: when the layer computes activations of the first image. "
                "Busy: timesteps an image in which it computes. Needed: columns of pixels so that "
                "none is overwritten before its last use, over all images. Residuals waiting: most "
                "pixels in the core itself, since no input memory holds them.",
            ),
        ),
        TitledTable(
            "Input memories",
            Table(
                (
                    "layer",
                    "mapping",
                    "channels",
                    "words",
                    "bytes",
                    "reads",
                    "writes",
                    "other mappings",
                ),
                tuple(_merged(_memory_row(layer) for layer in figures.layers)),
                numbers=(2, 3, 4, 5, 6),
                caption="Of a core, with columns of pixels as the kernel has. Reads are the words "
                "of a row of the kernel, writes those of a pixel. PLIP: each pixel begins a word; "
                "KLIP: each row of a kernel does; IWAP: pixels stand bit by bit.",
            ),
        ),
    ]


def terminal_rows(figures: MappingFigures) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Head and rows of the table that the command line prints."""
    head = (
        "layer",
        "makes",
        ">cores",
        ">split",
        ">tile",
        ">crossbar",
        ">use",
        "memory",
        ">first",
        ">last",
    )
    rows: list[tuple[str, ...]] = [
        (
            layer.name,
            str(layer.made),
            str(layer.cores),
            _split(layer),
            _tile(layer),
            f"{layer.rows}×{layer.columns}" if layer.rows else NONE,
            _use(layer),
            f"{layer.memory.mapping} {layer.memory.words}",
            grouped(layer.first),
            grouped(layer.last),
        )
        for layer in figures.layers
    ]
    return head, rows


def activity_plot(study: Study) -> Plot:
    """Activations computed over timesteps, of layers spread over the network."""
    layers = study.figures.layers
    shown = min(MOST_CURVES, len(layers))
    places = {(len(layers) - 1) * at // max(shown - 1, 1) for at in range(shown)}
    curves = []
    for name in (layers[at].name for at in sorted(places)):
        progress = study.activity[name].progress()
        begin, end = int(study.activity[name].computed[0].min()) - 1, progress.size - 1
        steps = sorted({begin + (end - begin) * at // POINTS for at in range(POINTS + 1)})
        share = tuple((100 * progress[steps] / progress[-1]).tolist())
        curves.append(Curve(name=f"layer {name}", x=tuple(steps), y=share))
    return Plot(
        name="activations",
        title="Activations over timesteps",
        x_label="time [timestep]",
        y_label="activations of the first image [%]",
        curves=tuple(curves),
        decades=False,
        note="How much of its output a layer has computed.",
    )


def _core_row(layer: LayerFigures) -> tuple[str, ...]:
    kernel = f"{layer.kernel}×{layer.kernel}" + (f" / {layer.stride}" if layer.stride > 1 else "")
    source = layer.source or f"image {layer.given}"
    return (
        layer.name,
        f"{source} + {layer.residual}" if layer.residual else source,
        str(layer.made),
        NONE if layer.kind == "fully_connected" else kernel,
        str(layer.cores),
        _split(layer),
        _tile(layer),
        _count(layer.rows),
        _count(layer.columns),
        _use(layer),
        significant(layer.bandwidth / 1e9),
    )


def _time_row(layer: LayerFigures) -> tuple[str, ...]:
    return (
        layer.name,
        str(layer.made),
        grouped(layer.first),
        grouped(layer.last),
        grouped(layer.busy),
        str(layer.kernel),
        str(layer.memory_columns),
        str(layer.waiting) if layer.residual else NONE,
    )


def _memory_row(layer: LayerFigures) -> tuple[str, ...]:
    memory = layer.memory
    return (
        layer.name,
        memory.mapping,
        str(memory.channels),
        grouped(memory.words),
        significant(memory.bytes),
        _range(memory.reads),
        _range(memory.writes),
        memory.why,
    )


def _merged(rows: Iterable[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Rows that follow each other and differ in their names alone as one."""
    found: list[tuple[str, str, tuple[str, ...]]] = []
    for name, *cells in rows:
        if found and found[-1][2] == tuple(cells):
            found[-1] = found[-1][0], name, tuple(cells)
        else:
            found.append((name, name, tuple(cells)))
    return [(a if a == b else f"{a} … {b}", *cells) for a, b, cells in found]


def _split(layer: LayerFigures) -> str:
    return f"{layer.row_splits}×{layer.column_splits}"


def _tile(layer: LayerFigures) -> str:
    return "×".join(map(str, layer.tile))


def _use(layer: LayerFigures) -> str:
    return percent(layer.utilisation) if layer.rows else "pooling"


def _count(number: int) -> str:
    return grouped(number) if number else NONE


def _range(ends: tuple[int, int]) -> str:
    return str(ends[0]) if ends[0] == ends[1] else f"{ends[0]} – {ends[1]}"


def _short_time(seconds: float) -> str:
    for size, unit in ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if seconds >= size:
            return f"{significant(seconds / size)} {unit}"
    return f"{significant(seconds * 1e9)} ns"
