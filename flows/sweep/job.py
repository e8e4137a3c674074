"""One point, computed in a process of its own with limits of time and memory.

The same function runs in a thread beside other points and on a worker of a cluster.
"""

import sys
import threading
import time
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from neuroloom.flows.errors import ToolFailed
from neuroloom.flows.owned import scratch_folder
from neuroloom.flows.process import run
from neuroloom.flows.synthesis.report import TargetReport
from neuroloom.flows.synthesis.synthesize import Options

GRACE = 60.0
"""Seconds past its own time limit after which a process that still runs is killed."""
JOB, REPORT, FAILURE, STOP, LOG = "job.json", "report.json", "failure", "stop", "log"


class Limits(BaseModel):
    """What one point may take."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seconds: float = 3600.0
    """Wall-clock time."""
    megabytes: int | None = None
    """Data of each process, the tools' included; none by default."""


class Job(BaseModel):
    """A point to compute."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    macro: str
    spec: dict[str, Any]
    verilog: str
    target: str
    liberty: tuple[Path, ...] = ()
    """Liberty files that are the target, in place of one by name."""
    options: Options
    limits: Limits


class Outcome(BaseModel):
    """What became of a job: a report or a failure."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    report: TargetReport | None = None
    failure: str = ""
    seconds: float


def compute(job: Job, stop: threading.Event | None = None) -> Outcome:
    """Run the job and wait for it; ends within a second or two of ``stop``.

    Nothing is raised for a point that fails, crashes, or takes too much: that is its outcome.
    """
    begin = time.monotonic()

    with scratch_folder() as folder:
        (folder / JOB).write_text(job.model_dump_json())

        def pass_on(_: Path) -> bool:
            if stop is not None and stop.is_set():
                (folder / STOP).touch()
            return False

        command = [sys.executable, "-m", "neuroloom.flows.sweep.point", str(folder)]
        crash = ""
        try:
            run(command, folder / LOG, job.limits.seconds + GRACE, folder=folder, hopeless=pass_on)
        except ToolFailed as error:
            crash = f"its process crashed: {error}"
        seconds = time.monotonic() - begin
        if (folder / FAILURE).exists():
            return Outcome(failure=(folder / FAILURE).read_text(), seconds=seconds)
        if crash:
            return Outcome(failure=crash, seconds=seconds)
        report = TargetReport.model_validate_json((folder / REPORT).read_bytes())
    return Outcome(report=report, seconds=seconds)
