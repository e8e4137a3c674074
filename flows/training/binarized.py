"""Training of binarized multilayer perceptrons and their folding into integer layers.

A network maps bits to classes: bits 0/1 become -1/+1, every hidden layer computes
sign(batch_norm(x @ sign(W).T)) and the last layer computes scores x @ sign(W).T, whose
largest (the lowest index on a tie) names the class. sign(0) is +1 throughout.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bits = NDArray[np.uint8]
Integers = NDArray[np.int64]

BATCH = 64
FIRST_RATE = 0.05
LAST_RATE = 0.0005


class Progress(NamedTuple):
    """State after `epoch` (1..epochs): mean loss and accuracy over its minibatches."""

    epoch: int
    epochs: int
    loss: float
    accuracy: float


@dataclass(frozen=True)
class BatchNorm:
    """Normalization of M neurons; every field has shape (M,)."""

    gamma: Floats
    beta: Floats
    mean: Floats
    deviation: Floats

    def __call__(self, products: Floats) -> Floats:
        """Normalize products (..., M)."""
        # Subtraction, division, product and sum each round monotonically, so the result is
        # monotonic in every product: the property that lets fold() use one threshold.
        return (products - self.mean) / self.deviation * self.gamma + self.beta


@dataclass(frozen=True)
class TrainedNetwork:
    """Latent weights (M, N) in -1..1 of each layer; a batch-norm for each but the last.

    Where `binary` is false, weights and activations are real: hardtanh takes sign's place.
    """

    weights: tuple[Floats, ...]
    norms: tuple[BatchNorm, ...]
    binary: bool

    def forward(self, bits: Bits) -> list[Floats]:
        """Return each layer's output for bits (batch, N): activations (batch, M), then scores."""
        squash = _squash(self.binary)
        outputs = [_bipolar(bits)]
        for weight, norm in zip(self.weights, self.norms, strict=False):
            outputs.append(squash(norm(outputs[-1] @ squash(weight).T)))
        outputs.append(outputs[-1] @ squash(self.weights[-1]).T)
        return outputs[1:]


class Layer(NamedTuple):
    """Integer layer: weight bits (M, N) uint8; thresholds (M,) int64 or None in the last."""

    weights: Bits
    thresholds: Integers | None


def train(
    bits: Bits,
    labels: Integers,
    hidden: Sequence[int] = (128,),
    epochs: int = 60,
    seed: int = 0,
    *,
    progress: Callable[[Progress], None] = lambda _: None,
    binary: bool = True,
) -> TrainedNetwork:
    """Fit a network to bits (n, N) and labels (n,) in 0..classes-1; report every epoch.

    Minimizes the cross-entropy of the scaled scores by Adam. The gradient passes sign() as if it
    were hardtanh (straight-through estimator), so `binary=False` trains the same graph with
    hardtanh itself. The batch-norm statistics are those of all n inputs to the final weights.
    """
    generator = np.random.default_rng(seed)
    sizes = (bits.shape[1], *hidden, int(labels.max()) + 1)
    graph = _Graph(
        [generator.uniform(-1, 1, (m, n)) for n, m in pairwise(sizes)],
        [np.ones(m) for m in hidden],
        [np.zeros(m) for m in hidden],
        _squash(binary),
    )
    adam = _Adam([*graph.weights, *graph.gammas, *graph.betas])
    inputs = _bipolar(bits)
    for epoch in range(epochs):
        rate = FIRST_RATE * (LAST_RATE / FIRST_RATE) ** (epoch / max(1, epochs - 1))
        loss, hits = 0.0, 0
        for chosen in np.split(generator.permutation(len(bits)), range(BATCH, len(bits), BATCH)):
            batch = graph.gradients(inputs[chosen], labels[chosen])
            adam.step([*batch.weights, *batch.gammas, *batch.betas], rate)
            for weight in graph.weights:
                np.clip(weight, -1, 1, out=weight)
            loss, hits = loss + batch.loss, hits + batch.hits
        progress(Progress(epoch + 1, epochs, loss / len(bits), hits / len(bits)))
    return TrainedNetwork(tuple(graph.weights), graph.norms(inputs), binary)


def fold(network: TrainedNetwork) -> list[Layer]:
    """Return the integer layers equal to a binary network for every input.

    With p the number of positions where weight and activation bits agree, a hidden neuron gives
    (p >= threshold), thresholds in 0..N+1, and the last layer's score is p. The thresholds come
    from the float batch-norm of every p, so they share its rounding.
    """
    if not network.binary:
        raise ValueError("only a binary network folds into integer layers")
    layers = []
    for weight, norm in zip(network.weights, network.norms, strict=False):
        bits = _bits(weight)
        matches = np.arange(bits.shape[1] + 1)[:, np.newaxis]
        fires = norm(2.0 * matches - bits.shape[1]) >= 0
        # A neuron of negative gamma fires for the lowest p; complementing its weights turns p
        # into N - p. Either way the highest p then fire, so their number gives the threshold.
        bits[norm.gamma < 0] ^= 1
        layers.append(Layer(bits, len(matches) - fires.sum(axis=0)))
    layers.append(Layer(_bits(network.weights[-1]), None))
    return layers


def infer(layers: Sequence[Layer], bits: Bits) -> list[Integers]:
    """Return each layer's output for bits (batch, N): bits (batch, M), then scores p."""
    outputs = [bits.astype(np.int64)]
    for weights, thresholds in layers:
        ones, weight = outputs[-1], weights.astype(np.int64)
        matches = ones @ weight.T + (1 - ones) @ (1 - weight).T
        outputs.append(matches if thresholds is None else (matches >= thresholds).astype(np.int64))
    return outputs[1:]


class _Adam:
    """Adam on arrays that are updated in place."""

    def __init__(self, parameters: Sequence[Floats]) -> None:
        self._parameters = parameters
        self._means = [np.zeros_like(parameter) for parameter in parameters]
        self._squares = [np.zeros_like(parameter) for parameter in parameters]
        self._steps = 0

    def step(self, gradients: Sequence[Floats], rate: float) -> None:
        self._steps += 1
        rate *= np.sqrt(1 - 0.999**self._steps) / (1 - 0.9**self._steps)
        for parameter, mean, square, gradient in zip(
            self._parameters, self._means, self._squares, gradients, strict=True
        ):
            mean[...] += 0.1 * (gradient - mean)
            square[...] += 0.001 * (gradient * gradient - square)
            parameter[...] -= rate * mean / (np.sqrt(square) + 1e-8)


class _Gradients(NamedTuple):
    """Summed loss and hits of a minibatch; gradients of its mean loss, shaped as in _Graph."""

    loss: float
    hits: int
    weights: list[Floats]
    gammas: list[Floats]
    betas: list[Floats]


@dataclass(frozen=True)
class _Graph:
    """Network in training: weights (M, N) per layer, gammas and betas (M,) per hidden layer."""

    weights: list[Floats]
    gammas: list[Floats]
    betas: list[Floats]
    squash: Callable[[Floats], Floats]

    def gradients(self, inputs: Floats, labels: Integers) -> _Gradients:
        """Propagate inputs (batch, N) forward and the error at labels (batch,) back."""
        squashed = [self.squash(weight) for weight in self.weights]
        entering, normals, deviations, activations = [inputs], [], [], []
        for weight, gamma, beta in zip(squashed, self.gammas, self.betas, strict=False):
            products = entering[-1] @ weight.T
            deviations.append(_deviation(products))
            normals.append((products - products.mean(axis=0)) / deviations[-1])
            activations.append(normals[-1] * gamma + beta)
            entering.append(self.squash(activations[-1]))
        # Scores grow with the fan-in; softmax would saturate at their full scale.
        gain = 1 / np.sqrt(self.weights[-1].shape[1])
        loss, hits, error = _cross_entropy(gain * (entering[-1] @ squashed[-1].T), labels)
        error *= gain
        weight_slopes, gamma_slopes, beta_slopes = [error.T @ entering[-1]], [], []
        for i in reversed(range(len(self.gammas))):
            error = (error @ squashed[i + 1]) * (np.abs(activations[i]) <= 1)
            gamma_slopes.append((error * normals[i]).sum(axis=0))
            beta_slopes.append(error.sum(axis=0))
            # The batch's mean and deviation depend on its products too.
            error -= (beta_slopes[-1] + normals[i] * gamma_slopes[-1]) / len(labels)
            error *= self.gammas[i] / deviations[i]
            weight_slopes.append(error.T @ entering[i])
        return _Gradients(loss, hits, weight_slopes[::-1], gamma_slopes[::-1], beta_slopes[::-1])

    def norms(self, inputs: Floats) -> tuple[BatchNorm, ...]:
        """Return the batch-norms whose statistics are those of inputs (n, N)."""
        norms: list[BatchNorm] = []
        for weight, gamma, beta in zip(self.weights, self.gammas, self.betas, strict=False):
            products = inputs @ self.squash(weight).T
            norms.append(BatchNorm(gamma, beta, products.mean(axis=0), _deviation(products)))
            inputs = self.squash(norms[-1](products))
        return tuple(norms)


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


def _deviation(products: Floats) -> Floats:
    """Return the standard deviation over the batch, kept clear of zero."""
    return np.asarray(np.sqrt(products.var(axis=0) + 1e-5), np.float64)


def _squash(binary: bool) -> Callable[[Floats], Floats]:
    return (lambda x: _bipolar(_bits(x))) if binary else (lambda x: np.clip(x, -1.0, 1.0))


def _bits(values: Floats) -> Bits:
    return (values >= 0).astype(np.uint8)


def _bipolar(bits: Bits) -> Floats:
    return 2 * bits.astype(np.float64) - 1
