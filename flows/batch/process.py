"""The process of one job: ``python -m neuroloom.flows.batch.process FOLDER MODULE CLASS``."""

import os
import resource
import sys
import threading
import time
from importlib import import_module
from pathlib import Path

from neuroloom.flows.batch.job import FAILURE, JOB, REPORT, STOP
from neuroloom.flows.tools import started
from neuroloom.flows.tools.errors import NeuroloomError
from neuroloom.flows.tools.process import OptionLimit, out_of_time

LOOK_SECONDS = 0.3


def main(folder: Path, module: str, name: str) -> None:
    """Compute the job of class ``name`` that stands in ``folder``, and leave what comes of it."""
    kind = getattr(import_module(module), name)
    job = kind.model_validate_json((folder / JOB).read_bytes())
    threading.Thread(target=_watch, args=(folder, job.limits.seconds), daemon=True).start()
    megabytes = job.limits.megabytes
    if megabytes is not None:
        # not the address space: WebAssembly reserves far more of it than it ever uses
        resource.setrlimit(resource.RLIMIT_DATA, (megabytes << 20, megabytes << 20))
    try:
        (folder / REPORT).write_text(job.work().model_dump_json())
    except NeuroloomError as error:
        (folder / FAILURE).write_text(str(error))
    except MemoryError:
        (folder / FAILURE).write_text(f"ran out of memory; the limit is {megabytes} MB")


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
    main(Path(sys.argv[1]), *sys.argv[2:])
