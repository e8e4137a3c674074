"""How the digits are read: accuracies, confusion matrix and the images that are read wrong."""

from typing import NamedTuple

import numpy as np

from neuroloom.flows.networks.binarized import BinarizedLayer, BinarizedNetwork, Bits, infer
from neuroloom.flows.reports.demo_result import Accuracy, Misread, RtlRun
from neuroloom.flows.training.datasets import Split, thermometer
from neuroloom.golden.ports import Integers

MISREAD_SHOWN = 20


class Trained(NamedTuple):
    """The data, a binarized network with its folded form, and the real-valued reference."""

    split: Split
    network: BinarizedNetwork
    reference: BinarizedNetwork
    folded: list[BinarizedLayer]


def hits(network: BinarizedNetwork, bits: Bits, classes: Integers) -> int:
    return int((network.forward(bits)[-1].argmax(axis=1) == classes).sum())


def accuracies(
    trained: Trained, bits: Bits, levels: tuple[int, ...], predicted: Integers, rtl: RtlRun
) -> tuple[Accuracy, ...]:
    labels, train_labels = trained.split.test_labels, trained.split.train_labels
    train_bits = thermometer(trained.split.train_images, levels)
    learned = infer(trained.folded, train_bits)[-1].argmax(axis=1)
    correct = int((predicted == labels).sum())
    held_out = len(labels)
    return (
        Accuracy(
            name="real-valued reference",
            correct=hits(trained.reference, bits, labels),
            images=held_out,
            method="same graph and training; hardtanh instead of sign, weights in -1..1, float64",
        ),
        Accuracy(
            name="binarized, float graph",
            correct=hits(trained.network, bits, labels),
            images=held_out,
            method="sign activations and weights, batch-norm in float64",
        ),
        Accuracy(
            name="golden model, training images",
            correct=int((learned == train_labels).sum()),
            images=len(train_labels),
            method="the folded network on what it was trained on",
        ),
        Accuracy(
            name="golden model",
            correct=correct,
            images=held_out,
            method="batch-norm folded into integer thresholds; XNOR and popcount in numpy",
        ),
        Accuracy(
            name="RTL",
            correct=correct,
            images=held_out,
            method=f"generated Verilog in {rtl.simulator}; each class and score equal to golden",
        ),
    )


def confusion(labels: Integers, predicted: Integers) -> tuple[tuple[int, ...], ...]:
    counts = np.zeros((10, 10), np.int64)
    np.add.at(counts, (labels, predicted), 1)
    return tuple(tuple(int(count) for count in row) for row in counts)


def misread(trained: Trained, bits: Bits, predicted: Integers) -> tuple[Misread, ...]:
    images, labels = trained.split.test_images, trained.split.test_labels
    scores = infer(trained.folded, bits)[-1]
    return tuple(
        Misread(
            image=int(index),
            pixels=tuple(tuple(int(grey) for grey in row) for row in images[index]),
            true=int(labels[index]),
            predicted=int(predicted[index]),
            true_score=int(scores[index, labels[index]]),
            predicted_score=int(scores[index, predicted[index]]),
        )
        for index in np.flatnonzero(predicted != labels)[:MISREAD_SHOWN]
    )
