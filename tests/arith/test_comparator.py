"""The macro ``comparator``."""

from typing import Any

import numpy as np
import pytest

from neuroloom.flows.macros.catalogue import macros
from neuroloom.flows.macros.specification import validate
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.verify import verify
from neuroloom.golden.arith.comparator import ComparatorSpec, ComparatorStyle

MACRO = macros()["comparator"]
LESS, EQUAL, GREATER = (1, 0, 0), (0, 1, 0), (0, 0, 1)


def compared(spec: ComparatorSpec, pairs: list[tuple[int, int]]) -> list[tuple[int, ...]]:
    """Flags less, equal and greater of each pair."""
    a, b = np.array(pairs, np.int64).T
    order = spec.model().run({"pair": {"a": a, "b": b}})["order"]
    return list(zip(*(order[name].tolist() for name in ("less", "equal", "greater")), strict=True))


def test_orders_by_hand() -> None:
    pairs = [(-4, 3), (3, -4), (-1, 0), (0, -1), (-4, -3), (-3, -4), (2, 3), (3, 2), (-4, -4)]
    assert compared(ComparatorSpec(bits=3), pairs) == [*[LESS, GREATER] * 4, EQUAL]
    # the same words without a sign: 4 = 100, 7 = 111
    words = [(a % 8, b % 8) for a, b in pairs[:4]]
    assert words == [(4, 3), (3, 4), (7, 0), (0, 7)]
    assert compared(ComparatorSpec(bits=3, signed=False), words) == [GREATER, LESS] * 2


def test_one_bit_is_a_sign_or_a_number() -> None:
    every = [(0, 0), (0, 1), (1, 0), (1, 1)]
    unsigned = compared(ComparatorSpec(bits=1, signed=False), every)
    assert unsigned == [EQUAL, LESS, GREATER, EQUAL]
    signed = compared(ComparatorSpec(bits=1), [(-a, -b) for a, b in every])
    assert signed == [EQUAL, GREATER, LESS, EQUAL]


@pytest.mark.parametrize("style", ComparatorStyle)
def test_the_widest_numbers_are_told_apart_by_their_last_bit(style: ComparatorStyle) -> None:
    most = 9_223_372_036_854_775_807  # 2**63 - 1
    pairs = [(most, most - 1), (most - 1, most), (most, most), (0, most), (most, 0)]
    unsigned = ComparatorSpec(bits=63, signed=False, style=style)
    assert compared(unsigned, pairs) == [GREATER, LESS, EQUAL, LESS, GREATER]
    least = -4_611_686_018_427_387_904  # -(2**62)
    pairs = [(least, -least - 1), (-least - 1, least), (least, least + 1), (least, least)]
    signed = ComparatorSpec(bits=63, style=style)
    assert compared(signed, pairs) == [LESS, GREATER, LESS, EQUAL]


def test_streams_and_contract() -> None:
    spec = ComparatorSpec(bits=63)
    pair, order = spec.streams
    assert [(field.name, field.bits, field.signed) for field in pair.fields] == [
        ("a", 63, True),
        ("b", 63, True),
    ]
    flags = [(field.name, field.bits, field.signed) for field in order.fields]
    assert flags == [("less", 1, False), ("equal", 1, False), ("greater", 1, False)]
    contract = spec.contract
    assert (contract.latency, contract.interval) == (0, 1)
    assert (contract.consumes, contract.produces) == ({"pair": 1}, {"order": 1})


def test_a_tree_of_halves_is_logarithmic() -> None:
    """Two gates a bit, four where two halves meet, one for equal; depth as often as 2 goes in."""
    for bits, gates, depth in ((1, 3, 0), (2, 9, 1), (3, 15, 2), (4, 21, 2), (63, 375, 6)):
        inventory = ComparatorSpec(bits=bits, style=ComparatorStyle.TREE).inventory
        assert (inventory.gates, inventory.adder_depth) == (gates, depth), bits


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"bits": 0}, "bits=0 is wrong: input should be greater than or equal to 1"),
        ({"bits": 64}, "bits=64 is wrong: input should be less than or equal to 63"),
        ({"style": "ripple"}, "style=ripple is wrong: .*; choose one of carry, tree"),
        ({"signed": "perhaps"}, "signed=perhaps is wrong: input should be a valid boolean"),
    ],
)
def test_wrong_fields(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=f"comparator: {message}"):
        validate(MACRO, fields)


@pytest.mark.regression
@pytest.mark.parametrize("style", ComparatorStyle)
@pytest.mark.parametrize(("bits", "signed"), [(4, True), (19, False)])
def test_comparator_equals_its_model(style: ComparatorStyle, bits: int, signed: bool) -> None:
    verified = verify(ComparatorSpec(bits=bits, signed=signed, style=style), seeds=(1, 2))
    assert verified.passed, verified.outcomes[0].message
