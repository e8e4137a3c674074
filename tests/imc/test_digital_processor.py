"""Digital processor against exact fractions, and a split layer that it puts together again."""

from typing import Any

import numpy as np
import pytest
from references.imc.digital_processor import pixel

from neuroloom.flows.macros.catalogue import macros
from neuroloom.flows.macros.specification import validate
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.verify import verify
from neuroloom.golden.formats import Rounding
from neuroloom.golden.imc.digital_processor import DigitalProcessorSpec
from neuroloom.golden.ports import concatenate
from neuroloom.verif.imc.digital_processor import DigitalProcessorStimulus

SMALL = {"channels": 6, "units": 3, "sum_bits": 6, "scale_bits": 4, "offset_bits": 4, "shift": 2}


@pytest.mark.parametrize("seed", range(40))
def test_pixels_equal_exact_fractions(seed: int) -> None:
    rng = np.random.default_rng(seed)
    spec = DigitalProcessorStimulus.random_spec(rng)
    stimulus = DigitalProcessorStimulus(spec)
    load, model = stimulus.setup(rng), spec.model()
    assert load is not None
    sent = concatenate([stimulus.corners(), stimulus.random(rng, 40)])
    model.run(load)
    found = model.run(sent)["pixels"]["values"]
    scale, offset = (load["coefficients"][name].ravel() for name in ("scale", "offset"))
    operands = {name: tokens["values"] for name, tokens in sent.items()}
    nothing = np.zeros_like(operands["sums"])
    totals = operands["sums"] + operands.get("partials", nothing)
    residuals = operands.get("residuals", nothing)
    expected = [
        [
            pixel(spec, *(int(each) for each in values))
            for values in zip(row, scale, offset, residual, strict=True)
        ]
        for row, residual in zip(totals, residuals, strict=True)
    ]
    assert found.tolist() == expected, f"seed {seed}: {spec.model_dump_json()}"


def test_two_crossbars_share_a_layer() -> None:
    """Equation 5: half of the input channels on each, the sums of one added by the other."""
    rng = np.random.default_rng(5)
    patches, weights = rng.integers(0, 16, (20, 9, 8)), rng.integers(-8, 8, (9, 8, 6))
    fields = {**SMALL, "sum_bits": 16, "bits": 12}
    coefficients = {name: rng.integers(-8, 8, (2, 3)) for name in ("scale", "offset")}
    load = {"coefficients": coefficients}

    def sums(channels: slice) -> dict[str, Any]:
        return {"values": np.einsum("npi,pio->no", patches[..., channels], weights[:, channels])}

    whole = validate(macros()["digital_processor"], fields).model()
    split = validate(macros()["digital_processor"], {**fields, "partial": True}).model()
    expected = whole.run({"sums": sums(slice(0, 8)), **load})
    found = split.run({"sums": sums(slice(4, 8)), "partials": sums(slice(0, 4)), **load})
    assert found["pixels"]["values"].tolist() == expected["pixels"]["values"].tolist()
    assert len(np.unique(found["pixels"]["values"])) > 20


@pytest.mark.regression
@pytest.mark.parametrize(
    "simulated",
    [
        DigitalProcessorSpec(channels=6, units=2, partial=True, residual=True),
        DigitalProcessorSpec(channels=3, units=3, relu=False, signed=True, rounding=Rounding.FLOOR),
    ],
)
def test_in_verilog(simulated: DigitalProcessorSpec) -> None:
    assert verify(simulated, seeds=(1,)).passed


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"units": 4}, "units=4 does not divide the 6 channels of a pixel"),
        ({"rounding": "stochastic"}, "rounding=stochastic is not offered here"),
        ({"signed": True}, "relu=True leaves nothing negative: take signed=False"),
        ({"shift": 12}, "shift=12 leaves nothing of the sums: take less"),
    ],
)
def test_fields_that_contradict_each_other(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        validate(macros()["digital_processor"], {**SMALL, **fields})


def test_what_a_model_refuses() -> None:
    spec = DigitalProcessorSpec(channels=4, units=2)
    sums = {"values": np.zeros((1, 4), np.int64)}
    with pytest.raises(ValueError, match="load them before the first sums"):
        spec.model().run({"sums": sums})
    half = {name: np.zeros((1, 2), np.int64) for name in ("scale", "offset")}
    with pytest.raises(ValueError, match="a load has 2 tokens; 1 leave a part of one over"):
        spec.model().run({"sums": sums, "coefficients": half})
