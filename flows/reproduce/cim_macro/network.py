"""A quantized network on ``cim_macro``: real digits, ideal and noisy arrays, every sum from RTL.

Weights of 4 bits stand in the cells of one array a layer, inputs of 8 bits come bit by bit.
``activation`` follows the hidden layer; the bias of the last one is added to its sums, and the
greatest names the digit.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from neuroloom.flows.reports.figures import measured
from neuroloom.flows.reports.published import PublishedRow, PublishedTable
from neuroloom.flows.simulation.bulk.simulate import simulate
from neuroloom.flows.tools.errors import VerificationFailed
from neuroloom.flows.training.datasets import load_digits
from neuroloom.flows.training.quantized import SHIFT, QuantizedLayer, QuantizedNetwork, train
from neuroloom.golden.cim.activation import ActivationSpec
from neuroloom.golden.cim.activation_functions import bits_for
from neuroloom.golden.cim.cim_macro import CimMacroSpec
from neuroloom.golden.cim.closed_loop import ClosedLoop
from neuroloom.golden.devices.array import Array, IdealArray
from neuroloom.golden.devices.rram import RramArray, RramCell
from neuroloom.golden.ports import Integers, Traffic
from neuroloom.golden.spec import Spec

HIDDEN = (32,)
DEVIATIONS = (0.0, 0.1, 0.2, 0.3, 0.4)
"""Standard deviation of a cell's conductance over its nominal one."""
READ_NOISE = 0.05
ON_OFF_RATIO = 50.0
FULL_SCALE = 15
"""What a pixel of 0 … 16 is multiplied by."""
SEED = 0
"""Seed of the network."""
SEEDS = 10
"""Arrays that are programmed for each spread."""

MakeArray = Callable[[Integers], Array]


@dataclass(frozen=True)
class Inference:
    """What a network gave for a batch."""

    products: tuple[Integers, ...]
    """Products of every layer, straight from its array (batch, neurons)."""
    scores: Integers
    cycles: int
    """Cycles of the macros, all layers together."""


def infer(network: QuantizedNetwork, inputs: Integers, make_array: MakeArray) -> Inference:
    """Run a batch (images, inputs) through the RTL of every layer.

    ``make_array`` programs the cells of an array. VerificationFailed when RTL and golden model
    differ for the codes that its converters gave.
    """
    entering: Integers = np.asarray(inputs, np.int64)
    products, cycles = [], 0
    for layer in network.layers:
        spec = macro_of(layer, network)
        columns = spec.column_map
        loop = ClosedLoop(spec, make_array(columns.cells(layer.weights, 0)))
        given, taken = _simulated(spec, loop.traffic({"values": entering}))
        words = given["sums"]["values"].reshape(len(entering), columns.words[0], spec.adcs)
        products.append(columns.in_order(words, 0))
        cycles += taken
        if layer.multipliers is None:
            return Inference(tuple(products), products[-1] + layer.bias, cycles)
        values = {"data": products[-1].reshape(-1)}
        results, _ = _simulated(activation_of(layer, network, spec), {"values": values})
        entering = results["results"]["data"].reshape(len(entering), -1)
    raise ValueError("the last layer of a network has no multipliers")


def macro_of(layer: QuantizedLayer, network: QuantizedNetwork) -> CimMacroSpec:
    """A macro that holds the layer: rows as it has inputs, as many columns as its weights take."""
    rows, neurons = layer.weights.shape
    return CimMacroSpec(
        rows=rows,
        columns=neurons * network.weight_bits,
        weight_bits=(network.weight_bits,),
        input_bits=network.activation_bits,
    )


def activation_of(
    layer: QuantizedLayer, network: QuantizedNetwork, macro: CimMacroSpec
) -> ActivationSpec:
    """Bias, scale and ReLU of a hidden layer."""
    assert layer.multipliers is not None
    biases, multipliers = layer.bias.tolist(), layer.multipliers.tolist()
    return ActivationSpec(
        input_bits=macro.accumulators.widths[0],
        channels=len(biases),
        bias_bits=bits_for(min(*biases, -1), max(biases)),
        biases=tuple(biases),
        multiplier_bits=bits_for(0, max(multipliers)),
        multipliers=tuple(multipliers),
        shift=SHIFT,
        output_bits=network.activation_bits,
    )


def _simulated(spec: Spec, traffic: Traffic) -> tuple[Traffic, int]:
    """The RTL's outputs, each of them the model's, and its cycles."""
    result = simulate(spec, traffic)
    if not result.report.passed:
        raise VerificationFailed(f"{spec.macro}: {result.report.message}")
    return result.outputs, result.report.cycles


def network_tables(
    progress: Callable[[str], None], seeds: int = SEEDS
) -> tuple[PublishedTable, PublishedTable]:
    """Accuracy on held-out digits with an ideal array, and with cells that spread, over seeds; and
    of each seed alone."""
    progress("training a network")
    split = load_digits()

    def inputs(images: Integers) -> Integers:
        return images.reshape(len(images), -1).astype(np.int64) * FULL_SCALE

    network, real = train(inputs(split.train_images), split.train_labels, HIDDEN, seed=SEED)
    images, labels = inputs(split.test_images), split.test_labels
    progress(f"{len(images)} images on an ideal array")
    ideal = infer(network, images, IdealArray)
    if not np.array_equal(ideal.scores, network.infer(images)[-1]):
        raise VerificationFailed("cim_macro: an ideal array does not give the integer network")
    rows, alone = [_row("ideal array", [ideal], ideal, labels)], []
    for deviation in DEVIATIONS:
        progress(f"{len(images)} images on cells with a deviation of {deviation:.0%}")
        cell = RramCell(on_off_ratio=ON_OFF_RATIO, deviation=deviation, read_noise=READ_NOISE)
        noisy = [infer(network, images, _array(cell, seed)) for seed in range(seeds)]
        name = f"cells that spread by {deviation:.0%}"
        rows.append(_row(name, noisy, ideal, labels))
        scored = measured(*(_accuracy(each, labels) for each in noisy))
        alone.append(PublishedRow(name=name, ours=scored))
    sizes = "-".join(str(size) for size in (images.shape[1], *HIDDEN, 10))
    whole = PublishedTable(
        title="A quantized network on the macro",
        source=f"{sizes}, simulated RTL; the article's chip has no network",
        ours=(
            "accuracy [%]",
            "its spread [points]",
            "worst [%]",
            "best [%]",
            "wrong sums of the first layer [%]",
            "cycles an image",
        ),
        rows=tuple(rows),
        note=f"{len(labels)} held-out digits; weights of {network.weight_bits} bits, inputs and "
        f"activations of {network.activation_bits}; float network "
        f"{real.score(images / 255, labels):.1%}. With the ideal array all scores are those of "
        f"integer numpy. Noisy cells: on/off {ON_OFF_RATIO:g}, lognormal spread, read noise "
        f"{READ_NOISE:.0%}, 3-bit converters; mean, standard deviation of the sample, worst and "
        f"best of {seeds} seeds of cells and noise, network and digits the same in all of them: "
        f"{len(labels)} digits leave a standard error of "
        f"{_standard_error(rows[0], len(labels)):.1f} points in the ideal array's accuracy. RTL "
        "and golden model agree on every sum of every row. The article prints 92, 91 and 69 %, of "
        "VGG-8 and ResNet-18 on simulated chips.",
    )
    each = PublishedTable(
        title="The network on each array",
        source=f"{sizes}, accuracy [%]",
        ours=tuple(f"seed {seed}" for seed in range(seeds)),
        rows=tuple(alone),
    )
    return whole, each


def _standard_error(row: PublishedRow, images: int) -> float:
    """Standard error of an accuracy over that many images, of a binomial distribution [points]."""
    share = float(row.ours[0] or 0) / 100
    return 100 * float(np.sqrt(share * (1 - share) / images))


def _spread(values: Sequence[float]) -> float:
    """Standard deviation of a sample, 0 where all are one value."""
    return float(np.std(values, ddof=1)) if len(set(values)) > 1 else 0.0


def _array(cell: RramCell, seed: int) -> MakeArray:
    return lambda cells: RramArray(cells, cell, seed=seed)


def _accuracy(found: Inference, labels: Integers) -> float:
    return 100 * float((found.scores.argmax(axis=1) == labels).mean())


def _row(name: str, found: Sequence[Inference], ideal: Inference, labels: Integers) -> PublishedRow:
    # of the first layer, whose inputs are the same
    wrong = [100 * float((each.products[0] != ideal.products[0]).mean()) for each in found]
    accuracies = [_accuracy(each, labels) for each in found]
    several = len(found) > 1
    return PublishedRow(
        name=name,
        ours=measured(
            float(np.mean(accuracies)),
            _spread(accuracies) if several else None,
            min(accuracies) if several else None,
            max(accuracies) if several else None,
            float(np.mean(wrong)),
            float(np.mean([each.cycles for each in found])) / len(labels),
        ),
    )
