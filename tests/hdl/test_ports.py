"""Fields and streams: values to port words and back, and what they refuse."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuroloom.golden.ports import Field, Stream, concatenate, count

LANES = st.none() | st.integers(1, 70)


def row(field: Field, values: list[int]) -> np.ndarray:
    return np.array(values, np.int64).reshape(field.shape(len(values) // (field.lanes or 1)))


def word_of(field: Field, values: list[int]) -> int:
    """The port's word by arithmetic on Python integers."""
    return sum((value % 2**field.bits) << index * field.bits for index, value in enumerate(values))


@given(st.integers(1, 63), st.booleans(), LANES, st.integers(0, 4), st.data())
def test_pack_puts_lane_0_lowest_and_unpack_inverts_it(
    bits: int, signed: bool, lanes: int | None, tokens: int, data: st.DataObject
) -> None:
    field = Field("x", bits, "", signed, lanes)
    width = lanes or 1
    element = st.integers(field.minimum, field.maximum)
    values = data.draw(st.lists(element, min_size=tokens * width, max_size=tokens * width))
    array = row(field, values)
    words = field.pack(array)
    assert words == [word_of(field, values[at * width : (at + 1) * width]) for at in range(tokens)]
    assert np.array_equal(field.unpack(words), array)


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("bits", range(1, 64))
@pytest.mark.parametrize("lanes", [None, 3])
def test_both_ends_of_the_range_survive(bits: int, signed: bool, lanes: int | None) -> None:
    field = Field("x", bits, "", signed, lanes)
    ends = [field.minimum, field.maximum, 0] * 3
    assert field.unpack(field.pack(row(field, ends))).ravel().tolist() == ends


def test_words_of_python_size_are_not_truncated() -> None:
    field = Field("x", 1, "", lanes=4096)
    assert field.pack(np.ones((1, 4096), int)) == [2**4096 - 1]
    assert field.port_bits == 4096


@pytest.mark.parametrize(
    ("lanes", "shape"), [(None, (2, 1)), (None, (2, 3)), (4, (2,)), (4, (2, 3)), (4, (2, 4, 1))]
)
def test_wrong_shape_is_refused(lanes: int | None, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"'x' takes values of shape \(2,.*, not \(2,"):
        Field("x", 1, "", lanes=lanes).pack(np.zeros(shape, int))


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("side", [-1, 1])
def test_value_outside_the_range_is_refused(signed: bool, side: int) -> None:
    field = Field("x", 5, "", signed)
    outside = field.minimum - 1 if side < 0 else field.maximum + 1
    with pytest.raises(ValueError, match=f"holds {field.minimum} to {field.maximum}, not .*"):
        field.pack(np.array([0, outside]))


STREAM = Stream("s", "in", (Field("a", 3, ""), Field("b", 2, "", True, 2)), "")


def test_stream_packs_its_fields_side_by_side() -> None:
    tokens = STREAM.tokens(a=np.array([1, 7]), b=np.array([[1, -2], [0, -1]]))
    words = STREAM.pack(tokens)
    assert words == [(1, 0b1001), (7, 0b1100)]
    again = STREAM.unpack(words)
    assert all(np.array_equal(again[name], tokens[name]) for name in ("a", "b"))


def test_stream_without_tokens_keeps_its_shapes() -> None:
    empty = STREAM.tokens(a=np.zeros(0, int), b=np.zeros((0, 2), int))
    assert STREAM.pack(empty) == []
    again = STREAM.unpack([])
    assert again["a"].shape == (0,)
    assert again["b"].shape == (0, 2)
    assert count(again) == 0


def test_stream_refuses_other_fields_and_ragged_columns() -> None:
    with pytest.raises(ValueError, match="'s' has the fields a, b, not"):
        STREAM.tokens(a=np.zeros(1, int))
    with pytest.raises(ValueError, match="different numbers of tokens"):
        STREAM.tokens(a=np.zeros(1, int), b=np.zeros((2, 2), int))


def test_concatenate_joins_stream_by_stream_in_order() -> None:
    first = {"s": {"a": np.array([1, 2])}, "t": {"c": np.array([[5]])}}
    second = {"s": {"a": np.array([3])}}
    third = {"u": {"d": np.array([4])}, "t": {"c": np.array([[6]])}}
    joined = concatenate([first, second, third])
    assert list(joined) == ["s", "t", "u"]
    assert joined["s"]["a"].tolist() == [1, 2, 3]
    assert joined["t"]["c"].tolist() == [[5], [6]]
    assert joined["u"]["d"].tolist() == [4]
    assert concatenate([]) == {}
