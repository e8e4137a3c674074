"""Timesteps of a pipeline of cores against Algorithm 1 walked step by step, and ResNet-32."""

from collections import Counter

import numpy as np
import pytest
from support.imc_oracle import Pixel, patch, walk

from neuroloom.flows.mapping.imc.cores import Chip, map_network, paced
from neuroloom.flows.mapping.imc.grid import Kind, place
from neuroloom.flows.mapping.imc.timesteps import (
    LayerActivity,
    LayerPace,
    TransferTiming,
    paces,
    simulate,
)
from neuroloom.flows.networks.convolutional import (
    Convolution,
    ConvolutionalNetwork,
    FullyConnected,
    Image,
    Layer,
    Pooling,
)
from neuroloom.flows.networks.resnet import resnet
from neuroloom.golden.imc.pixel_pool import Operation

WITHIN, PARTIAL, NEXT = TransferTiming(0, 0), TransferTiming(0, 1), TransferTiming(1, 1)
RESNET = resnet()
SINGLE = paces(map_network(RESNET, Chip()))
FACTORS = paced(RESNET)
REPLICATED = {
    name: LayerPace((FACTORS.get(name, 1), 1), each.parts) for name, each in SINGLE.items()
}


def random_network(rng: np.random.Generator) -> ConvolutionalNetwork:
    """A few convolutions, some around a residual path, some resampled, and perhaps pooling."""
    layers: list[Layer] = [Convolution(name="a", channels=2, padding=1)]
    pooled = bool(rng.integers(2))
    if pooled:
        kernel, stride = (int(n) for n in rng.integers(1, 4, 2))
        padding = int(rng.integers(0, kernel))
        layers.append(Pooling(name="p", kernel=kernel, stride=stride, padding=padding))
    for block in range(int(rng.integers(1, 4))):
        before = layers[-1].name
        stride = int(rng.integers(1, 3))
        residual = before
        if stride > 1:
            residual = f"s{block}"
            layers.append(
                Convolution(name=residual, source=before, channels=2, kernel=1, stride=stride)
            )
        kernel = int(rng.choice((1, 3, 5)))
        layers.append(
            Convolution(
                name=f"b{block}",
                source=before,
                channels=2,
                kernel=kernel,
                padding=kernel // 2,
                stride=stride,
            )
        )
        layers.append(Convolution(name=f"c{block}", channels=2, padding=1, residual=residual))
    if not pooled and rng.integers(2):
        layers.append(Convolution(name="d", channels=2, kernel=2, stride=int(rng.integers(1, 3))))
    layers.append(FullyConnected(name="fc", channels=2))
    height, width = (int(n) for n in rng.integers(9, 16, 2))
    return ConvolutionalNetwork(
        name="random", image=Image(height=height, width=width, channels=1), layers=tuple(layers)
    )


def random_paces(
    rng: np.random.Generator, network: ConvolutionalNetwork, whole: bool
) -> dict[str, LayerPace]:
    return {
        each.name: LayerPace(
            (int(rng.integers(1, 4)), int(rng.integers(1, 3)) if whole else 1),
            int(rng.integers(1, 4)),
            whole,
        )
        for each in network.wired
    }


def columns_needed(
    network: ConvolutionalNetwork,
    name: str,
    done: dict[str, dict[Pixel, int]],
    timing: TransferTiming,
) -> int:
    """Pixels are stored one column after the other in so many columns: none may be lost."""
    each = network.layer(name)
    assert each.source is not None
    came = {pixel: at + timing.delivery for pixel, at in done[each.source].items()}
    used = dict(came)
    for output, at in done[name].items():
        for pixel in patch(each, output):
            used[pixel] = max(used[pixel], at)
    if network.holders[each.source] == name:
        for other in network.wired:
            if other.residual == each.source:
                for pixel, at in done[other.name].items():
                    used[pixel] = max(used[pixel], at - timing.delivery)
    width = each.given.width
    for columns in range(1, width * 9):
        lost = False
        for (image, x, y), at in came.items():
            column = image * width + y - columns
            if column >= 0:
                lost |= at <= used[(column // width, x, column % width)]
        if not lost:
            return columns
    raise AssertionError


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("seed", range(25))
def test_every_timestep_is_that_of_the_walk(seed: int, whole: bool) -> None:
    rng = np.random.default_rng(seed)
    network = random_network(rng)
    pace = random_paces(rng, network, whole)
    timing = TransferTiming(int(rng.integers(3)), int(rng.integers(3)))
    images = int(rng.integers(1, 4))
    done = walk(network, pace, timing, images)
    found = simulate(network, pace, timing, images)
    for name, activity in found.items():
        ours = {pixel: int(at) for pixel, at in np.ndenumerate(activity.computed)}
        assert ours == done[name], f"seed {seed}, layer {name}"
    for each in network.wired[1:-1]:
        needed = columns_needed(network, each.name, done, timing)
        assert found[each.name].columns == needed, f"seed {seed}, layer {each.name}"


def test_the_first_output_is_due_when_figure_8_says() -> None:
    """3×3, no padding: two columns and three pixels of the third."""
    layer = Convolution(name="a", channels=1)
    network = ConvolutionalNetwork(
        name="figure 8", image=Image(height=7, width=7, channels=1), layers=(layer,)
    )
    computed = simulate(network, {"a": LayerPace()}, WITHIN)["a"].computed[0]
    assert computed[0, 0] == 2 * 7 + 3
    assert computed[:, 0].tolist() == list(range(17, 22))
    assert computed[0, 1] == 3 * 7 + 3


def test_padding_starts_after_the_pixels_of_section_242() -> None:
    """H·(F - P - 1) + (F - P) pixels."""
    for kernel, padding in ((3, 0), (3, 1), (5, 2), (5, 1)):
        layer = Convolution(name="a", channels=1, kernel=kernel, padding=padding)
        image = Image(height=11, width=11, channels=1)
        network = ConvolutionalNetwork(name="n", image=image, layers=(layer,))
        computed = simulate(network, {"a": LayerPace()}, WITHIN)["a"].computed
        assert computed.min() == 11 * (kernel - padding - 1) + (kernel - padding)


@pytest.mark.parametrize(
    ("pace", "timing", "latency"),
    [
        (SINGLE, WITHIN, 1024 + 11 * 33 + 9 * 17 + 9 * 9),
        (SINGLE, PARTIAL, 1621 + 9),
        # 31 deliveries: 30 from one convolution to the next, one to the last layer
        (SINGLE, NEXT, 1630 + 31),
        (REPLICATED, WITHIN, 256 + 11 * 9 + 9 * 9 + 9 * 9),
        (REPLICATED, PARTIAL, 526),
        (REPLICATED, NEXT, 526 + 31),
    ],
)
def test_latency_of_resnet_32(
    pace: dict[str, LayerPace], timing: TransferTiming, latency: int
) -> None:
    found = simulate(RESNET, pace, timing)
    assert found["FC"].finished() == latency
    assert max(activity.columns for activity in found.values()) == 3  # H·F pixels are enough


@pytest.mark.parametrize(("pace", "period"), [(SINGLE, 1024), (REPLICATED, 256)])
def test_a_batch_never_stalls(pace: dict[str, LayerPace], period: int) -> None:
    found = simulate(RESNET, pace, NEXT, images=4)
    for activity in found.values():
        first = activity.computed[0]
        for image in range(1, 4):
            assert np.array_equal(activity.computed[image], first + image * period)
        assert activity.columns <= 3


@pytest.mark.parametrize("timing", [WITHIN, NEXT])
def test_a_pool_is_due_with_the_last_pixel_of_its_window(timing: TransferTiming) -> None:
    """2×2 windows of 7×6 pixels: the last row fills none; 3×3 of 2, one pixel apart, overlap."""
    image = Image(height=7, width=6, channels=4)
    apart = ConvolutionalNetwork(name="n", image=image, layers=(Pooling(name="p"),))
    found = simulate(apart, {"p": LayerPace()}, timing)["p"]
    assert found.computed[0].tolist() == [[9, 23, 37], [11, 25, 39], [13, 27, 41]]
    assert found.columns == 2
    overlapping = ConvolutionalNetwork(
        name="n", image=image, layers=(Pooling(name="p", kernel=3, stride=2),)
    )
    found = simulate(overlapping, {"p": LayerPace((3, 1))}, timing)["p"]
    # tiles of three pixels of a column arrive: 3 a column; the window ends in the third or fifth
    assert found.computed[0].tolist() == [[9, 15]] * 3
    assert found.columns == 3


def test_tiles_of_pools_keep_pace_with_the_layer_before() -> None:
    layers: tuple[Layer, ...] = (
        Convolution(name="a", channels=4, padding=1),
        Pooling(name="p", operation=Operation.AVERAGE),
        Convolution(name="b", channels=4, padding=1),
        Pooling(name="whole", kernel=4),
        FullyConnected(name="fc", channels=3),
    )
    network = ConvolutionalNetwork(
        name="n", image=Image(height=8, width=8, channels=1), layers=layers
    )
    wanted = paced(network)
    assert wanted == {"a": 2, "p": 1, "b": 1, "whole": 1}
    mapped = map_network(network, Chip(), wanted)
    found = simulate(network, paces(mapped), NEXT, images=3)
    # 32 tiles of two pixels an image; each 3×3 layer adds a column and a tile, each delivery one
    assert found["a"].finished() == 32 + 4 + 1
    assert found["p"].finished() == 32 + 4 + 1 + 1
    assert found["b"].finished() == found["p"].finished() + 1 + 4 + 1
    assert found["fc"].finished() == found["b"].finished() + 2
    for activity in found.values():
        periods = activity.computed[1:] - activity.computed[:-1]
        assert np.unique(periods).tolist() == [32]


def test_a_pool_holds_and_resamples_residuals() -> None:
    layers: tuple[Layer, ...] = (
        Pooling(name="first", kernel=1),
        Pooling(name="held", source="first", kernel=3, stride=3),
        Convolution(name="b", source="first", channels=2, kernel=1, residual="first"),
        Pooling(name="resampled", source="b", operation=Operation.AVERAGE),
        Convolution(name="c", source="b", channels=2, padding=1, stride=2),
        Convolution(name="d", channels=2, padding=1, residual="resampled"),
        Convolution(name="e", channels=2, kernel=2, residual="held"),
    )
    network = ConvolutionalNetwork(
        name="n", image=Image(height=6, width=6, channels=2), layers=layers
    )
    assert network.holders["first"] == "held"
    assert "resampled" not in network.holders
    mapped = map_network(network, Chip())
    assert [each.pixels for each in place(network, mapped).links] == [1] * 9
    kinds = Counter(link.kind for link in place(network, mapped).links)
    assert kinds == {Kind.FEEDFORWARD: 4, Kind.RESAMPLING: 2, Kind.RESIDUAL: 1, Kind.RESAMPLED: 2}
    done = walk(network, paces(mapped), NEXT, 2)
    for name, activity in simulate(network, paces(mapped), NEXT, images=2).items():
        found = {pixel: int(at) for pixel, at in np.ndenumerate(activity.computed)}
        assert found == done[name], name


def slope(activity: LayerActivity) -> float:
    """Activations a timestep, from the beginning of the first column to that of the third."""
    begin, end = activity.computed[0, 0, 0], activity.computed[0, 0, 2]
    progress = activity.progress()
    return float((progress[end] - progress[begin]) / (end - begin))


def test_slopes_of_figure_10() -> None:
    """1, 1/4 behind the first stride and 1/16 behind the second; 4 times that with replicas."""
    single, fast = simulate(RESNET, SINGLE, PARTIAL), simulate(RESNET, REPLICATED, PARTIAL)
    assert [slope(single[name]) for name in ("5", "16", "22")] == [1, 1 / 4, 1 / 16]
    assert [slope(fast[name]) for name in ("5", "16", "22")] == [4, 1, 1 / 4]
    assert single["5"].progress()[-1] == 32 * 32
    assert single["16"].progress()[0] == 0


def test_residuals_that_no_memory_holds_wait_in_the_core() -> None:
    found = simulate(RESNET, SINGLE, NEXT)
    waiting = {name: each.waiting for name, each in found.items() if each.waiting}
    assert set(waiting) == {"13", "23"}
    assert waiting["13"] <= 3 * 16


def test_resampled_residuals_wait_as_counted() -> None:
    layers: tuple[Layer, ...] = (
        Convolution(name="a", channels=1, kernel=1),
        Convolution(name="s", source="a", channels=1, kernel=1),
        Convolution(name="b", source="a", channels=1, padding=1),
        Convolution(name="c", channels=1, padding=1, residual="s"),
    )
    image = Image(height=6, width=6, channels=1)
    network = ConvolutionalNetwork(name="n", image=image, layers=layers)
    pace = {layer.name: LayerPace() for layer in layers}
    found = simulate(network, pace, WITHIN)
    # the residual of pixel k is there at k, its sum is computed two columns and two pixels later
    assert found["c"].waiting == 2 * (6 + 1)
    assert found["b"].waiting == 0


@pytest.mark.parametrize(("holder", "later"), [(True, 2), (False, 1)])
def test_a_residual_comes_by_way_of_the_core_that_holds_it(holder: bool, later: int) -> None:
    """It is in the memory of the largest kernel; in the layer's own it is there at once."""
    layers: list[Layer] = [
        Convolution(name="a", channels=1, kernel=1),
        Convolution(name="b", source="a", channels=1, kernel=1, residual="a"),
    ]
    if holder:
        layers.insert(1, Convolution(name="h", source="a", channels=1, padding=1))
        layers.append(Convolution(name="c", source="h", channels=1, padding=1, residual="b"))
    image = Image(height=5, width=5, channels=1)
    network = ConvolutionalNetwork(name="n", image=image, layers=tuple(layers))
    assert network.holders["a"] == ("h" if holder else "b")
    pace = {layer.name: LayerPace() for layer in layers}
    found = simulate(network, pace, NEXT)
    assert np.array_equal(found["b"].computed, found["a"].computed + later)
    done = walk(network, pace, NEXT, 1)
    assert done["b"] == {pixel: int(at) for pixel, at in np.ndenumerate(found["b"].computed)}
    links = place(network, map_network(network, Chip())).links
    assert [link.kind for link in links].count(Kind.RESIDUAL) == (1 if holder else 0)
