"""The macro ``bnn_conv_network``, by hand and against loops over integers."""

from typing import Any

import numpy as np
import pytest
from support.effort import effort
from support.machine import NEEDS_COMPILER
from support.unhindered import run_unhindered

from neuroloom.flows.macros.catalogue import macros
from neuroloom.flows.macros.specification import validate
from neuroloom.flows.simulation.bulk.simulate import simulate as simulate_in_bulk
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.verify import verify
from neuroloom.golden.bnn.layer import BnnLayerSpec
from neuroloom.golden.bnn.layer_options import LayerOutput
from neuroloom.golden.bnn.max_pool import MaxPoolSpec
from neuroloom.golden.bnn.sliding_window import SlidingWindowSpec
from neuroloom.golden.systems.bnn_conv_network import BnnConvNetworkSpec
from neuroloom.golden.systems.conv_stage import ConvStage
from neuroloom.verif.stimulus import Rng
from neuroloom.verif.systems.bnn_conv_network import BnnConvNetworkStimulus

NETWORK = macros()["bnn_conv_network"]


def digits(rng: Rng) -> BnnConvNetworkSpec:
    """A network for pixels of 8 bits, all of whose parameters are fixed."""

    def layer(inputs: int, neurons: int, pe: int, simd: int, bits: int = 1) -> BnnLayerSpec:
        weights = rng.integers(0, 2, (neurons, inputs))
        greatest = 2**bits - 1
        middle = inputs * greatest / 2
        thresholds = rng.normal(middle, np.sqrt(inputs) * greatest / 4, neurons).astype(np.int64)
        return BnnLayerSpec.with_weights(weights, thresholds, pe, simd, LayerOutput.BITS, bits)

    scores = BnnLayerSpec.with_weights(
        rng.integers(0, 2, (10, 4 * 4 * 12)), None, 2, 8, LayerOutput.CLASS
    )
    return BnnConvNetworkSpec(
        stages=(
            ConvStage(
                window=SlidingWindowSpec(height=18, width=20, channels=8, simd=8, padding=1),
                layer=layer(9, 8, 8, 1, bits=8),
                pool=MaxPoolSpec(height=18, width=20, channels=8, lanes=8),
            ),
            ConvStage(
                window=SlidingWindowSpec(height=9, width=10, channels=8, simd=4, padding_bit=1),
                layer=layer(72, 12, 4, 4),
            ),
            ConvStage(pool=MaxPoolSpec(height=7, width=8, channels=12, lanes=4)),
            ConvStage(
                window=SlidingWindowSpec(
                    height=3, width=4, channels=12, simd=12, kernel=2, padding=1
                ),
                layer=layer(48, 12, 6, 12),
                pool=MaxPoolSpec(height=4, width=5, channels=12, lanes=6, kernel=1),
            ),
            ConvStage(
                window=SlidingWindowSpec(
                    height=4, width=5, channels=12, simd=6, kernel=1, stride=1
                ),
                layer=layer(12, 12, 2, 6),
                pool=MaxPoolSpec(height=4, width=5, channels=12, lanes=2, kernel=1),
            ),
            ConvStage(
                window=SlidingWindowSpec(
                    height=4, width=5, channels=12, simd=12, kernel=2, padding=0
                ),
                layer=layer(48, 16, 4, 12),
            ),
            ConvStage(layer=layer(3 * 4 * 16, 4 * 4 * 12, 8, 8)),
            ConvStage(layer=scores),
        )
    )


def convolved(spec: SlidingWindowSpec, layer: BnnLayerSpec, image: np.ndarray) -> np.ndarray:
    """Sums of signed weights times numbers: a convolution in integers, pixel by pixel."""
    bits = layer.input_bits
    signs = 2 * layer.weight_matrix - 1
    height, width, channels = image.shape
    outside = spec.padding_bit * (2**bits - 1)
    sums = np.zeros((spec.rows, spec.columns, layer.neurons), np.int64)
    for row, column, neuron in np.ndindex(sums.shape):
        for dy, dx, channel in np.ndindex(spec.kernel, spec.kernel, channels):
            y = row * spec.stride + dy - spec.padding
            x = column * spec.stride + dx - spec.padding
            inside = 0 <= y < height and 0 <= x < width
            value = int(image[y, x, channel]) if inside else outside
            if bits == 1:
                value = 2 * value - 1
            weight = signs[neuron, (dy * spec.kernel + dx) * channels + channel]
            sums[row, column, neuron] += int(weight) * value
    return sums


def levels(layer: BnnLayerSpec) -> np.ndarray:
    """Thresholds on those sums."""
    thresholds = np.array(layer.thresholds)
    if layer.input_bits == 1:
        return 2 * thresholds - layer.inputs
    zeros = (layer.weight_matrix == 0).sum(axis=1)
    return thresholds - zeros * (2**layer.input_bits - 1)


def inferred(spec: BnnConvNetworkSpec, pixels: np.ndarray) -> list[int]:
    """Class and score of one image of integers (height, width, channels)."""
    values = pixels
    for stage in spec.stages:
        layer, pool = stage.layer, stage.pool
        if layer is not None:
            if stage.window is not None:
                sums = convolved(stage.window, layer, values)
            else:
                signs = 2 * layer.weight_matrix - 1
                sums = (signs @ (2 * values.reshape(-1) - 1)).reshape(1, 1, -1)
            if layer.output is LayerOutput.CLASS:
                best = int(sums.max())
                return [sums.ravel().tolist().index(best), (best + layer.inputs) // 2]
            values = (sums >= levels(layer)).astype(np.int64)
        if pool is not None:
            rows = [
                [
                    values[y : y + pool.kernel, x : x + pool.kernel].max(axis=(0, 1))
                    for x in range(0, values.shape[1] - pool.kernel + 1, pool.kernel)
                ]
                for y in range(0, values.shape[0] - pool.kernel + 1, pool.kernel)
            ]
            values = np.array(rows)
    raise AssertionError("no class")


def tokens(images: np.ndarray) -> dict[str, dict[str, np.ndarray]]:
    """Images (batch, height, width) of bytes as tokens of eight bits."""
    return {"activations": {"bits": images.reshape(-1, 1) >> np.arange(8) & 1}}


def pooled() -> BnnConvNetworkSpec:
    """2×2 windows of 3×3 bits meet two patterns; a class for each, if any window shows it."""
    patterns = BnnLayerSpec.with_weights(
        np.array([[1, 1, 1, 1], [1, 0, 0, 1]]), np.array([3, 4]), 2, 1, LayerOutput.BITS
    )
    classes = BnnLayerSpec.with_weights(np.array([[1, 0], [0, 1]]), None, 2, 2, LayerOutput.CLASS)
    window = SlidingWindowSpec(height=3, width=3, channels=1, simd=1, kernel=2)
    pool = MaxPoolSpec(height=2, width=2, channels=2, lanes=2)
    stages = ConvStage(window=window, layer=patterns, pool=pool), ConvStage(layer=classes)
    return BnnConvNetworkSpec(stages=stages)


def test_classes_by_hand() -> None:
    """Three ones of four in a corner; a diagonal in two windows; nothing, a tie that 0 wins."""
    images = ["110100001", "100010001", "000000000"]
    bits = np.array([[int(bit)] for image in images for bit in image])
    result = pooled().model().run({"activations": {"bits": bits}})["result"]
    assert result["index"].tolist() == [0, 1, 0]
    assert result["matches"].tolist() == [2, 2, 1]


def test_the_contract_of_a_pooled_convolution() -> None:
    """Four windows of four bits, one a cycle: 16 cycles from image to image, and 9 pixels."""
    contract = pooled().contract
    assert contract.interval == 16
    assert (contract.consumes, contract.produces) == ({"activations": 9}, {"result": 1})
    activations, result = pooled().streams
    assert [(field.bits, field.lanes) for field in activations.fields] == [(1, 1)]
    assert [(field.name, field.bits) for field in result.fields] == [("index", 1), ("matches", 2)]


def test_a_part_of_an_image_is_refused() -> None:
    with pytest.raises(ValueError, match="takes 9 tokens for each image; 8 leave a part"):
        pooled().model().run({"activations": {"bits": np.zeros((8, 1), np.int64)}})


@pytest.mark.regression
@pytest.mark.parametrize("kind", ["pooled", "gathered", "scattered", "loaded"])
def test_conv_network_equals_its_model(kind: str) -> None:
    specs = {
        "pooled": pooled(),
        "gathered": GATHERED,
        "scattered": SCATTERED,
        "loaded": BnnConvNetworkSpec.model_validate({"stages": [CONVOLUTION, {"layer": DENSE}]}),
    }
    verified = verify(specs[kind], seeds=(1, 2))
    assert verified.passed, verified.outcomes[0].message


def test_the_model_equals_a_convolution_in_integers() -> None:
    rng = np.random.default_rng(1)
    spec = digits(rng)
    images = rng.integers(0, 256, (6, 18, 20))
    images[0], images[1] = 0, 255
    found = spec.model().run(tokens(images))["result"]
    expected = [inferred(spec, image[..., np.newaxis]) for image in images]
    assert np.stack([found["index"], found["matches"]], axis=1).tolist() == expected
    assert len({score for _, score in expected}) > 2


def test_batches_of_the_model_are_not_seen() -> None:
    rng = np.random.default_rng(2)
    spec = digits(rng)
    images = rng.integers(0, 256, (70, 18, 20))
    whole = spec.model().run(tokens(images))["result"]["matches"]
    parts = [spec.model().run(tokens(images[k : k + 35]))["result"]["matches"] for k in (0, 35)]
    assert whole.tolist() == np.concatenate(parts).tolist()


@pytest.mark.regression
@NEEDS_COMPILER
def test_whole_images_in_bulk() -> None:
    rng = np.random.default_rng(3)
    spec = digits(rng)
    assert BnnConvNetworkSpec.from_toml(spec.to_toml()) == spec
    report = simulate_in_bulk(spec, tokens(rng.integers(0, 256, (8, 18, 20)))).report
    assert report.passed, report.message
    assert report.operations == 8


@pytest.mark.parametrize("seed", range(effort(60, 600)))
def test_the_slowest_part_sets_the_interval(seed: int) -> None:
    spec = BnnConvNetworkStimulus.random_spec(np.random.default_rng(seed))
    shown = f"seed {seed}: {spec.model_dump_json(exclude_none=True)}"
    assert spec.ends(8).tolist() == spec.contract.deliveries(8).tolist(), shown


LAYER = {"inputs": 4, "neurons": 2, "pe": 2, "simd": 1}
WINDOW = {"height": 4, "width": 4, "channels": 1, "simd": 1, "kernel": 2}
CONVOLUTION = {"window": WINDOW, "layer": LAYER}
POOL = {"height": 3, "width": 3, "channels": 2, "lanes": 2}
DENSE = {"inputs": 18, "neurons": 2, "pe": 1, "simd": 2}


@pytest.mark.parametrize(
    ("stages", "message"),
    [
        ([{}], "a stage has a layer, a window with a layer, or a pool"),
        ([{"window": WINDOW}], "a stage has a layer, a window with a layer, or a pool"),
        ([{"window": WINDOW, "pool": POOL}], "a stage has a layer, a window with a layer"),
        ([{"layer": {**LAYER, "parameters": "streamed"}}], "parameters=fixed or parameters=loaded"),
        (
            [{"window": WINDOW, "layer": {**LAYER, "inputs": 5}}],
            "a window has 4 bits but the layer 5 inputs of 1 bits",
        ),
        (
            [{"window": WINDOW, "layer": {**LAYER, "simd": 2}}],
            r"the window gives 1 bits at once \(simd\) and the layer takes 2",
        ),
        (
            [{**CONVOLUTION, "pool": {**POOL, "lanes": 1}}],
            r"the layer gives bits of 2 neurons, 2 at once \(pe\), but the pool takes bits of 2 ch",
        ),
        (
            [{**CONVOLUTION, "pool": {**POOL, "width": 2}}],
            "takes 3×2: set pool.height=3 and pool.width=3",
        ),
        ([{"layer": LAYER, "pool": POOL}], "the layer gives 1×1 pixels but the pool takes 3×3"),
        (
            [{"window": WINDOW, "layer": {**LAYER, "output": "scores"}, "pool": POOL}],
            "the layer gives scores of 2 neurons",
        ),
        (
            [{"window": WINDOW, "layer": {**LAYER, "output": "class"}}, {"layer": DENSE}],
            "stage 0 gives class: only the last stage may",
        ),
        (
            [CONVOLUTION, {"layer": {**DENSE, "inputs": 9, "input_bits": 2, "simd": 1}}],
            "stage 1 takes inputs of 2 bits: only the first stage may",
        ),
        (
            [CONVOLUTION, {"layer": {**DENSE, "inputs": 17}}],
            "stage 0 gives 3×3×2 bits but stage 1 takes 17 bits",
        ),
        (
            [CONVOLUTION, {"pool": {**POOL, "width": 2}}],
            "stage 0 gives 3×3×2 bits but stage 1 takes 3×2×2 bits",
        ),
        (
            [CONVOLUTION, {"layer": {**DENSE, "simd": 3}}],
            r"stage 0 gives 2 bits at once \(pe\) and stage 1 takes 3 \(simd\): one must be",
        ),
        (
            [
                {"window": WINDOW, "layer": {**LAYER, "neurons": 3}},
                {"layer": {**DENSE, "inputs": 27, "simd": 4}},
            ],
            "stage 0 gives pixels of 3 channels 2 at once and stage 1 takes 4: one must divide",
        ),
    ],
)
def test_stages_that_contradict_each_other(stages: list[Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        validate(NETWORK, {"stages": stages})


def test_stages_that_just_agree() -> None:
    validate(NETWORK, {"stages": [CONVOLUTION, {"layer": DENSE}]})
    validate(NETWORK, {"stages": [{**CONVOLUTION, "pool": POOL}]})
    three = {"window": WINDOW, "layer": {**LAYER, "neurons": 3}}
    validate(NETWORK, {"stages": [three, {"layer": {**DENSE, "inputs": 27, "simd": 1}}]})
    narrow = {"window": WINDOW, "layer": {**LAYER, "neurons": 3, "pe": 1}}
    validate(NETWORK, {"stages": [narrow, {"layer": {**DENSE, "inputs": 27, "simd": 4}}]})


@pytest.mark.parametrize(("count", "message"), [(0, "at least 1 item"), (33, "at most 32 items")])
def test_number_of_stages(count: int, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        validate(NETWORK, {"stages": [{"layer": {**LAYER, "inputs": 2}}] * count})


SLOW_LAYER = BnnConvNetworkSpec(
    stages=(
        ConvStage(
            window=SlidingWindowSpec(height=1, width=6, channels=2, simd=1, kernel=1, stride=4),
            layer=BnnLayerSpec(inputs=2, neurons=7, pe=3, simd=1),
        ),
    )
)
GATHERED = BnnConvNetworkSpec(
    stages=(
        ConvStage(pool=MaxPoolSpec(height=5, width=7, channels=1, lanes=1, kernel=1)),
        ConvStage(layer=BnnLayerSpec(inputs=35, neurons=3, pe=1, simd=3)),
    )
)
SCATTERED = BnnConvNetworkSpec(
    stages=(
        ConvStage(pool=MaxPoolSpec(height=3, width=8, channels=4, lanes=3)),
        ConvStage(
            window=SlidingWindowSpec(height=1, width=4, channels=4, simd=1, kernel=1),
            layer=BnnLayerSpec(inputs=4, neurons=4, pe=4, simd=1),
        ),
    )
)
CHAINS = [SLOW_LAYER, GATHERED, SCATTERED]


@pytest.mark.parametrize("seed", range(effort(15, 300)))
def test_no_part_waits_for_room_for_long(seed: int) -> None:
    """Image after image in hardware, cycle by cycle: random chains find queues that are short."""
    random = BnnConvNetworkStimulus.random_spec(np.random.default_rng(seed))
    run_unhindered(CHAINS[seed] if seed < len(CHAINS) else random, seed)
