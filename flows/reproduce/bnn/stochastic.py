"""A first layer that is fed with stochastic bit streams of grey pixels.

The network is trained on grey. Exactly, its first layer sums numbers; from streams of L bits it
sums how many ones each pixel gave, and its thresholds stand for L as they stood for white.
"""

from collections.abc import Callable

import numpy as np

from neuroloom.flows.networks.binarized import BinarizedLayer
from neuroloom.flows.networks.stages import Dense
from neuroloom.flows.reports.published import Curve, Plot
from neuroloom.flows.reproduce.bnn.subject import Subject, accuracy
from neuroloom.flows.training.recipes import Digits, Recipe, trained
from neuroloom.golden.bnn.stochastic_encoder import StochasticEncoderSpec
from neuroloom.golden.ports import Integers

RECIPES = {
    "MNIST": Recipe((), (Dense(256), Dense(256)), epochs=6),
    "scikit-learn's digits": Recipe((), (Dense(64), Dense(64)), epochs=40, batch=64),
}
LENGTHS = (1, 2, 4, 8, 16, 32, 64)
SEEDS = (1, 2, 3, 4, 5)
IMAGES = 1000
VALUE_BITS = 8
MOST_LANES = 8


def stochastic_plot(digits: Digits, progress: Callable[[str], None]) -> Plot:
    """Accuracy over the length of the streams, beside that of exact pixels."""
    recipe = RECIPES[digits.name]
    layers = trained(
        recipe, digits, lambda at: progress(f"training on grey: epoch {at.epoch} of {at.epochs}")
    )
    images, labels = digits.test_images[:IMAGES], digits.test_labels[:IMAGES]
    exact = accuracy(layers, Subject("exact", layers, recipe.bits(images, digits.white), labels))
    values = np.asarray(images, np.int64) * ((1 << VALUE_BITS) - 1) // digits.white
    means, deviations = [], []
    for length in LENGTHS:
        progress(f"streams of {length} bits")
        shown = shown_for(layers, length)
        found = [
            accuracy(shown, Subject("streams", shown, ones(values, length, seed), labels))
            for seed in SEEDS
        ]
        means.append(float(np.mean(found)))
        deviations.append(float(np.std(found, ddof=1)))
    return Plot(
        name="stochastic-streams",
        title="A stochastic first layer",
        x_label="length of a pixel's stream [bit]",
        y_label="accuracy [%]",
        curves=(
            Curve(name="stochastic streams", x=LENGTHS, y=tuple(means), error=tuple(deviations)),
            Curve(name="exact pixels, as bit planes", x=LENGTHS, y=(exact,) * len(LENGTHS)),
        ),
        note=f"{len(labels):,} test images, mean and standard deviation of {len(SEEDS)} seeds of "
        "the encoders. A network trained on grey; streams from shift registers and comparators. "
        "The paper has this from its reference 21 (Hirtzlin et al. 2019, arXiv:1906.00915).",
    )


def ones(values: Integers, length: int, seed: int) -> Integers:
    """How many ones the streams of numbers (n, height, width) have: (n, height, width, 1)."""
    spec = StochasticEncoderSpec(
        value_bits=VALUE_BITS, length=length, lanes=min(length, MOST_LANES), seed=seed
    )
    bits = spec.model().run({"values": {"value": values.reshape(-1)}})["encoded"]["bits"]
    counts: Integers = bits.reshape(-1, length).sum(axis=1)
    return counts.reshape(*values.shape, 1)


def shown_for(layers: list[BinarizedLayer], length: int) -> list[BinarizedLayer]:
    """The layers with a first one that takes the ones of streams of ``length`` bits.

    A threshold lies between two sums of exact pixels; the middle of both is scaled.
    """
    first = layers[0]
    assert first.thresholds is not None
    middle = (2 * first.thresholds - 1) * length
    thresholds = np.clip(-(-middle // (2 * first.greatest)), 0, None)
    return [first._replace(thresholds=thresholds, greatest=length), *layers[1:]]
