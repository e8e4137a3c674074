"""Bulk simulation: the compiled harness on every macro, its cycles and its paces."""

from pathlib import Path

import numpy as np
import pytest
from support.bulk import ADAPTER, frames
from support.effort import effort
from support.machine import NEEDS_COMPILER

from neuroloom.flows.macros.catalogue import Macro, macros
from neuroloom.flows.simulation import verilator
from neuroloom.flows.simulation.bulk.build import FAST, build
from neuroloom.flows.simulation.bulk.run import Pace, golden, run
from neuroloom.flows.simulation.bulk.simulate import random_traffic, simulate
from neuroloom.golden.bnn.layer import BnnLayerSpec
from neuroloom.golden.spec import Spec
from neuroloom.golden.streams.width_adapter import WidthAdapterSpec


@NEEDS_COMPILER
def test_every_token_and_every_cycle_is_the_models() -> None:
    result = simulate(ADAPTER, frames(50), chunk=20)
    report = result.report
    assert report.passed
    assert (report.operations, report.chunks, report.contract) == (50, 3, True)
    assert report.tokens == {"packed": 300, "repacked": 150}
    # six tokens a frame, each chunk of 20, 20 and 10 frames alone: latency 6, interval 6
    assert report.cycles == 3 + 6 * 50
    assert report.stalls == {"packed": 0, "repacked": 0}
    expected = ADAPTER.model().run(frames(50))
    np.testing.assert_array_equal(result.outputs["repacked"]["data"], expected["repacked"]["data"])


@NEEDS_COMPILER
@pytest.mark.parametrize("seed", range(3))
def test_gaps_change_cycles_and_no_token(seed: int) -> None:
    pace = Pace(offer=0.6, accept=0.3, seed=seed)
    report = simulate(ADAPTER, frames(200), chunk=200, pace=pace).report
    assert report.golden_match
    assert not report.problems
    assert report.contract is None
    # a frame takes 6 tokens offered in 6 / 0.6 cycles, or 3 accepted in 3 / 0.3
    assert report.cycles > 1.0 * 10 * 200
    assert report.cycles < 2.5 * 10 * 200
    assert report.stalls["packed"] > 0
    assert report.stalls["repacked"] > 0
    again = simulate(ADAPTER, frames(200), chunk=200, pace=pace).report
    assert again.cycles == report.cycles


@NEEDS_COMPILER
def test_operations_start_exactly_a_spacing_apart() -> None:
    _, work = golden(ADAPTER, frames(30))
    done = run(build(ADAPTER), work, pace=Pace(spacing=17), record=True)
    taken = done.handovers["packed"].astype(np.int64).reshape(30, 6)
    np.testing.assert_array_equal(taken, 17 * np.arange(30)[:, None] + np.arange(6))


@NEEDS_COMPILER
def test_loads_are_through_before_work_begins() -> None:
    spec = BnnLayerSpec(inputs=10, neurons=6, pe=2, simd=5)
    traffic, setup = random_traffic(spec, 40, seed=4)
    assert setup is not None
    before, work = golden(spec, traffic, setup)
    done = run(build(spec), work, before, record=True)
    assert done.phases["setup"].streams["weights"].tokens == 6
    assert done.phases["setup"].streams["thresholds"].tokens == 3
    assert done.phases["work"].streams["weights"].tokens == 0
    assert list(done.handovers["activations"][:2]) == [0, 1]
    # loads that come with the operations go before them, too
    assert simulate(
        spec, {**traffic, **{k: setup[k] for k in ("weights", "thresholds")}}
    ).report.passed


EVERY_OTHER = list(macros().values())[:: effort(2, 1)]


def random_macro_spec(macro: Macro, seed: int) -> Spec:
    return macro.stimulus_type.random_spec(np.random.default_rng(seed))


@NEEDS_COMPILER
@pytest.mark.regression
@pytest.mark.parametrize("macro", EVERY_OTHER, ids=lambda each: each.name)
@pytest.mark.parametrize("seed", effort([5000], [None, *range(5000, 5003)]))
def test_every_macro_in_bulk(macro: Macro, seed: int | None) -> None:
    spec = macro.spec() if seed is None else random_macro_spec(macro, seed)
    shown = f"seed {seed}: {spec.model_dump_json(exclude_none=True)}"
    traffic, setup = random_traffic(spec, 40, seed or 1)
    straight = simulate(spec, traffic, setup, chunk=25).report
    assert straight.passed, f"{shown}\n{straight.message}"
    # what contends or loses inputs is given as many tokens as it takes to see that
    if not (spec.contract.contention or spec.contract.loss):
        assert straight.operations == 40, shown
    assert straight.operations > 0, shown
    gaps = simulate(spec, traffic, setup, pace=Pace(0.5, 0.4, seed=seed or 1)).report
    assert gaps.passed, f"{shown}\n{gaps.message}"


@NEEDS_COMPILER
@pytest.mark.regression
@pytest.mark.parametrize("lanes", [1, 7, 8, 9, 16, 17, 32, 33, 64, 65, 200])
def test_ports_of_every_width(lanes: int) -> None:
    for bits in effort((3, 37), (1, 3, 8, 37)):
        spec = WidthAdapterSpec(length=2 * lanes, input_lanes=lanes, output_lanes=lanes, bits=bits)
        traffic, _ = random_traffic(spec, 60, seed=bits)
        for pace in (Pace(), Pace(accept=0.5)):
            assert simulate(spec, traffic, pace=pace).report.passed, (lanes, bits)


@NEEDS_COMPILER
def test_large_designs_are_split_and_optimised_less_by_themselves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands: list[list[str]] = []

    def noted(command: list[object], log: Path, *_: object, **__: object) -> None:
        commands.append(list(map(str, command)))
        if "-Mdir" in commands[-1]:
            model = log.parent / commands[-1][commands[-1].index("-Mdir") + 1]
            model.mkdir()
            for number in range(5):
                (model / f"Vtop_{number}.cpp").write_bytes(bytes(size))

    monkeypatch.setattr(verilator, "run", noted)
    monkeypatch.setattr(verilator, "header", Path)
    monkeypatch.setattr(verilator.Toolchain, "runtime", lambda self: [])
    for size, level in ((1000, "-O2"), (verilator.LARGE_BYTES // 4, "-O1")):
        commands.clear()
        scratch = tmp_path / str(size)
        scratch.mkdir()
        FAST.program(scratch / "sim", scratch, "", (), scratch / "main.cpp")
        first, *compiled, _ = commands
        assert "--output-split-cfuncs" in first
        assert compiled and all(level in each for each in compiled)
        assert all(each[each.index("-include") + 1] == level for each in compiled)
