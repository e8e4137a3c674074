"""The process that computes one point: ``python -m neuroloom.flows.sweep.point FOLDER``."""

import os
import resource
import sys
import threading
import time
from pathlib import Path

from neuroloom.flows import catalogue, started
from neuroloom.flows.errors import NeuroloomError, ToolFailed
from neuroloom.flows.process import OptionLimit, out_of_time
from neuroloom.flows.specification import validate
from neuroloom.flows.sweep.job import FAILURE, JOB, REPORT, STOP, Job
from neuroloom.flows.sweep.key import ground, point_key
from neuroloom.flows.synthesis.design import of_spec
from neuroloom.flows.synthesis.report import TargetReport
from neuroloom.flows.synthesis.synthesize import synthesize
from neuroloom.flows.synthesis.targets import liberty_target
from neuroloom.flows.synthesis.targets import target as find_target
from neuroloom.flows.verilog.emit import Emitted

LOOK_SECONDS = 0.3


def main(folder: Path) -> None:
    job = Job.model_validate_json((folder / JOB).read_bytes())
    threading.Thread(target=_watch, args=(folder, job.limits.seconds), daemon=True).start()
    megabytes = job.limits.megabytes
    if megabytes is not None:
        # not the address space: WebAssembly reserves far more of it than it ever uses
        resource.setrlimit(resource.RLIMIT_DATA, (megabytes << 20, megabytes << 20))
    try:
        (folder / REPORT).write_text(_report(job).model_dump_json())
    except NeuroloomError as error:
        (folder / FAILURE).write_text(str(error))
    except MemoryError:
        (folder / FAILURE).write_text(f"ran out of memory; the limit is {megabytes} MB")


def _report(job: Job) -> TargetReport:
    spec = validate(catalogue.macro(job.macro), job.spec)
    target = liberty_target(job.liberty) if job.liberty else find_target(job.target)
    target.check()
    design = of_spec(spec, Emitted(spec.macro, job.verilog, ""))
    if point_key(design, ground(target, job.options)) != job.key:
        raise ToolFailed(
            f"{os.uname().nodename} has another version of neuroloom, of its tools or of the "
            f"library of {target.name} than the machine that asks; install the same ones"
        )
    (report,) = synthesize(design, [target], job.options).targets
    return report


def _watch(folder: Path, seconds: float) -> None:
    """End this process and all it started when it is told to, is orphaned, or the time is up."""
    parent, begin = os.getppid(), time.monotonic()
    while True:
        time.sleep(LOOK_SECONDS)
        late = time.monotonic() - begin > seconds
        if late:
            (folder / FAILURE).write_text(out_of_time("it", OptionLimit(seconds)))
        if late or os.getppid() != parent or (folder / STOP).exists():
            started.end_all()
            os._exit(1)  # its guard ends what they have started


if __name__ == "__main__":
    main(Path(sys.argv[1]))
