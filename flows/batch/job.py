"""One job of a list, computed in a process of its own with limits of time and memory.

The same function runs in a thread beside other jobs and on a worker of a cluster.
"""

import sys
import threading
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel

from neuroloom.flows.tools.errors import ToolFailed
from neuroloom.flows.tools.frozen import Frozen
from neuroloom.flows.tools.owned import scratch_folder
from neuroloom.flows.tools.process import run

R = TypeVar("R", bound=BaseModel)
GRACE = 60.0
"""Seconds past its own time limit after which a process that still runs is killed."""
JOB, REPORT, FAILURE, STOP, LOG = "job.json", "report.json", "failure", "stop", "log"
LABEL_LENGTH = 100


class Limits(Frozen):
    """What one job may take."""

    seconds: float = 3600.0
    """Wall-clock time."""
    megabytes: int | None = None
    """Data of each process, the tools' included; none by default."""


class BatchJob(Frozen, ABC, Generic[R]):
    """Something to be computed of a specification; ``R`` is what comes of it."""

    report_type: ClassVar[type[BaseModel]]
    key: str
    """Equal keys give equal reports."""
    macro: str
    spec: dict[str, Any]
    limits: Limits

    @abstractmethod
    def work(self) -> R:
        """Compute the report, in this process. NeuroloomError where there is none."""

    def lasting(self, report: R) -> bool:
        """Whether the report is kept, so that the job is not computed again."""
        return True

    @property
    def label(self) -> str:
        """What the log calls the job."""
        return " ".join(f"{name}={value}" for name, value in self.spec.items())[:LABEL_LENGTH]


@dataclass(frozen=True)
class BatchOutcome(Generic[R]):
    """What became of a job: a report or a failure."""

    report: R | None = None
    failure: str = ""
    seconds: float = 0.0
    """Wall-clock time."""


def compute(job: BatchJob[R], stop: threading.Event | None = None) -> BatchOutcome[R]:
    """Run the job and wait for it; ends within a second or two of ``stop``.

    Nothing is raised for a job that fails, crashes, or takes too much: that is its outcome.
    """
    begin = time.monotonic()

    with scratch_folder() as folder:
        (folder / JOB).write_text(job.model_dump_json())

        def pass_on(_: Path) -> bool:
            if stop is not None and stop.is_set():
                (folder / STOP).touch()
            return False

        kind = type(job)
        command = [
            sys.executable,
            "-m",
            "neuroloom.flows.batch.process",
            str(folder),
            kind.__module__,
            kind.__name__,
        ]
        crash = ""
        try:
            run(command, folder / LOG, job.limits.seconds + GRACE, folder=folder, hopeless=pass_on)
        except ToolFailed as error:
            crash = f"its process crashed: {error}"
        seconds = time.monotonic() - begin
        if (folder / FAILURE).exists():
            return BatchOutcome(failure=(folder / FAILURE).read_text(), seconds=seconds)
        if crash:
            return BatchOutcome(failure=crash, seconds=seconds)
        report: Any = kind.report_type.model_validate_json((folder / REPORT).read_bytes())
    return BatchOutcome(report, seconds=seconds)
