"""The macro ``dataflow_controller``, against loops over pixels and the paper's own examples."""

from typing import Any

import numpy as np
import pytest
from support.effort import effort

from neuroloom.flows.macros.catalogue import macros
from neuroloom.flows.macros.specification import validate
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.verify import verify
from neuroloom.golden.imc.dataflow_controller import DataflowControllerSpec
from neuroloom.golden.imc.input_memory import Order
from neuroloom.golden.imc.memory_mapping import Mapping
from neuroloom.hdl.imc.dataflow_controller import DataflowController
from neuroloom.hdl.ports.flat import FlatPorts
from neuroloom.verif.simulator import Simulator, simulate

MACRO = macros()["dataflow_controller"]
MAPPINGS = pytest.mark.parametrize("mapping", Mapping)


IMAGE = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]


def patches(spec: DataflowControllerSpec, image: list[list[int]]) -> dict[str, Any]:
    """Tokens of all outputs for an image of one channel, given in the order of the spec."""
    rows = np.array(image) if spec.order is Order.ROWS else np.array(image).T
    given = spec.model().run({"pixels": {"values": rows.reshape(-1, 1)}})
    return {
        name: {field: values.tolist() for field, values in tokens.items()}
        for name, tokens in given.items()
    }


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (Order.COLUMNS, [[1, 2, 4, 5], [4, 5, 7, 8], [2, 3, 5, 6], [5, 6, 8, 9]]),
        (Order.ROWS, [[1, 2, 4, 5], [2, 3, 5, 6], [4, 5, 7, 8], [5, 6, 8, 9]]),
    ],
)
def test_patches_by_hand(order: Order, expected: list[list[int]]) -> None:
    """A window is the same in either order of the pixels; the windows follow that order."""
    spec = DataflowControllerSpec(height=3, width=3, channels=1, bits=4, kernel=2, order=order)
    assert patches(spec, IMAGE) == {"patches": {"values": expected, "last": [0, 0, 0, 1]}}


def test_patches_of_several_windows_by_hand() -> None:
    """Of three windows two make a patch; the last ends with the line and has one that is new."""
    spec = DataflowControllerSpec(height=3, width=1, channels=1, bits=4, kernel=1, parallel=2)
    column = patches(spec, [[1], [2], [3]])["patches"]
    assert column == {"values": [[1, 2], [2, 3]], "windows": [2, 1], "last": [0, 1]}
    even = DataflowControllerSpec(height=4, width=1, channels=1, bits=4, kernel=1, parallel=2)
    column = patches(even, [[1], [2], [3], [4]])["patches"]
    assert column == {"values": [[1, 2], [3, 4]], "last": [0, 1]}


def test_residual_pixels_by_hand() -> None:
    """The middles of all windows: every second pixel of every second column."""
    spec = DataflowControllerSpec(
        height=3, width=3, channels=1, bits=4, stride=2, padding=1, residual=True
    )
    given = patches(spec, IMAGE)
    assert given["residual"] == {"values": [[1], [7], [3], [9]]}
    corners = [[0, 0, 0, 0, 1, 2, 0, 4, 5], [0, 4, 5, 0, 7, 8, 0, 0, 0]]
    assert given["patches"]["values"][:2] == corners


@pytest.mark.parametrize(
    ("fields", "count", "lanes", "windows"),
    [
        ({}, 36, 9, 36),
        ({"padding": 1, "stride": 2}, 16, 9, 16),
        ({"parallel": 6}, 6, 24, 36),  # a whole line of 8 by 3 pixels
        ({"parallel": 4}, 12, 18, 36),  # four windows, then two that are new
        ({"kernel": 1, "stride": 4, "parallel": 2}, 2, 5, 4),  # the pixels between are there too
    ],
)
def test_counts_and_widths(fields: dict[str, int], count: int, lanes: int, windows: int) -> None:
    """Patches of an image of 8×8 pixels, and lanes of a patch of two channels."""
    spec = DataflowControllerSpec.model_validate({"channels": 2, "bits": 5, **fields})
    assert (spec.patches, spec.windows) == (count, windows)
    assert spec.contract.consumes == {"pixels": 64}
    assert spec.contract.produces == {"patches": count}
    values, *_ = spec.streams[1].fields
    assert (values.bits, values.lanes) == (5, 2 * lanes)
    rows = spec.input_memory.contract
    assert spec.contract.latency == rows.latency + 1
    assert spec.contract.interval == rows.interval


def test_a_part_of_an_image_is_refused() -> None:
    spec = DataflowControllerSpec(height=3, width=3, channels=1)
    with pytest.raises(ValueError, match="takes 9 tokens for each image; 8 leave a part"):
        spec.model().run({"pixels": {"values": np.zeros((8, 1), np.int64)}})


def convolution(image: np.ndarray, weights: np.ndarray, stride: int, padding: int) -> np.ndarray:
    """(height, width, inputs) by (kernel, kernel, inputs, outputs), one product at a time."""
    height, width, inputs = image.shape
    kernel, outputs = weights.shape[0], weights.shape[3]
    rows = (height + 2 * padding - kernel) // stride + 1
    columns = (width + 2 * padding - kernel) // stride + 1
    result = np.zeros((rows, columns, outputs), np.int64)
    for v, u, dy, dx, i, o in np.ndindex(rows, columns, kernel, kernel, inputs, outputs):
        y, x = v * stride - padding + dy, u * stride - padding + dx
        if 0 <= y < height and 0 <= x < width:
            result[v, u, o] += int(image[y, x, i]) * int(weights[dy, dx, i, o])
    return result


@MAPPINGS
@pytest.mark.parametrize("seed", range(effort(2, 10)))
def test_controller_and_crossbar_are_a_convolution(mapping: Mapping, seed: int) -> None:
    """The controller as hardware, the crossbar as a matrix."""
    rng = np.random.default_rng(100 * seed + list(Mapping).index(mapping))
    kernel = int(rng.choice([1, 3, 5]))
    spec = DataflowControllerSpec(
        height=int(rng.integers(kernel, 8)),
        width=int(rng.integers(kernel, 8)),
        channels=int(rng.integers(1, 5)),
        bits=3,
        kernel=kernel,
        stride=int(rng.integers(1, 3)),
        padding=int(rng.integers(2)) if kernel > 1 else 0,
        mapping=mapping,
        word_bits=7,
        order=list(Order)[seed % 2],
    )
    outputs = 3
    weights = rng.integers(-4, 4, (kernel, kernel, spec.channels, outputs))
    image = rng.integers(0, 8, (spec.height, spec.width, spec.channels))
    scanned = image if spec.order is Order.ROWS else image.swapaxes(0, 1)
    sent = scanned.reshape(-1, spec.channels)
    patches = delivered(spec, sent)
    found = np.array(patches) @ weights.reshape(-1, outputs)
    expected = convolution(image, weights, spec.stride, spec.padding)
    in_order = expected if spec.order is Order.ROWS else expected.swapaxes(0, 1)
    assert found.tolist() == in_order.reshape(-1, outputs).tolist(), spec.model_dump_json()


def delivered(spec: DataflowControllerSpec, sent: np.ndarray) -> list[list[int]]:
    """Patches that the hardware gives for pixels."""
    into, out = spec.streams[0], spec.streams[1]
    words = into.pack({"values": sent})
    found: list[tuple[int, ...]] = []

    async def run(sim: Simulator) -> None:
        sim.set("patches_ready", 1)
        taken, quiet = 0, 0
        while quiet < 50:
            sim.set("pixels_valid", taken < len(words))
            sim.set("pixels_values", words[min(taken, len(words) - 1)][0])
            await sim.settle()
            moved = taken < len(words) and bool(sim.get("pixels_ready"))
            taken += moved
            if sim.get("patches_valid"):
                values, last = sim.get("patches_values"), sim.get("patches_last")
                assert values is not None and last is not None
                found.append((values, last))
            quiet = 0 if moved or sim.get("patches_valid") else quiet + 1
            await sim.tick()

    simulate(FlatPorts(DataflowController(spec)), run)
    return out.unpack(found)["values"].tolist()


def pixels_before_the_first_patch(spec: DataflowControllerSpec) -> int:
    """How many must be taken: one every 30 cycles, so that all else has come to rest."""
    taken = 0

    async def run(sim: Simulator) -> None:
        nonlocal taken
        sim.set("patches_ready", 0)
        for _ in range(spec.schedule.pixels):
            for cycle in range(30):
                sim.set("pixels_valid", cycle == 0)
                await sim.settle()
                if cycle == 0:
                    assert sim.get("pixels_ready")
                    taken += 1
                elif sim.get("patches_valid"):
                    return
                await sim.tick()

    simulate(FlatPorts(DataflowController(spec)), run)
    return taken


@pytest.mark.parametrize("height", [4, 6])
def test_figure_8(height: int) -> None:
    """No padding, stride 1, 3×3: the first patch is there with the pixel (2, 2), 2·H + 3 pixels."""
    spec = DataflowControllerSpec(height=height, width=5, channels=1, bits=2, word_bits=2)
    assert pixels_before_the_first_patch(spec) == 2 * height + 3


@pytest.mark.parametrize(
    ("kernel", "padding", "stride"),
    [(3, 1, 1), (3, 1, 2), (5, 2, 1), (5, 0, 3), (1, 0, 2), (2, 1, 1)],
)
def test_pixels_needed_for_the_first_patch(kernel: int, padding: int, stride: int) -> None:
    """H·(F - P - 1) + (F - P), whatever the stride (section 2.4.2)."""
    spec = DataflowControllerSpec(
        height=6,
        width=5,
        channels=1,
        bits=2,
        word_bits=2,
        kernel=kernel,
        padding=padding,
        stride=stride,
    )
    expected = 6 * (kernel - padding - 1) + kernel - padding
    assert pixels_before_the_first_patch(spec) == expected


@pytest.mark.regression
@pytest.mark.parametrize(
    "simulated",
    [
        DataflowControllerSpec(height=5, width=4, channels=5, mapping=Mapping.KLIP, word_bits=32),
        DataflowControllerSpec(
            height=4, width=4, channels=5, word_bits=32, padding=1, residual=True
        ),
        DataflowControllerSpec(height=7, width=4, channels=2, padding=1, parallel=3, residual=True),
        DataflowControllerSpec(height=4, width=8, channels=2, parallel=2, stride=2, order="rows"),
    ],
)
def test_dataflow_controller_equals_its_model(simulated: DataflowControllerSpec) -> None:
    verified = verify(simulated, seeds=(1,))
    assert verified.passed, verified.outcomes[0].message


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"padding": 3}, "padding=3 makes windows of padding alone: it is less than kernel=3"),
        ({"kernel": 4, "height": 3}, "kernel=4 is more than the 3 pixels of the padded image"),
        ({"height": 129, "width": 128}, "an image of 16512 pixels is too large: at most 16384"),
        ({"parallel": 7}, "parallel=7 is more than the 6 windows of a line"),
        ({"residual": True}, "residual pixels are those of the image where kernel=3 is odd and "),
        ({"residual": True, "kernel": 2, "padding": 1}, "where kernel=2 is odd"),
    ],
)
def test_fields_that_contradict_each_other(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        validate(MACRO, {"channels": 1, **fields})


def test_fields_that_just_agree() -> None:
    fields = {"channels": 1, "kernel": 5, "height": 3, "padding": 2, "residual": True}
    validate(MACRO, fields)
    validate(MACRO, {"channels": 1, "parallel": 6})


def test_specifications_compare_after_use() -> None:
    """What they have worked out since has no part in it."""
    left, right = (DataflowControllerSpec(channels=2, mapping=Mapping.IWAP) for _ in range(2))
    assert left.contract == right.contract and left == right
    assert left != DataflowControllerSpec(channels=3, mapping=Mapping.IWAP)
