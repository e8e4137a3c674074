"""Tokens as bytes and back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuroloom.flows.simulation.bulk.packing import check, field_bytes, pack, unpack
from neuroloom.golden.ports import Field, Stream


@given(
    bits=st.integers(1, 63),
    signed=st.booleans(),
    lanes=st.one_of(st.none(), st.integers(1, 40)),
    tokens=st.integers(0, 5),
    seed=st.integers(0, 1 << 32),
)
def test_packing_gives_the_bits_that_the_field_gives(
    bits: int, signed: bool, lanes: int | None, tokens: int, seed: int
) -> None:
    field = Field("x", bits, "", signed, lanes)
    stream = Stream("s", "in", (Field("before", 3, ""), field), "")
    rng = np.random.default_rng(seed)
    values = rng.integers(
        field.minimum, field.maximum, field.shape(tokens), np.int64, endpoint=True
    )
    if values.size:
        values.flat[0], values.flat[-1] = field.minimum, field.maximum
    given_tokens = {"before": np.arange(tokens) % 8, "x": values}
    check(stream, given_tokens)
    rows = pack(stream, given_tokens)
    assert rows.shape == (tokens, 1 + field_bytes(field))
    assert [int.from_bytes(row[1:].tobytes(), "little") for row in rows] == field.pack(values)
    again = unpack(stream, rows)
    assert again["x"].dtype == np.int64
    np.testing.assert_array_equal(again["x"], values)
    np.testing.assert_array_equal(again["before"], given_tokens["before"])


@pytest.mark.parametrize(
    ("bits", "lanes", "size"),
    [
        (1, None, 1),
        (8, None, 1),
        (9, None, 2),
        (16, 2, 4),
        (33, None, 8),
        (8, 8, 8),
        (13, 5, 12),
        (1, 97, 16),
        (1, 65, 12),
    ],
)
def test_a_field_takes_the_bytes_of_verilators_variable(
    bits: int, lanes: int | None, size: int
) -> None:
    assert field_bytes(Field("x", bits, "", lanes=lanes)) == size


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.array([0, 8]), "field s.x holds 0 to 7, not 0 to 8"),
        (np.array([-1]), "field s.x holds 0 to 7, not -1 to -1"),
        (np.array([[1]]), r"field s.x takes the shape \(tokens\), not \(1, 1\)"),
        (np.array([1.0]), "field s.x takes integers, not float64"),
        (np.array(1), "field s.x takes an array, not a single number"),
    ],
)
def test_values_that_do_not_fit_are_refused(values: np.ndarray, message: str) -> None:
    stream = Stream("s", "in", (Field("x", 3, ""),), "")
    with pytest.raises(ValueError, match=message):
        check(stream, {"x": values})
