"""Every tool works in folders whose names no script can quote: home, cache, temporary, output."""

import os
import subprocess
from pathlib import Path

import pytest
from support.machine import NEEDS_COMPILER
from typer.testing import CliRunner

from neuroloom.flows.cli import app
from neuroloom.flows.tools.process import has_tool

ODD = 'it\'s a "ü" $x; #y \\z'
needs_icarus = pytest.mark.skipif(not has_tool("iverilog"), reason="needs Icarus")


@pytest.fixture(autouse=True)
def odd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / ODD
    for name in ("home", "tmp", "cache"):
        (folder / name).mkdir(parents=True)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", str(folder / "home"))
    monkeypatch.setenv("TMPDIR", str(folder / "tmp"))
    monkeypatch.setenv("NEUROLOOM_CACHE", str(folder / "cache"))
    monkeypatch.setattr("tempfile.tempdir", None)
    return folder


def neuroloom(*words: str) -> None:
    done = CliRunner().invoke(app, list(words))
    assert done.exit_code == 0, f"{done.output}{done.exception}"


@needs_icarus
@pytest.mark.flow
def test_verify_with_icarus(odd: Path) -> None:
    neuroloom(
        "verify",
        "popcount",
        "width=4",
        "--simulator",
        "icarus",
        "--seeds",
        "1",
        "--waves",
        str(odd / "waves"),
    )
    assert "$enddefinitions" in (odd / "waves/popcount-seed1.vcd").read_text()


@pytest.mark.regression
@NEEDS_COMPILER
def test_verify_and_simulate_with_verilator(odd: Path) -> None:
    neuroloom(
        "verify",
        "popcount",
        "width=4",
        "--simulator",
        "verilator",
        "--seeds",
        "1",
        "--waves",
        str(odd / "waves"),
    )
    assert "$enddefinitions" in (odd / "waves/popcount-seed1.vcd").read_text()
    neuroloom("simulate", "popcount", "width=4", "--random", "10")


def test_prove(odd: Path) -> None:
    neuroloom("prove", "arbiter", "requesters=2", "--waves", str(odd / "waves"))
    assert list((odd / "waves").glob("*.vcd"))


@needs_icarus
def test_a_generated_testbench(odd: Path) -> None:
    neuroloom("generate", "popcount", "width=4", "-o", str(odd / "out"))
    # a shell's own temporary folder is the user's: Icarus cannot have this one
    command = ["iverilog", "-g2005", "-o", "tb.vvp", "popcount.v", "popcount_tb.v"]
    subprocess.run(command, cwd=odd / "out", env={"PATH": os.environ["PATH"]}, check=True)
    told = subprocess.run(
        ["vvp", "-n", "tb.vvp"], cwd=odd / "out", capture_output=True, text=True, check=True
    )
    assert "PASS" in told.stdout


@pytest.mark.flow
@pytest.mark.parametrize("target", ["ice40-hx8k", "ecp5-25k", "gates", "predictive-45"])
def test_synth(target: str, odd: Path) -> None:
    neuroloom("synth", "popcount", "width=4", "--target", target, "-o", str(odd / "report"))
    assert (odd / "report/report.json").stat().st_size > 100
