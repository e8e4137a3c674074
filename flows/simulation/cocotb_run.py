"""Running a job on a built design under cocotb."""

import os
import shutil
import sys
from functools import cache
from pathlib import Path

import find_libpython
from cocotb_tools import config

from neuroloom.flows.simulation import cocotb_entry
from neuroloom.flows.simulation.design import Build
from neuroloom.flows.simulation.job import BenchJob, BenchOutcome
from neuroloom.flows.tools.errors import ToolFailed, ToolMissing
from neuroloom.flows.tools.owned import scratch_folder
from neuroloom.flows.tools.process import run

START_SEEDS = (1 << 31) - 2
"""How many seeds simulators tell apart, from 1."""


def run_cocotb(
    build: Build,
    job: BenchJob,
    seconds: float,
    waves: Path | None = None,
    coverage: Path | None = None,
) -> BenchOutcome:
    """The job's outcome; waves go to the file ``waves`` where the build can write them, and what a
    build counts to the file ``coverage``.

    ToolFailed, with the end of the log, when the simulator crashes or does not end in ``seconds``.
    """
    with scratch_folder() as folder:
        job_file, outcome_file = folder / "job.json", folder / "outcome.json"
        job_file.write_text(job.model_dump_json())
        wave_file = folder / "waves.vcd"
        options = [word.format(file=wave_file.name) for word in build.wave_options]
        options += [word.format(seed=1 + job.seed % START_SEEDS) for word in build.random_start]
        environment = {
            **_python_environment(),
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            "COCOTB_TOPLEVEL": build.top,
            "COCOTB_TEST_MODULES": cocotb_entry.__name__,
            "COCOTB_RESULTS_FILE": str(folder / "results.xml"),
            "COCOTB_TRUST_INERTIAL_WRITES": str(int(build.inertial_writes)),
            "TOPLEVEL_LANG": "verilog",
            # cocotb would rewrite the assertions of every module that is imported
            "COCOTB_REWRITE_ASSERTION_FILES": "",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            cocotb_entry.JOB_VARIABLE: str(job_file),
        }
        log = folder / "log"
        run([*build.command, *options], log, seconds, environment, folder)
        if waves is not None and wave_file.exists():
            shutil.move(wave_file, waves)
        if coverage is not None and (counted := folder / "coverage.dat").exists():
            shutil.move(counted, coverage)
        if not outcome_file.exists() or not outcome_file.stat().st_size:  # the disk may be full
            raise ToolFailed(f"the simulation left no result:\n{log.read_text(errors='replace')}")
        return BenchOutcome.model_validate_json(outcome_file.read_text())


@cache
def _python_environment() -> dict[str, str]:
    """What cocotb's simulator libraries need in order to start this interpreter."""
    library = find_libpython.find_libpython()
    if library is None:
        raise ToolMissing(
            "cocotb needs a Python with a shared library; install one, "
            "for example with: sudo apt-get install libpython3-dev, or use --simulator amaranth"
        )
    return {
        "PYGPI_PYTHON_BIN": sys.executable,
        "GPI_USERS": f"{library};{config.pygpi_entry_point()}",
    }
