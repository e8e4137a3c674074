"""Searches for a run that violates a claim: how far they go, what is shown, what proves nothing."""

import json
from typing import Any

import pytest
from amaranth.hdl import Signal
from support.command_line import run

from neuroloom.flows.formal import engine
from neuroloom.flows.formal import prove as prove_flow
from neuroloom.flows.formal.prove import prove
from neuroloom.flows.macros import catalogue
from neuroloom.flows.tools import process
from neuroloom.flows.tools.errors import ToolFailed
from neuroloom.golden.events.arbiter import ArbiterSpec
from neuroloom.verif.formal import Fault, Proof, Properties


class Counting(Properties[ArbiterSpec]):
    """Claims with a known end: a counter of cycles since reset, and one that is never cleared."""

    def state(self, proof: Proof, component: Any) -> None:
        cycles = Signal(6)
        odd = Signal(6, init=1)
        unreset = Signal(reset_less=True)
        proof.m.d.sync += [cycles.eq(cycles + 1), odd.eq(odd + 2), unreset.eq(1)]
        proof.always("late", "a cycle is not the 31st", cycles != 30)
        proof.always("odd", "an odd number stays odd", odd[0])
        proof.can("even", "an odd number becomes even", ~odd[0])
        proof.can("first", "what reset leaves alone is low", ~unreset)
        never = proof.anything("never", 1)
        proof.assume(~never)
        proof.can("assumed", "what is assumed away happens", never)
        proof.always("assumed-too", "what is assumed away does not happen", ~never)

    def faults(self) -> list[Fault]:
        return []

    @classmethod
    def small_specs(cls) -> list[ArbiterSpec]:
        return [ArbiterSpec(requesters=1)]


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> ArbiterSpec:
    entry = type(catalogue.macro("arbiter"))
    monkeypatch.setattr(entry, "properties_type", property(lambda self: Counting))
    return ArbiterSpec(requesters=1)


@pytest.mark.flow
def test_runs_longer_than_the_search_are_found_and_covers_can_be_out_of_reach(
    counting: ArbiterSpec,
) -> None:
    result = prove(counting, depth=4)
    outcomes = {each.name: each.outcome for each in result.findings}
    assert outcomes["late"] == "violated in cycle 30"
    assert outcomes["odd"].startswith("proved by")
    assert outcomes["even"] == outcomes["assumed"] == "can never be reached"
    assert outcomes["first"] == "reached in cycle 0"
    assert outcomes["assumed-too"].startswith("proved by")
    assert not result.passed


def test_nothing_else_is_run_once_the_search_has_found_a_run(
    counting: ArbiterSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def listening(command: list[str], *others: Any, **named: Any) -> Any:
        asked.append(command[-1])
        return genuine(command, *others, **named)

    genuine = process.run
    monkeypatch.setattr(engine, "run", listening)
    place = [each.name for each in prove(counting, depth=40).findings].index("late")
    methods = [each for each in asked if f"-O {place};" in each]
    assert len(methods) == 1 and "bmc3" in methods[0] and "pdr" not in methods[0]


def test_a_search_alone_proves_nothing(counting: ArbiterSpec) -> None:
    outcomes = {
        each.name: each.outcome for each in prove(counting, depth=7, search_only=True).findings
    }
    assert outcomes["odd"] == outcomes["late"] == "searched to 7 cycles, not proved"
    assert outcomes["first"] == "reached in cycle 0"


@pytest.mark.flow
def test_what_is_only_searched_is_not_called_proved(
    counting: ArbiterSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "INDUCTIVE", "never said")
    monkeypatch.setattr(engine, "INVARIANT", "never said")
    odd = next(each for each in prove(counting, depth=7).findings if each.name == "odd")
    assert odd.outcome == "searched to 7 cycles, not proved"
    assert odd.passed and not odd.proved and not odd.failed


@pytest.mark.flow
def test_status_0_is_a_proof(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def searched(claim: str, is_cover: bool = False) -> prove_flow.Finding:
        decision = engine.Decision(None, False, 9, engine.ProofMethod.SEARCH, [])
        return prove_flow.Finding(claim, "it is so", is_cover, decision, 0.1)

    findings = (searched("one"), searched("two", is_cover=True))
    result = prove_flow.ProofResult(ArbiterSpec(requesters=2), None, findings)
    monkeypatch.setattr(prove_flow, "prove", lambda *_, **__: result)
    status, text, error = run(capsys, "prove", "arbiter")
    assert status == 4
    assert "searched to 9 cycles, not proved" in text
    assert error.splitlines()[-1] == (
        "neuroloom: arbiter: one is not decided: searched to 9 cycles, not proved; nor is 1 more; "
        "--time-limit and --depth allow more, a smaller design needs less"
    )
    status, text, _ = run(capsys, "prove", "arbiter", "--json")
    assert status == 4 and json.loads(text)["proved"] is False


@pytest.mark.flow
def test_a_long_run_is_shown_by_its_end(counting: ArbiterSpec) -> None:
    late = prove(counting, depth=40).findings[3]
    assert late.name == "late" and late.trace is not None and late.trace.cycles == 31
    cycles, rows = late.trace.last_cycles()
    assert cycles == range(15, 31) and all(len(row) == 17 for row in rows)


@pytest.mark.flow
def test_a_run_that_the_simulator_does_not_repeat_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    genuine = engine.decide

    def idle(*arguments: Any) -> engine.Decision:
        found = genuine(*arguments)
        calm: engine.Inputs = [dict.fromkeys(each, 0) for each in found.run]
        return engine.Decision(found.reached, found.never, found.depth, found.method, calm)

    monkeypatch.setattr(prove_flow, "decide", idle)
    with pytest.raises(ToolFailed, match="cannot be repeated"):
        prove(ArbiterSpec(requesters=2))
