"""What is taken while outputs are held or answers are missing: faults that change no value."""

from dataclasses import replace
from types import ModuleType

import pytest
from support.verdicts import broken, verdict

from neuroloom.flows.macros.catalogue import macros
from neuroloom.golden.arith.accumulator import AccumulatorSpec
from neuroloom.golden.bnn.max_pool import MaxPoolSpec
from neuroloom.golden.bnn.sliding_window import SlidingWindowSpec
from neuroloom.golden.cim.cim_macro import CimMacroSpec
from neuroloom.golden.cim.zero_skip import ZeroSkipSpec
from neuroloom.golden.contract import Contract
from neuroloom.golden.events.aer_link import AerLinkSpec
from neuroloom.golden.events.event_dedupe import EventDedupeSpec
from neuroloom.golden.events.event_fifo import EventFifoSpec
from neuroloom.golden.events.event_merge import EventMergeSpec
from neuroloom.golden.events.event_replay import EventReplaySpec
from neuroloom.golden.events.event_split import EventSplitSpec
from neuroloom.golden.events.event_stamper import EventStamperSpec
from neuroloom.golden.events.router import RouterSpec
from neuroloom.golden.events.spike_register import SpikeRegisterSpec
from neuroloom.golden.imc.crossbar import CrossbarSpec
from neuroloom.golden.imc.dataflow_controller import DataflowControllerSpec
from neuroloom.golden.imc.digital_processor import DigitalProcessorSpec
from neuroloom.golden.imc.imc_core import ImcCoreSpec
from neuroloom.golden.imc.input_memory import InputMemorySpec
from neuroloom.golden.spec import Spec
from neuroloom.hdl.bnn import max_pool, sliding_window
from neuroloom.hdl.cim import cim_macro
from neuroloom.hdl.events import (
    aer_link,
    event_dedupe,
    event_fifo,
    event_merge,
    event_replay,
    event_split,
    event_stamper,
    router,
    spike_register,
)
from neuroloom.hdl.imc import crossbar, imc_core, input_memory

DEDUPE = EventDedupeSpec(addresses=5)
STAMPER = EventStamperSpec(bits=4, time_bits=3, markers=True)
FIFO = EventFifoSpec(bits=4, depth=5)
DROPPING = EventFifoSpec(bits=4, depth=3, when_full="drop")
REGISTER = SpikeRegisterSpec(lines=3)
ROUTER = RouterSpec(dx_bits=2, dy_bits=2, payload_bits=4, edges=("north", "west"))
REPLAY = EventReplaySpec(bits=3, time_bits=3)
SPLIT = EventSplitSpec(bits=4, routes=((8, 8), (12, 4)), dropped_bits=3)
MERGE = EventMergeSpec(sources=3, bits=4)
POOL = MaxPoolSpec(height=4, width=4, channels=2, lanes=2, kernel=2)
SUM = AccumulatorSpec(length=5)
CORE = ImcCoreSpec(
    dataflow=DataflowControllerSpec(height=4, width=4, channels=1, bits=2, kernel=2),
    processor=DigitalProcessorSpec(channels=2, units=1, sum_bits=5),
    in_flight=3,
)
CROSSBAR = CrossbarSpec(rows=4, columns=4, input_bits=3, weight_bits=3, sum_bits=8)
COUNTED = CrossbarSpec(rows=3, columns=2, windows=3, counted=True, input_bits=2, weight_bits=2)
SKIP = ZeroSkipSpec(rows=5, group=2, input_bits=2, pipeline=1, segment=2)
MACRO = CimMacroSpec(rows=5, group=2, reads_in_flight=3)
LINK = AerLinkSpec(bits=4)
WINDOW = SlidingWindowSpec(height=4, width=4, channels=2, simd=2, kernel=2)
MEMORY = InputMemorySpec(height=4, width=4, channels=1, bits=2, kernel=2)
ROOMY = (FIFO, MERGE, SKIP, ROUTER, POOL, SUM, CROSSBAR, LINK, MEMORY)
SEEDS = (1, 2, 3)
FAULTS: list[tuple[Spec, ModuleType, str, str]] = [
    (DEDUPE, event_dedupe, "ready.eq(free | ~passes)", "ready.eq(free)"),
    (STAMPER, event_stamper, "ready.eq(free | ~gives)", "ready.eq(free)"),
    (STAMPER, event_stamper, "ready.eq(free | ~gives)", "ready.eq(free | (~gives & ~time[0]))"),
    (FIFO, event_fifo, "spec.words)", "spec.words + 1)"),
    (FIFO, event_fifo, "spec.words)", "spec.words - 1)"),
    (SPLIT, event_split, "ready.eq(free | ~found)", "ready.eq(free)"),
    (SPLIT, event_split, "ready.eq(free | ~found)", "ready.eq(free | (~found & ~event[0]))"),
    (REPLAY, event_replay, "(free | event.empty)", "free"),
    (MERGE, event_merge, "output_free(merged)", "~merged.valid | (merged.ready & ~offers[0])"),
    (ROUTER, router, "RegisterFifo(bits, spec.depth)", "RegisterFifo(bits, spec.depth + 1)"),
    (DROPPING, event_fifo, "1 if spec.drops else", "queue.input.ready if spec.drops else"),
    (REGISTER, spike_register, "ready.eq(1)", "ready.eq(~self.spikes.valid | self.spikes.ready)"),
    (POOL, max_pool, "ready.eq(output_free(pooled))", "ready.eq(pooled.ready)"),
    (LINK, aer_link, "idle.eq(~req", "idle.eq(~self.received.valid & ~req"),
    (WINDOW, sliding_window, "oldest < spec.depth", "oldest < spec.depth - 1"),
    (MEMORY, input_memory, "(lead != bound) | (writer.row < first)", "lead != bound"),
    *(
        (spec, crossbar, "advance.eq(~(ends & sums.valid &", f"advance.eq(~({held} &")
        for spec in (CROSSBAR, COUNTED)
        for held in ("sums.valid", "ends", "(ends | sums.valid)")
    ),
    (MACRO, cim_macro, "spec.reads_in_flight", "(spec.reads_in_flight + 1)"),
    (CORE, imc_core, "spec.most_waiting", "spec.most_waiting + 1"),
    (CORE, imc_core, "spec.most_waiting", "spec.most_waiting - 1"),
]


@pytest.mark.parametrize(
    "spec",
    [
        DEDUPE,
        STAMPER,
        MERGE,
        SPLIT,
        REPLAY,
        SKIP,
        FIFO,
        DROPPING,
        REGISTER,
        ROUTER,
        POOL,
        SUM,
        LINK,
        MEMORY,
        CORE,
        MACRO,
        CROSSBAR,
        COUNTED,
    ],
    ids=lambda spec: str(spec.macro),
)
@pytest.mark.regression
def test_sound_hardware_is_as_ready_as_stated(spec: Spec) -> None:
    assert not any(verdict(spec, seed) for seed in SEEDS)


@pytest.mark.parametrize(
    ("spec", "module", "good", "bad"),
    FAULTS,
    ids=lambda each: each if isinstance(each, str) else "",
)
@pytest.mark.regression
def test_a_fault_in_what_is_taken_meanwhile(
    spec: Spec, module: ModuleType, good: str, bad: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stem = macros()[spec.macro].stem
    monkeypatch.setattr(module, stem, broken(module, (good, bad))[stem])
    for seed in SEEDS:
        assert verdict(spec, seed)


@pytest.mark.parametrize("more", [-1, 1])
@pytest.mark.parametrize("spec", ROOMY, ids=lambda spec: str(spec.macro))
@pytest.mark.regression
def test_room_that_is_stated_wrong(spec: Spec, more: int, monkeypatch: pytest.MonkeyPatch) -> None:
    contract: Contract = spec.contract
    wrong = replace(contract, room={name: room + more for name, room in contract.held.items()})
    monkeypatch.setattr(type(spec), "contract", property(lambda _: wrong))
    for seed in SEEDS:
        assert "while no output is accepted" in verdict(spec, seed)


def test_what_is_said_of_a_standstill() -> None:
    assert FIFO.contract.standstill == "while no output is accepted, 5 tokens of write are taken"
    assert DROPPING.contract.standstill == "every token of write is taken at once"
    assert CORE.contract.standstill == "while no token of sums comes, 3 of patches leave"
    assert "3 tokens of each input are taken" in ROUTER.contract.standstill
    assert "3 tokens of patches are taken" in CROSSBAR.contract.standstill
    assert COUNTED.contract.standstill.endswith("until the second window's last sums wait")
    assert DEDUPE.contract.standstill.endswith("is taken even while the output is held")
