"""The bench itself: every kind of broken hardware must fail, with a message that says how."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from amaranth.hdl import ClockDomain, ClockSignal, DomainRenamer, Module, ResetSignal, Signal
from amaranth.lib import wiring
from support.broken_benches import (
    SPEC,
    broken,
    changes_while_waiting,
    drops_when_full,
    failure,
    gives_what_was_accepted_in_reset,
    holds_the_input_up,
    loses_a_token,
    never_ready_again,
    repeats_what_was_held,
    run,
    speaks_unasked,
    takes_tokens_in_reset,
    withdraws,
    wrong_value,
)
from support.effort import effort

from neuroloom.flows.macros.catalogue import macros
from neuroloom.flows.simulation.job import save_traffic
from neuroloom.golden.arith.popcount import PopcountSpec
from neuroloom.golden.bnn.layer import BnnLayerSpec
from neuroloom.golden.bnn.layer_options import LayerOutput
from neuroloom.golden.bnn.xnor_popcount import XnorPopcountSpec
from neuroloom.golden.spec import Spec
from neuroloom.golden.streams.width_adapter import WidthAdapterSpec
from neuroloom.golden.systems.bnn_network import BnnNetworkSpec
from neuroloom.hdl.arith.popcount import Popcount
from neuroloom.hdl.component import Component
from neuroloom.hdl.ports.flat import FlatPorts
from neuroloom.verif.arith.popcount import PopcountStimulus
from neuroloom.verif.formal import Tampering
from neuroloom.verif.partners import BenchError, NotCovered
from neuroloom.verif.regimen import Regimen
from neuroloom.verif.simulator import Simulator, simulate
from neuroloom.verif.stimulus import Cover


def good(m: Module, inner: Any, outer: Any) -> None:
    return


def test_a_good_component_passes_inside_the_wrapper() -> None:
    assert run(broken(good)).status == "passed"


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (takes_tokens_in_reset, "'count' gave an extra token"),
        (gives_what_was_accepted_in_reset, "'count', token 0 of"),
        (wrong_value, r"stream 'count', token \d+ of 76, cycle \d+: expected ones=5, got ones=4$"),
        (loses_a_token, r"token 10 of 76, cycle \d+: expected ones=\d, got ones=\d$"),
        (speaks_unasked, r"'count' gave an extra token in cycle \d+ after the 76 expected: ones="),
        (changes_while_waiting, r"changed its payload in cycle \d+ .*: ones=\d became ones=\d$"),
        (withdraws, r"count_valid fell in cycle \d+ before the token was accepted"),
        (
            never_ready_again,
            r"nothing moved for \d+ cycles: stream 'word' accepted \d+ of 76 "
            r"tokens; stream 'count' gave \d+ of 76 tokens; the next .* ones=\d$",
        ),
        (drops_when_full, r"token \d+ of \d+, cycle \d+: expected ones=\d, got ones=\d$"),
        (repeats_what_was_held, r"token \d+ of \d+, cycle \d+: expected ones=\d, got ones=\d$"),
        (holds_the_input_up, r"contract: word \d+ of 14 was complete \d+ cycles .*, not \d+ "),
    ],
)
def test_broken_hardware_is_reported(fault: Tampering, message: str) -> None:
    text = failure(broken(fault))
    assert re.search(message, text), text


@pytest.mark.parametrize(("pipeline", "cycles"), [(0, 0), (2, 2), (3, 3)])
def test_contract_of_early_and_late_results(pipeline: int, cycles: int) -> None:
    text = failure(Popcount(PopcountSpec(width=6, pipeline=pipeline)))
    expected = f"word 0 of 14 was complete {cycles} cycles after the first token, not 1 "
    assert f"contract: {expected}(latency 1, interval 1)" in text


def constant_words(folder: Path, count: int) -> Path:
    file = folder / "traffic.npz"
    save_traffic({"word": {"bits": np.ones((count, 6), np.int64)}}, file)
    return file


def test_missing_output_among_equal_tokens(tmp_path: Path) -> None:
    text = failure(broken(loses_a_token), traffic=constant_words(tmp_path, 20))
    assert "stream 'count' gave 19 of 20 tokens; the next would be ones=6" in text
    assert "'word' accepted" not in text


def test_extra_output_among_equal_tokens(tmp_path: Path) -> None:
    text = failure(broken(speaks_unasked), traffic=constant_words(tmp_path, 20))
    assert "gave an extra token" in text


class Remembers(Component[PopcountSpec]):
    """A register stage whose valid flag outlives reset."""

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        m.submodules.inner = inner = Popcount(PopcountSpec(width=self.spec.width))
        filled = Signal(reset_less=True)
        m.d.comb += [
            inner.word.payload.eq(self.word.payload),
            inner.word.valid.eq(self.word.valid),
            inner.count.ready.eq(1),
            self.count.valid.eq(filled),
            self.word.ready.eq(~filled | self.count.ready),
        ]
        with m.If(self.word.ready):
            m.d.sync += [filled.eq(self.word.valid), self.count.payload.eq(inner.count.payload)]
        return m


def test_token_that_outlives_reset() -> None:
    outcomes = [run(Remembers(SPEC), seed=seed) for seed in range(4)]
    texts = [outcome.message for outcome in outcomes if outcome.status == "failed"]
    assert texts
    assert all("gave an extra token" in text and "after the 0 expected" in text for text in texts)


class OwnClock(wiring.Elaboratable):
    """A component in a clock domain of its own, whose reset may be left out."""

    def __init__(self, component: Component[Any], reset_less: bool) -> None:
        self.component = component
        self.spec = component.spec
        self.reset_less = reset_less

    def __getattr__(self, name: str) -> Any:
        return getattr(self.component, name)

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        m.domains.own = domain = ClockDomain(reset_less=self.reset_less)
        m.d.comb += domain.clk.eq(ClockSignal("sync"))
        if not self.reset_less:
            m.d.comb += domain.rst.eq(ResetSignal("sync"))
        m.submodules.inner = DomainRenamer("own")(self.component)
        return m


@pytest.mark.parametrize(
    "spec",
    [
        PopcountSpec(width=6, pipeline=4),
        XnorPopcountSpec(lanes=3, folds=4),
        WidthAdapterSpec(length=12, input_lanes=1, output_lanes=4),
        WidthAdapterSpec(length=12, input_lanes=4, output_lanes=1),
        BnnLayerSpec(inputs=8, neurons=4, pe=2, simd=2),
        BnnLayerSpec(inputs=8, neurons=4, pe=2, simd=2, output=LayerOutput.CLASS),
        BnnNetworkSpec(layers=(BnnLayerSpec(inputs=8, neurons=4, pe=2, simd=2),)),
    ],
    ids=lambda spec: spec.macro,
)
def test_state_that_outlives_reset(spec: Spec) -> None:
    def status(reset_less: bool) -> str:
        component = macros()[spec.macro].component(spec)
        return run(OwnClock(component, reset_less), spec).status

    assert status(reset_less=False) == "passed"
    assert status(reset_less=True) == "failed"


def bench_run(simulator: Callable[[Simulator], Simulator], stimulus: PopcountStimulus) -> None:
    async def bench(sim: Simulator) -> None:
        await Regimen(SPEC, simulator(sim), 1).regress(stimulus, 10)

    simulate(FlatPorts(Popcount(SPEC)), bench)


class Unreachable(PopcountStimulus):
    def coverage(self) -> list[Cover]:
        return [*super().coverage(), Cover("two moons", lambda sent, got: False)]


def test_missed_coverage_fails_the_run() -> None:
    bench_run(lambda sim: sim, PopcountStimulus(SPEC))
    with pytest.raises(NotCovered, match=r"coverage: not reached: two moons$"):
        bench_run(lambda sim: sim, Unreachable(SPEC))


class Unknown(Simulator):
    """A simulator in which one port never gets a value."""

    def __init__(self, sim: Simulator, port: str) -> None:
        self.sim = sim
        self.port = port

    def set(self, port: str, value: int) -> None:
        self.sim.set(port, value)

    def get(self, port: str) -> int | None:
        return None if port == self.port else self.sim.get(port)

    async def settle(self) -> None:
        await self.sim.settle()

    async def tick(self) -> None:
        await self.sim.tick()


@pytest.mark.parametrize("port", ["word_ready", "count_valid", "count_ones"])
def test_unknown_bits_fail_the_run(port: str) -> None:
    with pytest.raises(BenchError, match=rf"{port} is unknown \(X\) in cycle \d+"):
        bench_run(lambda sim: Unknown(sim, port), PopcountStimulus(SPEC))


def test_defect_of_the_bench_is_told_apart(tmp_path: Path) -> None:
    file = tmp_path / "traffic.npz"
    save_traffic({"elsewhere": {"bits": np.ones((1, 6), np.int64)}}, file)
    outcome = run(Popcount(SPEC), traffic=file)
    assert outcome.status == "crashed"
    assert "Traceback" in outcome.message


@pytest.mark.regression
@pytest.mark.parametrize("name", list(macros())[:: effort(4, 1)])
def test_same_seed_gives_the_same_run(name: str) -> None:
    macro = macros()[name]
    kind = macro.stimulus_type
    spec = kind.random_spec(np.random.default_rng(3))
    first, again, other = (run(macro.component(spec), spec, seed) for seed in (7, 7, 8))
    assert first.status == "passed", first.message
    assert first.report["seed"] == 7
    assert first.report == again.report
    assert first.report["cycles"] != other.report["cycles"]


def test_report_counts_what_was_done() -> None:
    report = run(Popcount(SPEC)).report
    assert report["latency"] == 1
    assert report["interval"] == 1.0
    assert report["operations"] == report["tokens"] > 200
    assert report["coverage"] and all(report["coverage"].values())
