"""Events of vectors one after the other, against a walk around the lines."""

import numpy as np
import pytest
from references.events.aer_encoder import walk
from support.effort import effort

from neuroloom.flows.verify import verify
from neuroloom.golden.events.aer_encoder import AerEncoderSpec, ServingOrder
from neuroloom.verif.events.aer_encoder import AerEncoderStimulus


@pytest.mark.parametrize("seed", range(40))
def test_the_model_equals_a_walk_around_the_lines(seed: int) -> None:
    rng = np.random.default_rng(seed)
    spec = AerEncoderStimulus.random_spec(rng)
    stimulus = AerEncoderStimulus(spec)
    model, vectors, got = spec.model(), [], []
    for part in (stimulus.corners(), stimulus.random(rng, 30), stimulus.random(rng, 30)):
        vectors += part["vector"]["lines"].tolist()
        events = model.run(part)["events"]
        fields = (events[name].tolist() for name in ("address", "last", "empty"))
        got += list(zip(*fields, strict=True))
    assert got == walk(spec, vectors), f"seed {seed}: {spec.model_dump_json()}"


def test_orders_differ() -> None:
    vectors = {"vector": {"lines": np.array([[0, 1, 1, 0], [1, 1, 0, 1], [0] * 4, [1, 0, 1, 0]])}}
    fixed = AerEncoderSpec(lines=4).model().run(vectors)["events"]
    around = AerEncoderSpec(lines=4, order=ServingOrder.ROUND_ROBIN).model().run(vectors)["events"]
    assert fixed["address"].tolist() == [1, 2, 0, 1, 3, 0, 0, 2]
    assert around["address"].tolist() == [1, 2, 3, 0, 1, 0, 2, 0]
    for each in (fixed, around):
        assert each["last"].tolist() == [0, 1, 0, 0, 1, 1, 0, 1]
        assert each["empty"].tolist() == [0, 0, 0, 0, 0, 1, 0, 0]


@pytest.mark.regression
@pytest.mark.parametrize("order", effort([ServingOrder.ROUND_ROBIN], list(ServingOrder)))
def test_the_most_lines(order: ServingOrder) -> None:
    assert verify(AerEncoderSpec(lines=1024, order=order), seeds=(1,), operations=20).passed
