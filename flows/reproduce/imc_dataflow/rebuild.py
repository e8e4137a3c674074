"""ResNet-32 on in-memory-computing cores: mapping and dataflow of Dazzi et al. 2021."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from neuroloom.flows.mapping.imc.cores import Chip, MappedLayer, map_network, paced
from neuroloom.flows.mapping.imc.drawing import drawn
from neuroloom.flows.mapping.imc.grid import bandwidth, place
from neuroloom.flows.mapping.imc.timesteps import LayerPace, paces, simulate
from neuroloom.flows.networks.convolutional import ConvolutionalNetwork
from neuroloom.flows.networks.resnet import resnet
from neuroloom.flows.reports.published import Drawing, PublishedTable, Reproduction
from neuroloom.flows.reproduce.imc_dataflow import printed
from neuroloom.flows.reproduce.imc_dataflow.chip_table import chip_table
from neuroloom.flows.reproduce.imc_dataflow.hardware import hardware
from neuroloom.flows.reproduce.imc_dataflow.latencies import (
    LAST,
    NONE,
    ONE_BY_ONE,
    PIXELS,
    REPLICATED,
    SINGLE,
    SPLIT,
    TIMINGS,
    latency_table,
    open_choices,
)
from neuroloom.flows.reproduce.imc_dataflow.operations import operations_choice, operations_table
from neuroloom.flows.reproduce.imc_dataflow.silicon import silicon_tables
from neuroloom.flows.reproduce.imc_dataflow.statements import LEFT_OUT, claims, verdict
from neuroloom.flows.reproduce.imc_dataflow.system import SYSTEM
from neuroloom.flows.reproduce.imc_dataflow.tables import (
    core_table,
    layer_table,
    mapping_choices,
    memory_tables,
    replica_plots,
    replica_table,
)
from neuroloom.golden.imc.memory_mapping import Mapping as Placing

IN_BATCHES = (SINGLE, REPLICATED, ONE_BY_ONE)
"""Speeds of which as many images are simulated as the paper's batch has."""


def reproduce(progress: Callable[[str], None], mnist: Path | None = None) -> Reproduction:
    """Map ResNet-32, simulate it timestep by timestep and all of its cores in RTL, map controllers
    to cells, and put the paper's figures beside it.

    ``mnist`` is a folder of MNIST's IDX files for the network that is shown digits, scikit-learn's
    without it. ToolFailed where the hardware computes anything that integer numpy does not.
    """
    network, chip = resnet(), Chip()
    progress("mapping")
    single = stored_by_iwap(map_network(network, chip))
    wanted = paced(network)
    replicated = {
        "Method 1": map_network(network, chip, wanted),
        "Methods 1 and 2": map_network(network, chip, wanted, widest=2),
    }
    speeds = _speeds(single, wanted, replicated)
    progress("timesteps of a batch")
    # a second image shows whether memories have room for what follows
    images = {name: int(printed.BATCH) if name in IN_BATCHES else 2 for name in speeds}
    runs = {
        name: {
            column: simulate(network, pace, timing, images[name])
            for column, timing in TIMINGS.items()
        }
        for name, pace in speeds.items()
    }
    columns = {
        name: max(each.columns for run in runs[name].values() for each in run.values())
        for name in (SINGLE, *replicated)
    }
    unhindered = {name: runs[name][NONE][LAST].finished() for name in (SINGLE, REPLICATED)}
    chained = hardware(network, single, chip, wanted, unhindered, progress, mnist)
    silicon, in_cells = silicon_tables(single, chip, progress)
    return Reproduction(
        system=SYSTEM.name,
        title=SYSTEM.title,
        paper=SYSTEM.paper,
        made=SYSTEM.made(mnist),
        verdict=verdict(chained.latencies),
        claims=claims(
            runs,
            chained.latencies,
            _bandwidths(single, replicated, chip),
            {
                name: sum(len(layer.cores) for layer in layers)
                for name, layers in replicated.items()
            },
        ),
        choices=(
            *chained.choices,
            *open_choices(runs, chip),
            *mapping_choices(),
            operations_choice(network, chip),
        ),
        left_out=LEFT_OUT,
        tables=(
            *memory_tables(),
            replica_table(),
            layer_table(network, chip),
            *_core_tables(single, replicated["Method 1"]),
            chip_table(chip, single, replicated, columns),
            latency_table(runs, chip),
            operations_table(network, chip),
            *chained.tables,
            *silicon,
        ),
        plots=(*replica_plots(), *chained.plots),
        drawings=(grid_drawing(network, single),),
        methods=(
            "Layers are split over rows by input channels (Eq. 5) and over columns by output "
            "channels (Eq. 6), as few cores as possible. The input memory takes the mapping with "
            "the fewest words read and written, then the smallest; that of layer 1 takes IWAP, as "
            "the paper's does (section 3.1.2), also in RTL.",
            "Event model of Algorithm 1: a core computes a tile of pixels in a timestep once all "
            "their patches and residuals are there, column after column. Timesteps count from 1, "
            "in which the first pixels of the image arrive; padding is there from the start; the "
            "average before the last layer is taken as pixels come. The image comes in tiles of "
            "the first layer, a batch without gaps.",
            *chained.methods,
            in_cells,
        ),
    )


def _bandwidths(
    single: Sequence[MappedLayer], replicated: Mapping[str, Sequence[MappedLayer]], chip: Chip
) -> tuple[float, float]:
    """Bandwidth of the widest link, one pixel a timestep and at 4/2/1 [Gbit/s]."""
    first, second = (
        max(bandwidth(layers, chip).values()) / 1e9 for layers in (single, replicated["Method 1"])
    )
    return first, second


def _speeds(
    single: Sequence[MappedLayer],
    wanted: Mapping[str, int],
    replicated: Mapping[str, Sequence[MappedLayer]],
) -> dict[str, Mapping[str, LayerPace]]:
    """Paces of all layers, by what is simulated."""
    unit = paces(single)
    fast = {name: LayerPace((wanted.get(name, 1), 1), each.parts) for name, each in unit.items()}
    slow = {SINGLE: unit, REPLICATED: fast}
    return {
        **slow,
        **{
            f"{name}, {SPLIT}": {**paced, "22": replace(paced["22"], parts=2)}
            for name, paced in slow.items()
        },
        PIXELS: {name: replace(each, whole=False) for name, each in fast.items()},
        ONE_BY_ONE: {**fast, "1": unit["1"]},
        **{name: paces(layers) for name, layers in replicated.items()},
    }


def _core_tables(
    single: Sequence[MappedLayer], replicated: Sequence[MappedLayer]
) -> tuple[PublishedTable, PublishedTable]:
    return (
        core_table(
            "Cores with one kernel each",
            single,
            "Words: those that are read for a row of three pixels, added to those that are written "
            "for a pixel, where they are most, by the mapping that is named. Layer 1 is stored by "
            "IWAP, as in the paper: 288 bytes and 4 words; KLIP takes 512 bytes and 2 words.",
        ),
        core_table(
            "Cores with 4/2/1 replicas by Method 1",
            replicated,
            "A layer's pixels of one timestep are neighbours in a column. This mapping is "
            "counted, not simulated in RTL: there the 43 cores of the table above, with their "
            "memories, have crossbars of as many rows as the replicas need.",
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


def stored_by_iwap(layers: Sequence[MappedLayer]) -> tuple[MappedLayer, ...]:
    """The same with the input memory of the first layer as the paper maps it (section 3.1.2)."""
    first, *others = layers
    cores = tuple(
        replace(core, memory=replace(core.memory, mapping=Placing.IWAP)) for core in first.cores
    )
    return replace(first, cores=cores), *others
