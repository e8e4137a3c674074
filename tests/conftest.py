"""What holds for all tests: settings of drawn examples, marks, their order, where open kits lie."""

import gc
import os
import shutil
from collections.abc import Iterator

import pytest
from hypothesis import settings
from support.places import SHARED

from neuroloom.flows.tools import process

# how long an example takes depends on what else the machine does
settings.register_profile("neuroloom", deadline=None, print_blob=True)
settings.load_profile("neuroloom")

# open kits beside the project, for development; $PDK_ROOT where it is set
SHARED_KITS = SHARED / "pdk"
if SHARED_KITS.is_dir():
    os.environ.setdefault("PDK_ROOT", str(SHARED_KITS))


@pytest.fixture
def bare_path(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine without compilers and simulators."""
    monkeypatch.setenv("PATH", "")
    process.tool.cache_clear()
    yield
    process.tool.cache_clear()


NO_COMPILER = pytest.mark.skip(reason="g++ is not installed")
LONGEST = ("flow", "regression")
"""Marks of tests that take long, those of the longest first."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What compiles C++ is no fast test; what takes long begins first.

    Every worker gets an even share of an ordered list and then takes what others have not begun:
    the last tests of all are short, so that no worker waits for another one at the end.
    """
    for item in items:
        if item.get_closest_marker("compiles"):
            item.add_marker("regression")
            if shutil.which("g++") is None:
                item.add_marker(NO_COMPILER)
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    shares: list[list[pytest.Item]] = [[] for _ in range(workers)]
    for rank in range(len(LONGEST) + 1):
        alike = [item for item in items if _rank(item) == rank]
        for worker, share in enumerate(shares):
            begin, end = (len(alike) * each // workers for each in (worker, worker + 1))
            share += alike[begin:end]
    items[:] = [item for share in shares for item in share]


def _rank(item: pytest.Item) -> int:
    marks = (place for place, mark in enumerate(LONGEST) if item.get_closest_marker(mark))
    return min(marks, default=len(LONGEST))


def pytest_collection_finish() -> None:
    """What has been loaded and collected stays: no search for garbage goes through it again.

    Searches after each 700 new objects, as they are usual, took 9 % of the processor time of
    ``tests/golden``; of tests that elaborate a few designs only it is 2 %.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
