"""Turns at outputs that inputs share, and order within a flow: faults that change no value."""

from dataclasses import replace
from types import ModuleType

import pytest
from support.verdicts import broken, verdict

from neuroloom.golden.contract import Waits
from neuroloom.golden.events.event_merge import EventMergeSpec
from neuroloom.golden.events.mesh import MeshSpec
from neuroloom.golden.events.packets import Side
from neuroloom.golden.events.router import RouterSpec
from neuroloom.golden.spec import Spec
from neuroloom.hdl.events import event_merge, router, router_node, router_switch
from neuroloom.hdl.streams import arbitration, stream_fifo

ROUTER = RouterSpec(dx_bits=2, dy_bits=2, payload_bits=8, edges=(Side.NORTH, Side.WEST))
MESH = MeshSpec(columns=2, rows=1, payload_bits=8)
READY = MeshSpec(columns=1, rows=2, payload_bits=6, flow_control="ready", depth=2)
MERGE = EventMergeSpec(sources=3, bits=5)
USERS = {ROUTER: router, MESH: router_node, READY: router_node, MERGE: event_merge}
"""Where the macro of each finds its parts."""
SEEDS = (1, 2, 3)

NO_TURNS = ("behind.eq(above[1:])", "behind.eq(0)")
AGAIN = ("behind.eq(above[1:])", "behind.eq(above[1:] | grant[1:])")
TURNS: list[tuple[Spec, ModuleType, tuple[str, str], str]] = [
    (spec, module, fault, name)
    for spec, module, name in (
        (ROUTER, router_switch, "RouterSwitch"),
        (MESH, router_switch, "RouterSwitch"),
        (READY, router_switch, "RouterSwitch"),
        (MERGE, event_merge, "EventMerge"),
    )
    for fault in (NO_TURNS, AGAIN)
]
SECOND_FIRST = (
    ("output.payload.eq(places[0])", "output.payload.eq(Mux(filled[1], places[1], places[0]))"),
    ("Mux(behind[index], following,", "Mux(behind[index], following if index else place,"),
)
"""The second packet of a buffer leaves before the first one."""


@pytest.mark.parametrize("spec", USERS, ids=lambda spec: repr(spec))
@pytest.mark.regression
def test_sound_hardware_takes_turns_and_keeps_order(spec: Spec) -> None:
    assert not any(verdict(spec, seed) for seed in SEEDS)


@pytest.mark.parametrize(
    ("spec", "module", "fault", "name"), TURNS, ids=lambda each: str(each)[:40]
)
@pytest.mark.regression
def test_turns_that_are_unfair(
    spec: Spec,
    module: ModuleType,
    fault: tuple[str, str],
    name: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "round_robin", broken(arbitration, fault)["round_robin"])
    for seed in SEEDS:
        assert "inputs compete for" in verdict(spec, seed)


@pytest.mark.parametrize("spec", [ROUTER, MESH, READY], ids=lambda spec: repr(spec))
@pytest.mark.regression
def test_two_packets_of_a_buffer_that_change_places(
    spec: Spec, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = broken(stream_fifo, *SECOND_FIRST)
    monkeypatch.setattr(USERS[spec], "RegisterFifo", names["RegisterFifo"])
    for seed in SEEDS:
        assert "of sender" in verdict(spec, seed)


@pytest.mark.parametrize("more", [-1, 1])
@pytest.mark.parametrize("spec", [ROUTER, MESH, MERGE], ids=lambda spec: str(spec.macro))
@pytest.mark.regression
def test_a_wait_that_is_stated_wrong(
    spec: Spec, more: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    contract = spec.contract
    wrong = replace(
        contract,
        waits=tuple(
            Waits(each.output, {name: most + more for name, most in each.most.items()})
            for each in contract.waits
        ),
    )
    monkeypatch.setattr(type(spec), "contract", property(lambda _: wrong))
    for seed in SEEDS:
        assert "inputs compete for" in verdict(spec, seed)
