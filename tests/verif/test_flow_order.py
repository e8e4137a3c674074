"""Outputs whose order across flows depends on timing: what each bench accepts and catches."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from amaranth.hdl import Module, Signal
from support.broken_benches import delivered
from support.machine import NEEDS_COMPILER
from support.switch import Switch, SwitchSpec, SwitchStimulus, pairs
from support.testbenches import icarus, run_icarus

from neuroloom.flows.simulation.bulk.packing import paired
from neuroloom.flows.simulation.bulk.run import Pace
from neuroloom.flows.simulation.bulk.simulate import simulate as simulate_bulk
from neuroloom.flows.verilog import testbench
from neuroloom.flows.verilog.emit import emit
from neuroloom.golden.ports import Field, Stream
from neuroloom.hdl.component import Component
from neuroloom.hdl.ports.flat import FlatPorts
from neuroloom.verif.formal import Tampered, Tampering
from neuroloom.verif.measured import BenchReport
from neuroloom.verif.partners import BenchError
from neuroloom.verif.regimen import Regimen
from neuroloom.verif.simulator import Simulator, simulate

SPEC = SwitchSpec()
ALL_TO_X = pairs(np.zeros(10, int), np.zeros(10, int))


def loses(m: Module, inner: Any, outer: Any) -> None:
    with m.If(delivered(m, inner.x) == 4):
        m.d.comb += [outer.x.valid.eq(0), inner.x.ready.eq(1)]


def repeats(m: Module, inner: Any, outer: Any) -> None:
    again = Signal()
    given = delivered(m, outer.x)
    m.d.sync += again.eq((given == 4) & outer.x.valid & outer.x.ready & ~again)
    with m.If((given == 4) & ~again):
        m.d.comb += inner.x.ready.eq(0)


def spoils(m: Module, inner: Any, outer: Any) -> None:
    with m.If(delivered(m, inner.x) == 4):
        m.d.comb += outer.x.payload.data.eq(~inner.x.payload.data)


def _overtaken(m: Module, inner: Any, outer: Any, own_flow: bool) -> None:
    """The fifth token waits until one of its own flow, or of the other, has gone before it."""
    number, slot = delivered(m, inner.x), Signal.like(inner.x.payload.as_value())
    full = Signal()
    due = Signal()
    same = inner.x.payload.source == slot[0]
    with m.If((number == 4) & ~full):
        m.d.comb += [outer.x.valid.eq(0), inner.x.ready.eq(1)]
        with m.If(inner.x.valid):
            m.d.sync += [slot.eq(inner.x.payload), full.eq(1)]
    with m.If(full & ~due & inner.x.valid & outer.x.ready & (same if own_flow else ~same)):
        m.d.sync += due.eq(1)
    with m.If(due & full):
        m.d.comb += [outer.x.valid.eq(1), outer.x.payload.as_value().eq(slot), inner.x.ready.eq(0)]
        with m.If(outer.x.ready):
            m.d.sync += full.eq(0)


def overtaken_by_its_own_flow(m: Module, inner: Any, outer: Any) -> None:
    _overtaken(m, inner, outer, own_flow=True)


def overtaken_by_the_other_flow(m: Module, inner: Any, outer: Any) -> None:
    _overtaken(m, inner, outer, own_flow=False)


def run(component: Component[Any], spec: SwitchSpec = SPEC, regress: bool = False) -> BenchReport:
    reports = []

    async def bench(sim: Simulator) -> None:
        under_test = Regimen(spec, sim, 1)
        if regress:
            reports.append(await under_test.regress(SwitchStimulus(spec), 60))
        else:
            await under_test.reset()
            await under_test.replay(ALL_TO_X)
            reports.append(under_test.report)

    simulate(FlatPorts(component), bench)
    return reports[0]


def broken(fault: Tampering, spec: SwitchSpec = SPEC) -> Component[Any]:
    return Tampered(Switch(spec), fault)


@pytest.mark.parametrize("ordered", [True, False])
def test_a_switch_passes_and_is_held_to_its_contract_where_nothing_contends(ordered: bool) -> None:
    report = run(Switch(SwitchSpec(ordered=ordered)), SwitchSpec(ordered=ordered), regress=True)
    assert (report.latency, report.interval) == (1, 1.0)
    assert report.operations > 60


def test_a_pause_without_contention_breaks_the_contract() -> None:
    def pauses(m: Module, inner: Any, outer: Any) -> None:
        number = delivered(m, inner.x)
        paused = Signal()
        m.d.sync += paused.eq(number[1:3] == 3)
        with m.If((number[1:3] == 3) & ~paused):
            m.d.comb += [outer.x.valid.eq(0), inner.x.ready.eq(0)]

    with pytest.raises(BenchError, match=r"contract: pair \d+ of \d+ was complete \d+ cycles "):
        run(broken(pauses), regress=True)


def test_under_contention_no_cycle_is_promised() -> None:
    report = run(Switch(SPEC))
    assert (report.latency, report.interval, report.operations) == (None, None, 10)


@pytest.mark.parametrize("ordered", [True, False])
def test_flows_may_pass_each_other(ordered: bool) -> None:
    spec = SwitchSpec(ordered=ordered)
    assert run(broken(overtaken_by_the_other_flow, spec), spec).tokens == 20


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (
            loses,
            r"stream 'x', token 2 of 20 of flow source=0, cycle \d+: "
            r"expected source=0, data=2, got source=0, data=3$",
        ),
        (
            repeats,
            r"stream 'x', token 3 of 20 of flow source=0, cycle \d+: "
            r"expected source=0, data=3, got source=0, data=2$",
        ),
        (
            spoils,
            r"stream 'x', token 2 of 20 of flow source=0, cycle \d+: "
            r"expected source=0, data=2, got source=0, data=13$",
        ),
        (
            overtaken_by_its_own_flow,
            r"stream 'x', token 2 of 20 of flow source=0, cycle \d+: "
            r"expected source=0, data=2, got source=0, data=3$",
        ),
    ],
)
def test_within_a_flow_nothing_is_lost_or_overtaken(fault: Tampering, message: str) -> None:
    with pytest.raises(BenchError) as caught:
        run(broken(fault))
    assert re.search(message, str(caught.value)), caught.value


def test_without_order_only_the_tokens_count() -> None:
    spec = SwitchSpec(ordered=False)
    assert run(broken(overtaken_by_its_own_flow, spec), spec).tokens == 20
    message = "'x' gave 19 of 20 tokens; the next of flow source=0, data=2 would be source=0, "
    with pytest.raises(BenchError, match=message):
        run(broken(loses, spec), spec)
    with pytest.raises(BenchError, match=r"after the 1 expected of flow source=0, data=2: source"):
        run(broken(repeats, spec), spec)
    with pytest.raises(BenchError, match=r"after the 0 expected of flow source=0, data=13: "):
        run(broken(spoils, spec), spec)


def test_flows_are_fields_of_outputs() -> None:
    field = Field("x", 3, "")
    with pytest.raises(ValueError, match="stream 'a' has no field 'y' that tells flows"):
        Stream("a", "out", (field,), "", ("y",))
    with pytest.raises(ValueError, match="stream 'a' is an input: its order is the sender's"):
        Stream("a", "in", (field,), "", ("x",))
    other = Field("z", 1, "", lanes=3)
    assert Stream("a", "out", (field,), "").order == ""
    assert Stream("a", "out", (field,), "", ("x",)).order == "in any order"
    one_of_two = Stream("a", "out", (field, other), "", ("z",))
    assert one_of_two.order == "in order among tokens of equal z; in any order among others"
    assert one_of_two.flow_of((5, 6)) == (6,)


def test_tokens_are_paired_by_flow_and_number() -> None:
    stream = Stream("a", "out", (Field("s", 8, "", lanes=2), Field("d", 8, "")), "", ("s",))

    def tokens(rows: list[tuple[int, int]]) -> dict[str, np.ndarray]:
        source = np.array([[each, 7] for each, _ in rows]).reshape(-1, 2)
        return {"s": source, "d": np.array([each for _, each in rows])}

    expected = tokens([(1, 0), (1, 1), (2, 5), (1, 2), (3, 9)])
    got = tokens([(2, 5), (1, 0), (4, 4), (1, 2), (2, 6)])
    came, at = paired(stream, got, expected)
    assert list(zip(came, at, strict=True)) == [(1, 0), (3, 1), (0, 2)]
    assert [len(each) for each in paired(stream, tokens([]), expected)] == [0, 0]


def good(m: Module, inner: Any, outer: Any) -> None:
    return


@icarus
@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize(
    ("fault", "ordered_says", "unordered_says"),
    [
        (good, "PASS: 20 output tokens", "PASS: 20 output tokens"),
        (overtaken_by_the_other_flow, "PASS: 20 output tokens", "PASS: 20 output tokens"),
        (overtaken_by_its_own_flow, "x token 2: expected 04, got 06", "PASS: 20 output tokens"),
        (loses, "x token 2: expected 04, got 06", "nothing moves any more"),
        (repeats, "x token 3: expected 06, got 04", "x gave an extra token 04"),
        (spoils, "x token 2: expected 04, got 1a", "x gave an extra token 1a"),
    ],
)
def test_the_plain_verilog_testbench_tells_flows_apart(
    fault: Tampering, ordered_says: str, unordered_says: str, ordered: bool, tmp_path: Path
) -> None:
    spec = SwitchSpec(ordered=ordered)
    phases = [{**ALL_TO_X, **spec.model().run(ALL_TO_X)}]
    texts = {
        "switch.v": emit(spec, component=broken(fault, spec)).verilog,
        "switch_tb.v": testbench.testbench(spec, "switch", phases),
        **testbench.vector_files(spec, "switch", phases),
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    output = run_icarus(tmp_path, "switch", "+nogaps")
    says = ordered_says if ordered else unordered_says
    assert says in output, output
    assert output.strip().splitlines()[-1].startswith("PASS" if "PASS" in says else "FAIL")


@pytest.mark.regression
@NEEDS_COMPILER
@pytest.mark.parametrize(
    ("fault", "wrong", "first"),
    [
        (good, 0, None),
        (overtaken_by_the_other_flow, 0, None),
        (overtaken_by_its_own_flow, 2, (2, {"source": 0, "data": 2}, {"source": 0, "data": 3})),
        (loses, 8, (2, {"source": 0, "data": 2}, {"source": 0, "data": 3})),
        (repeats, 8, (3, {"source": 0, "data": 3}, {"source": 0, "data": 2})),
        (spoils, 1, (2, {"source": 0, "data": 2}, {"source": 0, "data": 13})),
    ],
)
def test_bulk_simulation_tells_flows_apart(fault: Tampering, wrong: int, first: Any) -> None:
    text = emit(SPEC, component=broken(fault)).verilog
    report = simulate_bulk(SPEC, ALL_TO_X, verilog=text).report
    assert report.wrong_tokens == wrong
    assert report.contract is None
    if first is not None:
        found = report.mismatches[0]
        assert (found.token, found.expected, found.got) == first
    gaps = simulate_bulk(SPEC, ALL_TO_X, verilog=text, pace=Pace(0.5, 0.4)).report
    assert gaps.golden_match == (wrong == 0)


@NEEDS_COMPILER
def test_chunks_of_interleaved_flows_carry_no_state() -> None:
    traffic = SwitchStimulus(SPEC).random(np.random.default_rng(1), 200)
    report = simulate_bulk(
        SPEC, traffic, verilog=emit(SPEC, component=Switch(SPEC)).verilog, chunk=30
    )
    assert report.report.passed and report.report.operations == 200
    assert report.report.chunks_with_state == 0
