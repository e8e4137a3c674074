"""Contracts whose cycles depend on the data: as exact as the others, operation by operation."""

import re
from typing import Any, ClassVar

import numpy as np
import pytest
from amaranth.hdl import Module, Signal
from pydantic import Field as Parameter

from neuroloom.flows.macros.catalogue import macros
from neuroloom.golden.contract import Contract, Variation
from neuroloom.golden.inventory import Inventory, register
from neuroloom.golden.ports import Field, Stream, Traffic, concatenate
from neuroloom.golden.spec import Model, Spec
from neuroloom.hdl.component import Component
from neuroloom.hdl.ports.flat import FlatPorts
from neuroloom.verif.partners import BenchError
from neuroloom.verif.regimen import Regimen
from neuroloom.verif.simulator import Simulator, simulate
from neuroloom.verif.stimulus import Cover, Rng, Stimulus


class CountdownSpec(Spec):
    """Parameters of ``countdown``: a value, and all that lie between it and zero."""

    macro: ClassVar[str] = "countdown"
    summary: ClassVar[str] = "counts down from a value"
    source: ClassVar[str] = "a macro for this test"

    bits: int = Parameter(default=3, ge=1, le=8, description="width of a value [bit]")

    @property
    def streams(self) -> tuple[Stream, ...]:
        return (
            Stream("value", "in", (Field("start", self.bits, "the first value"),), "values"),
            Stream("count", "out", (Field("now", self.bits, "start … 0"),), "start + 1 a value"),
            Stream("odd", "out", (Field("start", self.bits, "an odd start"),), "none if even"),
        )

    @property
    def contract(self) -> Contract:
        return Contract(
            "value",
            {"value": 1},
            {"count": 1 << self.bits, "odd": 1},
            latency=1 << self.bits,
            interval=1 << self.bits,
            varies="a cycle a token",
        )

    def variation(self, sent: Traffic, given: Traffic) -> Variation | None:
        start = np.asarray(sent["value"]["start"], np.int64)
        return Variation(start + 1, {"count": start + 1, "odd": start & 1})

    @property
    def inventory(self) -> Inventory:
        return register(2 * self.bits + 2)

    def model(self) -> "CountdownModel":
        return CountdownModel(self)


class CountdownModel(Model[CountdownSpec]):
    """``start, start - 1, … 0`` for every start; the odd starts once more."""

    def run(self, traffic: Traffic) -> Traffic:
        start = np.asarray(traffic["value"]["start"], np.int64)
        runs = [np.arange(each, -1, -1) for each in start]
        return {
            "count": {"now": np.concatenate([np.zeros(0, np.int64), *runs])},
            "odd": {"start": start[start & 1 == 1]},
        }


class Countdown(Component[CountdownSpec]):
    """The next start is taken with the last count of the one before, unless ``dawdles`` for it."""

    def __init__(self, spec: CountdownSpec, dawdles_after: int | None = None) -> None:
        super().__init__(spec)
        self.dawdles_after = dawdles_after

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        count, odd = self.count, self.odd
        start = Signal(self.spec.bits)
        last = count.valid & (count.payload.now == 0) & count.ready
        m.d.comb += self.value.ready.eq((~count.valid | last) & (~odd.valid | odd.ready))
        if self.dawdles_after is not None:
            with m.If(count.valid & (start == self.dawdles_after)):
                m.d.comb += self.value.ready.eq(0)
        m.d.comb += odd.payload.start.eq(start)
        with m.If(odd.ready):
            m.d.sync += odd.valid.eq(0)
        with m.If(count.valid & count.ready):
            m.d.sync += count.payload.now.eq(count.payload.now - 1)
            m.d.sync += count.valid.eq(~last)
        with m.If(self.value.valid & self.value.ready):
            m.d.sync += [
                start.eq(self.value.payload.start),
                count.valid.eq(1),
                count.payload.now.eq(self.value.payload.start),
                odd.valid.eq(self.value.payload.start[0]),
            ]
        return m


class CountdownStimulus(Stimulus[CountdownSpec]):
    """Every start."""

    def corners(self) -> Traffic:
        return {"value": {"start": np.arange(1 << self.spec.bits)}}

    def random(self, rng: Rng, operations: int) -> Traffic:
        return {"value": {"start": rng.integers(0, 1 << self.spec.bits, operations)}}

    def coverage(self) -> list[Cover]:
        return [Cover("an even start", lambda sent, _: (sent["value"]["start"] % 2 == 0).any())]

    @classmethod
    def random_spec(cls, rng: Rng) -> CountdownSpec:
        return CountdownSpec(bits=int(rng.integers(1, 5)))


def bench(component: Countdown, spec: CountdownSpec, starts: list[int] | None = None) -> Any:
    reports: list[Any] = []

    async def drive(sim: Simulator) -> None:
        run = Regimen(spec, sim, 1)
        if starts is None:
            reports.append(await run.regress(CountdownStimulus(spec), 100))
        else:
            await run.reset()
            reports.append(await run.replay({"value": {"start": np.array(starts)}}))

    simulate(FlatPorts(component), drive)
    return reports[0]


SPEC = CountdownSpec(bits=3)


def test_every_operation_of_a_varying_macro_is_measured() -> None:
    assert bench(Countdown(SPEC), SPEC).operations > 100
    measured = bench(Countdown(SPEC), SPEC, [0, 5, 0, 7, 1])
    assert np.subtract(measured.deliveries, measured.first_accept).tolist() == [1, 7, 8, 16, 18]


def test_one_cycle_too_many_after_one_value_is_reported() -> None:
    text = r"contract: value 2 of 4 was complete 8 cycles after the first token, not 7"
    with pytest.raises(BenchError, match=text):
        bench(Countdown(SPEC, dawdles_after=4), SPEC, [0, 4, 0, 1])
    bench(Countdown(SPEC, dawdles_after=4), SPEC, [0, 5, 0, 1])
    with pytest.raises(BenchError, match=r"contract: value \d+ of \d+ was complete"):
        bench(Countdown(SPEC, dawdles_after=4), SPEC)


class Hasty(CountdownSpec):
    """Promises a cycle more for every value above five than it takes."""

    def variation(self, sent: Traffic, given: Traffic) -> Variation | None:
        right = super().variation(sent, given)
        assert right is not None
        return Variation(right.busy + (right.busy > 6), right.produces)


def test_one_cycle_too_few_is_reported() -> None:
    spec = Hasty(bits=3)
    bench(Countdown(spec), spec, [0, 5, 1])
    text = "value 1 of 3 was complete 8 cycles after the first token, not 9"
    with pytest.raises(BenchError, match=text):
        bench(Countdown(spec), spec, [0, 6, 1])


CONTRACT = Contract("value", {"value": 1}, {"count": 4, "odd": 1}, latency=6, interval=4)


def test_deliveries_add_up_what_each_operation_takes() -> None:
    assert CONTRACT.deliveries(3).tolist() == [6, 10, 14]
    varied = Variation(np.array([4, 1, 2]), {})
    assert CONTRACT.deliveries(3, varied).tolist() == [6, 7, 9]
    assert (CONTRACT.cycles(3), CONTRACT.cycles(3, varied), CONTRACT.cycles(0)) == (15, 10, 0)


def test_completions_are_the_last_token_of_any_stream() -> None:
    counts = {"count": np.array([2, 0, 1]), "odd": np.array([0, 1, 1])}
    varied = Variation(np.array([1, 1, 1]), counts)
    handed = {"count": [3, 4, 9], "odd": [7, 8]}
    assert CONTRACT.completions(handed, varied).tolist() == [4, 7, 9]
    fixed = {"count": [1, 2, 3, 4, 5, 6, 7, 8], "odd": [6, 7]}
    assert CONTRACT.completions(fixed).tolist() == [6, 8]
    assert CONTRACT.completions({"count": [], "odd": []}).tolist() == []


@pytest.mark.parametrize(
    ("counts", "handed", "message"),
    [
        ([2, 0], {"count": [1, 2], "odd": []}, "value 1 gives no token: its end cannot be seen"),
        ([2, 1], {"count": [1, 2], "odd": []}, "2 values give 3 tokens on stream 'count', not 2"),
    ],
)
def test_tokens_that_are_not_those_of_the_operations(
    counts: list[int], handed: dict[str, list[int]], message: str
) -> None:
    varied = Variation(np.array([1, 1]), {"count": np.array(counts), "odd": np.zeros(2, np.int64)})
    with pytest.raises(ValueError, match=message):
        CONTRACT.completions(handed, varied)
    with pytest.raises(ValueError, match="1 values give 4 tokens on stream 'count', not 5"):
        CONTRACT.completions({"count": [1, 2, 3, 4, 5], "odd": [6]})


def test_a_variation_counts_every_operation() -> None:
    with pytest.raises(ValueError, match=re.escape("2 operations but counts tokens of stream 'x'")):
        Variation(np.array([1, 1]), {"x": np.array([1, 1, 1])})


@pytest.mark.parametrize("seed", [None, *range(5)])
@pytest.mark.parametrize("name", macros())
def test_the_contract_states_the_slowest_operation(name: str, seed: int | None) -> None:
    macro = macros()[name]
    rng = np.random.default_rng(seed or 0)
    spec = macro.spec() if seed is None else macro.stimulus_type.random_spec(rng)
    stimulus, model = macro.stimulus(spec), spec.model()
    setup = stimulus.setup(rng)
    if setup is not None:
        model.run(setup)
    sent = concatenate([stimulus.corners(), stimulus.random(rng, 20)])
    variation = spec.variation(sent, model.run(sent))
    shown = f"seed {seed}: {spec.model_dump_json()}"
    assert (variation is not None) == bool(spec.contract.varies), shown
    if variation is None:
        return
    contract = spec.contract
    assert variation.busy.min() > 0, shown
    takes = spec.consumption(sent)
    promised = {**contract.consumes, **contract.produces}
    moved = {**takes, **variation.produces} if takes else {}
    if any(np.max(tokens) != promised[name] for name, tokens in moved.items()):
        # a tick takes and gives any number of events, so that none of these need be the one that
        # the contract speaks of: the bench holds each to its own
        assert variation.busy.min() <= contract.interval, shown
        return
    assert variation.busy.max() == contract.interval, shown
    for stream, tokens in variation.produces.items():
        assert tokens.max() == contract.produces[stream], shown
