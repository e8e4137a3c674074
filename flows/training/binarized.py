"""Training of binarized networks.

What they compute stands in ``flows/networks/binarized.py``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from neuroloom.flows.networks.binarized import (
    BatchNorm,
    BinarizedNetwork,
    Bits,
    Floats,
    Integers,
    bipolar,
    squashing,
)
from neuroloom.flows.networks.stages import Dense
from neuroloom.flows.training.adam import Adam

FIRST_RATE = 0.05
LAST_RATE = 0.0005
CHUNK = 1000
"""Images of which all windows are held at once."""


class Progress(NamedTuple):
    """State after `epoch` (1..epochs): mean loss and accuracy over its minibatches."""

    epoch: int
    epochs: int
    loss: float
    accuracy: float


def train(
    bits: Bits | Floats,
    labels: Integers,
    hidden: Sequence[Dense] = (Dense(128),),
    epochs: int = 60,
    seed: int = 0,
    *,
    batch: int = 64,
    precision: type[np.floating[Any]] = np.float64,
    progress: Callable[[Progress], None] = lambda _: None,
    binary: bool = True,
    errors: float = 0.0,
) -> BinarizedNetwork:
    """Fit a network to bits (n, N) or images (n, height, width, channels) of bits and labels (n,)
    in 0..classes-1, in minibatches of `batch`; report every epoch. Numbers 0..1 instead of bits
    are grey: the first layer's inputs are then between -1 and +1.

    Minimizes the cross-entropy of the scaled scores by Adam. The gradient passes sign() as if it
    were hardtanh (straight-through estimator), so `binary=False` trains the same graph with
    hardtanh itself. The batch-norm statistics are those of all n inputs to the final weights.

    With `errors`, each minibatch sees that share of the weights turned, drawn anew, as cells of a
    memory that err would give them. The gradient passes what was turned as if it were not, and the
    statistics are those of the weights that are then to be expected.
    """
    if not 0 <= errors < 0.5:
        raise ValueError(f"errors is a share of the weights from 0 to below 0.5, not {errors:g}")
    generator = np.random.default_rng(seed)
    stages = (*hidden, Dense(int(labels.max()) + 1))
    weights, shape = [], bits.shape[1:]
    for stage in stages:
        size = (stage.channels, stage.inputs(shape))
        weights.append(generator.uniform(-1, 1, size).astype(precision))
        shape = stage.output_shape(shape)
    graph = _DenseGraph(
        stages,
        weights,
        [np.ones(stage.channels, precision) for stage in hidden],
        [np.zeros(stage.channels, precision) for stage in hidden],
        squashing(binary),
        errors,
    )
    adam = Adam([*graph.weights, *graph.gammas, *graph.betas])
    for epoch in range(epochs):
        rate = FIRST_RATE * (LAST_RATE / FIRST_RATE) ** (epoch / max(1, epochs - 1))
        loss, hits = 0.0, 0
        for chosen in np.split(generator.permutation(len(bits)), range(batch, len(bits), batch)):
            turned = [_turned(generator, weight, errors) for weight in graph.weights]
            found = graph.gradients(bipolar(bits[chosen], precision), labels[chosen], turned)
            adam.step([*found.weights, *found.gammas, *found.betas], rate)
            for weight in graph.weights:
                np.clip(weight, -1, 1, out=weight)
            loss, hits = loss + found.loss, hits + found.hits
        progress(Progress(epoch + 1, epochs, loss / len(bits), hits / len(bits)))
    return BinarizedNetwork(stages, tuple(graph.weights), graph.norms(bits), binary)


class _Gradients(NamedTuple):
    """Summed loss and hits of a minibatch; gradients of its mean loss, shaped as in _Graph."""

    loss: float
    hits: int
    weights: list[Floats]
    gammas: list[Floats]
    betas: list[Floats]


@dataclass(frozen=True)
class _DenseGraph:
    """Network in training: weights (M, N) per stage, gammas and betas (M,) per hidden stage."""

    stages: Sequence[Dense]
    weights: list[Floats]
    gammas: list[Floats]
    betas: list[Floats]
    squash: Callable[[Floats], Floats]
    errors: float = 0.0
    """Share of the weights that are turned."""

    def gradients(
        self, inputs: Floats, labels: Integers, turned: Sequence[Floats | None] = ()
    ) -> _Gradients:
        """Propagate inputs (batch, ...) forward and the error at labels (batch,) back.

        `turned` has -1 for each weight that errs and +1 elsewhere; None for weights without errors.
        """
        squashed = [self.squash(weight) for weight in self.weights]
        for index, flips in enumerate(turned):
            if flips is not None:
                squashed[index] = squashed[index] * flips
        entering, seen, normals, deviations, activations, pooled = [inputs], [], [], [], [], []
        for stage, weight, gamma, beta in zip(
            self.stages, squashed, self.gammas, self.betas, strict=False
        ):
            seen.append(stage.windows(entering[-1], -1))
            products = seen[-1] @ weight.T
            over = tuple(range(products.ndim - 1))
            deviations.append(_deviation(products.var(axis=over)))
            normals.append((products - products.mean(axis=over)) / deviations[-1])
            activations.append(normals[-1] * gamma + beta)
            pooled.append(stage.pooled(activations[-1]))
            entering.append(self.squash(pooled[-1]))
        seen.append(self.stages[-1].windows(entering[-1]))
        # Scores grow with the fan-in; softmax would saturate at their full scale.
        gain = 1 / np.sqrt(self.weights[-1].shape[1]).astype(inputs.dtype)
        loss, hits, error = _cross_entropy(gain * (seen[-1] @ squashed[-1].T), labels)
        error *= gain
        weight_slopes, gamma_slopes, beta_slopes = [error.T @ seen[-1]], [], []
        for i in reversed(range(len(self.gammas))):
            error = self.stages[i + 1].scatter(error @ squashed[i + 1], entering[i + 1].shape[1:])
            error = error * (np.abs(pooled[i]) <= 1)
            error = self.stages[i].spread(error, activations[i])
            over = tuple(range(error.ndim - 1))
            gamma_slopes.append((error * normals[i]).sum(axis=over))
            beta_slopes.append(error.sum(axis=over))
            # The batch's mean and deviation depend on its products too.
            results = error.size // error.shape[-1]
            error = error - (beta_slopes[-1] + normals[i] * gamma_slopes[-1]) / results
            error *= self.gammas[i] / deviations[i]
            weight_slopes.append(_rows(error).T @ _rows(seen[i]))
        return _Gradients(loss, hits, weight_slopes[::-1], gamma_slopes[::-1], beta_slopes[::-1])

    def norms(self, bits: Bits | Floats) -> tuple[BatchNorm, ...]:
        """Return the batch-norms whose statistics are those of bits (n, ...)."""
        norms: list[BatchNorm] = []
        chunks = [bits[at : at + CHUNK] for at in range(0, len(bits), CHUNK)]
        kept = [bipolar(chunk, self.weights[0].dtype.type) for chunk in chunks]
        for stage, weight, gamma, beta in zip(
            self.stages, self.weights, self.gammas, self.betas, strict=False
        ):
            squashed = self.squash(weight) * self.weights[0].dtype.type(1 - 2 * self.errors)
            total, squares, results = np.zeros(len(weight)), np.zeros(len(weight)), 0
            for chunk in kept:
                products = _rows(stage.windows(chunk, -1) @ squashed.T).astype(np.float64)
                total += products.sum(axis=0)
                squares += (products * products).sum(axis=0)
                results += len(products)
            mean = total / results
            deviation = _deviation(squares / results - mean * mean)
            wide = gamma.astype(np.float64), beta.astype(np.float64)
            norms.append(BatchNorm(*wide, mean, deviation))
            kept = [
                self.squash(stage.pooled(norms[-1](stage.windows(chunk, -1) @ squashed.T))).astype(
                    chunk.dtype
                )
                for chunk in kept
            ]
        return tuple(norms)


def _turned(generator: np.random.Generator, weight: Floats, errors: float) -> Floats | None:
    """-1 for the weights that err, +1 for the others; None, and nothing drawn, without errors."""
    if not errors:
        return None
    wrong = generator.random(weight.shape, np.float32) < errors
    return np.where(wrong, -1, 1).astype(weight.dtype)


def _cross_entropy(logits: Floats, labels: Integers) -> tuple[float, int, Floats]:
    """Return the summed loss, the hits and the gradient (batch, classes) of the mean loss."""
    rows = np.arange(len(labels))
    hits = int((logits.argmax(axis=1) == labels).sum())
    shifted = logits - logits.max(axis=1, keepdims=True)
    totals = np.exp(shifted).sum(axis=1, keepdims=True)
    loss = float((np.log(totals[:, 0]) - shifted[rows, labels]).sum())
    slopes = np.exp(shifted) / totals
    slopes[rows, labels] -= 1
    return loss, hits, slopes / len(labels)


def _deviation(variance: Floats) -> Floats:
    """Return the standard deviation, kept clear of zero."""
    return np.asarray(np.sqrt(np.maximum(variance, 0) + 1e-5))


def _rows(values: Floats) -> Floats:
    """All axes but the last as one."""
    return values.reshape(-1, values.shape[-1])
