"""Training of residual convolutional networks, in floats.

A convolution computes ``relu(batch_norm(convolution) + residual)``, the fully connected layer
``W @ average of all pixels + b``: the layers of ``flows.networks.convolutional`` (He et al. 2016,
with ReLU behind the resampling convolutions, too, as digital processors have it).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neuroloom.flows.networks import stages
from neuroloom.flows.networks.binarized import BatchNorm
from neuroloom.flows.networks.convolutional import Convolution, ConvolutionalNetwork, Pooling, Wired
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.training.adam import Adam
from neuroloom.flows.training.binarized import Progress

Floats = NDArray[np.floating[Any]]
Pixels = NDArray[np.uint8]
Labels = NDArray[np.int64]

FIRST_RATE = 0.01
LAST_RATE = 0.0001
VARIANCE_FLOOR = 1e-5
SETTLED = 1000
"""Training images whose means and deviations the batch normalizations keep."""
CHUNK = 500
"""Images computed at once after training."""


@dataclass(frozen=True)
class ResidualNetwork:
    """A network of floats, with what it computes by layer name.

    The bias of the fully connected layer is the ``beta`` of a normalization that does nothing else.
    """

    network: ConvolutionalNetwork
    white: int
    """The pixel that is 1."""
    weights: Mapping[str, Floats]
    """(outputs, kernel, kernel, inputs), float32; rows of the image first."""
    norms: Mapping[str, BatchNorm]

    def forward(self, images: Pixels) -> dict[str, Floats]:
        """Every layer's activations (n, height, width, channels), the scores (n, classes) in the
        last, for images (n, height, width, channels)."""
        given = _grey(images, self.white)
        made: dict[str, Floats] = {}
        for wired in self.network.wired:
            entering = given if wired.source is None else made[wired.source]
            products = _seen(wired, entering) @ _matrix(self.weights[wired.name]).T
            norm = self.norms[wired.name]
            made[wired.name] = _activations(wired, norm(products).astype(np.float32), made)
        return made

    def settled(self, weights: Mapping[str, Floats], images: Pixels) -> "ResidualNetwork":
        """The same network with other weights, its normalizations with the means and deviations
        that these weights give for images (n, height, width, channels)."""
        graph = _ResidualGraph(
            self.network,
            {name: _matrix(values).astype(np.float32) for name, values in weights.items()},
            {name: norm.gamma.astype(np.float32) for name, norm in self.norms.items()},
            {name: norm.beta.astype(np.float32) for name, norm in self.norms.items()},
        )
        return replace(self, weights=weights, norms=graph.norms(_grey(images, self.white)))

    def classes(self, images: Pixels) -> Labels:
        """The class (n,) that each image is given."""
        last = self.network.wired[-1].name
        parts = [images[at : at + CHUNK] for at in range(0, len(images), CHUNK)]
        return np.concatenate([self.forward(part)[last].argmax(axis=1) for part in parts])


def train(
    network: ConvolutionalNetwork,
    images: Pixels,
    labels: Labels,
    *,
    white: int,
    epochs: int,
    batch: int = 100,
    seed: int = 0,
    moved: int = 0,
    progress: Callable[[Progress], None] = lambda _: None,
) -> ResidualNetwork:
    """Fit a network to images (n, height, width, channels) of 0 … ``white`` and labels (n,).

    Minimizes the cross-entropy of the scores by Adam, in minibatches of ``batch`` whose images are
    each shown up to ``moved`` pixels beside where they are. Reports every epoch. The statistics of
    the batch normalizations are those of the first ``SETTLED`` images to the final weights.
    UsageError for a network with pooling layers, one that does not end fully connected, or one of
    fewer classes than labels.
    """
    _check(network, int(labels.max()) + 1)
    generator = np.random.default_rng(seed)
    graph = _ResidualGraph.drawn(network, generator)
    adam = Adam(graph.parameters)
    grey = _grey(images, white)
    for epoch in range(epochs):
        rate = FIRST_RATE * (LAST_RATE / FIRST_RATE) ** (epoch / max(1, epochs - 1))
        loss, hits = 0.0, 0
        for chosen in np.split(
            generator.permutation(len(images)), range(batch, len(images), batch)
        ):
            found = graph.step(_moved(grey[chosen], moved, generator), labels[chosen])
            adam.step(found.slopes, rate)
            loss, hits = loss + found.loss, hits + found.hits
        progress(Progress(epoch + 1, epochs, loss / len(images), hits / len(images)))
    return ResidualNetwork(
        network,
        white,
        {
            wired.name: graph.weights[wired.name].reshape(
                wired.made.channels, wired.kernel, wired.kernel, wired.given.channels
            )
            for wired in network.wired
        },
        graph.norms(grey[:SETTLED]),
    )


def _check(network: ConvolutionalNetwork, classes: int) -> None:
    last = network.wired[-1]
    for wired in network.wired:
        if isinstance(wired.layer, Pooling):
            raise UsageError(f"layer {wired.name!r} is pooling, which is not trained: take strides")
    if last.windowed:
        raise UsageError(f"layer {last.name!r} is the last and not fully connected: add one")
    if last.made.channels < classes:
        raise UsageError(
            f"layer {last.name!r} has {last.made.channels} channels for {classes} classes"
        )


class _Found(NamedTuple):
    """Summed loss and hits of a minibatch; slopes of its mean loss, in the graph's order."""

    loss: float
    hits: int
    slopes: list[Floats]


class _Kept(NamedTuple):
    """Values kept of the forward pass through a layer."""

    seen: Floats
    normal: Floats
    deviation: Floats
    mean: Floats


@dataclass(frozen=True)
class _ResidualGraph:
    """Network in training: kernel matrices, gammas and betas (outputs,) by layer name."""

    network: ConvolutionalNetwork
    weights: dict[str, Floats]
    gammas: dict[str, Floats]
    betas: dict[str, Floats]

    @classmethod
    def drawn(
        cls, network: ConvolutionalNetwork, generator: np.random.Generator
    ) -> "_ResidualGraph":
        """A graph with normally distributed weights (He et al. 2015)."""
        weights, gammas, betas = {}, {}, {}
        for wired in network.wired:
            rows, columns = wired.matrix
            drawn = generator.normal(0, np.sqrt(2 / rows), (columns, rows))
            weights[wired.name] = drawn.astype(np.float32)
            gammas[wired.name] = np.ones(columns, np.float32)
            betas[wired.name] = np.zeros(columns, np.float32)
        return cls(network, weights, gammas, betas)

    @property
    def parameters(self) -> list[Floats]:
        """Parameters in the order of the slopes; the gamma of the last layer is not trained."""
        return [*self.weights.values(), *list(self.gammas.values())[:-1], *self.betas.values()]

    def forward(self, images: Floats) -> tuple[dict[str, Floats], dict[str, _Kept]]:
        """Activations of every layer and what the way back needs; statistics of this batch."""
        made: dict[str, Floats] = {}
        kept: dict[str, _Kept] = {}
        for wired in self.network.wired:
            name = wired.name
            seen = _seen(wired, images if wired.source is None else made[wired.source])
            normal = seen @ self.weights[name].T
            mean, deviation = np.zeros_like(self.betas[name]), np.ones_like(self.betas[name])
            if isinstance(wired.layer, Convolution):
                mean = normal.mean(axis=(0, 1, 2))
                normal -= mean
                deviation = np.sqrt(np.square(normal).mean(axis=(0, 1, 2)) + VARIANCE_FLOOR)
                normal /= deviation
            kept[name] = _Kept(seen, normal, deviation, mean)
            made[name] = _activations(wired, normal * self.gammas[name] + self.betas[name], made)
        return made, kept

    def step(self, images: Floats, labels: Labels) -> _Found:
        """Propagate images forward and the error at labels (n,) back."""
        made, kept = self.forward(images)
        scores = made[self.network.wired[-1].name]
        rows = np.arange(len(labels))
        shares = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        loss = -float(np.log(np.maximum(shares[rows, labels], 1e-30)).sum())
        shares[rows, labels] -= 1
        errors = {self.network.wired[-1].name: shares / np.float32(len(labels))}
        slopes: dict[str, list[Floats]] = {"weights": [], "gammas": [], "betas": []}
        for wired in reversed(self.network.wired):
            seen, normal, deviation, _ = kept[wired.name]
            error = errors.pop(wired.name)
            if isinstance(wired.layer, Convolution):
                error = error * (made[wired.name] > 0)
                _add(errors, wired.residual, error)
                gamma_slope = (error * normal).sum(axis=(0, 1, 2))
                slopes["gammas"].append(gamma_slope)
                slopes["betas"].append(error.sum(axis=(0, 1, 2)))
                # the batch's mean and deviation depend on its products, too
                results = error.size // error.shape[-1]
                error -= (slopes["betas"][-1] + normal * gamma_slope) / results
                error *= self.gammas[wired.name] / deviation
            else:
                slopes["betas"].append(error.sum(axis=0))
            flat = error.reshape(-1, error.shape[-1])
            slopes["weights"].append(flat.T @ seen.reshape(len(flat), -1))
            if wired.source is not None:
                _add(errors, wired.source, _given_back(wired, error @ self.weights[wired.name]))
        hits = int((scores.argmax(axis=1) == labels).sum())
        return _Found(loss, hits, [slope for kind in slopes.values() for slope in kind[::-1]])

    def norms(self, images: Floats) -> dict[str, BatchNorm]:
        """The batch normalizations whose statistics are those of these images."""
        _, kept = self.forward(images)
        return {
            name: BatchNorm(
                *(
                    values.astype(np.float64)
                    for values in (self.gammas[name], self.betas[name], found.mean, found.deviation)
                )
            )
            for name, found in kept.items()
        }


def _stage(wired: Wired) -> stages.PooledConvolution:
    return stages.PooledConvolution(wired.made.channels, wired.kernel, wired.stride, wired.padding)


def _seen(wired: Wired, entering: Floats) -> Floats:
    """What a kernel matrix is multiplied with: patches (n, height, width, rows), or the averages
    of all pixels (n, rows)."""
    if isinstance(wired.layer, Convolution):
        return _stage(wired).windows(entering)
    return np.asarray(entering.mean(axis=(1, 2)))


def _given_back(wired: Wired, slopes: Floats) -> Floats:
    """The adjoint of ``_seen``."""
    if isinstance(wired.layer, Convolution):
        return _stage(wired).scatter(slopes, wired.given)
    height, width, channels = wired.given
    shared = slopes[:, np.newaxis, np.newaxis] / np.float32(height * width)
    return np.asarray(np.broadcast_to(shared, (len(slopes), height, width, channels)))


def _activations(wired: Wired, normalized: Floats, made: Mapping[str, Floats]) -> Floats:
    if not isinstance(wired.layer, Convolution):
        return normalized
    if wired.residual is not None:
        normalized = normalized + made[wired.residual]
    return np.maximum(normalized, 0)


def _add(errors: dict[str, Floats], name: str | None, error: Floats) -> None:
    if name is not None:
        errors[name] = errors[name] + error if name in errors else error.copy()


def _matrix(weights: Floats) -> Floats:
    return weights.reshape(len(weights), -1)


def _grey(images: Pixels, white: int) -> Floats:
    return images.astype(np.float32) / np.float32(white)


def _moved(images: Floats, most: int, generator: np.random.Generator) -> Floats:
    """Each image at a place of its own, black where nothing came from."""
    if not most:
        return images
    height, width = images.shape[1:3]
    padded = np.pad(images, ((0, 0), (most, most), (most, most), (0, 0)))
    down, right = generator.integers(0, 2 * most + 1, (2, len(images)))
    rows = down[:, np.newaxis] + np.arange(height)
    columns = right[:, np.newaxis] + np.arange(width)
    every = np.arange(len(images))[:, np.newaxis, np.newaxis]
    return np.asarray(padded[every, rows[:, :, np.newaxis], columns[:, np.newaxis, :]])
