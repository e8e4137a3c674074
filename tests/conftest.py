"""What all tests share: which simulators this machine has, and one place for skip reasons."""

import shutil
from collections.abc import Iterator

import pytest
from hypothesis import settings

from neuroloom.flows import process
from neuroloom.flows.simulation.simulators import SimulatorName

# how long an example takes depends on what else the machine does
settings.register_profile("neuroloom", deadline=None, print_blob=True)
settings.load_profile("neuroloom")

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


@pytest.fixture
def bare_path(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine without compilers and simulators."""
    monkeypatch.setenv("PATH", "")
    process.tool.cache_clear()
    yield
    process.tool.cache_clear()
