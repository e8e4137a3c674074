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
from neuroloom.flows.reports.figures import measured
from neuroloom.flows.reports.published import Curve, OpenChoice, Plot, PublishedRow, PublishedTable
from neuroloom.flows.reproduce.imc_dataflow.comparison import checked, power_of_scores
from neuroloom.flows.reproduce.imc_dataflow.cores_table import cores_table, interval
from neuroloom.flows.reproduce.imc_dataflow.dot_products import dot_product_table
from neuroloom.flows.reproduce.imc_dataflow.lags import Latencies, lag_table, latencies
from neuroloom.flows.reproduce.imc_dataflow.latencies import REPLICATED, SINGLE
from neuroloom.flows.reproduce.imc_dataflow.rtl_choices import link_choices, open_choices
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


class Hardware(NamedTuple):
    """What the simulations show."""

    tables: tuple[PublishedTable, ...]
    plots: tuple[Plot, ...]
    methods: tuple[str, ...]
    choices: tuple[OpenChoice, ...]
    latencies: Latencies


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
        "their replicas need, up to 336 rows. Tiles of two columns (Method 2) are "
        " mapped and counted in timesteps; no RTL computes them. In these "
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
    choices = (*open_choices(runs), *link_choices(runs))
    return Hardware(tables, plots, (method,), choices, latencies(runs))


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
