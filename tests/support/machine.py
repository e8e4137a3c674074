"""What this machine has, as parameters of tests: the one place of reasons to skip."""

import shutil

import pytest

from neuroloom.flows.cells.sources import KITS, kit_files
from neuroloom.flows.simulation.simulators import SimulatorName

INSTALLED = {
    SimulatorName.VERILATOR: shutil.which("g++") is not None,
    SimulatorName.ICARUS: shutil.which("iverilog") is not None,
    SimulatorName.AMARANTH: True,
}

NEEDS_COMPILER = pytest.mark.compiles
"""Of tests that compile C++; ``conftest.py`` skips them where there is no compiler."""


def simulator_params() -> "list[pytest.ParameterSet]":
    """Every simulator as a test parameter; one that is not installed is skipped with a reason."""
    return [
        pytest.param(name, id=name.value, marks=_simulator_marks(name, here))
        for name, here in INSTALLED.items()
    ]


def _simulator_marks(name: SimulatorName, here: bool) -> list[pytest.MarkDecorator]:
    if name is SimulatorName.VERILATOR:
        return [NEEDS_COMPILER]
    return [] if here else [pytest.mark.skip(reason=f"{name.value} is not installed")]


def kit_params() -> "list[pytest.ParameterSet]":
    """Every open kit as a test parameter; one whose files are not there is skipped."""
    return [
        pytest.param(
            name, marks=[] if kit_files(name) else pytest.mark.skip(reason=f"{name} needs PDK_ROOT")
        )
        for name in KITS
    ]
