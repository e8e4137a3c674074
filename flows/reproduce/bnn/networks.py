"""Binarized networks for handwritten digits: trained, run in RTL, placed, mapped to cells."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from neuroloom.flows.reports.figures import estimate, formula, measured, model
from neuroloom.flows.reports.published import PublishedRow, PublishedTable
from neuroloom.flows.reproduce.bnn.subject import Subject, accuracy
from neuroloom.flows.reproduce.parts import Parts, measure_parts
from neuroloom.flows.simulation.bulk.simulate import simulate
from neuroloom.flows.synthesis.synthesize import synthesize_macro
from neuroloom.flows.synthesis.targets import target as target_of
from neuroloom.flows.tools.errors import VerificationFailed
from neuroloom.flows.training.recipes import Digits, Recipe, scores, trained
from neuroloom.golden.bnn.layer import BnnLayerSpec
from neuroloom.golden.ports import Integers, Traffic
from neuroloom.golden.spec import Spec

DEVICE = "ecp5-85k"
CELLS = "predictive-45"
SEEDS = (1, 2, 3)
IMAGES_FOR_ENERGY = 16
TRAININGS = (0, 1, 2, 3, 4)
"""Seeds of the trainings whose spread is shown."""
TILE_ROWS = (32, 256)
CELL_CAPACITANCES = (0.2, 0.5, 1.0)
"""Capacitance of a cell on its bit line [fF]."""
OUTPUT_CAPACITANCE = 1.0
"""Capacitance of an output of a sense amplifier [fF]."""


@dataclass(frozen=True)
class Rtl:
    """A macro, and what it is sent."""

    spec: Spec
    traffic: Callable[[int], Traffic]
    """Traffic of the first images, as many as asked for."""


@dataclass(frozen=True)
class DigitNetwork:
    """A trained network as RTL with the images that it is judged by."""

    subject: Subject
    rtl: Rtl
    """The network with its parameters in memories."""
    layers: Sequence[BnnLayerSpec]
    """Its layers with their parameters in memories."""
    images: int
    """That are run in RTL."""
    beside_arrays: Rtl | None = None
    """The same with its parameters in streams, as arrays of resistive memory give them."""


@dataclass(frozen=True)
class NetworkRun:
    """What RTL and golden model gave for the same images."""

    images: int
    cycles: float
    """An image, at full rate."""
    accuracy: float
    """[%], of the images that were run."""


def learn(name: str, recipe: Recipe, digits: Digits, progress: Callable[[str], None]) -> Subject:
    """The recipe's network with the test images."""
    progress(f"training the {name} on {digits.name}")
    layers = trained(
        recipe,
        digits,
        lambda at: progress(
            f"training the {name} on {digits.name}: epoch {at.epoch} of {at.epochs}"
        ),
    )
    return Subject(name, layers, recipe.bits(digits.test_images, digits.white), digits.test_labels)


def run(network: DigitNetwork, progress: Callable[[str], None]) -> NetworkRun:
    """The first test images through the RTL. VerificationFailed when an output is not the model's,
    a cycle count not the promised one, or the class not that of the integer layers."""
    subject, images = network.subject, network.images
    progress(f"{images} images through the {subject.name}")
    result = simulate(network.rtl.spec, network.rtl.traffic(images))
    if not result.report.passed:
        raise VerificationFailed(f"{network.rtl.spec.macro}: {result.report.message}")
    given: Integers = result.outputs["result"]["index"]
    expected = scores(subject.layers, subject.bits[:images]).argmax(axis=1)
    if not np.array_equal(given, expected):
        raise VerificationFailed(f"{network.rtl.spec.macro}: classes are not those of the layers")
    accuracy = 100 * float((given == subject.labels[:images]).mean())
    return NetworkRun(images, result.report.cycles_per_operation, accuracy)


def accuracy_table(networks: list[DigitNetwork], progress: Callable[[str], None]) -> PublishedTable:
    """All test images in the golden model, some of them in RTL."""
    rows = []
    for network in networks:
        subject = network.subject
        found = scores(subject.layers, subject.bits).argmax(axis=1)
        done = run(network, progress)
        rows.append(
            PublishedRow(
                name=subject.name,
                ours=(
                    *model(100 * float((found == subject.labels).mean()), len(subject.labels)),
                    *measured(done.accuracy, done.images, done.cycles),
                ),
            )
        )
    return PublishedTable(
        title="Handwritten digits",
        source="trained and simulated here",
        ours=("accuracy [%]", "images", "RTL, accuracy [%]", "RTL, images", "cycles an image"),
        rows=tuple(rows),
        note="In RTL every class is that of the golden model and the images follow each other in "
        "the cycles of the contract; cycles an image are those of all of them over their number, "
        "the filling of the pipeline included. Fewer images go through the RTL, so that its "
        "accuracy is of these.",
    )


def device_table(networks: list[DigitNetwork], progress: Callable[[str], None]) -> PublishedTable:
    """The whole networks placed on an FPGA."""
    rows = []
    for network in networks:
        progress(f"the {network.subject.name} on {DEVICE}")
        found = synthesize_macro(network.rtl.spec, [target_of(DEVICE)], SEEDS).targets[0]
        assert found.timing is not None
        used = found.resources
        rows.append(
            PublishedRow(
                name=network.subject.name,
                ours=measured(
                    used["LUT4"],
                    used["FF"],
                    used["BRAM"],
                    found.timing.median_mhz,
                    found.operations_per_second,
                ),
            )
        )
    return PublishedTable(
        title="Whole networks on an FPGA",
        source=f"{DEVICE}, placed and routed here",
        ours=("LUT4", "FF", "block RAM", "MHz", "images a second"),
        rows=tuple(rows),
        note=f"Median of {len(SEEDS)} seeds. What lies in block RAM says the table of the weights.",
    )


def weight_table(networks: list[DigitNetwork], progress: Callable[[str], None]) -> PublishedTable:
    """Place of the weights of each layer on an FPGA, each layer mapped alone."""
    target = replace(target_of(DEVICE), placement=None)
    rows = []
    for network in networks:
        for index, spec in enumerate(network.layers):
            name = f"{network.subject.name}, layer {index}"
            progress(f"weights of the {name} on {DEVICE}")
            used = synthesize_macro(spec, [target]).targets[0].resources
            bits = network.subject.layers[index].weights.size
            rows.append(
                PublishedRow(
                    name=name,
                    ours=(*formula(bits), *measured(used["BRAM"], used["LUT RAM"], used["LUT4"])),
                )
            )
    return PublishedTable(
        title="Where the weights lie",
        source=f"{DEVICE}, each layer mapped alone",
        ours=("weights [bit]", "block RAM", "LUT RAM", "LUT4"),
        rows=tuple(rows),
        note="Weights and thresholds of a layer without block RAM are constants in its LUTs.",
    )


def seed_table(
    name: str, recipe: Recipe, digits: Digits, progress: Callable[[str], None]
) -> PublishedTable:
    """Accuracy of one recipe over seeds of its training."""
    found = []
    for seed in TRAININGS:
        subject = learn(f"{name}, seed {seed}", replace(recipe, seed=seed), digits, progress)
        found.append(accuracy(subject.layers, subject))
    return PublishedTable(
        title="Spread over trainings",
        source="trained here",
        ours=("mean [%]", "σ", "lowest", "highest", "seeds"),
        rows=(
            PublishedRow(
                name=name,
                ours=model(
                    float(np.mean(found)),
                    float(np.std(found, ddof=1)),
                    min(found),
                    max(found),
                    len(found),
                ),
            ),
        ),
        note="A seed gives the same network again on the same machine, with one thread; another "
        "order of sums, as other processors take, gives another network.",
    )


def read_table(network: DigitNetwork, logic: PublishedTable) -> PublishedTable:
    """What reading the weights of an image costs by a model, beside the logic of ``logic``."""
    bits = sum(layer.folds * layer.groups * layer.pe * layer.simd for layer in network.layers)
    spent = logic.rows[-1].ours[-1]
    assert spent is not None
    rows = []
    for rows_of_tile in TILE_ROWS:
        for femtofarad in CELL_CAPACITANCES:
            each = read_energy(rows_of_tile, femtofarad)
            total = 1e-6 * bits * each
            rows.append(
                PublishedRow(
                    name=f"{rows_of_tile} rows a tile, {femtofarad:g} fF a cell",
                    ours=(*formula(bits), *estimate(each, total, total / (total + float(spent)))),
                )
            )
    return PublishedTable(
        title="Energy of reading the weights",
        source="modelled; the paper prints no energy",
        ours=("bits an image", "fJ a bit", "nJ an image", "share of reads and logic"),
        rows=tuple(rows),
        note="A pair is read by charging both of its bit lines and both outputs of its amplifier "
        f"again: (2 · rows · C + 2 · {OUTPUT_CAPACITANCE:g} fF) · (1 V)². Nothing flows once an "
        "amplifier has decided. C of a cell on its bit line and the rows are choices of ours that "
        "nothing here tests; word lines, their drivers and programming are left out. The logic is "
        "the total of the table before, in which the weights cost nothing; it has neither wires "
        "nor a clock tree. An output that stays high is charged all the same: the energy of a read "
        "is an upper bound.",
    )


def read_energy(rows: int, femtofarad: float) -> float:
    """Energy [fJ] of a bit's read at 1 V from tiles of ``rows``, ``femtofarad`` a cell."""
    return 2 * rows * femtofarad + 2 * OUTPUT_CAPACITANCE


def cell_table(network: DigitNetwork, progress: Callable[[str], None]) -> PublishedTable:
    """The logic of a whole network in standard cells: area and energy of an image, layer by layer.

    Weights and thresholds come from arrays outside.
    """
    progress(f"the {network.subject.name} in cells of {CELLS}")
    cells = target_of(CELLS).cells
    rtl = network.beside_arrays
    assert cells is not None
    assert rtl is not None
    found = measure_parts(
        rtl.spec,
        cells(()),
        lambda path: path[0] if path else "between",
        rtl.traffic(IMAGES_FOR_ENERGY),
    )
    return PublishedTable(
        title=f"The {network.subject.name} in standard cells",
        source=f"{CELLS}, before layout",
        ours=("flip-flops", "other cells", "registers [µm²]", "gates [µm²]", "nJ an image"),
        rows=cell_rows(found),
        note="Mapped for area; weights and thresholds come from arrays outside, not counted. "
        "Energy from the toggles of all nets in a gate-level simulation of "
        f"{IMAGES_FOR_ENERGY} test images; leakage left out.",
    )


def cell_rows(found: Parts) -> tuple[PublishedRow, ...]:
    """A row a part, and their sum."""
    cycles = found.cycles / found.operations
    rows = [
        PublishedRow(
            name=name,
            ours=measured(
                part.flip_flops,
                part.gates,
                part.sequential_um2,
                part.combinational_um2,
                1e-3 * part.cycle_pj * cycles,
            ),
        )
        for name, part in found.parts.items()
    ]
    columns = zip(*(row.ours for row in rows), strict=True)
    total = tuple(sum(value or 0 for value in column) for column in columns)
    return (*rows, PublishedRow(name="total", ours=measured(*total)))
