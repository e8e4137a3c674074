"""The cocotb test: reads the job that the environment names, leaves the outcome beside it."""

import os
from pathlib import Path
from typing import Any

import cocotb

from neuroloom.flows.simulation.bench_run import run_job
from neuroloom.flows.simulation.job import BenchJob
from neuroloom.verif.cocotb_simulator import CocotbSimulator

JOB_VARIABLE = "NEUROLOOM_JOB"


@cocotb.test
async def bench(dut: Any) -> None:
    """Run the job on the design."""
    file = Path(os.environ[JOB_VARIABLE])
    job = BenchJob.model_validate_json(file.read_text())
    outcome = await run_job(job, CocotbSimulator(dut))
    file.with_name("outcome.json").write_text(outcome.model_dump_json())
    assert outcome.status == "passed", outcome.message
