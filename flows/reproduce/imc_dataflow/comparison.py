"""Cores in Verilator against integer numpy, and how much such a comparison sees."""

import numpy as np

from neuroloom.flows.mapping.imc.assemble import CoreSystem
from neuroloom.flows.mapping.imc.simulate import SystemRun, simulate
from neuroloom.flows.networks.inference import Pixels, activations, scores
from neuroloom.flows.networks.integer_network import IntegerNetwork
from neuroloom.flows.reports.figures import model
from neuroloom.flows.reports.published import PublishedRow, PublishedTable
from neuroloom.flows.tools.errors import ToolFailed

IMAGES_AT_ONCE = 4
"""Images of which numpy holds all activations."""
CHANGED = 40
"""Images of which one pixel is changed, to see whether scores tell."""
SEED = 2


def checked(system: CoreSystem, images: Pixels) -> SystemRun:
    """A run whose scores are those of integer numpy and, where the network is observed, the
    activations of all layers; ToolFailed with the first that is not.
    """
    run = simulate(system, images)
    name = system.network.network.name
    for begin in range(0, len(images), IMAGES_AT_ONCE) if system.spec.observed else ():
        some = slice(begin, begin + IMAGES_AT_ONCE)
        for layer, pixels in activations(system.network, images[some]).items():
            wrong = run.differing(layer, pixels, begin)
            if len(wrong):
                raise ToolFailed(
                    f"the hardware of {name} computes other pixels than numpy in layer {layer!r}: "
                    f"{len(wrong)} of the images from {begin} on, the first one is {wrong[0]}"
                )
    wrong = np.flatnonzero((run.scores != scores(system.network, images)).any(axis=1))
    if len(wrong):
        raise ToolFailed(
            f"the hardware of {name} computes other scores than numpy for "
            f"{len(wrong)} of {len(images)} images, the first one is {wrong[0]}"
        )
    return run


def activations_of(system: CoreSystem) -> int:
    """Activations of all layers of an image."""
    made = [each.made for each in system.network.network.wired]
    return sum(each.height * each.width * each.channels for each in made)


def power_of_scores(integers: IntegerNetwork) -> PublishedTable:
    """What the scores alone would see of an error of one, in integer numpy."""
    rng = np.random.default_rng(SEED)
    shape = (CHANGED, *integers.network.wired[0].given)
    images = rng.integers(0, 256, shape).astype(np.uint8)
    changed = images.copy()
    for image in changed:
        place = tuple(int(rng.integers(size)) for size in image.shape)
        image[place] ^= 1
    before, after = scores(integers, images), scores(integers, changed)
    first = integers.network.wired[0].name
    seen = [
        (activations(integers, images[some])[first] != activations(integers, changed[some])[first])
        .any(axis=(1, 2, 3))
        .sum()
        for some in (slice(at, at + IMAGES_AT_ONCE) for at in range(0, CHANGED, IMAGES_AT_ONCE))
    ]
    rows = (
        ("random images", len(images)),
        ("different scores of theirs", len(np.unique(before, axis=0))),
        ("images with one channel of one pixel changed by 1", len(changed)),
        ("of them with other scores", int((before != after).any(axis=1).sum())),
        ("of them with other activations of the first layer", int(np.sum(seen))),
    )
    return PublishedTable(
        title="What a comparison of scores alone would see",
        source="integer numpy",
        ours=("ours",),
        rows=tuple(PublishedRow(name=name, ours=model(value)) for name, value in rows),
        note="Scores have 16 bits and the weights of the last layer a scale that uses them. RTL "
        "and numpy are compared activation by activation.",
    )
