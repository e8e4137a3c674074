"""Macros that lose what comes while their output is held: faults in what they drop and tell."""

from types import ModuleType

import pytest
from support.verdicts import broken, verdict

from neuroloom.flows.macros.catalogue import macros
from neuroloom.golden.events.aer_link import AerLinkSpec
from neuroloom.golden.events.event_fifo import EventFifoSpec
from neuroloom.golden.events.packets import Side
from neuroloom.golden.events.router import RouterSpec
from neuroloom.golden.events.spike_register import SpikeRegisterSpec
from neuroloom.golden.spec import Spec
from neuroloom.hdl.events import aer_link, event_fifo, router, spike_register

FIFO = EventFifoSpec(when_full="drop", depth=5, lost_bits=3)
FLAG = EventFifoSpec(when_full="drop", depth=3, lost_bits=1, bits=4)
REGISTER = SpikeRegisterSpec(lines=5)
LINK = AerLinkSpec(protocol="strobe", end="receiver")
DROPS = RouterSpec(
    dx_bits=3,
    dy_bits=2,
    payload_bits=3,
    multicast=True,
    edges=(Side.NORTH, Side.WEST),
    count_drops=True,
    drop_bits=4,
)
FAULTS: list[tuple[Spec, ModuleType, str, str]] = [
    (FIFO, event_fifo, "lost.eq(lost + 1)", "lost.eq(lost + 2)"),
    (FIFO, event_fifo, "m.d.sync += lost.eq(lost + 1)", "pass"),
    (FIFO, event_fifo, "write.valid & ~lost.all()", "write.valid"),
    (FIFO, event_fifo, "m.d.sync += lost.eq(0)", "m.d.sync += lost.eq(lost)"),
    (FIFO, event_fifo, "StreamFifo(spec.width, spec.words)", "StreamFifo(spec.width, 3)"),
    (FIFO, event_fifo, "1 if spec.drops else queue.input.ready", "queue.input.ready"),
    (FIFO, event_fifo, "StreamFifo(spec.width, spec.words)", "StreamFifo(spec.width, 5)"),
    (FIFO, event_fifo, "spec.width - spec.bits)", "spec.width - spec.bits, reset_less=True)"),
    (FLAG, event_fifo, "m.d.sync += lost.eq(lost + 1)", "pass"),
    (FLAG, event_fifo, "write.valid & ~lost.all()", "write.valid"),
    (REGISTER, spike_register, "(again & chosen).any()", "0"),
    (REGISTER, spike_register, "(again & chosen).any()", "again.any()"),
    (REGISTER, spike_register, "staying & (again | rising)", "staying & rising"),
    (REGISTER, spike_register, "held & ~Mux(free, chosen, 0)", "held & ~chosen"),
    (LINK, aer_link, "m.d.sync += lost.eq(1)", "pass"),
    (LINK, aer_link, "lost = Signal()", "lost = Signal(reset_less=True)"),
    (LINK, aer_link, "lost.eq(lost), lost.eq(0)", "lost.eq(lost)"),
    (DROPS, router, "spec.drop_bits)", "spec.drop_bits + 1)"),
    (DROPS, router, "spec.drop_bits)", "spec.drop_bits - 1)"),
    (LINK, aer_link, "free.eq(output_free(received))", "free.eq(1)"),
]


@pytest.mark.parametrize(
    "spec", [FIFO, FLAG, REGISTER, LINK, DROPS], ids=lambda spec: str(spec.macro)
)
def test_sound_hardware_tells_of_all_that_it_loses(spec: Spec) -> None:
    assert not verdict(spec)


@pytest.mark.parametrize(
    ("spec", "module", "good", "bad"),
    FAULTS,
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_a_fault_in_what_is_lost(
    spec: Spec, module: ModuleType, good: str, bad: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stem = macros()[spec.macro].stem
    monkeypatch.setattr(module, stem, broken(module, (good, bad))[stem])
    assert verdict(spec)
