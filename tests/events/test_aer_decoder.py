"""Addresses as lines against sets, and there and back through the encoder."""

from typing import Any

import numpy as np
import pytest
from references.events.aer_decoder import walk

from neuroloom.flows.macros.catalogue import macros
from neuroloom.flows.macros.specification import validate
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.verify import verify
from neuroloom.golden.events.aer_decoder import AerDecoderSpec, LineForm
from neuroloom.golden.events.aer_encoder import AerEncoderSpec, ServingOrder
from neuroloom.verif.events.aer_decoder import AerDecoderStimulus


def listed(tokens: Any) -> list[dict[str, Any]]:
    columns = {name: values.tolist() for name, values in tokens.items()}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


@pytest.mark.parametrize("seed", range(40))
def test_the_model_equals_sets(seed: int) -> None:
    rng = np.random.default_rng(seed)
    spec = AerDecoderStimulus.random_spec(rng)
    stimulus = AerDecoderStimulus(spec)
    model, events, got = spec.model(), [], []
    for part in (stimulus.random(rng, 33), stimulus.corners(), stimulus.random(rng, 50)):
        events += listed(part["events"])
        got += listed(model.run(part)["vector"])
    assert got == walk(spec, events), f"seed {seed}: {spec.model_dump_json()}"


@pytest.mark.parametrize("order", ServingOrder)
def test_there_and_back(order: ServingOrder) -> None:
    lines = np.random.default_rng(1).integers(0, 2, (300, 8)) * (np.arange(300)[:, None] % 5 > 0)
    events = AerEncoderSpec(lines=8, order=order).model().run({"vector": {"lines": lines}})
    back = AerDecoderSpec(lines=8).model().run(events)["vector"]
    assert list(back) == ["lines"]
    np.testing.assert_array_equal(back["lines"], lines)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"lines": 9, "address_bits": 3}, "does not reach all of 9 lines: give 4 bits"),
        ({"form": "one-hot", "outside_bits": 2}, "outside_bits=2 goes with form=vector"),
    ],
)
def test_fields_that_contradict_each_other(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=f"aer_decoder: .*{message}"):
        validate(macros()["aer_decoder"], fields)


def test_fields_that_just_agree() -> None:
    validate(macros()["aer_decoder"], {"lines": 8, "address_bits": 3})
    validate(macros()["aer_decoder"], {"form": "one-hot", "outside_bits": 1})


@pytest.mark.regression
def test_the_most_lines() -> None:
    spec = AerDecoderSpec(lines=1000, outside_bits=16, address_bits=16, form=LineForm.VECTOR)
    assert verify(spec, seeds=(1,), operations=20).passed
