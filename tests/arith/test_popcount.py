"""The macro ``popcount``."""

from typing import Any

import numpy as np
import pytest

from neuroloom.flows.macros.catalogue import macros
from neuroloom.flows.macros.specification import validate
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.verify import verify
from neuroloom.golden.arith.popcount import PopcountSpec, PopcountStyle

MACRO = macros()["popcount"]
STYLES = pytest.mark.parametrize("style", PopcountStyle)


def ones(words: np.ndarray, **fields: Any) -> list[int]:
    """Counts of words given as bits (words, width), the least significant first."""
    spec = PopcountSpec.model_validate({"width": words.shape[1], **fields})
    return list(spec.model().run({"word": {"bits": words}})["count"]["ones"].tolist())


@pytest.mark.parametrize("width", range(1, 17))
def test_every_word(width: int) -> None:
    words = np.arange(1 << width)
    bits = words[:, np.newaxis] >> np.arange(width) & 1
    assert ones(bits) == [word.bit_count() for word in range(1 << width)]


@STYLES
def test_words_by_hand(style: PopcountStyle) -> None:
    words = np.array([[0, 0, 0, 0, 0, 0, 0], [1] * 7, [1, 0, 0, 0, 0, 0, 1], [0, 1, 1, 1, 0, 1, 0]])
    assert ones(words, style=style, pipeline=3) == [0, 7, 2, 4]


def test_the_widest_word() -> None:
    rows = np.array([np.zeros(4096), np.ones(4096), np.arange(4096) % 2], np.int64)
    assert ones(rows) == [0, 4096, 2048]


@pytest.mark.parametrize(
    ("width", "bits"), [(1, 1), (2, 2), (3, 2), (4, 3), (7, 3), (8, 4), (255, 8), (4096, 13)]
)
def test_the_count_has_room_for_all(width: int, bits: int) -> None:
    word, count = PopcountSpec(width=width).streams
    assert [(field.name, field.bits, field.lanes) for field in word.fields] == [("bits", 1, width)]
    assert [(field.name, field.bits) for field in count.fields] == [("ones", bits)]


@STYLES
@pytest.mark.parametrize("pipeline", [0, 1, 16])
def test_the_contract_is_its_registers(style: PopcountStyle, pipeline: int) -> None:
    contract = PopcountSpec(width=5, style=style, pipeline=pipeline).contract
    assert (contract.latency, contract.interval) == (pipeline, 1)
    assert (contract.consumes, contract.produces) == ({"word": 1}, {"count": 1})


def test_a_full_adder_counts_three_bits_and_four_count_seven() -> None:
    three = PopcountSpec(width=3, style=PopcountStyle.COMPRESSOR).inventory
    assert (three.full_adders, three.half_adders) == (1, 0)
    seven = PopcountSpec(width=7, style=PopcountStyle.COMPRESSOR).inventory
    assert (seven.full_adders, seven.half_adders) == (4, 0)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"width": 0}, "width=0 is wrong: input should be greater than or equal to 1"),
        ({"width": 4097}, "width=4097 is wrong: input should be less than or equal to 4096"),
        ({"pipeline": -1}, "pipeline=-1 is wrong: input should be greater than or equal to 0"),
        ({"pipeline": 17}, "pipeline=17 is wrong: input should be less than or equal to 16"),
        ({"style": "tree"}, "style=tree is wrong: .*; choose one of sum, compressor, counter"),
    ],
)
def test_wrong_fields(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=f"popcount: {message}"):
        validate(MACRO, fields)


@pytest.mark.regression
@STYLES
@pytest.mark.parametrize(("width", "pipeline"), [(10, 0), (23, 3)])
def test_popcount_equals_its_model(style: PopcountStyle, width: int, pipeline: int) -> None:
    verified = verify(PopcountSpec(width=width, style=style, pipeline=pipeline), seeds=(1, 2))
    assert verified.passed, verified.outcomes[0].message
