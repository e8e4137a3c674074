"""Input memory and dataflow controller against loops over pixels, and the paper's own examples."""

from typing import Any

import numpy as np
import pytest
from amaranth.hdl import Elaboratable
from amaranth.sim import Simulator as Engine
from support.effort import effort

from neuroloom.flows.catalogue import macros
from neuroloom.flows.errors import UsageError
from neuroloom.flows.specification import validate
from neuroloom.flows.verify import verify
from neuroloom.golden.imc.dataflow_controller import DataflowControllerSpec
from neuroloom.golden.imc.input_memory import InputMemorySpec, Order
from neuroloom.golden.imc.memory_mapping import Mapping
from neuroloom.hdl.component import FlatPorts
from neuroloom.hdl.imc.dataflow_controller import DataflowController
from neuroloom.hdl.imc.pixel_writer import PixelWriter
from neuroloom.hdl.imc.row_reader import RowReader
from neuroloom.verif.simulator import Simulator, simulate

MAPPINGS = pytest.mark.parametrize("mapping", Mapping)


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
    words, found = into.pack({"values": sent}), []

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
                patch = sim.get("patches_values"), sim.get("patches_last")
                found.append(patch)
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


def stepped(part: Any, names: list[str], cycles: int) -> list[tuple[int, ...]]:
    """What the part shows in each cycle while it steps."""
    found = []

    async def bench(context: Any) -> None:
        context.set(part.step, 1)
        if isinstance(part, PixelWriter):
            context.set(part.pixel, (1 << len(part.pixel)) - 1)
        for _ in range(cycles):
            found.append(tuple(int(context.get(getattr(part, name))) for name in names))
            await context.tick()

    assert isinstance(part, Elaboratable)
    engine = Engine(part)
    engine.add_clock(1e-6)
    engine.add_testbench(bench)
    engine.run()
    return found


def test_the_addresses_of_algorithm_2() -> None:
    """Two words a pixel, Δkernel 6, Δpix 0, 2, 4: as in Figure 7D, over two images of 5 columns."""
    height, width, images = 4, 5, 2
    spec = InputMemorySpec(height=height, width=width, channels=25, word_bits=128)
    kernel_words, pix = 6, [0, 2, 4]
    stores = [
        pix[column % 3] + row * kernel_words + word
        for column in range(images * width)
        for row in range(height)
        for word in range(2)
    ]
    loads = []
    for image in range(images):
        for newest in range(2, width):
            y = image * width + newest
            for row in range(height):
                for i in (1, 2, 3):
                    base = row * kernel_words + pix[(y + i) % 3]
                    loads += [base, base + 1]
    assert [each for (each,) in stepped(PixelWriter(spec), ["address"], len(stores))] == stores
    assert [each for (each,) in stepped(RowReader(spec), ["address"], len(loads))] == loads


@MAPPINGS
@pytest.mark.parametrize("seed", range(6))
def test_words_and_masks_are_those_of_the_mapping(mapping: Mapping, seed: int) -> None:
    rng = np.random.default_rng(seed)
    bits, word, kernel, line = (int(n) for n in rng.integers(1, (9, 9, 5, 6)))
    spec = InputMemorySpec(
        height=line,
        width=kernel + 1,
        channels=1,
        bits=bits,
        word_bits=word,
        mapping=mapping,
        kernel=min(kernel, line),
    )
    memory, expected = spec.memory, []
    for column in range(2 * spec.kernel + 1):
        for row in range(line):
            place = column % spec.kernel
            for number, mask in enumerate(memory.masks(row, place)):
                bits_of = sum(int(bit) << at for at, bit in enumerate(mask))
                first = int(memory.first_words[row, place])
                expected.append((first + number, bits_of))
    shown = stepped(PixelWriter(spec), ["address", "word", "mask"], len(expected))
    assert [(address, bits) for address, bits, _ in shown] == expected  # all bits of pixels are 1
    granule = (1 << spec.granule) - 1
    for _, bits_of, mask in shown:
        written = sum(granule << at * spec.granule for at in range(40) if mask >> at & 1)
        assert written == bits_of if memory.masked else mask == 1


def test_the_contract_of_a_layer() -> None:
    """8 columns of 8 rows of three words, and two rows of padding: as long as reading takes."""
    contract = InputMemorySpec(padding=1).contract
    assert (contract.interval, contract.varies) == (8 * (8 * 3 + 2), "")
    # without padding the next image's columns must come first: all but one of F - 1
    assert InputMemorySpec().contract.interval > 6 * 8 * 3
    varied = InputMemorySpec(width=7, mapping=Mapping.IWAP, channels=3).contract
    assert varied.varies


@pytest.mark.regression
@pytest.mark.parametrize(
    "simulated",
    [
        InputMemorySpec(
            height=4, width=5, channels=3, mapping=Mapping.IWAP, word_bits=32, padding=1
        ),
        DataflowControllerSpec(height=5, width=4, channels=5, mapping=Mapping.KLIP, word_bits=32),
        DataflowControllerSpec(
            height=4, width=4, channels=5, word_bits=32, padding=1, residual=True
        ),
        DataflowControllerSpec(height=7, width=4, channels=2, padding=1, parallel=3, residual=True),
        DataflowControllerSpec(height=4, width=8, channels=2, parallel=2, stride=2, order="rows"),
    ],
)
def test_in_verilog(simulated: InputMemorySpec) -> None:
    assert verify(simulated, seeds=(1,)).passed


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
        validate(macros()["dataflow_controller"], {"channels": 1, **fields})


def test_fields_that_just_agree() -> None:
    fields = {"channels": 1, "kernel": 5, "height": 3, "padding": 2, "residual": True}
    validate(macros()["dataflow_controller"], fields)
    validate(macros()["dataflow_controller"], {"channels": 1, "parallel": 6})
    validate(macros()["input_memory"], {"height": 128, "width": 128})


def test_specifications_compare_after_use() -> None:
    """What they have worked out since has no part in it."""
    left, right = (DataflowControllerSpec(channels=2, mapping=Mapping.IWAP) for _ in range(2))
    assert left.contract == right.contract and left == right
    assert left != DataflowControllerSpec(channels=3, mapping=Mapping.IWAP)
