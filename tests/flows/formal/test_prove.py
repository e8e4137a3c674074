"""Formal proofs: every property of every macro, the faults it must notice, and the command."""

import json
from pathlib import Path
from typing import Any

import pytest
from amaranth.back import rtlil
from amaranth.hdl import Module, Signal, Value
from amaranth.lib.data import ArrayLayout
from support.effort import effort
from typer.testing import CliRunner

from neuroloom.flows.cli import app
from neuroloom.flows.formal import engine
from neuroloom.flows.formal import prove as prove_flow
from neuroloom.flows.formal.prove import faults, prove
from neuroloom.flows.macros import catalogue
from neuroloom.flows.tools import terminal
from neuroloom.flows.tools.errors import ToolMissing, UsageError, VerificationFailed
from neuroloom.golden.events.arbiter import ArbiterSpec
from neuroloom.golden.spec import Spec
from neuroloom.hdl.events.arbiter import Arbiter
from neuroloom.hdl.memory_contents import parameter_memory
from neuroloom.verif.formal import Claim, Fault, Proof, Properties
from neuroloom.verif.stream_protocol import stated

FAULTS_EVERY = effort(usual=8, thorough=1)
PROVED = {
    "mesh": effort(usual=3, thorough=4),
    "event_fifo": effort(usual=3, thorough=6),
    "cim_macro": effort(usual=1, thorough=4),
}
"""Of macros that take long: how many of the small specifications, the smallest first."""
SWEPT = {"mesh": effort(usual=0, thorough=4)}
"""The same of those that get every fault."""
FAULT_CYCLES = 14
"""Searched for a fault: what decides is how many cycles, not how fast the machine is."""
PLENTY = 1000.0
"""Seconds that no search takes."""


def small(most: dict[str, int], every: int = 1) -> list[Any]:
    """The small specifications of all macros that have properties, or some of each macro."""
    return [
        pytest.param(spec, id=f"{each.name}-{place}")
        for each in catalogue.macros().values()
        if each.has_properties
        for place, spec in enumerate(each.properties_type.small_specs()[: most.get(each.name)])
        if place % every == 0
    ]


def stated_claims(spec: Spec) -> list[Claim]:
    """All properties of a macro."""
    macro = catalogue.macro_of(spec)
    proof = stated(macro.properties(spec), macro.component(spec))
    rtlil.convert(proof.finished(), ports=[])  # what is made wants to be used
    return proof.properties


@pytest.mark.flow
@pytest.mark.parametrize("spec", small(PROVED))
def test_everything_is_proved_at_small_sizes(spec: Spec) -> None:
    findings = prove(spec, seconds=PLENTY).findings
    found = {each.name: each.outcome for each in findings if not each.proved}
    assert not found, spec


@pytest.mark.flow
@pytest.mark.parametrize("spec", small(SWEPT, FAULTS_EVERY))
def test_every_fault_is_noticed_and_every_property_notices_one(spec: Spec) -> None:
    noticed: set[str] = set()
    for fault in faults(spec):
        result = prove(
            spec,
            fault=fault.name,
            depth=FAULT_CYCLES,
            seconds=PLENTY,
            search_only=True,
            only=fault.noticed_by,
        )
        properties = [each for each in result.findings if not each.is_cover]
        violated = {each.name for each in properties if not each.passed}
        assert violated, f"{fault.name} is not noticed: {spec}"
        assert violated >= set(fault.noticed_by), f"{fault.name}: {spec}"
        noticed |= violated
    assert noticed == {each.name for each in stated_claims(spec)}, spec


def prove_arbiter(*arguments: str) -> Any:
    terminal.out.width = 200
    return CliRunner().invoke(app, ["prove", "arbiter", "requesters=2", *arguments])


@pytest.mark.flow
def test_the_command_says_how_each_property_was_proved() -> None:
    done = prove_arbiter("--json")
    assert done.exit_code == 0
    report = json.loads(done.stdout)
    assert report["macro"] == "arbiter" and report["spec"]["requesters"] == 2
    assert report["passed"] and report["proved"] and report["fault"] is None
    outcomes = {claim["name"]: claim["outcome"] for claim in report["claims"]}
    assert outcomes == {
        "grants-stays": "proved by induction",
        "grants-stable": "proved by induction",
        "grants-empty": "proved by induction",
        "one": "proved by induction",
        "asked": "proved by induction",
        "working": "proved by induction",
        "patience": "proved by PDR",
        "all-ask": "reached in cycle 1",
        "idle": "reached in cycle 0",
        "grant-0": "reached in cycle 0",
        "grant-1": "reached in cycle 0",
    }


def test_a_fault_is_shown_with_the_shortest_run_that_violates_a_property(tmp_path: Path) -> None:
    done = prove_arbiter("--fault", "unfair", "--waves", str(tmp_path))
    assert isinstance(done.exception, VerificationFailed)
    assert str(done.exception) == (
        "arbiter: patience violated in cycle 1: who keeps asking is granted within 2 words; "
        "1 more failed"
    )
    title = "patience: who keeps asking is granted within 2 words\n"
    rows = [line.split() for line in done.stdout.split(title)[1].splitlines()]
    trace = {row[0]: row[1:] for row in rows[:10] if row}
    assert trace == {
        "cycle": ["0", "1"],
        "rst": ["0", trace["rst"][1]],
        "requests_valid": ["1", "1"],
        "requests_ready": ["1", "1"],
        "requests_bits": ["11", "11"],
        "grants_valid": ["1", "1"],
        "grants_ready": ["1", "1"],
        "grants_grant": ["01", "01"],
        "grants_any": ["1", "1"],
        "watched": ["1", "1"],
    }
    assert "$enddefinitions" in (tmp_path / "arbiter-patience.vcd").read_text()
    assert {file.name for file in tmp_path.iterdir()} == {
        f"arbiter-{name}.vcd" for name in ("patience", "idle", "grant-0", "grant-1")
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["popcount"], "popcount has no properties to prove; these have: .*arbiter"),
        (["arbiter", "--fault", "unfare"], "arbiter has no fault 'unfare'; did you mean 'unfair'"),
        (["arbitre"], "did you mean 'arbiter'"),
        (["arbiter", "requesters=0"], "requesters"),
    ],
)
def test_wrong_input(arguments: list[str], message: str) -> None:
    error = CliRunner().invoke(app, ["prove", *arguments]).exception
    assert isinstance(error, UsageError)
    with pytest.raises(UsageError, match=message):
        raise error


@pytest.mark.parametrize("option", ["--depth", "--time-limit"])
def test_options_out_of_range(option: str) -> None:
    refused = prove_arbiter(option, "0").exception
    assert isinstance(refused, UsageError)
    assert f"{option} takes a" in str(refused)


def test_a_missing_engine_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    engine._program.cache_clear()
    monkeypatch.setattr(engine, "find_spec", lambda name: None)
    with pytest.raises(ToolMissing, match="pip install pyosys"):
        prove(ArbiterSpec(requesters=2))


@pytest.mark.parametrize(
    ("reached", "never", "is_cover", "outcome", "passed", "proved", "failed"),
    [
        (3, False, False, "violated in cycle 3", False, False, True),
        (None, True, False, "proved by PDR", True, True, False),
        (None, False, False, "searched to 9 cycles, not proved", True, False, False),
        (3, False, True, "reached in cycle 3", True, True, False),
        (None, True, True, "can never be reached", False, False, True),
        (None, False, True, "searched to 9 cycles, not reached", False, False, False),
    ],
)
def test_a_claim_is_proved_or_refuted_or_open(
    reached: int | None,
    never: bool,
    is_cover: bool,
    outcome: str,
    passed: bool,
    proved: bool,
    failed: bool,
) -> None:
    decision = engine.Decision(reached, never, 9, engine.ProofMethod.REACHABILITY, [])
    found = prove_flow.Finding("a", "it is so", is_cover, decision, 0.1)
    assert found.outcome == outcome
    assert (found.passed, found.proved, found.failed) == (passed, proved, failed)


def test_names_of_claims_differ() -> None:
    proof = Proof(Arbiter(ArbiterSpec(requesters=2)))
    proof.always("same", "one", Signal())
    with pytest.raises(ValueError, match="two claims with the name 'same'"):
        proof.can("same", "another", Signal())
    rtlil.convert(proof.finished(), ports=[])  # what is made wants to be used


class Remembering(Properties[ArbiterSpec]):
    """Claims about a memory that is written first, of which all words become 1, and about one with
    contents.
    """

    def state(self, proof: Proof, component: Any) -> None:
        m = proof.m
        m.submodules.inner = inner = Module()
        # a row of numbers, so that registers have names like those of words
        pair = ArrayLayout(2, 2)
        inner.submodules.storage = storage = parameter_memory(pair, 2, None)
        inner.submodules.constants = constants = parameter_memory(4, 2, [5, 7])
        port, write, of = storage.read_port(domain="comb"), storage.write_port(), Signal(2)
        later = storage.read_port()
        fixed = constants.read_port(domain="comb")
        address = proof.anything("address", 1)
        m.d.comb += [
            port.addr.eq(address),
            fixed.addr.eq(address),
            later.addr.eq(address),
            later.en.eq(1),
            Value.cast(write.data).eq(1),
            write.addr.eq(proof.anything("place", 1)),
            write.en.eq(proof.anything("writes", 1)),
        ]
        with m.If(write.en):
            m.d.sync += of.bit_select(write.addr, 1).eq(1)
        written, read = of.bit_select(address, 1), Value.cast(port.data)
        proof.always("early", "a word is 0 or 1", read < 2)
        proof.always("late", "a word that was written is 1", ~written | (read == 1))
        proof.always("fixed", "contents stay", fixed.data == 5 + 2 * address)
        proof.can(
            "other", "the first word is 11, or the second 6", (read == 11 - 5 * address) & ~of.any()
        )
        proof.can(
            "kept",
            "the first one is still 12 when the second was written",
            of[1] & (address == 0) & (read == 12),
        )
        proof.can(
            "later",
            "a cycle later the first one is 12, and the second 3",
            (later.data[1] == 3)
            & (later.data[0] == 0)
            & (address == 1)
            & (read == 3)
            & ~proof.fresh,
        )

    def faults(self) -> list[Fault]:
        return []

    @classmethod
    def small_specs(cls) -> list[ArbiterSpec]:
        return [ArbiterSpec(requesters=1)]


@pytest.mark.flow
def test_a_memory_that_is_read_before_it_is_written_has_anything_in_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    entry = type(catalogue.macro("arbiter"))
    monkeypatch.setattr(entry, "properties_type", property(lambda self: Remembering))
    found = {each.name: each for each in prove(ArbiterSpec(requesters=1), waves=tmp_path).findings}
    assert found["early"].outcome == "violated in cycle 0"
    assert found["late"].outcome.startswith("proved by")
    assert found["fixed"].outcome.startswith("proved by")
    assert found["other"].outcome == "reached in cycle 0"
    assert found["kept"].outcome == found["later"].outcome == "reached in cycle 1"
    assert all(found[name].trace is not None for name in ("early", "other", "kept", "later"))
