"""Accuracy of binarized networks whose weights stand in resistive cells that err.

Every weight of a network is programmed into a cell of its own and read back; the activations are
exact. Each kind of cell is set by its own error rate, so that both meet the same number of errors.
"""

from collections.abc import Callable, Sequence
from math import log
from typing import NamedTuple

import numpy as np

from neuroloom.flows.networks.binarized import Bits
from neuroloom.flows.reports.figures import model
from neuroloom.flows.reports.published import (
    Curve,
    Judgement,
    PaperVerdict,
    Plot,
    PublishedRow,
    PublishedTable,
)
from neuroloom.flows.reproduce.bnn import printed
from neuroloom.flows.reproduce.bnn.subject import Subject, accuracy
from neuroloom.golden.devices.differential import CellKind, ResistiveDevice, device_with_error_rate
from neuroloom.golden.devices.differential_array import DifferentialArray, SingleArray

RATES = (1e-5, 1e-4, *(10 ** (exponent / 6) for exponent in range(-18, -5)))
"""Error rates of the cells, 1e-5 to 1e-1, six a decade from 1e-3 on."""
SEEDS = 5
NOTICED = 0.5
"""Loss that counts as noticed [points]."""


class TolerancePoint(NamedTuple):
    """A network at one error rate, over the seeds."""

    rate: float
    """Error rate that the cells were set to."""
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
        progress(f"{subject.name} in {kind} cells that err at {rate:.1e}")
        device = device_with_error_rate(rate, kind)
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
        points.append(TolerancePoint(rate, wrong / cells, tuple(accuracies)))
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


def rate_of_loss(perfect: float, points: Sequence[TolerancePoint], loss: float) -> float | None:
    """The least error rate at which ``loss`` [points] are lost, between the two points about it on
    a logarithmic scale of rates; None where no point loses as much."""
    before: TolerancePoint | None = None
    for point in points:
        lost = perfect - point.mean
        if lost >= loss:
            if before is None:
                return point.rate
            earlier = perfect - before.mean
            share = (loss - earlier) / (lost - earlier)
            return float(before.rate * (point.rate / before.rate) ** share)
        before = point
    return None


def study(
    subjects: Sequence[Subject], seeds: int = SEEDS, progress: Callable[[str], None] = print
) -> tuple[PublishedTable, Plot, Judgement]:
    """Losses at the rate that the paper calls tolerated, all curves, and the verdict."""
    curves, losses, worst = [], [], 0.0
    for subject in subjects:
        perfect = accuracy(subject.layers, subject)
        for kind in CellKind:
            points = sweep(subject, kind, seeds, progress)
            curves.append(
                Curve(
                    name=f"{subject.name}, {kind}",
                    x=RATES,
                    y=tuple(point.mean for point in points),
                    error=tuple(point.deviation for point in points),
                )
            )
            at = min(points, key=lambda point: abs(log(point.rate / printed.TOLERATED)))
            lost, sigma = perfect - at.mean, at.deviation
            if not subject.adapted:
                worst = max(worst, lost)
            losses.append(
                PublishedRow(
                    name=f"{subject.name}, {kind}",
                    published=(printed.TOLERATED,),
                    no_ratio="no accuracy is printed for the rate",
                    ours=model(
                        perfect, at.rate, lost, sigma, rate_of_loss(perfect, points, NOTICED)
                    ),
                )
            )
    table = PublishedTable(
        title="Bit errors that a network bears",
        source="Section II, of its reference 22: bit error rates as high as that have no impact",
        published=("tolerated rate",),
        ours=("accuracy [%]", "rate", "loss there [points]", "its σ", "rate for half a point"),
        rows=tuple(losses),
        note=f"Mean and standard deviation of {seeds} drawings of all devices, at the error rate "
        "of the cells themselves; the last column lies between two points of the curve. Reference "
        "22 (Hirtzlin et al. 2019, arXiv:1904.03652), not this paper, says that the standard "
        "training bears about 1e-4 and one that is adapted to errors 4e-2, on MNIST and CIFAR-10. "
        "The adapted network here is trained with that share of its weights turned in each "
        "minibatch.",
    )
    plot = Plot(
        name="bit-errors",
        title="Accuracy over bit errors",
        x_label="bit error rate of the cells [-]",
        y_label="accuracy [%]",
        curves=tuple(curves),
        note=f"Mean and standard deviation of {seeds} drawings of all devices. At the same rate of "
        "errors single devices err one way for the most part, zeros read as ones, which moves all "
        "sums alike; errors of pairs cancel.",
    )
    claim = Judgement(
        claim=f"bit error rates as high as {printed.TOLERATED:g} have no impact",
        verdict=PaperVerdict.AGREES if worst < NOTICED else PaperVerdict.DIFFERS,
        words=f"At that rate the mean loss of the networks with the standard training is "
        f"{worst:.2f} points at most.",
    )
    return table, plot, claim
