"""ResNet-32 and a network for digits as chained cores in Verilator, for Dazzi et al. 2021."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from neuroloom.flows.mapping.imc.assemble import Style, assemble
from neuroloom.flows.mapping.imc.cores import Chip, MappedLayer, map_network
from neuroloom.flows.mapping.imc.random_integers import random_integers
from neuroloom.flows.mapping.imc.simulate import SystemRun
from neuroloom.flows.networks.convolutional import ConvolutionalNetwork
from neuroloom.flows.networks.integer_network import IntegerNetwork
from neuroloom.flows.reports.figures import Printed, formula, measured
from neuroloom.flows.reports.published import Curve, OpenChoice, Plot, PublishedRow, PublishedTable
from neuroloom.flows.reproduce.imc_dataflow import printed
from neuroloom.flows.reproduce.imc_dataflow.comparison import (
    activations_of,
    checked,
    power_of_scores,
)
from neuroloom.flows.reproduce.imc_dataflow.dot_products import dot_product_table
from neuroloom.flows.reproduce.imc_dataflow.lags import (
    lag_table,
    left_over,
    on_the_way,
    open_choices,
    rest,
)
from neuroloom.flows.reproduce.imc_dataflow.latencies import REPLICATED, SINGLE
from neuroloom.flows.reproduce.imc_dataflow.slopes import slope_table
from neuroloom.flows.reproduce.imc_dataflow.tables import POINTS, SHOWN
from neuroloom.flows.training import recipes, residual_recipes
from neuroloom.flows.training.residual_recipes import ResidualRecipe

SEED = 1
IMAGES = {SINGLE: 3, REPLICATED: 10}
"""Simulated one behind the other."""
DIGITS_TIMESTEP = 24
"""Cycles: as few as the cores of the digits' networks can keep."""
DIGITS = {"scikit-learn": 360, "MNIST": 200}
"""Images of the test set that go through the hardware."""

SPREAD_OF_SCORES = 60.0 * 128
"""Spread of the scores, of 16 bits: so that small differences of pixels change them."""

LATENCY_WHY = (
    "all timesteps but the last one of the event model without transfers, the cycles that the "
    "cores on the way take between the last pixel they need and their result, and the cycles in "
    "which the first pixels of the image are taken; partial sums come with the sums they are added "
    "to, and delay nothing"
)
PATH_WHY = (
    "sum over the layers on the way, residual branches left out: words written and read, a row to "
    "its patch, the crossbar's columns, the digital processor's channels; layer by layer below"
)
FULL_WHY = (
    "worked out: our crossbars give sums as soon as they have them; as much later as each of them "
    "on the way has of its timestep left"
)
EQUAL_WHY = (
    "of every layer, by a digest of each pixel that an error in one channel cannot leave as it is"
)


class Hardware(NamedTuple):
    """What the simulations show."""

    tables: tuple[PublishedTable, ...]
    plots: tuple[Plot, ...]
    methods: tuple[str, ...]
    choices: tuple[OpenChoice, ...] = ()


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
    integers = random_integers(network, SEED, SPREAD_OF_SCORES)
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
        f"drawn at random with seed {SEED}; every activation of every layer equals integer "
        "numpy's. The pixels of a timestep are offered at its start; a timestep counts from the "
        "first one. With 4/2/1 every crossbar holds a kernel for each pixel that its layer "
        "computes in a timestep and computes them at once (Method 1); crossbars are as large as "
        "their replicas need, up to 336 rows, as the paper's figure supposes. Tiles of two columns "
        "(Method 2) are mapped and counted in timesteps; no RTL computes them. In these "
        "simulations a module of loops adds the products of a column; the table of dot products "
        "holds it against the hardware that is generated."
    )
    tables = (
        cores_table(runs, unhindered),
        lag_table(runs),
        slope_table(runs),
        power_of_scores(integers),
        dot_product_table(runs, progress),
        digits_table(progress, mnist),
    )
    return Hardware(tables, plots, (method,), open_choices(runs))


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
            (printed.CORES, None),
            lambda _, run: sum(node.crossbar is not None for node in run.system.spec.nodes),
        ),
        row("images", "", nothing, lambda _, run: len(run.scores)),
        row(
            "images whose scores equal integer numpy's", "", nothing, lambda _, run: len(run.scores)
        ),
        row(
            "activations that equal integer numpy's",
            "",
            nothing,
            lambda _, run: len(run.scores) * activations_of(run.system),
            EQUAL_WHY,
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
        row(
            "of it, cycles in which the image's first pixels are taken",
            "timestep",
            nothing,
            lambda _, run: run.system.burst / run.system.style.timestep,
            "pixels that come together are offered in as many cycles",
        ),
        row(
            "cycles not accounted for",
            "cycle",
            nothing,
            lambda name, run: left_over(run, unhindered[name]),
        ),
        PublishedRow(
            name="latency, if a crossbar's sums took a whole timestep",
            unit="timestep",
            published=nothing,
            ours=formula(*(run.latency + rest(run) for run in runs.values())),
            why=FULL_WHY,
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
            "the batch is printed for 4/2/1 alone; from the end of the images that are simulated "
            "and the interval for each of the others",
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
        ours=("ours",),
        rows=tuple(
            PublishedRow(name=name, unit=unit, ours=measured(value)) for name, unit, value in rows
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
