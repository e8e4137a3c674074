"""The Verilog model of a differential array: whole tiles against the golden models."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from neuroloom.flows.simulation import verilator
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.verilog.array_model import array_files
from neuroloom.flows.verilog.emit import emit
from neuroloom.flows.verilog.tile_testbench import companion_files, tile_files
from neuroloom.golden.arith.popcount import PopcountSpec
from neuroloom.golden.bnn.rram_layer import RramLayerSpec
from neuroloom.golden.bnn.rram_program import RramProgramSpec
from neuroloom.golden.bnn.xnor_sense import XnorSenseSpec
from neuroloom.golden.devices.differential import ResistiveDevice, SenseAmplifier
from neuroloom.golden.devices.differential_array import DifferentialArray
from neuroloom.golden.spec import Spec

icarus = pytest.mark.skipif(shutil.which("iverilog") is None, reason="icarus is not installed")
POOR = ResistiveDevice(hrs_sigma=1.5, lrs_sigma=0.4, redrawn=False)


def run_icarus(folder: Path, files: dict[str, str]) -> str:
    """What the testbench says at the end."""
    for file, text in files.items():
        (folder / file).write_text(text)
    sources = sorted(file for file in files if file.endswith(".v"))
    (top,) = (file.removesuffix(".v") for file in sources if file.endswith("_tb.v"))
    build = subprocess.run(
        ["iverilog", "-g2005", "-Wall", "-s", top, "-o", "tb.vvp", *sources],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (build.returncode, build.stderr) == (0, "")
    done = subprocess.run(
        ["vvp", "-n", "tb.vvp"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return done.stdout


def tile(seed: int, rows: int, columns: int, shared: int, cells: int) -> dict[str, str]:
    """A tile that is formed, written, written to the complement and read; some devices are stuck,
    some miss pulses, the weakest resistances do not resolve.
    """
    rng = np.random.default_rng(seed)
    sense = XnorSenseSpec(
        rows=rows,
        columns=columns,
        columns_per_amplifier=shared,
        synchronizer=seed % 3,
        evaluate_cycles=3 + seed % 2,
        tag_bits=seed % 2,
    )
    program = RramProgramSpec(
        rows=rows, columns=columns, cells=cells, attempts=3, form_cycles=3, set_cycles=1
    )
    shape = (rows, columns, 2)
    array = DifferentialArray(
        rows,
        columns,
        POOR,
        SenseAmplifier(offset=0.2, dead_zone=0.3),
        shared,
        formed=False,
        stuck=rng.choice([0, 1, 2], shape, p=[0.94, 0.03, 0.03]),
        missed=rng.choice([0, 1, 2, 5], shape, p=[0.8, 0.1, 0.06, 0.04]),
        seed=seed,
    )
    bits = rng.integers(0, 2, (rows, columns))
    row = np.tile(np.arange(rows), 4)
    commands = {
        "row": row,
        "bits": np.concatenate([bits, 1 - bits, bits, bits]),
        "write": (np.arange(4 * rows) < 3 * rows).astype(np.int64),
        "form": (np.arange(4 * rows) < rows).astype(np.int64),
    }
    requests = {
        "row": rng.integers(0, 1 << sense.row_bits, 40),
        "activations": rng.integers(0, 2, (40, columns)),
    }
    if sense.tag_bits:
        requests["tag"] = rng.integers(0, 2, 40)
    files = tile_files(sense, array, requests, "tile", ("sense", "control"), program, commands)
    return {
        **files,
        "sense.v": emit(sense, "sense").verilog,
        "control.v": emit(program, "control").verilog,
    }


@icarus
@pytest.mark.parametrize(
    ("seed", "rows", "columns", "shared", "cells"),
    [(1, 5, 7, 1, 3), (2, 3, 10, 4, 1), (3, 1, 1, 1, 1), (4, 8, 9, 2, 9)],
)
def test_a_tile_in_verilog_equals_the_golden_models(
    tmp_path: Path, seed: int, rows: int, columns: int, shared: int, cells: int
) -> None:
    output = run_icarus(tmp_path, tile(seed, rows, columns, shared, cells))
    expected = f"PASS: {4 * rows + 40} output tokens"
    assert output.strip().splitlines()[-1].startswith(expected), output


@icarus
def test_faults_of_array_and_control_are_seen(tmp_path: Path) -> None:
    files = tile(2, 3, 10, 4, 1)
    breaks = {
        "tile.v": [
            ("pulses_kind == 2'd1 ? 4'd2 : 4'd1", "4'd1"),
            ("missed[which] != 16'd0", "1'b0"),
            ("stronger > DEAD_ZONE", "stronger > 0.0"),
            ("+ offset(amplifier)", ""),
        ],
        "tile.hex": [("\n11", "\n21"), ("\n0", "\n1")],
    }
    for file, changes in breaks.items():
        for old, new in changes:
            assert old in files[file], old
            output = run_icarus(tmp_path, {**files, file: files[file].replace(old, new)})
            assert output.strip().splitlines()[-1].startswith("FAIL: "), (old, output)


@pytest.mark.regression
@icarus
@pytest.mark.parametrize(
    ("spec", "tokens"),
    [
        (XnorSenseSpec(), 64),
        (XnorSenseSpec(rows=9, columns=20, columns_per_amplifier=3, tag_bits=4), 64),
        (RramProgramSpec(rows=6, columns=5), 64 + 6),
        (RramLayerSpec(), 16 * 32),
        (
            RramLayerSpec(inputs=13, neurons=5, pe=2, simd=3, output="scores", synchronizer=0),
            16 * 3,
        ),
        (RramLayerSpec(inputs=7, neurons=3, pe=3, simd=4, output="class"), 16),
    ],
    ids=lambda each: getattr(each, "macro", str(each)),
)
def test_what_stands_beside_a_generated_macro_runs(tmp_path: Path, spec: Spec, tokens: int) -> None:
    files = companion_files(spec, "mine", seed=5)
    output = run_icarus(tmp_path, {**files, "mine.v": emit(spec, "mine").verilog})
    assert output.strip().splitlines()[-1].startswith(f"PASS: {tokens} output tokens"), output


@icarus
def test_faults_of_a_layer_and_its_array_are_seen(tmp_path: Path) -> None:
    spec = RramLayerSpec(inputs=13, neurons=5, pe=2, simd=3)
    files = companion_files(spec, "mine", seed=3)
    verilog = emit(spec, "mine").verilog
    lines = files["mine_array.hex"].splitlines()
    # the two devices of every cell change places
    swapped = [line for pair in zip(lines[1::2], lines[::2], strict=True) for line in pair]
    less = verilog.replace("accumulated + {", "accumulated - {")
    assert less != verilog
    late = files["mine_array_tb.v"].replace("thresholds_moved == 3", "thresholds_moved < 3")
    assert late != files["mine_array_tb.v"]
    for change in (
        {"mine_array.hex": "\n".join(swapped) + "\n"},
        {"mine_array_tb.v": late},
        {"mine.v": less},
    ):
        output = run_icarus(tmp_path, {**files, "mine.v": verilog, **change})
        assert output.strip().splitlines()[-1].startswith("FAIL: "), (change.keys(), output)


@pytest.mark.regression
@pytest.mark.skipif(shutil.which("g++") is None, reason="there is no C++ compiler")
def test_verilator_agrees(tmp_path: Path) -> None:
    files = tile(2, 3, 10, 4, 1)
    for file, text in files.items():
        (tmp_path / file).write_text(text)
    sources = sorted(file for file in files if file.endswith(".v"))
    program = verilator.lint_command()[0].with_name("verilator")
    build = subprocess.run(
        [
            program,
            "--binary",
            "--timing",
            "-CFLAGS",
            "-std=c++20",
            "-Wno-fatal",
            "--top-module",
            "tile_tb",
            *sources,
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert build.returncode == 0, build.stderr
    done = subprocess.run(
        [tmp_path / "obj_dir" / "Vtile_tb"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "PASS: " in done.stdout, done.stdout


def test_other_macros_and_great_arrays_stand_alone() -> None:
    assert companion_files(PopcountSpec(), "mine", 1) == {}
    assert companion_files(XnorSenseSpec(rows=512, columns=64), "mine", 1) == {}


@pytest.mark.parametrize("fields", [{"redrawn": True}, {"read_noise": 0.1}, {"set_failure": 0.1}])
def test_a_model_without_chance_is_asked_for(fields: dict[str, float]) -> None:
    device = ResistiveDevice.model_validate({"redrawn": False, **fields})
    with pytest.raises(UsageError, match="take redrawn=False"):
        array_files(DifferentialArray(1, 1, device), "array")
