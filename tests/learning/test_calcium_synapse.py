"""Calcium-gated bistable synapse: every token of small specs, its two stable ends, its cost."""

from itertools import product
from typing import Any

import numpy as np
import pytest
from references.learning.calcium_synapse import reference
from support.effort import effort

from neuroloom.flows.designs import yosys
from neuroloom.flows.macros.catalogue import macros
from neuroloom.flows.macros.specification import validate
from neuroloom.flows.synthesis.targets import TARGETS
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.verify import replay, verify
from neuroloom.flows.verilog.emit import emit
from neuroloom.golden.learning.calcium_synapse import CalciumSynapseSpec, SynapseEvent
from neuroloom.verif.learning.calcium_synapse import CalciumSynapseStimulus

ICE40 = TARGETS["ice40-hx8k"]
Row = dict[str, int]


def check(spec: CalciumSynapseSpec, token: dict[str, np.ndarray]) -> None:
    got = spec.model().run({"event": token})["update"]
    found = list(zip(got["weight"].tolist(), got["calcium"].tolist(), strict=True))
    for index, after in enumerate(found):
        row = {name: int(values[index]) for name, values in token.items()}
        assert after == reference(spec, row), f"{row}, {spec!r}"


def every_token(spec: CalciumSynapseSpec) -> dict[str, np.ndarray]:
    fields = spec.streams[0].fields
    axes = np.meshgrid(
        *(np.arange(each.minimum, each.maximum + 1) for each in fields), indexing="ij"
    )
    return {field.name: axis.ravel() for field, axis in zip(fields, axes, strict=True)}


SMALL = [
    CalciumSynapseSpec(
        weight_bits=weight_bits,
        membrane_bits=2,
        membrane_signed=signed,
        calcium_bits=2,
        jump_up=2,
        jump_down=3,
        drift_up=1,
        drift_down=1,
        calcium_jump=2,
        calcium_leak=1,
    )
    for weight_bits, signed in product((1, 2, 3), (False, True))
]


@pytest.mark.parametrize("spec", SMALL, ids=lambda spec: f"{spec.weight_bits} bits")
def test_every_token_of_small_ones(spec: CalciumSynapseSpec) -> None:
    check(spec, every_token(spec))


@pytest.mark.parametrize("seed", range(effort(16, 300)))
def test_the_model_is_the_reference(seed: int) -> None:
    rng = np.random.default_rng(seed)
    spec = CalciumSynapseStimulus.random_spec(rng) if seed else CalciumSynapseSpec()
    stimulus = CalciumSynapseStimulus(spec)
    for traffic in (stimulus.corners(), stimulus.random(rng, 200)):
        check(spec, dict(traffic["event"]))


def updated(spec: CalciumSynapseSpec, kind: SynapseEvent, **fields: int) -> Row:
    token = {"membrane": 0, "weight": 0, "calcium": 0, "kind": int(kind), **fields}
    got = spec.model().run({"event": {name: np.array([v]) for name, v in token.items()}})
    return {name: int(values[0]) for name, values in got["update"].items()}


FIXED = CalciumSynapseSpec(membrane_threshold=20, calcium_thresholds=(3, 8, 12))


@pytest.mark.parametrize(
    ("membrane", "calcium", "expected"),
    [
        (20, 2, 100),
        (20, 3, 124),
        (20, 8, 124),
        (20, 11, 124),
        (20, 12, 100),
        (19, 2, 100),
        (19, 3, 76),
        (19, 7, 76),
        (19, 8, 100),
        (-128, 7, 76),
        (127, 11, 124),
    ],
)
def test_jumps_on_and_beside_each_threshold(membrane: int, calcium: int, expected: int) -> None:
    after = updated(FIXED, SynapseEvent.PRE, membrane=membrane, calcium=calcium, weight=100)
    assert after == {"weight": expected, "calcium": calcium}


@pytest.mark.parametrize(("start", "end"), [(0, 0), (127, 0), (128, 255), (255, 255)])
def test_without_spikes_a_weight_drifts_to_its_nearer_end(start: int, end: int) -> None:
    weight, ticks = start, 0
    while weight != end:
        weight = updated(FIXED, SynapseEvent.TICK, weight=weight)["weight"]
        ticks += 1
        assert ticks <= 127
    assert updated(FIXED, SynapseEvent.TICK, weight=end)["weight"] == end
    assert ticks == abs(end - start)


def test_calcium_rises_with_spikes_and_leaks() -> None:
    spec = CalciumSynapseSpec(calcium_jump=6, calcium_leak=4)
    levels = dict.fromkeys(("membrane_threshold", "calcium_from", "calcium_down", "calcium_up"), 0)
    calcium, seen = 0, []
    for kind in (SynapseEvent.POST,) * 3 + (SynapseEvent.TICK,) * 5:
        calcium = updated(spec, kind, calcium=calcium, **levels)["calcium"]
        seen.append(calcium)
    assert seen == [6, 12, 15, 11, 7, 3, 0, 0]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"membrane_threshold": 128}, "membrane_threshold=128 is no membrane: .*-128 to 127"),
        ({"calcium_thresholds": [3, 2, 4]}, "3, 2, 4 must not fall and lie in 0 to 15"),
        ({"calcium_thresholds": [3, 4, 16]}, "3, 4, 16 must not fall and lie in 0 to 15"),
        ({"calcium_thresholds": [-1, 4, 15]}, "-1, 4, 15 must not fall and lie in 0 to 15"),
    ],
)
def test_wrong_specifications(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=f"calcium_synapse: .*{message}"):
        validate(macros()["calcium_synapse"], fields)


@pytest.mark.flow
@pytest.mark.parametrize(("bits", "most"), [(4, 29), (8, 46)])
def test_the_size_stays(bits: int, most: int) -> None:
    spec = CalciumSynapseSpec(
        weight_bits=bits,
        membrane_threshold=20,
        calcium_thresholds=(3, 8, 12),
        jump_up=1 << bits - 3,
        jump_down=1 << bits - 3,
    )
    emitted = emit(spec)
    cells = yosys.synthesize(emitted.verilog, emitted.name, ICE40.script).cells
    assert ICE40.count(cells)["LUT4"] <= most


@pytest.mark.regression
def test_every_token_in_hardware() -> None:
    spec = SMALL[3]
    verification = replay(spec, {"event": every_token(spec)})
    assert verification.passed, verification.outcomes[0].message
    assert verification.outcomes[0].report["tokens"] == 1 << 2 + 2 + 2 + 2 + 2 + 6


@pytest.mark.regression
def test_calcium_synapse_equals_its_model() -> None:
    assert verify(CalciumSynapseSpec(), seeds=range(1, effort(2, 4))).passed
