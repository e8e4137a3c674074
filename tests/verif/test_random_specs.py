"""Random specifications of every macro: in amaranth.sim, and as Verilog in every simulator."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from support.effort import effort
from support.places import TESTS

from neuroloom.flows.macros.catalogue import Macro, macros
from neuroloom.flows.regression.repeat import Asked, repeat_line
from neuroloom.flows.simulation.job import BenchJob, BenchOutcome
from neuroloom.flows.simulation.names import TIME_LIMIT
from neuroloom.flows.simulation.simulators import SimulatorName
from neuroloom.flows.sweep.plan import read_points, specifications
from neuroloom.flows.tools.process import has_tool
from neuroloom.flows.verify import Runner, replay
from neuroloom.golden.arith.popcount import PopcountSpec, PopcountStyle
from neuroloom.golden.bnn.layer import BnnLayerSpec
from neuroloom.golden.spec import Spec
from neuroloom.hdl.bnn.layer import BnnLayer
from neuroloom.hdl.ports.flat import FlatPorts
from neuroloom.verif.arith.popcount import words_of
from neuroloom.verif.bench import Bench
from neuroloom.verif.bnn.layer import BnnLayerStimulus, no_vectors, random_parameters
from neuroloom.verif.shrink import shrink
from neuroloom.verif.simulator import Simulator, simulate

CHUNK = 10
SPECS = dict.fromkeys(("xnor_popcount", "bnn_layer"), effort(6, 200))
"""Random specifications in the regression; as many as this of every other macro:"""
OTHERS = effort(2, 20)

CHUNKS = [
    pytest.param(macro, range(start, min(start + CHUNK, end)), id=f"{macro.name}-{start}")
    for macro in macros().values()
    for end in [SPECS.get(macro.name, OTHERS)]
    for start in range(0, end, CHUNK)
]
MACROS = pytest.mark.parametrize("macro", macros().values(), ids=macros())
TRIES = 40
"""Specifications at most that a failing one is shrunk with."""
KEPT = TESTS / "regressions"
"""Specifications that failed once, a file of points for each macro that has any."""
SECOND_OPINION = SimulatorName.ICARUS if has_tool("iverilog") else SimulatorName.VERILATOR


def random_spec(macro: Macro, seed: int) -> Spec:
    return macro.stimulus_type.random_spec(np.random.default_rng(seed))


def run(
    spec: Spec, seed: int, simulator: SimulatorName, operations: int | None = None
) -> BenchOutcome:
    """The outcome, which is a pass; what fails is shrunk and told of."""
    outcome = outcome_of(spec, seed, simulator, operations)
    if outcome.status == "passed":
        return outcome
    least = shrink(
        spec,
        lambda each: outcome_of(each, seed, simulator, operations).status == outcome.status,
        TRIES,
    )
    shown = f"{spec.macro}, seed {seed}, {simulator}: {spec.model_dump_json(exclude_none=True)}"
    again = repeat_line(least, seed, Asked(operations, simulator))
    kept = KEPT / f"{spec.macro}.json"
    pytest.fail(
        f"{shown}\n{outcome.message}\nthe smallest that fails: {again}\n"
        f"keep it in {kept}: {least.model_dump_json(exclude_none=True)}"
    )


def outcome_of(
    spec: Spec, seed: int, simulator: SimulatorName, operations: int | None
) -> BenchOutcome:
    fields = spec.model_dump(mode="json", exclude_none=True)
    job = BenchJob(macro=spec.macro, spec=fields, seed=seed, operations=operations)
    return Runner(spec, simulator, TIME_LIMIT).run(job)


def run_all(macro: Macro, seeds: Iterable[int], simulator: SimulatorName) -> None:
    for seed in seeds:
        run(random_spec(macro, seed), seed, simulator)


@MACROS
@pytest.mark.parametrize("seed", range(1000, effort(1001, 1006)))
@pytest.mark.regression
def test_in_amaranth_sim(macro: Macro, seed: int) -> None:
    run(random_spec(macro, seed), seed, SimulatorName.AMARANTH)


@pytest.mark.parametrize("file", sorted(KEPT.iterdir()), ids=lambda file: file.stem)
def test_what_failed_once(file: Path) -> None:
    macro = macros()[file.stem]
    for spec in specifications(macro, read_points(file)).specs:
        for seed in (1, 2):
            run(spec, seed, SimulatorName.AMARANTH)


def test_a_failure_names_the_smallest(monkeypatch: pytest.MonkeyPatch) -> None:
    def planted(runner: Runner, job: BenchJob) -> BenchOutcome:
        assert isinstance(runner.spec, PopcountSpec)
        return BenchOutcome(
            status="failed" if runner.spec.width > 5 else "passed", message="token 3"
        )

    monkeypatch.setattr(Runner, "run", planted)
    with pytest.raises(pytest.fail.Exception) as failure:
        run(PopcountSpec(width=99, pipeline=3), 7, SimulatorName.AMARANTH)
    told = str(failure.value)
    assert 'popcount, seed 7, amaranth: {"width":99' in told and "token 3" in told
    assert "neuroloom verify popcount width=6 --only --seed 7 --simulator amaranth" in told
    assert 'regressions/popcount.json: {"width":6' in told


def test_a_layer_waits_for_thresholds_that_come_late() -> None:
    spec = BnnLayerSpec(inputs=4, neurons=2, pe=2, simd=2)
    flat = FlatPorts(BnnLayer(spec))
    tokens = {"weights": 2, "thresholds": 1}
    taken = dict.fromkeys(["activations", *tokens], 0)

    async def offer_all_but_late_thresholds(sim: Simulator) -> None:
        sim.set("result_ready", 1)
        sim.set("activations_valid", 1)
        for cycle in range(60):
            for name, number in tokens.items():
                late = name == "thresholds" and cycle < 20
                sim.set(f"{name}_valid", not late and taken[name] < number)
            await sim.settle()
            for name in taken:
                taken[name] += (sim.get(f"{name}_valid") or 0) & (sim.get(f"{name}_ready") or 0)
            await sim.tick()

    simulate(flat, offer_all_but_late_thresholds)
    assert taken["weights"] == 2
    assert taken["thresholds"] == 1, "vectors were taken first: the load can never end"
    assert taken["activations"] > 20


def test_thresholds_are_loaded_without_weights() -> None:
    spec = BnnLayerSpec(inputs=7, neurons=5, pe=2, simd=3)
    stimulus = BnnLayerStimulus(spec)
    rng = np.random.default_rng(1)
    load = stimulus.setup(rng)
    assert load is not None

    async def load_thresholds_again(sim: Simulator) -> None:
        bench = Bench(spec, sim, 1)
        await bench.reset()
        await bench.send(load)
        for _ in range(3):
            await bench.replay(stimulus.random(rng, 4))
            again = {**no_vectors(spec), "thresholds": random_parameters(spec, rng)["thresholds"]}
            await bench.send(again)
        await bench.replay(stimulus.random(rng, 4))

    simulate(FlatPorts(BnnLayer(spec)), load_thresholds_again)


@pytest.mark.regression
@pytest.mark.parametrize(("macro", "seeds"), CHUNKS)
def test_as_verilog(macro: Macro, seeds: range) -> None:
    run_all(macro, seeds, SECOND_OPINION)


@pytest.mark.regression
@pytest.mark.parametrize("style", effort([PopcountStyle.COUNTER], list(PopcountStyle)))
@pytest.mark.parametrize("seed", range(effort(1, 2)))
def test_wide_popcounts_as_verilog(style: PopcountStyle, seed: int) -> None:
    rng = np.random.default_rng(seed)
    width, pipeline = int(rng.integers(100, 4097)), int(rng.integers(0, 17))
    run(PopcountSpec(width=width, style=style, pipeline=pipeline), seed, SECOND_OPINION)


@pytest.mark.regression
def test_widest_popcount_as_verilog() -> None:
    run(PopcountSpec(width=4096), 1, SECOND_OPINION)


@pytest.mark.regression
@pytest.mark.parametrize("style", PopcountStyle)
@pytest.mark.parametrize("width", effort((1, 2, 7, 13, 16), range(1, 17)))
def test_popcount_of_every_word_in_verilator(width: int, style: PopcountStyle) -> None:
    words = words_of(width, np.arange(1 << width))
    verification = replay(PopcountSpec(width=width, style=style), words, SimulatorName.VERILATOR)
    assert verification.passed, verification.outcomes[0].message
    assert verification.outcomes[0].report["tokens"] == 1 << width


@pytest.mark.regression
@MACROS
@pytest.mark.parametrize("seed", effort([2000], [None, *range(2000, 2005)]))
def test_every_simulator_sees_the_same_cycles(macro: Macro, seed: int | None) -> None:
    spec = macro.spec() if seed is None else random_spec(macro, seed)
    simulators = {SimulatorName.AMARANTH, SimulatorName.VERILATOR, SECOND_OPINION}
    reports = {each: run(spec, seed or 1, each, operations=20).report for each in simulators}
    first = reports[SimulatorName.AMARANTH]
    for simulator, report in reports.items():
        assert report == first, f"seed {seed}, {simulator}: {spec.model_dump_json()}"
