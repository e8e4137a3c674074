"""The testbench that is written beside emitted Verilog, run in Icarus."""

import shutil
import subprocess
from pathlib import Path

import pytest

icarus = pytest.mark.skipif(shutil.which("iverilog") is None, reason="icarus is not installed")


def run_icarus(folder: Path, name: str, *plusargs: str) -> str:
    files = [f"{name}.v", f"{name}_tb.v"]
    build = subprocess.run(
        ["iverilog", "-g2005", "-Wall", "-o", "tb.vvp", *files],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (build.returncode, build.stderr) == (0, "")
    done = subprocess.run(
        ["vvp", "-n", "tb.vvp", *plusargs], cwd=folder, capture_output=True, text=True, check=False
    )
    return done.stdout
