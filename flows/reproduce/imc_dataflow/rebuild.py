"""ResNet-32 on in-memory-computing cores: mapping and dataflow of Dazzi et al. 2021."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from neuroloom.flows.mapping.imc.cores import Chip, MappedLayer, map_network, paced
from neuroloom.flows.mapping.imc.drawing import drawn
from neuroloom.flows.mapping.imc.grid import place
from neuroloom.flows.mapping.imc.timesteps import (
    LayerActivity,
    LayerPace,
    TransferTiming,
    paces,
    simulate,
)
from neuroloom.flows.networks.convolutional import ConvolutionalNetwork
from neuroloom.flows.networks.resnet import resnet
from neuroloom.flows.reports.figures import Printed, model
from neuroloom.flows.reports.published import (
    Drawing,
    Judgement,
    LeftOut,
    OpenChoice,
    PaperVerdict,
    PublishedRow,
    PublishedTable,
    Reproduction,
)
from neuroloom.flows.reproduce.imc_dataflow import printed
from neuroloom.flows.reproduce.imc_dataflow.hardware import hardware
from neuroloom.flows.reproduce.imc_dataflow.silicon import silicon_tables
from neuroloom.flows.reproduce.imc_dataflow.system import SYSTEM
from neuroloom.flows.reproduce.imc_dataflow.tables import (
    chip_table,
    core_table,
    layer_table,
    memory_tables,
    replica_plots,
    replica_table,
)

TIMINGS = {
    "all transfers +1": TransferTiming(delivery=1, partial_sum=1),
    "none": TransferTiming(delivery=0, partial_sum=0),
    "partial sums +1": TransferTiming(delivery=0, partial_sum=1),
}
"""Timesteps from a computation to that of the next core at the earliest, by column."""
LAST = "FC"

LATENCY_WHY = (
    "The image takes 1,024 timesteps and each 3×3 layer of stride 1 adds a column and a pixel "
    "(11·33, 9·17, 9·9): 1,621. The nine partial sums of layers 23 to 31 add 9, a timestep "
    "for each delivery adds 31. The paper's figure is 2 less than 1,630; it says nothing that "
    "would explain them, and with 4/2/1 there is no such difference."
)
REPLICATED_WHY = (
    "tiles of 4, 2 and 1 pixels of a column with the single replica's splits, as if larger "
    "crossbars held the replicas: 256 for the image, 11·9, 9·9, 9·9, and 9 partial sums"
)
MAPPED_WHY = {
    "Method 1": "replicas in crossbars of 256 rows: 19 more layers are split over rows, which "
    "adds a partial sum each",
    "Methods 1 and 2": "replicas in crossbars of 256 rows: layers 2 to 11 fit as tiles of 2×2 "
    "pixels, a pair of columns at a time, 17 timesteps behind the layer before rather than "
    "9; nine more layers are split",
}
CHOICES = (
    OpenChoice(
        name="what a transfer to the next core takes",
        taken="nothing within a timestep, a timestep where partial sums are added",
        otherwise="the columns of the table of latencies: nothing at all, or a timestep each",
    ),
    OpenChoice(
        name="when a core begins",
        taken="as soon as the pixels that it needs are there, a crossbar's operation every 50 "
        "cycles of which it takes 6 to 16",
        otherwise="a result that is there only at the end of its timestep comes later by what the "
        "table of lags has for every layer on the way",
    ),
)
LEFT_OUT = (
    LeftOut(
        what="links between cores: their power and energy a bit (Table 3)",
        why="they depend on the length of wires in a layout, which is not made here",
    ),
    LeftOut(
        what="TOPS/W and TOPS/mm² of whole cores",
        why="crossbars and converters are analog; here they are digital models",
    ),
    LeftOut(
        what="area and power of the SRAM (Tables 3 and 4)",
        why="no memory compiler of a node between those of our cells is at hand",
    ),
)


def reproduce(progress: Callable[[str], None], mnist: Path | None = None) -> Reproduction:
    """Map ResNet-32, simulate it timestep by timestep and all of its cores in RTL, map controllers
    to cells, and put the paper's figures beside it.

    ``mnist`` is a folder of MNIST's IDX files for the network that is shown digits, scikit-learn's
    without it. ToolFailed where the hardware computes anything that integer numpy does not.
    """
    network, chip = resnet(), Chip()
    progress("mapping")
    single = map_network(network, chip)
    wanted = paced(network)
    replicated = {
        "Method 1": map_network(network, chip, wanted),
        "Methods 1 and 2": map_network(network, chip, wanted, widest=2),
    }
    unit = paces(single)
    speeds: dict[str, Mapping[str, LayerPace]] = {
        "single": unit,
        "4/2/1": {
            name: LayerPace((wanted.get(name, 1), 1), each.parts) for name, each in unit.items()
        },
        **{name: paces(layers) for name, layers in replicated.items()},
    }
    progress("timesteps of a batch")
    # a second image shows whether memories have room for what follows
    images = {name: 2 if name in replicated else int(printed.BATCH) for name in speeds}
    runs = {
        name: {
            column: simulate(network, pace, timing, images[name])
            for column, timing in TIMINGS.items()
        }
        for name, pace in speeds.items()
    }
    columns = {
        name: max(each.columns for run in runs[name].values() for each in run.values())
        for name in ("single", *replicated)
    }
    unhindered = {name: runs[name]["none"][LAST].finished() for name in ("single", "4/2/1")}
    chained = hardware(network, single, chip, wanted, unhindered, progress, mnist)
    silicon, in_cells = silicon_tables(single, chip, progress)
    return Reproduction(
        system=SYSTEM.name,
        title=SYSTEM.title,
        paper=SYSTEM.paper,
        made=SYSTEM.made(mnist),
        verdict=Judgement(
            verdict=PaperVerdict.TREND,
            words="Cores, rows, memories and throughput are those that are printed; the latency is "
            "within 1 % by one reading of what a transfer takes, and no reading gives both of the "
            "printed latencies.",
        ),
        choices=CHOICES,
        left_out=LEFT_OUT,
        tables=(
            *memory_tables(),
            replica_table(),
            layer_table(network, chip),
            *_core_tables(single, replicated["Method 1"]),
            chip_table(chip, single, replicated, columns),
            latency_table(runs, chip),
            *chained.tables,
            *silicon,
        ),
        plots=(*replica_plots(), *chained.plots),
        drawings=(grid_drawing(network, single),),
        methods=(
            "Layers are split over rows by input channels (Eq. 5) and over columns by output "
            "channels (Eq. 6), as few cores as possible. The input memory takes the mapping with "
            "the fewest words read and written, then the smallest.",
            "Event model of Algorithm 1: a core computes a tile of pixels in a timestep once all "
            "their patches and residuals are there, column after column. Timesteps count from 1, "
            "in which the first pixels of the image arrive; padding is there from the start; the "
            "average before the last layer is taken as pixels come. The image comes in tiles of "
            "the first layer, a batch without gaps.",
            *chained.methods,
            in_cells,
        ),
    )


def latency_table(
    runs: Mapping[str, Mapping[str, Mapping[str, LayerActivity]]], chip: Chip
) -> PublishedTable:
    """Latency and throughput by speed and timing."""

    def latency(speed: str, column: str) -> int:
        return runs[speed][column][LAST].finished()

    def throughput(speed: str, column: str) -> float:
        end = runs[speed][column][LAST].finished(int(printed.BATCH) - 1)
        return printed.BATCH / (end * chip.timestep)

    def row(
        name: str,
        unit: str,
        published: Printed | None,
        value: Callable[[str], float],
        why: str = "",
    ) -> PublishedRow:
        ours = model(*(value(column) for column in TIMINGS))
        return PublishedRow(name=name, unit=unit, published=(published,), ours=ours, why=why)

    def of_batch(speed: str, published: Printed, why: str) -> PublishedRow:
        name = f"throughput of {printed.BATCH:g} images"
        if speed != "single":
            name += f", {speed}"
        return row(name, "image/s", published, partial(throughput, speed), why)

    return PublishedTable(
        title="Latency and throughput",
        source="Sections 3.1.3 and 3.1.4",
        published=("paper",),
        ours=tuple(TIMINGS),
        rows=(
            row("latency", "timestep", printed.LATENCY, partial(latency, "single"), LATENCY_WHY),
            row(
                "latency",
                "µs",
                printed.LATENCY_US,
                lambda column: latency("single", column) * chip.timestep * 1e6,
                "161.8 µs are 1,618 timesteps, not the 1,628 printed beside them",
            ),
            row(
                "latency, 4/2/1",
                "timestep",
                printed.LATENCY_REPLICATED,
                partial(latency, "4/2/1"),
                REPLICATED_WHY,
            ),
            row(
                "speed-up by 4/2/1",
                "×",
                printed.SPEED_UP,
                lambda column: latency("single", column) / latency("4/2/1", column),
            ),
            *(
                row(f"latency, 4/2/1, {speed}", "timestep", None, partial(latency, speed), why)
                for speed, why in MAPPED_WHY.items()
            ),
            of_batch(
                "single",
                printed.THROUGHPUT,
                "printed is a quarter of 38,600; 99 images of 1,024 timesteps follow the first",
            ),
            of_batch(
                "4/2/1",
                printed.THROUGHPUT_REPLICATED,
                "printed is cut to three digits; 99 images of 256 timesteps follow the first",
            ),
        ),
        note="Columns: what a transfer to the next core adds. The paper says that a delivery takes "
        "place within a timestep, and not when partial sums are added; the last column is the "
        "reading that its figures fit.",
    )


def _core_tables(
    single: Sequence[MappedLayer], replicated: Sequence[MappedLayer]
) -> tuple[PublishedTable, PublishedTable]:
    return (
        core_table(
            "Cores with one kernel each",
            single,
            "Words: read of a row and written of a pixel, at most, by the mapping that is named. "
            "Layer 1: the paper stores it by IWAP, 288 bytes and 4 words; KLIP takes 512 bytes and "
            "2 words.",
        ),
        core_table(
            "Cores with 4/2/1 replicas by Method 1",
            replicated,
            "A layer's pixels of one timestep are neighbours in a column.",
        ),
    )


def grid_drawing(network: ConvolutionalNetwork, layers: Sequence[MappedLayer]) -> Drawing:
    """Fig. 9."""
    placement = place(network, layers)
    return Drawing(
        name="grid",
        title="Cores on the grid",
        svg=drawn(placement),
        note="As Fig. 9, a core below or beside the one before it. A core is filled as far up as "
        "its crossbar holds weights.",
    )
