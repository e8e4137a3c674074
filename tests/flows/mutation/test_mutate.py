"""Mutants of a macro: which its bench notices, which it names, and what is kept of them."""

import json
import os
import signal
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.command_line import run
from support.verdicts import broken

from neuroloom.flows.macros.catalogue import macro_of
from neuroloom.flows.mutation import forks, source
from neuroloom.flows.mutation.forks import Ended, forked
from neuroloom.flows.mutation.netlist import judged, mutated
from neuroloom.flows.mutation.operators import changes, places
from neuroloom.flows.mutation.proof import CHANGED, RIGHT, same
from neuroloom.flows.mutation.result import Tally
from neuroloom.flows.mutation.score import score, share
from neuroloom.flows.mutation.source import mutants
from neuroloom.flows.mutation.sources import code_digest
from neuroloom.flows.mutation.store import MutantStore
from neuroloom.flows.mutation.trial import BenchTrial, Verdict, measure, measured
from neuroloom.flows.simulation.names import SimulatorName
from neuroloom.flows.tools.errors import UsageError, VerificationFailed
from neuroloom.flows.verilog.emit import netlist
from neuroloom.flows.verilog.emitted import emitted_verilog
from neuroloom.golden.arith.priority_encoder import PriorityEncoderSpec
from neuroloom.golden.events.event_fifo import EventFifoSpec
from neuroloom.golden.events.event_stamper import EventStamperSpec
from neuroloom.golden.ports import Traffic
from neuroloom.hdl.events import event_stamper
from neuroloom.verif.arith import priority_encoder as stimuli
from neuroloom.verif.arith.priority_encoder import PriorityEncoderStimulus

SMALL = PriorityEncoderSpec(inputs=4)
REGRESSION = pytest.mark.regression
WORDS = ("mutate", "priority_encoder", "inputs=4", "--only", "--nets", "0")


@pytest.fixture(scope="module")
def tried() -> Tally:
    return score(SMALL, only=True, nets=0).source


def lines(result: Tally, found: str) -> set[str]:
    return {each.mutant.text for each in result.mutants if each.verdict.found == found}


@pytest.mark.regression
def test_what_the_bench_notices_and_what_it_does_not_reach(tried: Tally) -> None:
    assert tried.tried == tried.killed + len(tried.survivors)
    assert "m.d.comb += found.none.eq(~any_one)" in lines(tried, "killed")
    other_end = "m.d.comb += upper.eq(any_high)"
    assert other_end in lines(tried, "unreached")
    assert lines(tried, "survived") == set(), "all that the specification has is seen"
    survivor = next(each for each in tried.survivors if each.mutant.text == other_end)
    file = source.source_of(survivor.mutant.module)
    assert survivor.mutant.where.startswith("hdl/arith/priority_encoder.py:")
    assert file.read_text().splitlines()[survivor.mutant.line - 1].strip() == other_end


@pytest.mark.regression
def test_lines_of_other_choices_take_no_part_where_choices_are_given(tried: Tally) -> None:
    given = score(SMALL, fixed=True, only=True, nets=0, most=1).source
    assert given.candidates == tried.candidates - tried.unreached
    assert tried.unreached and not given.unreached


@pytest.mark.regression
def test_a_change_of_no_netlist_is_equal_and_not_counted(tried: Tally) -> None:
    assert lines(tried, "identical") == {"return bits, C(0, 0)"}
    assert all(each not in tried.survivors for each in tried.equivalent)


@pytest.mark.regression
def test_hardware_that_cannot_be_elaborated_is_refused(tried: Tally) -> None:
    assert "rest = Signal(len(low))" in lines(tried, "refused")


@pytest.mark.regression
def test_a_stimulus_that_misses_a_case_leaves_survivors(monkeypatch: pytest.MonkeyPatch) -> None:
    def never_zero(*_: object) -> Traffic:
        return stimuli._words(np.arange(1, 16)[:, np.newaxis] >> np.arange(4) & 1)

    monkeypatch.setattr(PriorityEncoderStimulus, "corners", never_zero)
    monkeypatch.setattr(PriorityEncoderStimulus, "random", never_zero)
    monkeypatch.setattr(PriorityEncoderStimulus, "coverage", lambda _: [])
    result = score(SMALL, only=True, nets=0).source
    survivors = [each.mutant for each in result.survivors if each.verdict.found == "survived"]
    told = [(each.text, each.after) for each in survivors]
    assert ("m.d.comb += found.none.eq(~any_one)", "[]") in told


def test_a_bench_that_fails_on_the_unchanged_hardware(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PriorityEncoderStimulus, "corners", PriorityEncoderStimulus.coverage)
    with pytest.raises(VerificationFailed, match="does not pass on the unchanged hardware"):
        score(SMALL, only=True, nets=0)


def test_a_run_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "new" / "kept.jsonl"
    first = score(SMALL, only=True, most=6, nets=0, store=MutantStore(file)).source
    with file.open("a") as kept:
        kept.write('{"code": "cut o')
    again: list[Any] = []

    def counted(work: Any, tasks: Any, *rest: Any) -> Any:
        again.extend(tasks)
        return forked(work, tasks, *rest)

    monkeypatch.setattr("neuroloom.flows.mutation.score.forked", counted)
    second = score(SMALL, only=True, most=8, nets=0, store=MutantStore(file)).source
    assert len(again) == 1 + 8 - 6, "the bench itself, and two more mutants"
    assert {each.mutant for each in first.mutants} < {each.mutant for each in second.mutants}
    again.clear()
    third = score(SMALL, only=True, most=8, nets=0, store=MutantStore(file)).source
    assert third.as_dict() == second.as_dict() and len(again) == 1


@pytest.mark.regression
def test_a_mutant_of_a_part_is_killed_by_one_macro_for_all() -> None:
    store = MutantStore()
    part = [each for each in mutants("arith.pipeline") if each.operator == "assignment"]
    for mutant in part:
        store.put("popcount", "others", mutant.name, Verdict(found="killed"))
    own = mutants("arith.priority_encoder")[0]
    store.put("popcount", "others", own.name, Verdict(found="killed"))
    result = score(SMALL, only=True, nets=0, store=store).source
    elsewhere = {each.mutant.module for each in result.mutants if each.verdict.found == "elsewhere"}
    assert elsewhere == {"arith.pipeline"}


def test_verdicts_of_other_sources_of_their_macro_are_not_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = MutantStore(tmp_path / "kept.jsonl")
    for macro in ("popcount", "router", "no_macro"):
        kept.put(macro, "benches", macro, Verdict(found="killed"))
    assert MutantStore(kept.file).killer("popcount") == "popcount"
    monkeypatch.setattr(
        "neuroloom.flows.mutation.store.code_digest",
        lambda path: "edited" if path == "events.router" else code_digest(path),
    )
    again = MutantStore(kept.file)
    assert again.verdict("benches", "popcount") and again.killer("popcount") == "popcount"
    assert again.verdict("benches", "router") is None and again.killer("router") is None


def test_a_share_is_drawn_by_its_seed_and_larger_ones_contain_it() -> None:
    every = mutants("streams.arbitration")
    few, more, others = share(every, 10, 1), share(every, 20, 1), share(every, 10, 2)
    assert len(few) == 10 and set(few) < set(more) and set(few) != set(others)
    assert share(every, None, 1) == list(every)


def test_what_is_changed() -> None:
    import ast

    text = (
        "def f(m, n):\n"
        "    kept = Signal(n)\n"
        "    other = Signal(range(n))\n"
        "    with m.If(kept):\n"
        "        m.d.sync += [kept.eq(n + 2)]\n"
    )
    tree = ast.parse(text)
    registers = frozenset({"kept"})
    told = [
        (change.operator, ast.unparse(change.after), place.lines)
        for place in places(tree)
        for change in changes(place, registers)
    ]
    assert told == [
        ("reset", "Signal(n, reset_less=True)", (2, 2)),
        ("width", "n - 1", (2, 2)),
        ("width", "n - 1", (3, 3)),
        ("condition", "kept == 0", (4, 4)),
        ("assignment", "[]", (5, 5)),
        ("operator", "n - 2", (5, 5)),
        ("constant", "3", (5, 5)),
        ("constant", "1", (5, 5)),
    ]


def test_forks_that_hang_crash_or_raise_are_told_apart() -> None:
    def work(task: str) -> str:
        while task == "hangs":
            pass
        if task == "crashes":
            os.kill(os.getpid(), signal.SIGKILL)
        if task == "raises":
            raise ValueError
        return task * 100_000

    ended = list(forked(work, ["hangs", "crashes", "raises", "ends"], 0.5, 2))
    by_task: dict[str, Ended[str]] = {each.task: each for each in ended}
    assert by_task["ends"].answer == "ends" * 100_000
    assert by_task["raises"].answer is None and by_task["raises"].signal == 0
    assert by_task["crashes"].signal == signal.SIGKILL
    assert by_task["hangs"].signal in (signal.SIGKILL, signal.SIGXCPU)


def test_forks_end_with_the_loop_that_reads_them() -> None:
    def work(_: int) -> int:
        time.sleep(60)
        return os.getpid()

    begin = time.monotonic()
    for _ in forked(lambda task: work(task) if task else os.getpid(), [0, 1], 60, 2):
        break
    assert time.monotonic() - begin < 20


def test_a_limit_of_time_is_one_of_the_processor() -> None:
    with pytest.raises(forks.Hang), forks.time_limit(0.05):
        while True:
            pass


@pytest.mark.parametrize(
    ("simulator", "number"),
    [(SimulatorName.ICARUS, 3), pytest.param(SimulatorName.VERILATOR, 12, marks=REGRESSION)],
)
@pytest.mark.flow
def test_mutants_of_a_netlist(simulator: SimulatorName, number: int) -> None:
    design = mutated(SMALL, number)
    verilog = emitted_verilog(SMALL).splitlines()
    assert len(design.mutants) == number
    for mutant in design.mutants:
        line = int(mutant.where.removeprefix("priority_encoder.v:"))
        assert verilog[line - 1].strip() == mutant.text
    found = dict(judged(design, design.mutants, simulator))
    told = [(mutant.where, mutant.before, mutant.after, found[mutant]) for mutant in found]
    assert sum(verdict.killed for verdict in found.values()) >= number - 1, told


def test_a_bench_that_fails_on_the_netlist_without_a_mutant() -> None:
    design = mutated(SMALL, 1)
    broken = replace(design, verilog=design.verilog.replace("|", "&"))
    with pytest.raises(VerificationFailed, match="without a mutant"):
        list(judged(broken, broken.mutants, SimulatorName.ICARUS))


@pytest.mark.parametrize(("register", "equal"), [("direct", True), ("filled", False)])
def test_changes_that_no_port_can_show_are_proved(register: str, equal: bool) -> None:
    spec = EventFifoSpec(bits=2, depth=4)
    macro = macro_of(spec)
    mutant = next(
        each
        for each in mutants("streams.stream_fifo")
        if each.operator == "reset" and each.text.startswith(f"{register} = ")
    )
    right = netlist(macro.component(spec), RIGHT)
    assert same(spec, right, netlist(macro.component(spec), CHANGED))
    with source.substituted(mutant.module, mutant.compiled()):
        changed = netlist(macro.component(spec), CHANGED)
    assert same(spec, right, changed) is equal


@pytest.mark.parametrize(
    ("ready", "equal"),
    [
        ("events.valid & (free | ~gives)", True),
        ("free | ~gives | ~events.valid", True),
        ("free", False),
        ("free | ~gives | (events.valid & ~tick)", False),
    ],
)
def test_ready_is_seen_by_who_offers_a_token(ready: str, equal: bool) -> None:
    spec = EventStamperSpec(bits=2, time_bits=2)
    right = netlist(macro_of(spec).component(spec), RIGHT)
    changed = broken(event_stamper, ("ready.eq(free | ~gives)", f"ready.eq({ready})"))
    assert same(spec, right, netlist(changed["EventStamper"](spec), CHANGED)) is equal


def test_designs_without_registers_are_compared_as_well() -> None:
    macro = macro_of(SMALL)
    right = netlist(macro.component(SMALL), RIGHT)
    changed = netlist(macro.component(SMALL), CHANGED)
    assert same(SMALL, right, changed)
    assert changed.count("cell $not") > 1
    assert not same(SMALL, right, changed.replace("cell $or", "cell $and"))


def test_the_command_names_survivors(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    few = ("--only", "--nets", "0", "--most", "12")
    words = ("mutate", "comparator", *few, "--store", str(tmp_path / "kept"))
    status, text, _ = run(capsys, *words, "--json")
    document = json.loads(text)
    assert status == 0 and len(document["mutants"]) == 12
    assert document["killed"] + document["survived"] == document["tried"]
    survivors = [each for each in document["mutants"] if each["found"] == "unreached"]
    assert survivors, "the default has not both styles"
    status, text, _ = run(capsys, *words)
    assert status == 0
    assert f"a share: 12 of {document['candidates']} mutants, chosen by seed 1" in text
    for each in survivors:
        assert f"{each['where']}  {each['operator']}: no bench reaches it" in text
        assert f"    {each['text']}\n" in text
        assert f"{each['before']}  became  {each['after']}" in text
    percent = int(document["percent"])
    assert run(capsys, *words, "--at-least", str(percent))[0] == 0
    status, _, error = run(capsys, *words, "--at-least", str(percent + 1))
    assert status == 1 and f"of the mutants were noticed, not {percent + 1} %" in error


def test_mistakes_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    foreign = tmp_path / "notes.txt"
    foreign.write_text("buy milk\nand bread\n")
    assert run(capsys, *WORDS, "--most", "0")[0] == 2
    assert run(capsys, *WORDS, "--at-least", "101")[0] == 2
    status, _, error = run(capsys, *WORDS, "--store", str(foreign))
    assert status == 2 and "line 1: this is no verdict on a mutant; name another file" in error
    assert foreign.read_text() == "buy milk\nand bread\n"
    status, _, error = run(capsys, *WORDS, "--store", str(tmp_path))
    assert status == 2 and "Traceback" not in error
    with pytest.raises(UsageError):
        MutantStore(foreign)


def test_a_bench_that_takes_too_long_is_late_and_no_failure() -> None:
    bench = BenchTrial("priority_encoder", SMALL)
    measured_bench = measured(bench, measure(bench, 0.02))
    assert measured_bench.late and measured_bench.passed and not measured_bench.message
    lines = {line for module, line in measured_bench.lines if module == "arith.priority_encoder"}
    assert 26 in lines and 28 not in lines
