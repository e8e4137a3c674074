"""What all tests share: which simulators this machine has, and one place for skip reasons."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from neuroloom.flows import process
from neuroloom.flows.cells.sources import KITS, kit_files
from neuroloom.flows.simulation.simulators import SimulatorName

# how long an example takes depends on what else the machine does
settings.register_profile("neuroloom", deadline=None, print_blob=True)
settings.load_profile("neuroloom")

# open kits beside the project, for development; $PDK_ROOT where it is set
SHARED_KITS = Path(__file__).parents[2] / "shared" / "pdk"
if SHARED_KITS.is_dir():
    os.environ.setdefault("PDK_ROOT", str(SHARED_KITS))

INSTALLED = {
    SimulatorName.VERILATOR: shutil.which("g++") is not None,
    SimulatorName.ICARUS: shutil.which("iverilog") is not None,
    SimulatorName.AMARANTH: True,
}


def simulator_params() -> list[object]:
    """Every simulator as a test parameter; one that is not installed is skipped with a reason."""
    return [
        pytest.param(
            name,
            id=name.value,
            marks=[] if here else pytest.mark.skip(reason=f"{name.value} is not installed"),
        )
        for name, here in INSTALLED.items()
    ]


def kit_params() -> list[object]:
    """Every open kit as a test parameter; one whose files are not there is skipped."""
    return [
        pytest.param(
            name, marks=[] if kit_files(name) else pytest.mark.skip(reason=f"{name} needs PDK_ROOT")
        )
        for name in KITS
    ]


@pytest.fixture
def bare_path(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine without compilers and simulators."""
    monkeypatch.setenv("PATH", "")
    process.tool.cache_clear()
    yield
    process.tool.cache_clear()
