"""The macro ``xnor_popcount``."""

from typing import Any

import numpy as np
import pytest

from neuroloom.flows.macros.catalogue import macros
from neuroloom.flows.macros.specification import validate
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.verify import verify
from neuroloom.golden.arith.popcount import PopcountStyle
from neuroloom.golden.bnn.xnor_popcount import XnorPopcountSpec

MACRO = macros()["xnor_popcount"]


def matches(activations: list[str], weights: list[str], **fields: Any) -> list[int]:
    """Scores of folds of bits, each written from lane 0 on."""
    spec = XnorPopcountSpec.model_validate({"lanes": len(weights[0]), **fields})
    operands = {
        "activations": np.array([[int(bit) for bit in fold] for fold in activations]),
        "weights": np.array([[int(bit) for bit in fold] for fold in weights]),
    }
    return list(spec.model().run({"operands": operands})["score"]["matches"].tolist())


def test_products_by_hand() -> None:
    """Fold 1 agrees in lanes 0, 1 and 3, fold 2 in lane 3: four agree, four do not, the sum is 0.
    The second dot product agrees everywhere, the third nowhere.
    """
    activations = ["1011", "0001", "1010", "0000", "1100", "0011"]
    weights = ["1001", "1111", "1010", "0000", "0011", "1100"]
    assert matches(activations, weights, folds=2) == [4, 8, 0]


@pytest.mark.parametrize("seed", range(10))
def test_matches_stand_for_the_bipolar_sum(seed: int) -> None:
    rng = np.random.default_rng(seed)
    lanes, folds = int(rng.integers(1, 40)), int(rng.integers(1, 6))
    activations, weights = rng.integers(0, 2, (2, folds, lanes))
    bipolar = sum(
        (1 if a else -1) * (1 if w else -1)
        for a, w in zip(activations.ravel(), weights.ravel(), strict=True)
    )
    operands = {"activations": activations, "weights": weights}
    model = XnorPopcountSpec(lanes=lanes, folds=folds).model()
    (score,) = model.run({"operands": operands})["score"]["matches"].tolist()
    assert bipolar == 2 * score - lanes * folds, f"seed {seed}"


def test_a_narrow_accumulator() -> None:
    """Twelve and seven matches in three bits."""
    activations = ["1111"] * 6
    weights = ["1111"] * 3 + ["1111", "0111", "0000"]
    narrow = {"folds": 3, "accumulator_bits": 3}
    assert matches(activations, weights, folds=3) == [12, 7]
    assert matches(activations, weights, **narrow, overflow="saturate") == [7, 7]
    assert matches(activations, weights, **narrow, overflow="wrap") == [4, 7]


@pytest.mark.parametrize(
    ("lanes", "folds", "bits"),
    [(1, 1, 1), (1, 2, 2), (3, 1, 2), (2, 2, 3), (7, 1, 3), (64, 8, 10), (4096, 65536, 29)],
)
def test_widths_and_contract(lanes: int, folds: int, bits: int) -> None:
    spec = XnorPopcountSpec(lanes=lanes, folds=folds)
    operands, score = spec.streams
    assert [field.lanes for field in operands.fields] == [lanes, lanes]
    assert [(field.name, field.bits) for field in score.fields] == [("matches", bits)]
    contract = spec.contract
    assert (contract.latency, contract.interval) == (folds, folds)
    assert (contract.consumes, contract.produces) == ({"operands": folds}, {"score": 1})
    # while a score is held: what was taken with it, and all of the next but its last fold
    assert contract.room == {"operands": 2 * folds - 1}


def test_a_part_of_a_product_is_refused() -> None:
    with pytest.raises(ValueError, match="takes 3 tokens for each dot product; 2 leave a part"):
        matches(["1", "0"], ["1", "1"], folds=3)


def test_what_a_narrow_accumulator_warns_of() -> None:
    narrow = {"lanes": 4, "folds": 3, "accumulator_bits": 3}
    does = {"wrap": "wrap around", "saturate": "are cut to 0 to 7"}
    for overflow, words in does.items():
        spec = XnorPopcountSpec.model_validate({**narrow, "overflow": overflow})
        (caution,) = spec.cautions()
        fits = "exact from accumulator_bits=4 on"
        assert caution == f"12 matches do not fit in 3 bits and {words}: {fits}"
    exact = XnorPopcountSpec.model_validate({**narrow, "accumulator_bits": 4})
    assert exact.cautions() == ()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"lanes": 4, "folds": 3, "accumulator_bits": 3},
            "accumulator_bits=3 cannot hold 12 matches: give 4 bits, or overflow=wrap or saturate",
        ),
        ({"lanes": 8, "folds": 1, "accumulator_bits": 3}, "cannot hold 8 matches: give 4 bits"),
        ({"lanes": 4097}, "lanes=4097 is wrong: input should be less than or equal to 4096"),
        ({"folds": 0}, "folds=0 is wrong: input should be greater than or equal to 1"),
        ({"accumulator_bits": 33}, "accumulator_bits=33 is wrong: .*less than or equal to 32"),
    ],
)
def test_wrong_fields(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=f"xnor_popcount: .*{message}"):
        validate(MACRO, fields)


def test_fields_that_just_agree() -> None:
    validate(MACRO, {"lanes": 7, "folds": 1, "accumulator_bits": 3})
    validate(MACRO, {"lanes": 5, "folds": 3, "accumulator_bits": 4})


@pytest.mark.regression
@pytest.mark.parametrize("style", PopcountStyle)
@pytest.mark.parametrize(
    "fields",
    [
        {"lanes": 9, "folds": 1},
        {"lanes": 6, "folds": 3, "accumulator_bits": 3, "overflow": "saturate"},
        {"lanes": 5, "folds": 4, "accumulator_bits": 4, "overflow": "wrap"},
    ],
)
def test_xnor_popcount_equals_its_model(style: PopcountStyle, fields: dict[str, Any]) -> None:
    verified = verify(XnorPopcountSpec.model_validate({**fields, "style": style}), seeds=(1, 2))
    assert verified.passed, verified.outcomes[0].message
