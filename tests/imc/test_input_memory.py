"""The macro ``input_memory``."""

from typing import Any

import numpy as np
import pytest
from amaranth.hdl import Elaboratable
from amaranth.sim import Simulator as Engine

from neuroloom.flows.macros.catalogue import macros
from neuroloom.flows.macros.specification import validate
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.verify import verify
from neuroloom.golden.imc.input_memory import InputMemorySpec, Order
from neuroloom.golden.imc.memory_mapping import Mapping
from neuroloom.hdl.imc.pixel_writer import PixelWriter
from neuroloom.hdl.imc.row_reader import RowReader

MACRO = macros()["input_memory"]
MAPPINGS = pytest.mark.parametrize("mapping", Mapping)


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


@MAPPINGS
@pytest.mark.parametrize(
    ("order", "sent"),
    [(Order.COLUMNS, [1, 4, 7, 2, 5, 8, 3, 6, 9]), (Order.ROWS, [1, 2, 3, 4, 5, 6, 7, 8, 9])],
)
def test_rows_of_an_image_by_hand(mapping: Mapping, order: Order, sent: list[int]) -> None:
    """Windows of 2×2 pixels move down the columns 1 4 7 and 2 5 8 of the image 123 456 789, and
    then down the next two; or along its rows.
    """
    spec = InputMemorySpec(
        height=3, width=3, channels=1, bits=4, kernel=2, mapping=mapping, order=order
    )
    rows = spec.model().run({"pixels": {"values": np.array(sent)[:, np.newaxis]}})["rows"]
    across = [[1, 2], [4, 5], [7, 8], [2, 3], [5, 6], [8, 9]]
    along = [[1, 4], [2, 5], [3, 6], [4, 7], [5, 8], [6, 9]]
    assert rows["values"].tolist() == (across if order is Order.COLUMNS else along)
    assert rows["complete"].tolist() == [0, 1, 1, 0, 1, 1]
    assert rows["last"].tolist() == [0, 0, 0, 0, 0, 1]


def test_padding_and_stride_by_hand() -> None:
    """3×3 windows every two pixels of the image 12 34 56, one pixel of zeros around it."""
    spec = InputMemorySpec(height=3, width=2, channels=1, kernel=3, stride=2, padding=1)
    sent = {"pixels": {"values": np.array([1, 3, 5, 2, 4, 6])[:, np.newaxis]}}
    rows = spec.model().run(sent)["rows"]
    assert rows["values"].tolist() == [[0, 0, 0], [0, 1, 2], [0, 3, 4], [0, 5, 6], [0, 0, 0]]
    assert rows["complete"].tolist() == [0, 0, 1, 0, 1]


def test_channels_stay_together() -> None:
    spec = InputMemorySpec(height=1, width=2, channels=2, kernel=1)
    sent = {"pixels": {"values": np.array([[1, 2], [3, 4], [255, 0], [0, 255]])}}
    rows = spec.model().run(sent)["rows"]
    assert rows["values"].tolist() == [[1, 2], [3, 4], [255, 0], [0, 255]]
    assert rows["last"].tolist() == [0, 1, 0, 1]  # two images


def test_a_part_of_an_image_is_refused() -> None:
    spec = InputMemorySpec(height=2, width=3, channels=1, kernel=1)
    with pytest.raises(ValueError, match="takes 6 tokens for each image; 5 leave a part"):
        spec.model().run({"pixels": {"values": np.zeros((5, 1), np.int64)}})


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


@pytest.mark.parametrize(
    ("height", "width", "kernel", "stride", "padding", "rows"),
    [
        (8, 8, 3, 1, 0, 6 * 8),
        (8, 8, 3, 1, 1, 8 * 10),
        (7, 5, 3, 2, 0, 2 * 7),
        (5, 7, 1, 4, 0, 2 * 5),
    ],
)
def test_rows_and_widths(
    height: int, width: int, kernel: int, stride: int, padding: int, rows: int
) -> None:
    """As many columns of windows, by as many rows as those of a column lie on."""
    spec = InputMemorySpec(
        height=height,
        width=width,
        kernel=kernel,
        stride=stride,
        padding=padding,
        channels=3,
        bits=5,
    )
    contract = spec.contract
    assert (contract.consumes, contract.produces) == ({"pixels": height * width}, {"rows": rows})
    pixels, given = spec.streams
    assert [(field.bits, field.lanes) for field in pixels.fields] == [(5, 3)]
    lanes = [(field.name, field.bits, field.lanes) for field in given.fields]
    assert lanes == [("values", 5, 3 * kernel), ("complete", 1, None), ("last", 1, None)]


@pytest.mark.regression
@pytest.mark.parametrize("mapping", Mapping)
@pytest.mark.parametrize(("order", "padding"), [(Order.COLUMNS, 1), (Order.ROWS, 0)])
def test_input_memory_equals_its_model(mapping: Mapping, order: Order, padding: int) -> None:
    spec = InputMemorySpec(
        height=4, width=5, channels=3, mapping=mapping, word_bits=32, order=order, padding=padding
    )
    verified = verify(spec, seeds=(1,))
    assert verified.passed, verified.outcomes[0].message


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"padding": 3}, "padding=3 makes windows of padding alone: it is less than kernel=3"),
        ({"kernel": 4, "height": 3}, "kernel=4 is more than the 3 pixels of the padded image"),
        ({"height": 129, "width": 128}, "an image of 16512 pixels is too large: at most 16384"),
        ({"stride": 5}, "stride=5 is wrong: input should be less than or equal to 4"),
        ({"mapping": "rows"}, "mapping=rows is wrong: .*; choose one of iwap, klip, plip"),
    ],
)
def test_wrong_fields(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=f"input_memory: .*{message}"):
        validate(MACRO, {"channels": 1, **fields})


def test_fields_that_just_agree() -> None:
    validate(MACRO, {"height": 128, "width": 128})
    validate(MACRO, {"kernel": 5, "height": 3, "padding": 1, "channels": 1})
    validate(MACRO, {"padding": 2})
