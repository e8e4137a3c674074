"""Resets where they hurt: in the midst of loads, and while the receiver of a link is busy."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from amaranth.hdl import Signal
from support.verdicts import broken, verdict

from neuroloom.flows.macros.catalogue import macros
from neuroloom.golden.events.aer_link import AerLinkSpec, LinkEnd
from neuroloom.golden.imc.crossbar import CrossbarSpec
from neuroloom.golden.ports import count
from neuroloom.golden.spec import Spec
from neuroloom.hdl.events import aer_link
from neuroloom.hdl.imc import crossbar
from neuroloom.hdl.memories import parameters

LOADED = ("activation", "adc_post", "bnn_layer", "crossbar", "digital_processor", "rram_layer")
"""Macros with a memory of parameters that counts the rows of its load."""


def small(macro: str) -> Spec:
    """A specification whose load has three tokens or more."""
    rng = np.random.default_rng(7)
    for _ in range(200):
        entry = macros()[macro]
        spec = entry.stimulus_type.random_spec(rng)
        load = entry.stimulus(spec).setup(np.random.default_rng(1)) or {}
        if sum(map(count, load.values())) >= 3:
            return spec
    raise AssertionError(f"no specification of {macro} has a load")


def outliving(*shape: Any, **options: Any) -> Signal:
    return Signal(*shape, **{**options, "reset_less": True})


@pytest.mark.parametrize("macro", LOADED)
@pytest.mark.regression
def test_a_load_counter_that_outlives_reset(macro: str, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = small(macro)
    assert not verdict(spec)
    monkeypatch.setattr(parameters, "Signal", outliving)
    assert verdict(spec)


def test_an_interval_that_outlives_reset(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = CrossbarSpec(rows=1, columns=1, input_bits=1, weight_bits=2, sum_bits=3, interval=19)
    assert not verdict(spec)
    counted = ("range(self.spec.period)", "range(self.spec.period), reset_less=True")
    monkeypatch.setattr(crossbar, "Crossbar", broken(crossbar, counted)["Crossbar"])
    assert "offered with the end of reset" in verdict(spec)


@pytest.mark.parametrize("start", [1, -1])
@pytest.mark.parametrize("macro", ["aer_link", "rram_layer", "xnor_sense"])
@pytest.mark.regression
def test_a_start_that_is_promised_wrong(
    macro: str, start: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(2)
    spec = macros()[macro].stimulus_type.random_spec(rng)
    wrong = replace(spec.contract, start=spec.contract.start + start)
    monkeypatch.setattr(type(spec), "contract", property(lambda _: wrong))
    said = verdict(spec)
    assert "cycles after reset, not" in said or "offered with the end of reset" in said


def test_a_transmitter_that_forgets_its_receiver(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = AerLinkSpec(end=LinkEnd.TRANSMITTER, synchronizer=2)
    assert not verdict(spec)
    hasty = replace(spec.contract, start=0)
    monkeypatch.setattr(AerLinkSpec, "contract", property(lambda _: hasty))
    good = aer_link.synchronized
    monkeypatch.setattr(
        aer_link, "synchronized", lambda m, wire, stages, init: good(m, wire, stages, init=0)
    )
    assert verdict(spec)


HALF_A_PULSE = (
    ("strobe, self.spec.synchronizer, init=1)", "strobe, self.spec.synchronizer, init=0)"),
    ("before = Signal(init=1)", "before = Signal()"),
)


@pytest.mark.parametrize("synchronizer", [2, 3, 4])
@pytest.mark.regression
def test_a_receiver_that_takes_half_a_pulse_for_an_event(
    synchronizer: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = AerLinkSpec(
        protocol="strobe", end="receiver", synchronizer=synchronizer, pulse=synchronizer + 2
    )
    assert not any(verdict(spec, seed) for seed in (1, 2, 3))
    monkeypatch.setattr(aer_link, "AerLink", broken(aer_link, *HALF_A_PULSE)["AerLink"])
    for seed in (1, 2, 3):
        assert verdict(spec, seed)
