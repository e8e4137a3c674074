"""What holds for all tests: settings of drawn examples, and where open kits lie."""

import os
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
