"""Places at which jobs are computed: threads that wait for processes here, or a Dask cluster."""

import asyncio
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from importlib import util
from typing import Any

from neuroloom.flows.batch.job import BatchJob, BatchOutcome, compute
from neuroloom.flows.tools.errors import ToolMissing, UsageError
from neuroloom.golden.wording import quoted, told

CONNECT_SECONDS = 5
Submit = Callable[[BatchJob[Any]], "Future[BatchOutcome[Any]]"]


def executor(
    workers: int | None = None, scheduler: str | None = None
) -> AbstractContextManager[Submit]:
    """A function that starts a job, here or at the address of a Dask scheduler.

    Left by an error or Ctrl-C, jobs that wait are taken back and jobs that run here are ended.
    ToolMissing without ``distributed``; UsageError when no scheduler answers.
    """
    return _local(workers or os.cpu_count() or 1) if scheduler is None else _cluster(scheduler)


@contextmanager
def _local(workers: int) -> Iterator[Submit]:
    stop = threading.Event()
    pool = ThreadPoolExecutor(workers)
    try:
        yield lambda job: pool.submit(compute, job, stop)
    except BaseException:
        stop.set()
        raise
    finally:
        pool.shutdown(cancel_futures=stop.is_set())


@contextmanager
def _cluster(address: str) -> Iterator[Submit]:
    if util.find_spec("distributed") is None:
        raise ToolMissing("--scheduler needs Dask; install it with: pip install 'neuroloom[dask]'")
    from distributed import Client

    _check_answer(address)
    try:
        client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise _no_scheduler(address, str(error) or type(error).__name__) from None
    with client:
        pool = client.get_executor()
        ended = False
        try:
            yield lambda job: pool.submit(compute, job)
            ended = True
        finally:
            pool.shutdown(wait=ended)


def _check_answer(address: str) -> None:
    """UsageError when no scheduler answers; a Client that gets no answer could not be left."""
    from distributed.comm import connect

    async def ask() -> None:
        answer = await connect(address, timeout=CONNECT_SECONDS)
        await answer.close()

    try:
        asyncio.run(ask())
    except (OSError, ValueError) as error:
        raise _no_scheduler(address, str(error) or type(error).__name__) from None


def _no_scheduler(address: str, why: str) -> UsageError:
    return UsageError(
        f"no Dask scheduler answers at {quoted(address)} within {CONNECT_SECONDS} s; start one "
        f"with `dask scheduler` and give its address, such as tcp://host:8786 ({told(why)})"
    )
