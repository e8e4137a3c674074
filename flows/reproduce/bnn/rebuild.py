"""A binarized network on differential resistive memory: the claims of Querlioz et al. 2019.

The article gives few figures and several claims: XNOR at no cost in the sense amplifier, a block of
one kilobit, low-depth adders, two devices a bit that do what error correction does, and networks
that bear an error in a thousand bits. Each is built and measured here.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from neuroloom.flows.networks.conv_folding import conv_network_spec
from neuroloom.flows.networks.folding import network_spec
from neuroloom.flows.networks.stages import Dense, PooledConvolution
from neuroloom.flows.reports.published import (
    Judgement,
    LeftOut,
    OpenChoice,
    PaperVerdict,
    Reproduction,
)
from neuroloom.flows.reproduce.bnn.adders import adder_table
from neuroloom.flows.reproduce.bnn.block import block_table
from neuroloom.flows.reproduce.bnn.networks import (
    CELLS,
    DEVICE,
    DigitNetwork,
    Rtl,
    accuracy_table,
    cell_table,
    device_table,
    learn,
)
from neuroloom.flows.reproduce.bnn.stochastic import stochastic_plot
from neuroloom.flows.reproduce.bnn.system import SYSTEM
from neuroloom.flows.reproduce.bnn.tolerance import SEEDS, Subject, study
from neuroloom.flows.training.recipes import Digits, Recipe, load
from neuroloom.golden.bnn.layer import BnnLayerSpec
from neuroloom.golden.bnn.layer_options import ParameterSource
from neuroloom.golden.ports import Tokens, Traffic
from neuroloom.golden.streams.width_adapter import to_tokens
from neuroloom.golden.systems.bnn_network import BnnNetworkSpec, parameter_stream

THIRDS = (1 / 3, 2 / 3)
MULTILAYER = {
    "MNIST": Recipe(THIRDS, (Dense(256), Dense(256)), epochs=6),
    "scikit-learn's digits": Recipe((0.2, 0.4, 0.7), (Dense(64), Dense(64)), epochs=40, batch=64),
}
CONVOLUTIONAL = {
    "MNIST": Recipe(
        (0.25, 0.5, 0.75),
        (PooledConvolution(16, pool=2), PooledConvolution(32, pool=2), Dense(128)),
        epochs=3,
    ),
    "scikit-learn's digits": Recipe(
        (0.2, 0.4, 0.7),
        (PooledConvolution(16, padding=1), PooledConvolution(32, pool=2)),
        epochs=30,
        batch=50,
    ),
}
CYCLES, CONVOLUTION_CYCLES = 512, 8192
"""Steps an image that each layer of either network may take; 512 fill a block RAM."""
RTL_IMAGES, CONVOLUTION_IMAGES = 1000, 200
CONVOLUTION_STUDIED = 2000
"""Images that the convolutional network is judged by where its cells err."""
CHOICES = (
    OpenChoice(
        name="spread of the devices",
        taken="lognormal resistances with medians of 5 kΩ and 100 kΩ, the high state four times "
        "as wide as the low one",
        otherwise="with even spreads a pair errs as seldom as a Hamming code leaves: the last "
        "column of the bit error rates",
    ),
    OpenChoice(
        name="networks and images",
        taken="fully connected and convolutional networks for handwritten digits",
        otherwise="the paper names several vision tasks of other work and trains none itself",
    ),
)
LEFT_OUT = (
    LeftOut(
        what="the test chip of Fig. 1 and its measurements",
        why="its resistive memory and sense amplifiers are analog, and the paper prints no figure "
        "of them",
    ),
    LeftOut(
        what="spin torque oscillators as neurons (section III)",
        why="they compute by physics and have no digital side",
    ),
)


def reproduce(progress: Callable[[str], None], mnist: Path | None) -> Reproduction:
    """Build, train, simulate, place and map; on scikit-learn's digits without ``mnist``."""
    digits = load(mnist)
    block = block_table(progress)
    adders = adder_table(progress)
    connected = multilayer(digits, progress)
    convolved = convolutional(digits, progress)
    networks = [connected, convolved]
    subjects = [connected.subject, fewer(convolved.subject, CONVOLUTION_STUDIED)]
    tables, plot = study(subjects, SEEDS, progress)
    return Reproduction(
        system=SYSTEM.name,
        title=SYSTEM.title,
        paper=SYSTEM.paper,
        made=SYSTEM.made(mnist),
        verdict=Judgement(
            verdict=PaperVerdict.TREND,
            words="Networks lose nothing that is noticed up to the error rate of cells that the "
            "paper names; what a pair of devices gains depends on how its two states spread.",
        ),
        choices=CHOICES,
        left_out=LEFT_OUT,
        tables=(
            block,
            adders,
            *tables,
            accuracy_table(networks, progress),
            device_table(networks, progress),
            cell_table(connected, progress),
        ),
        plots=(plot, stochastic_plot(digits, progress)),
        methods=(
            f"Images: {digits.name}, {len(digits.train_labels):,} to train on and "
            f"{len(digits.test_labels):,} to test with. Every pixel is compared with levels of "
            "grey, a bit each. Training: straight-through estimator and Adam, folded into integer "
            "thresholds.",
            "Devices: lognormal resistances, medians 5 kΩ and 100 kΩ, spreads scaled to the error "
            "rate of a single device with its best reference. The convolutional network is judged "
            f"by the first {len(subjects[1].labels):,} test images there.",
            f"Place and route: {DEVICE}. Standard cells: {CELLS}, before layout.",
        ),
    )


def multilayer(digits: Digits, progress: Callable[[str], None]) -> DigitNetwork:
    """Fully connected layers as ``bnn_network``."""
    subject = learn("multilayer network", MULTILAYER[digits.name], digits, progress)
    spec = network_spec(subject.layers, CYCLES)

    def activations(images: int) -> Traffic:
        bits = subject.bits[:images].reshape(images, -1)
        return {"activations": {"bits": to_tokens(bits, spec.layers[0].simd)}}

    def with_parameters(images: int) -> Traffic:
        parameters = {
            parameter_stream(index, name): repeated(tokens, images)
            for index, (layer, trained) in enumerate(zip(spec.layers, subject.layers, strict=True))
            for name, tokens in layer.parameter_tokens(trained.weights, trained.thresholds).items()
        }
        return {**activations(images), **parameters}

    beside_arrays = Rtl(BnnNetworkSpec(layers=tuple(map(streamed, spec.layers))), with_parameters)
    images = min(RTL_IMAGES, len(subject.labels))
    return DigitNetwork(subject, Rtl(spec, activations), images, beside_arrays)


def convolutional(digits: Digits, progress: Callable[[str], None]) -> DigitNetwork:
    """Convolutions, pools and connected layers as ``bnn_conv_network``."""
    subject = learn("convolutional network", CONVOLUTIONAL[digits.name], digits, progress)
    _, height, width, channels = subject.bits.shape
    spec = conv_network_spec(subject.layers, (height, width, channels), CONVOLUTION_CYCLES)
    lanes = spec.streams[0].fields[0].lanes

    def activations(images: int) -> Traffic:
        pixels = subject.bits[:images].reshape(-1, channels)
        return {"activations": {"bits": to_tokens(pixels, lanes or 1)}}

    images = min(CONVOLUTION_IMAGES, len(subject.labels))
    return DigitNetwork(subject, Rtl(spec, activations), images)


def streamed(layer: BnnLayerSpec) -> BnnLayerSpec:
    """The same layer without memories of its own."""
    return layer.model_copy(
        update={"parameters": ParameterSource.STREAMED, "weights": None, "thresholds": None}
    )


def repeated(tokens: Tokens, times: int) -> Tokens:
    """The tokens so many times, one after the other."""
    return {name: np.tile(values, (times, 1)) for name, values in tokens.items()}


def fewer(subject: Subject, images: int) -> Subject:
    """The same with the first ``images`` only."""
    chosen = np.s_[:images]
    return subject._replace(bits=subject.bits[chosen], labels=subject.labels[chosen])
