"""Networks of cores: the models of their parts and their hardware against plain convolutions."""

from typing import Any

import numpy as np
import pytest
from amaranth.hdl import Module
from amaranth.sim import Simulator as Engine
from support.core_networks import TINY, built, images_for, residual
from support.effort import effort

from neuroloom.flows.mapping.imc.assemble import CoreSystem, Style
from neuroloom.flows.mapping.imc.cores import Chip
from neuroloom.flows.mapping.imc.hardware import behaviour, hardware
from neuroloom.flows.mapping.imc.simulate import simulate
from neuroloom.flows.networks.convolutional import (
    Convolution,
    ConvolutionalNetwork,
    FullyConnected,
    Image,
    Layer,
    Pooling,
)
from neuroloom.flows.networks.inference import activations, scores
from neuroloom.flows.simulation.bulk.build import build
from neuroloom.flows.simulation.bulk.run import golden, run
from neuroloom.flows.tools.errors import ToolFailed
from neuroloom.flows.verilog.emit import emit
from neuroloom.golden.imc.crossbar import CrossbarSpec
from neuroloom.golden.imc.input_memory import Order
from neuroloom.golden.ports import concatenate
from neuroloom.golden.systems.core_network import CoreNetworkSpec
from neuroloom.hdl.streams.constant_stream import ConstantStream
from neuroloom.hdl.streams.stream_fork import StreamFork
from neuroloom.verif.imc.crossbar import CrossbarStimulus

SMALL = Chip(rows=30, columns=5)
"""Few enough for partial sums of two and three cores and for outputs side by side."""


def random_network(rng: np.random.Generator) -> tuple[ConvolutionalNetwork, dict[str, int]]:
    """One whose maps are large enough for its kernels."""
    while True:
        try:
            return drawn_network(rng)
        except ValueError:
            continue


def drawn_network(rng: np.random.Generator) -> tuple[ConvolutionalNetwork, dict[str, int]]:
    """Layers of any kernel, stride and padding with residuals and pools; pixels a timestep."""
    layers: list[Layer] = []
    side = int(rng.integers(7, 11)), int(rng.integers(7, 11))
    parallel: dict[str, int] = {}
    for number in range(int(rng.integers(1, 4))):
        kernel = int(rng.choice([1, 3, 3, 5]))
        layers.append(
            Convolution(
                name=str(number),
                channels=int(rng.integers(1, 7)),
                kernel=kernel,
                stride=int(rng.integers(1, 3)),
                padding=int(rng.integers(kernel // 2 + 1)),
            )
        )
        parallel[str(number)] = int(rng.integers(1, 4))
        if rng.integers(2):
            width = layers[-1].channels
            layers.append(
                Convolution(name=f"{number}b", channels=width, padding=1, residual=str(number))
            )
    if rng.integers(2):
        kernel = int(rng.integers(1, 4))
        layers.append(
            Pooling(
                name="pool",
                operation=["max", "average"][int(rng.integers(2))],
                kernel=kernel,
                stride=int(rng.integers(1, 3)),
                padding=int(rng.integers(kernel)),
            )
        )
    layers.append(FullyConnected(name="FC", channels=int(rng.integers(1, 5))))
    image = Image(height=side[0], width=side[1], channels=int(rng.integers(1, 4)))
    return ConvolutionalNetwork(name="random", image=image, layers=tuple(layers)), parallel


@pytest.mark.parametrize("seed", range(effort(12, 100)))
def test_parts_compute_what_plain_convolutions_do(seed: int) -> None:
    """Every layer, whatever the splits, the order of the pixels and how many come at once."""
    rng = np.random.default_rng(seed)
    network, parallel = random_network(rng)
    rows, columns = int(rng.integers(25, 60)), int(rng.integers(2, 7))
    order = list(Order)[seed % 2]
    images = images_for(network, 2, seed)
    heights = {each.name: min(each.made) for each in network.wired}
    parallel = {name: min(count, heights[name]) for name, count in parallel.items()}
    system = built(
        network,
        Chip(rows=rows, columns=columns),
        seed,
        parallel=parallel,
        style=Style(timestep=16, order=order),
    )
    expected = activations(system.network, images)
    turned = order is Order.COLUMNS
    scanned = images.swapaxes(1, 2) if turned else images
    pixels = {"values": scanned.reshape(-1, images.shape[3]).astype(np.int64)}
    found = system.spec.model().outputs({"pixels": pixels})
    assert len({name for names in system.nodes.values() for name in names}) >= len(network.wired)
    for layer, nodes in system.nodes.items():
        given = np.concatenate([found[node, False] for node in nodes], axis=1)
        made = expected[layer].swapaxes(1, 2) if turned else expected[layer]
        assert given.tolist() == made.reshape(given.shape).tolist(), f"seed {seed}, layer {layer}"


def test_cores_that_are_split_add_up_and_stand_side_by_side() -> None:
    system = built(residual(), SMALL)
    assert system.nodes["2"] == ("2.1",)  # two parts
    assert len(system.nodes["5"]) == 2  # five and one output
    by_name = system.spec.by_name
    assert by_name["5.1"].partial == "5.0" and by_name["5.2"].residual == ()
    assert by_name["2.0"].core is None and by_name["2.0"].forwards and by_name["2.1"].forwards
    assert [tap.node for tap in by_name["3.1"].residual] == ["2.0", "2.1"]


@pytest.mark.regression
@pytest.mark.parametrize(
    ("chip", "order", "parallel"),
    [(SMALL, Order.ROWS, {}), (Chip(), Order.COLUMNS, {"1": 4, "2": 4, "3": 3, "4": 2})],
)
def test_the_hardware_computes_the_network(
    chip: Chip, order: Order, parallel: dict[str, int]
) -> None:
    """One image a period of the timestep without a stall; no deadlock when neighbours wait."""
    network = residual()
    system = built(
        network, chip, parallel=parallel, style=Style(timestep=20, order=order), observed=True
    )
    images = images_for(network, 6, 1)
    expected = scores(system.network, images)
    steady = simulate(system, images)
    assert steady.scores.tolist() == expected.tolist()
    height, width = images.shape[1:3]
    line, lines = (height, width) if order is Order.COLUMNS else (width, height)
    timesteps = lines * -(-line // parallel.get("1", 1))
    if line % parallel.get("1", 1) == 0:
        assert steady.stalls == 0
        assert np.diff(steady.finished).tolist() == [timesteps * 20] * 5
    for layer in ("1", "3", "5"):
        made = network.layer(layer).made
        cycles = steady.deliveries(layer)
        assert len(cycles) == 6 * made.height * made.width and (np.diff(cycles) > 0).all()
    for seed in range(effort(2, 20)):
        soaked = simulate(system, images, offer=0.4, accept=0.02, seed=seed, beat=False)
        assert soaked.scores.tolist() == expected.tolist(), f"seed {seed}"


@pytest.mark.regression
@pytest.mark.parametrize("order", Order)
def test_padded_pools_in_hardware(order: Order) -> None:
    network = ConvolutionalNetwork(
        name="pools",
        image=Image(height=9, width=8, channels=2),
        layers=(
            Convolution(name="1", channels=3, padding=1),
            Pooling(name="2", kernel=3, stride=2, padding=1),
            Convolution(name="3", channels=5),
            Pooling(name="4", operation="average", kernel=2, stride=1, padding=1),
            FullyConnected(name="FC", channels=4),
        ),
    )
    system = built(network, style=Style(timestep=20, order=order))
    images = images_for(network, 5, 1)
    expected = scores(system.network, images).tolist()
    assert simulate(system, images).scores.tolist() == expected
    for seed in range(effort(2, 20)):
        soaked = simulate(system, images, offer=0.4, accept=0.02, seed=seed, beat=False)
        assert soaked.scores.tolist() == expected, f"seed {seed}"


@pytest.mark.regression
def test_what_is_broken_is_noticed() -> None:
    """A weight that is another one, and a queue in which too few residual pixels fit."""
    network = ConvolutionalNetwork(
        name="block",
        image=Image(height=6, width=5, channels=2),
        layers=(
            Convolution(name="1", channels=2, padding=1),
            Convolution(name="2", channels=2, padding=1),
            Convolution(name="3", channels=2, padding=1, residual="1"),
        ),
    )
    system = built(network, style=Style(timestep=16))
    images = images_for(network, 1, 2)
    expected = scores(system.network, images)
    node = system.spec.nodes[2]
    changed = node.model_copy(update={"weights": (node.weights[0] ^ 64, *node.weights[1:])})
    nodes = (*system.spec.nodes[:2], changed, *system.spec.nodes[3:])
    broken = CoreSystem(
        system.spec.model_copy(update={"nodes": nodes}), system.nodes, system.network, system.style
    )
    assert simulate(broken, images).scores.tolist() != expected.tolist()

    class Short(CoreNetworkSpec):
        def queued(self, node: Any) -> int:
            return 2

    short = CoreSystem(Short(**dict(system.spec)), system.nodes, system.network, system.style)
    with pytest.raises(ToolFailed, match=r"block stopped after \d+ of 30 results"):
        simulate(short, images)


@pytest.mark.regression
@pytest.mark.parametrize(
    "spec",
    [
        CrossbarSpec(rows=18, columns=4, units=2, windows=3, step=5, counted=True, sum_bits=12),
        CrossbarSpec(rows=3, columns=1, input_bits=3, input_signed=True, weight_bits=4, interval=5),
    ],
)
def test_products_in_loops_are_those_of_multipliers(spec: CrossbarSpec) -> None:
    """Same sums in the same cycles."""
    stimulus = CrossbarStimulus(spec)
    rng = np.random.default_rng(5)
    setup = stimulus.setup(rng)
    before, work = golden(spec, concatenate([stimulus.corners(), stimulus.random(rng, 60)]), setup)
    loops = emit(spec, behavioural=True).verilog
    assert "neuroloom_dot_product" in loops
    loops += behaviour()
    found = []
    for verilog in (None, loops):
        done = run(build(spec, verilog=verilog), work, before, record=True)
        assert (
            done.outputs["work"]["sums"]["values"].tolist()
            == work.expected["sums"]["values"].tolist()
        )
        found.append(done.handovers["sums"].tolist())
    assert found[0] == found[1]


def test_specifications_compare_after_use() -> None:
    """What they have worked out since has no part in it."""
    left, right = built(residual()).spec, built(residual()).spec
    assert left.contract == right.contract and left == right
    assert left != built(residual(), seed=1).spec


def test_whole_networks_are_verilog() -> None:
    """With multipliers, for synthesis: no module is missing."""
    text = hardware(TINY).verilog
    assert "neuroloom_dot_product" not in text and text.count("module core_network") > 5


@pytest.mark.parametrize("seed", range(6))
def test_a_fork_gives_every_token_to_every_taker(seed: int) -> None:
    rng = np.random.default_rng(seed)
    fork = StreamFork(4, 3)
    tokens = rng.integers(0, 16, 40).tolist()
    found: list[list[int]] = [[], [], []]

    async def bench(context: Any) -> None:
        sent = 0
        for _ in range(400):
            context.set(fork.input.valid, sent < len(tokens))
            context.set(fork.input.payload, tokens[min(sent, len(tokens) - 1)])
            for number in range(3):
                context.set(fork.output(number).ready, int(rng.integers(2)))
            for number in range(3):
                output = fork.output(number)
                if context.get(output.valid) and context.get(output.ready):
                    found[number].append(context.get(output.payload))
            sent += context.get(fork.input.valid) and context.get(fork.input.ready)
            await context.tick()

    run_bench(fork, bench)
    assert found == [tokens] * 3, f"seed {seed}"


@pytest.mark.parametrize("tokens", [[5], [1, 2, 3], list(range(9))])
def test_constants_come_once_in_order(tokens: list[int]) -> None:
    source = ConstantStream(4, tokens)
    rng = np.random.default_rng(len(tokens))
    found = []

    async def bench(context: Any) -> None:
        for cycle in range(60):
            context.set(source.output.ready, int(cycle < 3 or rng.integers(2)))
            if context.get(source.output.valid) and context.get(source.output.ready):
                found.append(context.get(source.output.payload))
            await context.tick()

    run_bench(source, bench)
    assert found == tokens


def run_bench(part: Any, bench: Any) -> None:
    top = Module()
    top.submodules.part = part
    engine = Engine(top)
    engine.add_clock(1e-6)
    engine.add_testbench(bench)
    engine.run()
