"""The macro ``width_adapter``."""

from typing import Any

import numpy as np
import pytest

from neuroloom.flows.macros.catalogue import macros
from neuroloom.flows.macros.specification import validate
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.verify import verify
from neuroloom.golden.streams.width_adapter import WidthAdapterSpec

MACRO = macros()["width_adapter"]


def repacked(length: int, output_lanes: int, tokens: list[list[int]]) -> list[list[int]]:
    spec = WidthAdapterSpec(
        length=length, input_lanes=len(tokens[0]), output_lanes=output_lanes, bits=4
    )
    given = spec.model().run({"packed": {"data": np.array(tokens)}})
    return list(given["repacked"]["data"].tolist())


def test_narrow_to_wide_by_hand() -> None:
    """Two frames of seven; 15 stands where a token goes beyond its frame, and is not passed on."""
    first, second = [[1, 2], [3, 4], [5, 6], [7, 15]], [[8, 9], [10, 11], [12, 13], [14, 15]]
    wide = [[1, 2, 3, 4], [5, 6, 7, 0], [8, 9, 10, 11], [12, 13, 14, 0]]
    assert repacked(7, 4, first + second) == wide


def test_wide_to_narrow_by_hand() -> None:
    """Parts without any element of the frame are left out."""
    assert repacked(7, 2, [[1, 2, 3, 4], [5, 6, 7, 15]]) == [[1, 2], [3, 4], [5, 6], [7, 0]]
    assert repacked(5, 2, [[1, 2, 3, 4], [5, 15, 15, 15]]) == [[1, 2], [3, 4], [5, 0]]
    assert repacked(5, 1, [[1, 2, 3, 4], [5, 15, 15, 15]]) == [[1], [2], [3], [4], [5]]


def test_equal_widths_by_hand() -> None:
    assert repacked(3, 2, [[1, 2], [3, 15]]) == [[1, 2], [3, 0]]
    assert repacked(1, 1, [[9], [8]]) == [[9], [8]]


def test_a_token_wider_than_a_frame() -> None:
    assert repacked(3, 4, [[1], [2], [3]]) == [[1, 2, 3, 0]]
    assert repacked(3, 1, [[1, 2, 3, 15]]) == [[1], [2], [3]]
    assert repacked(1, 2, [[1, 15, 15, 15]]) == [[1, 0]]


def test_the_widest_elements() -> None:
    most = (1 << 63) - 1
    spec = WidthAdapterSpec(length=2, input_lanes=1, output_lanes=2, bits=63)
    given = spec.model().run({"packed": {"data": np.array([[most], [0]])}})
    assert given["repacked"]["data"].tolist() == [[9_223_372_036_854_775_807, 0]]


@pytest.mark.parametrize(
    ("length", "lanes", "tokens", "room"),
    [
        (64, (8, 32), (8, 2), 4),  # four narrow tokens fill the wide one that is held
        (64, (32, 8), (2, 8), 1),
        (7, (2, 4), (4, 2), 2),
        (7, (7, 7), (1, 1), 1),
        (3, (1, 4), (3, 1), 3),  # a frame does not fill it
        (65536, (1, 4096), (65536, 16), 4096),
    ],
)
def test_contract(length: int, lanes: tuple[int, int], tokens: tuple[int, int], room: int) -> None:
    """A cycle a token on the side that has more of them."""
    spec = WidthAdapterSpec(length=length, input_lanes=lanes[0], output_lanes=lanes[1], bits=3)
    contract = spec.contract
    assert contract.consumes == {"packed": tokens[0]}
    assert contract.produces == {"repacked": tokens[1]}
    assert contract.latency == contract.interval == max(tokens)
    assert contract.room == {"packed": room}
    widths = [(field.bits, field.lanes) for stream in spec.streams for field in stream.fields]
    assert widths == [(3, lanes[0]), (3, lanes[1])]


def test_a_part_of_a_frame_is_refused() -> None:
    with pytest.raises(ValueError, match="takes 4 tokens for each frame; 3 leave a part"):
        repacked(7, 4, [[1, 2], [3, 4], [5, 6]])


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"input_lanes": 8, "output_lanes": 12},
            "8 lanes cannot be repacked into 12: one must be a multiple of the other; "
            "12 goes with 1, 2, 3, 4, 6, 12",
        ),
        (
            {"input_lanes": 7, "output_lanes": 3},
            "7 lanes cannot be repacked into 3: one must be a multiple of the other; "
            "7 goes with 1, 7",
        ),
        ({"length": 65537}, "length=65537 is wrong: .*less than or equal to 65536"),
        ({"output_lanes": 4097}, "output_lanes=4097 is wrong: .*less than or equal to 4096"),
        ({"bits": 64}, "bits=64 is wrong: input should be less than or equal to 63"),
    ],
)
def test_wrong_fields(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=f"width_adapter: .*{message}"):
        validate(MACRO, fields)


@pytest.mark.regression
@pytest.mark.parametrize("length", [12, 7, 1])
@pytest.mark.parametrize("lanes", [(2, 6), (6, 2), (3, 3)])
def test_width_adapter_equals_its_model(length: int, lanes: tuple[int, int]) -> None:
    spec = WidthAdapterSpec(length=length, input_lanes=lanes[0], output_lanes=lanes[1], bits=2)
    verified = verify(spec, seeds=(1, 2))
    assert verified.passed, verified.outcomes[0].message
