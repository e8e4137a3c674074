"""Pulses that are as long together as they should be, and each of them is not."""

from types import ModuleType

import pytest
from support.verdicts import broken, verdict

from neuroloom.flows.macros.catalogue import macros
from neuroloom.golden.bnn.rram_program import RramProgramSpec
from neuroloom.golden.events.aer_link import AerLinkSpec
from neuroloom.golden.spec import Spec
from neuroloom.hdl.bnn import rram_program
from neuroloom.hdl.events import aer_link

PROGRAM = RramProgramSpec(
    rows=2,
    columns=3,
    cells=2,
    attempts=2,
    set_cycles=2,
    reset_cycles=3,
    form_cycles=4,
    gap_cycles=1,
)
LINK = AerLinkSpec(protocol="strobe", end="transmitter", setup=2, pulse=3, gap=2)
SEEDS = (1, 2, 3)
KINDS = "for kind in (Pulse.SET, Pulse.RESET, Pulse.FORM)"
FAULTS: list[tuple[Spec, ModuleType, str, str]] = [
    (PROGRAM, rram_program, KINDS, "for kind in (Pulse.RESET, Pulse.SET, Pulse.FORM)"),
    (PROGRAM, rram_program, KINDS, "for kind in (Pulse.SET, Pulse.FORM, Pulse.RESET)"),
    (PROGRAM, rram_program, KINDS, "for kind in (Pulse.FORM, Pulse.RESET, Pulse.SET)"),
    (
        LINK,
        aer_link,
        "elapsed == spec.setup + spec.pulse - 1",
        "elapsed == spec.setup + spec.pulse",
    ),
    (LINK, aer_link, "elapsed == spec.setup - 1)", "elapsed == spec.setup - 2)"),
]


@pytest.mark.parametrize("spec", [PROGRAM, LINK], ids=lambda spec: str(spec.macro))
@pytest.mark.regression
def test_sound_pulses(spec: Spec) -> None:
    assert not any(verdict(spec, seed) for seed in SEEDS)


@pytest.mark.parametrize(
    ("spec", "module", "good", "bad"),
    FAULTS,
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_a_pulse_of_another_width(
    spec: Spec, module: ModuleType, good: str, bad: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stem = macros()[spec.macro].stem
    monkeypatch.setattr(module, stem, broken(module, (good, bad))[stem])
    for seed in SEEDS:
        assert verdict(spec, seed)
