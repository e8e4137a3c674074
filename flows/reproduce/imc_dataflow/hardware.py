"""ResNet-32 and a network for digits as chained cores in Verilator, for Dazzi et al. 2021."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from neuroloom.flows.mapping.imc.assemble import CoreSystem, Style, assemble
from neuroloom.flows.mapping.imc.cores import Chip, MappedLayer, map_network
from neuroloom.flows.mapping.imc.random_integers import random_integers
from neuroloom.flows.mapping.imc.simulate import SystemRun, simulate
from neuroloom.flows.networks.convolutional import ConvolutionalNetwork
from neuroloom.flows.networks.inference import Pixels, scores
from neuroloom.flows.networks.integer_network import IntegerNetwork
from neuroloom.flows.reports.figures import Printed, measured
from neuroloom.flows.reports.published import Curve, Plot, PublishedRow, PublishedTable
from neuroloom.flows.reproduce.imc_dataflow import printed
from neuroloom.flows.reproduce.imc_dataflow.tables import POINTS, SHOWN
from neuroloom.flows.tools.errors import ToolFailed
from neuroloom.flows.training import recipes, residual_recipes
from neuroloom.flows.training.residual_recipes import ResidualRecipe

SEED = 1
SINGLE, REPLICATED = "single", "4/2/1"
IMAGES = {SINGLE: 3, REPLICATED: int(printed.BATCH)}
"""Simulated one behind the other."""
DIGITS_TIMESTEP = 24
"""Cycles: as few as the cores of the digits' networks can keep."""
DIGITS = {"scikit-learn": 360, "MNIST": 200}
"""Images of the test set that go through the hardware."""

LATENCY_WHY = (
    "all timesteps but the last one of the event model without transfers, the cycles that the "
    "cores on the way take between the last pixel they need and their result, and one more, the "
    "first pixel's; partial sums come with the sums they are added to, and delay nothing"
)
PATH_WHY = (
    "sum over the layers on the way, residual branches left out: words written and read, a row to "
    "its patch, the crossbar's columns, the digital processor's channels"
)


class Hardware(NamedTuple):
    """What the simulations show."""

    tables: tuple[PublishedTable, ...]
    plots: tuple[Plot, ...]
    methods: tuple[str, ...]


def hardware(
    network: ConvolutionalNetwork,
    layers: Sequence[MappedLayer],
    chip: Chip,
    parallel: Mapping[str, int],
    unhindered: Mapping[str, int],
    progress: Callable[[str], None],
    mnist: Path | None,
) -> Hardware:
    """Simulate all cores at one pixel a timestep and at those of ``parallel``, and digits.

    ``unhindered`` has the latencies of the event model without transfers [timestep], by column.
    ToolFailed where the hardware computes anything that integer numpy does not.
    """
    integers = random_integers(network, SEED)
    rng = np.random.default_rng(SEED)
    runs = {}
    for name, speeds in ((SINGLE, {}), (REPLICATED, dict(parallel))):
        progress(f"all cores in Verilator, {name}")
        system = assemble(integers, layers, chip, speeds, observed=True)
        shape = (IMAGES[name], *network.wired[0].given)
        images = rng.integers(0, 256, shape).astype(np.uint8)
        runs[name] = checked(system, images)
    style = runs[SINGLE].system.style
    plots = (
        delivered_plot(
            "activations",
            "Activations over timesteps, one pixel a timestep",
            "Fig. 10A, from the simulated hardware. Layers 12 and 22 have a stride of two.",
            runs[SINGLE],
        ),
        delivered_plot(
            "activations_replicated",
            "Activations over timesteps, 4/2/1 pixels a timestep",
            "Fig. 10B, from the simulated hardware.",
            runs[REPLICATED],
        ),
    )
    method = (
        f"All cores as Verilog in Verilator, linked by streams, a crossbar's operation every "
        f"{style.timestep} cycles: 100 ns at 500 MHz. Crossbars have digital weights of 8 bits, "
        f"drawn at random with seed {SEED}; every score equals integer numpy's. The pixels of a "
        "timestep are offered at its start; a timestep counts from the first one. With 4/2/1 the "
        "crossbars are as large as their replicas need, up to 336 rows, as the paper's figure "
        "supposes."
    )
    tables = (cores_table(runs, unhindered), lag_table(runs), digits_table(progress, mnist))
    return Hardware(tables, plots, (method,))


def checked(system: CoreSystem, images: Pixels) -> SystemRun:
    """A run whose scores are those of integer numpy; ToolFailed with the first that is not."""
    run = simulate(system, images)
    wrong = np.flatnonzero((run.scores != scores(system.network, images)).any(axis=1))
    if len(wrong):
        raise ToolFailed(
            f"the hardware of {system.network.network.name} computes other scores than numpy for "
            f"{len(wrong)} of {len(images)} images, the first one is {wrong[0]}"
        )
    return run


def cores_table(runs: Mapping[str, SystemRun], unhindered: Mapping[str, int]) -> PublishedTable:
    """Latency, where it comes from, and throughput."""

    def row(
        name: str,
        unit: str,
        published: tuple[Printed | None, Printed | None],
        value: Callable[[str, SystemRun], float],
        why: str = "",
    ) -> PublishedRow:
        ours = measured(*(value(column, run) for column, run in runs.items()))
        return PublishedRow(name=name, unit=unit, published=published, ours=ours, why=why)

    nothing = (None, None)
    rows = (
        row(
            "cores",
            "",
            (printed.CORES, printed.CORES),
            lambda _, run: sum(node.crossbar is not None for node in run.system.spec.nodes),
        ),
        row("images", "", nothing, lambda _, run: len(run.scores)),
        row(
            "images whose scores equal integer numpy's", "", nothing, lambda _, run: len(run.scores)
        ),
        row(
            "latency",
            "timestep",
            (printed.LATENCY, printed.LATENCY_REPLICATED),
            lambda _, run: run.latency,
            LATENCY_WHY,
        ),
        row(
            "of it, without transfers",
            "timestep",
            nothing,
            lambda name, _: unhindered[name],
            "event model of Algorithm 1",
        ),
        row(
            "of it, cycles of the cores on the way",
            "timestep",
            nothing,
            lambda _, run: on_the_way(run) / run.system.style.timestep,
            PATH_WHY,
        ),
        row("from image to image", "timestep", nothing, interval),
        row(
            "cycles in which a pixel of the image had to wait",
            "",
            nothing,
            lambda _, run: run.stalls,
        ),
        row(
            f"throughput of {printed.BATCH:g} images",
            "image/s",
            (printed.THROUGHPUT, printed.THROUGHPUT_REPLICATED),
            throughput,
            "with one kernel each from the latency and 99 times the interval, with 4/2/1 from the "
            "end of the simulated batch",
        ),
    )
    return PublishedTable(
        title="All cores in RTL",
        source="Sections 3.1.3 and 3.1.4",
        rows=rows,
        published=("paper", "paper, 4/2/1"),
        ours=("RTL", "RTL, 4/2/1"),
    )


def interval(_: str, run: SystemRun) -> float:
    """Time from the end of an image to that of the next, the longest [timestep]."""
    return float(np.diff(run.finished).max()) / run.system.style.timestep


def throughput(name: str, run: SystemRun) -> float:
    """Throughput of the batch, at 100 ns a timestep [image/s]."""
    missing = int(printed.BATCH) - len(run.scores)
    end = (run.finished[-1] + 1) / run.system.style.timestep + missing * interval(name, run)
    return float(printed.BATCH / (end * Chip().timestep))


def on_the_way(run: SystemRun) -> int:
    """Cycles that all nodes take one after the other, those that resample residuals and those
    that give partial sums left out.
    """
    nodes = run.system.spec.nodes
    aside = {tap.node for node in nodes for tap in node.residual if not tap.forwarded}
    aside |= {node.partial for node in nodes}
    return sum(run.lag(node.name) for node in nodes if node.name not in aside)


def lag_table(runs: Mapping[str, SystemRun]) -> PublishedTable:
    """Cycles of a core of each kind."""
    rows = []
    for each in printed.TABLE_2:
        name = next(iter(runs.values())).system.nodes[each.names[0]][-1]
        rows.append(
            PublishedRow(
                name=each.label,
                unit="cycle",
                published=(),
                ours=measured(*(run.lag(name) for run in runs.values())),
            )
        )
    return PublishedTable(
        title="Cycles from the last pixel needed to the result",
        source="RTL simulation",
        published=(),
        ours=tuple(runs),
        rows=tuple(rows),
        note="Of a timestep's 50 cycles. With several pixels a timestep, from the last of those "
        "that come together to the last of those that are computed together.",
    )


def digits_table(progress: Callable[[str], None], mnist: Path | None) -> PublishedTable:
    """A residual network trained on digits, through the hardware image by image."""
    name = "scikit-learn" if mnist is None else "MNIST"
    digits = recipes.load(mnist)
    recipe: ResidualRecipe = (
        residual_recipes.SMALL_DIGITS if mnist is None else residual_recipes.MNIST
    )
    progress(f"training a residual network on {name}")
    trained = residual_recipes.trained(recipe, digits)
    integers: IntegerNetwork = residual_recipes.quantized(trained, digits)
    found = residual_recipes.accuracy(trained, integers, digits)
    progress("its cores in Verilator")
    chip = Chip()
    system = assemble(
        integers, map_network(integers.network, chip), chip, style=Style(timestep=DIGITS_TIMESTEP)
    )
    images = residual_recipes.shown(digits.test_images[: DIGITS[name]])
    run = checked(system, images)
    right = run.scores.argmax(axis=1) == digits.test_labels[: len(images)]
    cores = sum(node.crossbar is not None for node in system.spec.nodes)
    rows: list[tuple[str, str, float]] = [
        ("cores", "", cores),
        ("accuracy in floats, all test images", "%", 100 * found.floats),
        ("accuracy in integers, all test images", "%", 100 * found.integers),
        ("images through the hardware", "", len(images)),
        ("of them equal to integer numpy", "", len(run.scores)),
        ("accuracy of the hardware on them", "%", 100 * float(right.mean())),
        ("latency", "timestep", run.latency),
        ("from image to image", "timestep", interval("", run)),
        ("cycles in which a pixel of the image had to wait", "", run.stalls),
    ]
    return PublishedTable(
        title=f"A residual network trained on {name}'s digits, in RTL",
        source="measured",
        published=(),
        ours=("ours",),
        rows=tuple(
            PublishedRow(name=name, unit=unit, published=(), ours=measured(value))
            for name, unit, value in rows
        ),
        note=f"{integers.network.image.height}×{integers.network.image.width} pixels, "
        f"{len(integers.network.wired)} layers, weights and pixels of 8 bits, a timestep of "
        f"{DIGITS_TIMESTEP} cycles.",
    )


def delivered_plot(name: str, title: str, note: str, run: SystemRun) -> Plot:
    """Fig. 10: activations delivered until a timestep."""
    curves = []
    for layer in SHOWN:
        made = run.system.network.network.layer(layer).made
        cycles = run.deliveries(layer)[: made.height * made.width]
        begin, end = (int(cycle) // run.system.style.timestep for cycle in cycles[[0, -1]])
        sampled = [begin + (end + 1 - begin) * point // POINTS for point in range(POINTS + 1)]
        until = np.array(sampled) * run.system.style.timestep
        done = np.searchsorted(cycles, until).tolist()
        curves.append(Curve(name=f"layer {layer}", x=tuple(sampled), y=tuple(done)))
    return Plot(
        name=name,
        title=title,
        x_label="time [timestep]",
        y_label="activations delivered [-]",
        curves=tuple(curves),
        decades=False,
        note=note,
    )
