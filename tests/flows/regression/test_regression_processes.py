"""Regressions in other processes: hardware that is broken, other code, a cluster."""

from pathlib import Path
from typing import Any

import pytest
from support.machine import INSTALLED
from support.regressions import SPECS

from neuroloom.flows.batch.job import compute
from neuroloom.flows.regression.job import run_job
from neuroloom.flows.regression.repeat import Asked
from neuroloom.flows.regression.run import regress, with_seeds
from neuroloom.flows.simulation.names import SimulatorName
from neuroloom.flows.verilog.emit import emit
from neuroloom.golden.arith.requantize import RequantizeSpec


@pytest.mark.skipif(not INSTALLED[SimulatorName.ICARUS], reason="icarus is not installed")
@pytest.mark.flow
def test_broken_hardware_fails_in_a_process_of_its_own(tmp_path: Path) -> None:
    specs = [RequantizeSpec(input_bits=9, shift=3, output_bits=bits) for bits in (4, 5)]

    def broken(spec: Any) -> str:
        return emit(spec).verilog.replace("4'd7", "4'd6")

    planned = with_seeds(specs, (1, 2))
    asked = Asked(operations=20, simulator=SimulatorName.ICARUS)
    result = regress(planned, asked, tmp_path, verilog=broken)
    statuses = [(run.spec["output_bits"], run.outcome.status) for run in result.runs]
    assert statuses == [(4, "failed"), (4, "failed"), (5, "passed"), (5, "passed")]
    assert "expected data=7, got data=6" in result.runs[0].outcome.message
    assert len(list((tmp_path / "points").iterdir())) == 2
    again = regress(planned, asked, tmp_path)
    assert [run.reused for run in again.runs] == [False] * 4, "another text is another run"
    assert not again.failed and again.computed == 4


def test_verilog_that_does_not_compile_is_a_crash(tmp_path: Path) -> None:
    if not INSTALLED[SimulatorName.ICARUS]:
        pytest.skip("icarus is not installed")
    asked = Asked(simulator=SimulatorName.ICARUS)
    result = regress([(SPECS[0], 1)], asked, tmp_path, verilog=lambda _: "module popcount (")
    (run,) = result.failed
    assert run.outcome.status == "crashed" and "syntax error" in run.outcome.message


def test_a_worker_with_other_code_refuses() -> None:
    job = run_job("popcount", {"width": 4}, 1, 10, SimulatorName.AMARANTH, 100.0)
    other = job.model_copy(update={"key": "0" * 24})
    assert "another version of neuroloom" in compute(other).failure


@pytest.mark.flow
def test_a_cluster_gives_the_same(tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    planned = with_seeds(SPECS, (1,))
    asked = Asked(operations=20, simulator=SimulatorName.AMARANTH)
    here = regress(planned, asked, tmp_path / "here")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        address = cluster.scheduler_address
        there = regress(planned, asked, tmp_path / "there", scheduler=address)
    assert not here.failed and here.computed == there.computed == 3
    reports = [[run.outcome.report for run in result.runs] for result in (here, there)]
    assert reports[0] == reports[1]
