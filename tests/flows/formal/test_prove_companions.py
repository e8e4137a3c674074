"""Small companions of proofs: what they show, the faults that they alone meet, and their time."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from typing import Any

import numpy as np
import pytest
from amaranth.hdl import Module
from support.command_line import run
from support.effort import effort
from typer.testing import CliRunner

from neuroloom.flows.cli import app
from neuroloom.flows.formal import engine
from neuroloom.flows.formal import prove as prove_flow
from neuroloom.flows.formal.engine import Decision, ProofMethod
from neuroloom.flows.formal.prove import prove
from neuroloom.flows.macros import catalogue
from neuroloom.flows.tools.errors import NotProved, VerificationFailed
from neuroloom.flows.tools.started import Interrupted
from neuroloom.golden.events.arbiter import ArbiterSpec, Policy
from neuroloom.golden.spec import Spec
from neuroloom.hdl.arith.one_hot import lowest
from neuroloom.hdl.events import arbiter, event_fifo
from neuroloom.hdl.events.aer_link import AerLink
from neuroloom.verif.companions import Companion, lines
from neuroloom.verif.small_companions import reduced, state_bits

PROVED = [each for each in catalogue.macros().values() if each.has_properties]
SLOW = ("cim_macro", "imc_core", "input_memory", "mesh", "router")
"""Of which an elaboration takes long."""
QUICK = [each for each in PROVED if each.name not in SLOW]
TOO_LARGE: dict[str, set[str]] = {
    "imc_core": {"dataflow_controller.py", "pixel_writer.py", "table.py"},
    "input_memory": {"table.py"},
    "mesh": {"router_switch.py"},
}
"""Files with lines that stand only in specifications of more state than is proved: patches of
several windows, words of several pixels, tables with a value twice, copies in a mesh.
"""


def line_of(shown: str) -> str:
    return shown.removeprefix("line ").split(":")[0]


@pytest.mark.parametrize("entry", effort(QUICK, PROVED), ids=lambda entry: str(entry.name))
@pytest.mark.flow
def test_every_line_that_random_specifications_have_is_proved(entry: catalogue.Macro) -> None:
    standard = entry.spec()
    small = entry.small_companions(standard)
    assert small == entry.small_companions(standard)
    assert all(companion.shows for companion in small)
    assert all(state_bits(companion.spec) <= entry.properties_type.most_bits for companion in small)
    shown = frozenset[str]().union(
        *(lines(spec, entry.component) for spec in (standard, *(each.spec for each in small)))
    )
    rng = np.random.default_rng(31)
    for _ in range(effort(10, 60)):
        spec = entry.stimulus_type.random_spec(rng)
        missing = {line_of(line) for line in lines(spec, entry.component) - shown}
        assert missing <= TOO_LARGE.get(entry.name, set()), spec.model_dump_json()


def test_every_policy_every_storage_and_every_end_is_proved() -> None:
    for name, field in (
        ("arbiter", "policy"),
        ("event_fifo", "storage"),
        ("aer_link", "end"),
        ("aer_link", "protocol"),
        ("event_fifo", "when_full"),
    ):
        entry = catalogue.macro(name)
        standard = entry.spec()
        specs: list[Spec] = [standard, *(one.spec for one in entry.small_companions(standard))]
        kind: type[Enum] = type(getattr(standard, field))
        assert {getattr(spec, field) for spec in specs} == set(kind), (name, field)


@pytest.mark.parametrize("name", ["arbiter", "event_split", "imc_core", "mesh"])
def test_reduced_specifications_are_small(name: str) -> None:
    kind, rng = catalogue.macro(name).stimulus_type, np.random.default_rng(5)
    drawn = [kind.random_spec(rng) for _ in range(12)]
    small = [reduced(spec, rng) for spec in drawn]
    before, after = (sum(map(state_bits, specs)) for specs in (drawn, small))
    assert after < before
    assert all(type(spec) is type(other) for spec, other in zip(drawn, small, strict=True))


def matrix_by_number(good: Any) -> Any:
    return lambda m, requests, advance: lowest(m, requests)


def deeper(good: Any) -> Any:
    return lambda width, depth: good(width, depth + 1)


def restless(good: Any) -> Any:
    """A receiver of strobes that inverts what it has lost while an event waits."""

    def sample(link: Any, m: Module, *wires: Any) -> None:
        good(link, m, *wires)
        with m.If(link.received.valid & ~link.received.ready):
            m.d.sync += link.received.payload.lost.eq(~link.received.payload.lost)

    return sample


FAULTS: dict[str, tuple[str, object, str, Callable[[Any], Any]]] = {
    "the matrix goes by number": ("arbiter", arbiter, "least_recently_granted", matrix_by_number),
    "registers hold one more": ("event_fifo", event_fifo, "RegisterFifo", deeper),
    "a strobed event changes": ("aer_link", AerLink, "_sample", restless),
}
"""Fault: macro, where it is planted in a branch that the default has not, and what it makes."""


def violated(spec: Spec) -> set[str]:
    findings = prove(spec, depth=12, seconds=600, search_only=True).findings
    return {each.name for each in findings if not each.is_cover and not each.passed}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.flow
def test_a_fault_in_a_branch_that_only_companions_have(
    fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, place, attribute, wrong = FAULTS[fault]
    entry = catalogue.macro(name)
    companions = entry.small_companions(entry.spec())
    monkeypatch.setattr(place, attribute, wrong(getattr(place, attribute)))
    assert not violated(entry.spec())
    assert any(violated(companion.spec) for companion in companions)


def answered(monkeypatch: pytest.MonkeyPatch, open_ones: Callable[[Spec], bool]) -> list[Spec]:
    """Proofs that are made without looking, undecided where ``open_ones`` says so."""
    asked: list[Spec] = []

    def quick(spec: Spec, *others: Any, **named: Any) -> prove_flow.ProofResult:
        asked.append(spec)
        never = not open_ones(spec)
        decision = engine.Decision(None, never, 9, engine.ProofMethod.INDUCTION, [])
        findings = (prove_flow.Finding("a", "it is so", False, decision, 0.1),)
        return prove_flow.ProofResult(spec, None, findings)

    monkeypatch.setattr(prove_flow, "prove", quick)
    return asked


@pytest.mark.flow
def test_companions_go_with_the_macro_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answered(monkeypatch, lambda spec: False)
    done = CliRunner().invoke(app, ["prove", "arbiter", "--json"])
    assert done.exit_code == 0
    report = json.loads(done.stdout)
    assert len(report["companions"]) == len(asked) - 1 > 3
    assert all(one["proved"] and one["shows"] for one in report["companions"])
    assert asked[-1] == ArbiterSpec()
    for words in (["--only"], ["requesters=3"], ["--fault", "nobody"]):
        asked.clear()
        CliRunner().invoke(app, ["prove", "arbiter", *words])
        assert len(asked) == 1, words


@pytest.mark.flow
def test_what_is_open_of_a_companion_is_no_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    answered(monkeypatch, lambda spec: getattr(spec, "policy", "") == "matrix")
    done = CliRunner().invoke(app, ["prove", "arbiter"])
    assert isinstance(done.exception, NotProved)
    told, again = str(done.exception).splitlines()
    assert told.startswith("arbiter, companion ") and "is not decided: searched to 9" in told
    assert again.startswith("repeat it with: neuroloom prove arbiter requesters=")
    assert "policy=matrix" in again and "companions of arbiter" in done.stdout


@pytest.mark.flow
def test_a_companion_that_fails_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arbiter, "least_recently_granted", matrix_by_number(None))
    companions = [
        one
        for one in catalogue.macro("arbiter").small_companions(ArbiterSpec())
        if isinstance(one.spec, ArbiterSpec)
        and one.spec.policy is Policy.MATRIX
        and not one.spec.hold
    ]
    monkeypatch.setattr(catalogue.Macro, "small_companions", lambda *_: tuple(companions[:1]))
    done = CliRunner().invoke(app, ["prove", "arbiter", "--depth", "8"])
    assert isinstance(done.exception, VerificationFailed)
    assert str(done.exception).startswith("arbiter, companion 1: patience violated in cycle ")
    assert "policy=matrix" in str(done.exception)


def test_the_limit_is_that_of_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    granted: list[float] = []

    def waiting(graph: Any, claim: str, depth: int, seconds: float, *_: Any) -> engine.Decision:
        granted.append(seconds)
        time.sleep(0.05)
        return engine.Decision(None, False, 3, engine.ProofMethod.SEARCH, [])

    monkeypatch.setattr(prove_flow, "decide", waiting)
    spec = ArbiterSpec(requesters=2)
    claims = len(prove(spec, seconds=100, workers=1).findings)
    first, last = granted[0], granted[-1]
    assert 80 / claims < first <= 100 / claims  # an even share, less the translation
    assert last > 50  # what the others left
    granted.clear()
    begun = time.monotonic()
    prove(spec, seconds=0.01)
    assert max(granted) <= 0.01 and time.monotonic() - begun < 60


@pytest.mark.flow
def test_what_companions_leave_is_for_what_was_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    shares: list[float] = []

    def quick(spec: Spec, depth: int, seconds: float, **_: Any) -> prove_flow.ProofResult:
        shares.append(seconds)
        return prove_flow.ProofResult(spec, None, ())

    monkeypatch.setattr(prove_flow, "prove", quick)
    entry = catalogue.macro("arbiter")
    companions = entry.small_companions(entry.spec())[:3]
    left = iter([120.0, 90.0, 60.0])
    prove_flow.prove_companions(companions, 9, lambda: next(left))
    assert shares == [120.0 / 4, 90.0 / 3, 60.0 / 2]


@pytest.mark.flow
@pytest.mark.parametrize("entry", effort(QUICK, PROVED), ids=lambda entry: str(entry.name))
def test_companions_are_proved(entry: catalogue.Macro) -> None:
    for companion in entry.small_companions(entry.spec()):
        findings = prove(companion.spec, seconds=1000).findings
        undecided = {each.name: each.outcome for each in findings if not each.proved}
        assert not undecided, companion.spec.model_dump_json()


def test_an_interrupted_run_prints_what_it_has_decided(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    decided: list[str] = []

    def ended(graph: Any, name: str, *_: object) -> Decision:
        if len(decided) == most:
            raise Interrupted(143)
        decided.append(name)
        return Decision(None, False, 5, ProofMethod.SEARCH, [])

    spec = ArbiterSpec(requesters=2)
    words = ("prove", "arbiter", "requesters=2", "--only")
    monkeypatch.setattr(prove_flow, "decide", ended)
    monkeypatch.setattr(prove_flow, "ThreadPoolExecutor", lambda _: ThreadPoolExecutor(1))
    most = 2
    status, out, _ = run(capsys, *words)
    assert status == 143 and len(decided) == 2
    assert all(name in out for name in decided) and out.count("searched to 5 cycles") == 2
    decided.clear()
    status, out, _ = run(capsys, *words, "--json")
    assert status == 143
    assert [claim["name"] for claim in json.loads(out)["claims"]] == decided
    most = 1000  # first all of them, then those of one companion of two
    decided.clear()
    run(capsys, *words)
    most = len(decided)
    decided.clear()
    monkeypatch.setattr(catalogue.Macro, "small_companions", lambda *_: (Companion(spec, ()),) * 2)
    status, out, _ = run(capsys, "prove", "arbiter", "--json")
    document = json.loads(out)
    assert status == 143 and document["claims"] == [] and len(document["companions"]) == 1
