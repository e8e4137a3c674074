"""A binarized network on differential resistive memory: the claims of Querlioz et al. 2019.

The article gives few figures and several claims: XNOR at no cost in the sense amplifier, a block of
one kilobit, low-depth adders, two devices a bit that do what error correction does, and networks
that bear an error in a thousand bits. Each is built and measured here.
"""

from collections.abc import Callable
from dataclasses import replace
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
from neuroloom.flows.reproduce.bnn.adders import adder_claim, adder_table
from neuroloom.flows.reproduce.bnn.block import block_table, spread_table, written_table
from neuroloom.flows.reproduce.bnn.codes import code_table, rate_table
from neuroloom.flows.reproduce.bnn.errors_in_rtl import error_table
from neuroloom.flows.reproduce.bnn.networks import (
    CELLS,
    DEVICE,
    DigitNetwork,
    Rtl,
    accuracy_table,
    cell_table,
    device_table,
    learn,
    read_table,
    seed_table,
    weight_table,
)
from neuroloom.flows.reproduce.bnn.stochastic import stochastic_plot
from neuroloom.flows.reproduce.bnn.subject import Subject
from neuroloom.flows.reproduce.bnn.system import SYSTEM
from neuroloom.flows.reproduce.bnn.tolerance import SEEDS, study
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
ADAPTED = 0.04
"""Share of the weights that the adapted training turns: what the paper's reference 22 bears."""
RTL_IMAGES, CONVOLUTION_IMAGES = 1000, 200
CONVOLUTION_STUDIED = 1000
"""Images that the convolutional network is judged by where its cells err."""
CHOICES = (
    OpenChoice(
        name="states of the devices",
        taken="lognormal resistances with medians of 5 kΩ and 100 kΩ, σ of ln R 0.2 and 0.8; no "
        "measurement is behind them",
        otherwise="the table of the spread moves each of them alone, and that of a pair beside a "
        "code the ratio of both spreads",
    ),
    OpenChoice(
        name="capacitances of a read",
        taken="0.2, 0.5 and 1 fF a cell on its bit line, 1 fF an output, 1 V",
        otherwise="the energy of reading grows with rows and capacitance alike: its table has both",
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
        what="the XNOR inside of the sense amplifier (Fig. 1(d))",
        why="the amplifier is analog; ours crosses its outputs behind it, and says what that costs",
    ),
    LeftOut(
        what="spin torque oscillators as neurons (section III)",
        why="they compute by physics and have no digital side",
    ),
)


def reproduce(progress: Callable[[str], None], mnist: Path | None) -> Reproduction:
    """Build, train, simulate, place and map; on scikit-learn's digits without ``mnist``."""
    digits = load(mnist)
    block = block_table()
    spread, written = spread_table(progress), written_table(progress)
    adders = adder_table(progress)
    codes, code_claim = code_table()
    connected = multilayer(digits, progress)
    convolved = convolutional(digits, progress)
    networks = [connected, convolved]
    recipe = MULTILAYER[digits.name]
    adapted = learn(
        "multilayer network, adapted", replace(recipe, errors=ADAPTED), digits, progress
    )._replace(adapted=True)
    subjects = [connected.subject, fewer(convolved.subject, CONVOLUTION_STUDIED), adapted]
    tolerance, plot, tolerance_claim = study(subjects, SEEDS, progress)
    cells = cell_table(connected, progress)
    return Reproduction(
        system=SYSTEM.name,
        title=SYSTEM.title,
        paper=SYSTEM.paper,
        made=SYSTEM.made(mnist),
        verdict=Judgement(
            verdict=PaperVerdict.TREND,
            words="Networks bear the error rate that the paper names; whether a pair of devices "
            "does what a code does depends on how its two states spread, and the XNOR stands "
            "behind the amplifiers here, not in them.",
        ),
        claims=(
            tolerance_claim,
            code_claim,
            adder_claim(adders),
            Judgement(
                claim="the XNOR is done within the sense amplifier, without overhead",
                verdict=PaperVerdict.DIFFERS,
                words="The bits are those of the paper's amplifier; ours takes the outputs "
                "straight or crossed behind it, at the area that the first table says.",
            ),
        ),
        choices=CHOICES,
        left_out=LEFT_OUT,
        tables=(
            block,
            spread,
            written,
            adders,
            rate_table(),
            codes,
            tolerance,
            error_table(connected.subject, progress),
            accuracy_table(networks, progress),
            seed_table("multilayer network", recipe, digits, progress),
            device_table(networks, progress),
            weight_table(networks, progress),
            cells,
            read_table(connected, cells),
        ),
        plots=(plot, stochastic_plot(digits, progress)),
        methods=(
            f"Images: {digits.name}, {len(digits.train_labels):,} to train on and "
            f"{len(digits.test_labels):,} to test with. Every pixel is compared with levels of "
            "grey, a bit each. Training: straight-through estimator and Adam, folded into integer "
            "thresholds.",
            "Devices: lognormal resistances, medians 5 kΩ and 100 kΩ, both spreads scaled alike "
            "until the cells err at the rate that is asked for; a single device has its best "
            "reference. The convolutional network is judged "
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
    return DigitNetwork(subject, Rtl(spec, activations), spec.layers, images, beside_arrays)


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
    layers = [stage.layer for stage in spec.stages if stage.layer is not None]
    return DigitNetwork(subject, Rtl(spec, activations), layers, images)


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
