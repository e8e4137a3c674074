"""Accuracy of binarized networks whose weights stand in resistive cells that err.

Every weight of a network is programmed into a cell of its own and read back; the activations are
exact. Devices are set by the error rate that a single one has with its best reference, so that both
kinds of cell are made of the same devices.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from neuroloom.flows.networks.binarized import BinarizedLayer, Bits
from neuroloom.flows.reports.figures import formula, model
from neuroloom.flows.reports.published import Curve, Plot, PublishedRow, PublishedTable
from neuroloom.flows.reproduce.bnn import printed
from neuroloom.flows.training.recipes import scores
from neuroloom.golden.devices.differential import (
    CellKind,
    ResistiveDevice,
    device_with_error_rate,
    error_rate,
)
from neuroloom.golden.devices.differential_array import DifferentialArray, SingleArray
from neuroloom.golden.ports import Integers

RATES = tuple(10 ** (exponent / 2) for exponent in range(-10, -1))
"""Error rates of a single device, 1e-5 to 1e-1."""
SEEDS = 5
EVEN = ResistiveDevice(lrs_sigma=0.5, hrs_sigma=0.5)
"""A device whose states spread alike, where a pair gains most."""


class Subject(NamedTuple):
    """A network and the images it is judged by."""

    name: str
    layers: list[BinarizedLayer]
    bits: Bits | Integers
    labels: Integers


class TolerancePoint(NamedTuple):
    """A network at one error rate, over the seeds."""

    rate: float
    """Error rate of the cells, in closed form."""
    errors: float
    """Share of all cells of all seeds that were read wrong."""
    accuracies: tuple[float, ...]
    """[%], a seed each."""

    @property
    def mean(self) -> float:
        return float(np.mean(self.accuracies))

    @property
    def deviation(self) -> float:
        """Standard deviation of the sample."""
        return float(np.std(self.accuracies, ddof=1))


def sweep(
    subject: Subject, kind: CellKind, seeds: int = SEEDS, progress: Callable[[str], None] = print
) -> list[TolerancePoint]:
    """The network at every rate of :data:`RATES`."""
    points = []
    for rate in RATES:
        progress(f"{subject.name} in {kind} cells, devices that err at {rate:.0e}")
        device = device_with_error_rate(rate)
        accuracies, wrong, cells = [], 0, 0
        for seed in range(seeds):
            held = [
                hold(layer.weights, kind, device, 100 * seed + index)
                for index, layer in enumerate(subject.layers)
            ]
            for layer, bits in zip(subject.layers, held, strict=True):
                wrong += int((layer.weights != bits).sum())
                cells += bits.size
            layers = [
                layer._replace(weights=bits)
                for layer, bits in zip(subject.layers, held, strict=True)
            ]
            accuracies.append(accuracy(layers, subject))
        points.append(TolerancePoint(error_rate(kind, device), wrong / cells, tuple(accuracies)))
    return points


def hold(weights: Bits, kind: CellKind, device: ResistiveDevice, seed: int) -> Bits:
    """What cells that were programmed with ``weights`` (neurons, inputs) are read as."""
    rows, columns = weights.shape
    array: SingleArray | DifferentialArray
    if kind is CellKind.SINGLE:
        array = SingleArray(rows, columns, device, seed=seed)
    else:
        array = DifferentialArray(rows, columns, device, seed=seed)
    array.program(weights.astype(np.int64))
    return array.read().astype(np.uint8)


def corrected_rate(rate: float) -> float:
    """Error rate of data bits behind a Hamming (7, 4) code whose bits err independently at
    ``rate``.

    All errors of a word in turn, decoded: what a single-error-correcting code leaves.
    """
    errors = np.arange(1 << 7)[:, np.newaxis] >> np.arange(7) & 1
    # the check matrix's column i is i + 1 in binary, so that the syndrome names the bit to turn
    syndrome = np.bitwise_xor.reduce(errors * np.arange(1, 8), axis=1)
    left = errors ^ (np.arange(1, 8) == syndrome[:, np.newaxis])
    ones = errors.sum(axis=1)
    chance = rate**ones * (1 - rate) ** (7 - ones)
    data = [2, 4, 5, 6]  # positions 3, 5, 6 and 7; the powers of two check
    return float((left[:, data].mean(axis=1) * chance).sum())


def accuracy(layers: list[BinarizedLayer], subject: Subject) -> float:
    """[%]; the lowest index wins a tie."""
    found = scores(layers, subject.bits).argmax(axis=1)
    return 100 * float((found == subject.labels).mean())


def study(
    subjects: Sequence[Subject], seeds: int = SEEDS, progress: Callable[[str], None] = print
) -> tuple[tuple[PublishedTable, PublishedTable], Plot]:
    """Error rates of both cells; the loss at the rate that is tolerated; all curves."""
    curves, losses = [], []
    swept: dict[CellKind, list[TolerancePoint]] = {}
    for subject in subjects:
        perfect = accuracy(subject.layers, subject)
        for kind in CellKind:
            points = swept[kind] = sweep(subject, kind, seeds, progress)
            curves.append(
                Curve(
                    name=f"{subject.name}, {kind}",
                    x=RATES,
                    y=tuple(point.mean for point in points),
                    error=tuple(point.deviation for point in points),
                )
            )
            worst = max(perfect - point.mean for point in points if point.rate <= printed.TOLERATED)
            heaviest = max(point.rate for point in points if perfect - point.mean < 0.5)
            losses.append(
                PublishedRow(
                    name=f"{subject.name}, {kind}",
                    published=(),
                    ours=model(perfect, worst, heaviest),
                )
            )
    rates = PublishedTable(
        title="Bit error rates of both cells",
        source="Section II: two devices a bit do what single-error correction does",
        published=(),
        ours=(
            "1T1R",
            "1T1R, drawn",
            "1T1R, Hamming (7, 4)",
            "2T2R",
            "2T2R, drawn",
            "2T2R, even spreads",
        ),
        rows=tuple(
            _rates(rate, one, two)
            for rate, one, two in zip(
                RATES, swept[CellKind.SINGLE], swept[CellKind.DIFFERENTIAL], strict=True
            )
        ),
        note="In closed form, and as read from the cells that hold the last network's weights in "
        f"{seeds} drawings. The code takes 7 devices for 4 bits, the pair 8. The high state "
        "spreads four times as far as the low one; with even spreads a pair equals the code.",
    )
    tolerance = PublishedTable(
        title="Bit errors that a network bears",
        source="Section II: none is noticed up to 1e-3",
        published=(),
        ours=("accuracy [%]", "loss to 1e-3 [points]", "rate for half a point"),
        rows=tuple(losses),
        note="The greatest mean loss at cell error rates up to 1e-3, and the greatest rate of the "
        "cells at which less than half a point is lost.",
    )
    plot = Plot(
        name="bit-errors",
        title="Accuracy over bit errors",
        x_label="bit error rate of a single device [-]",
        y_label="accuracy [%]",
        curves=tuple(curves),
        note=f"Mean and standard deviation of {seeds} drawings of all devices. Two devices a bit, "
        "2T2R, are of the same kind as the single one at that rate. Single devices err "
        "one way for the most part, zeros read as ones, which moves all sums alike; errors of "
        "pairs cancel.",
    )
    return (rates, tolerance), plot


def _rates(rate: float, one: TolerancePoint, two: TolerancePoint) -> PublishedRow:
    """Both cells made of devices of which a single one errs at ``rate``."""
    even = error_rate(CellKind.DIFFERENTIAL, device_with_error_rate(rate, device=EVEN))
    coded = corrected_rate(one.rate)
    return PublishedRow(
        name=f"1T1R at {rate:.1e}",
        published=(),
        ours=(
            *formula(one.rate),
            *model(one.errors),
            *formula(coded, two.rate),
            *model(two.errors),
            *formula(even),
        ),
    )
