"""Companions: small specifications that show what the one that is asked for does not."""

from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import BaseModel

from neuroloom.flows.macros import by_code
from neuroloom.flows.macros.catalogue import Macro, macros
from neuroloom.flows.macros.field_values import as_typed
from neuroloom.flows.macros.specification import read_spec
from neuroloom.flows.simulation.names import SimulatorName
from neuroloom.flows.verify import verify, verify_companions
from neuroloom.golden.arith.requantize import RequantizeSpec
from neuroloom.golden.events.arbiter import ArbiterSpec
from neuroloom.golden.formats import Rounding
from neuroloom.golden.spec import Spec
from neuroloom.hdl import formats
from neuroloom.hdl.events import arbiter
from neuroloom.hdl.streams.arbitration import weighted_round_robin
from neuroloom.verif import companions as search
from neuroloom.verif.companions import Companion, companions

CATALOGUE = list(macros().values())


def choices(model: BaseModel) -> dict[str, object]:
    values = {name: getattr(model, name) for name in type(model).model_fields}
    return {name: value for name, value in values.items() if isinstance(value, bool | Enum)}


@pytest.mark.parametrize("macro", ["arbiter", "requantize", "stdp"])
def test_every_choice_that_is_drawn_occurs(macro: str) -> None:
    entry = macros()[macro]
    found = entry.companions(entry.spec(), fixed=False)
    assert found == companions(entry.spec(), entry.stimulus_type, entry.component, fixed=False)
    occur = [choices(spec) for spec in (entry.spec(), *(each.spec for each in found))]
    rng = np.random.default_rng(99)
    for _ in range(30):
        for name, value in choices(entry.stimulus_type.random_spec(rng)).items():
            assert value in [each[name] for each in occur], f"{name}={value}"


def test_companions_are_looked_for_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEUROLOOM_CACHE", str(tmp_path))
    monkeypatch.setattr(by_code, "_begun", lambda: float("inf"))  # however new the tree is
    entry, searches = macros()["requantize"], []

    def counted(spec: Spec, *others: Any) -> tuple[Companion, ...]:
        searches.append(spec)
        return companions(spec, *others)

    monkeypatch.setattr(search, "companions", counted)
    for fixed in (False, True, False, True):
        found = entry.companions(entry.spec(), fixed)
        assert found == companions(entry.spec(), entry.stimulus_type, entry.component, fixed)
    assert len(searches) == 2


def test_each_companion_shows_something_that_no_other_one_is_said_to() -> None:
    entry = macros()["arbiter"]
    found = entry.companions(entry.spec(), fixed=False)
    shown = [each for companion in found for each in companion.shows]
    assert all(companion.shows for companion in found)
    assert len(shown) == len(set(shown))
    assert any(each.startswith("line arbiter.py:") for each in shown)


def test_companions_of_a_choice_share_it() -> None:
    entry = macros()["arbiter"]
    spec = ArbiterSpec(policy="weighted", requesters=2, weights=[3, 1])
    found = entry.companions(spec)
    assert found
    for each in found:
        assert choices(each.spec) == choices(spec)


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: str(entry.name))
def test_a_specification_as_it_is_typed_is_read_back(entry: Macro) -> None:
    rng = np.random.default_rng(4)
    for _ in range(8):
        spec = entry.stimulus_type.random_spec(rng)
        assert read_spec(entry, list(as_typed(spec, entry.standard))) == spec


@pytest.mark.regression
def test_a_fault_in_a_branch_that_the_default_has_not(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = RequantizeSpec()
    found = macros()["requantize"].companions(spec, fixed=False)
    good = formats.shift_right

    def faulty(m: Any, value: Any, shift: int, rounding: Rounding, entropy: Any) -> Any:
        wrong = Rounding.FLOOR if rounding is Rounding.NEAREST_UP else rounding
        return good(m, value, shift, wrong, entropy)

    monkeypatch.setattr(formats, "shift_right", faulty)
    assert verify(spec, simulator=SimulatorName.AMARANTH).passed
    outcomes = verify_companions(found, simulator=SimulatorName.AMARANTH)
    assert not all(each.passed for each in outcomes)


@pytest.mark.regression
def test_a_weight_of_255_that_counts_as_127(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = ArbiterSpec(policy="weighted", requesters=2, weights=[255, 1])
    assert verify(spec, simulator=SimulatorName.AMARANTH).passed
    monkeypatch.setattr(
        arbiter,
        "weighted_round_robin",
        lambda m, requests, advance, weights: weighted_round_robin(
            m, requests, advance, [127 if each == 255 else each for each in weights]
        ),
    )
    assert not verify(spec, simulator=SimulatorName.AMARANTH).passed
    found = macros()["arbiter"].companions(ArbiterSpec(), fixed=False)
    assert not all(
        each.passed for each in verify_companions(found, simulator=SimulatorName.AMARANTH)
    )
