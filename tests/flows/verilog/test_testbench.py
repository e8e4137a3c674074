"""The emitted folder stands alone: its testbench passes without Python and catches broken RTL."""

import shutil
import subprocess
from pathlib import Path

import pytest
from support.effort import effort
from support.testbenches import icarus, run_icarus

from neuroloom.flows.generate import generate
from neuroloom.flows.macros.catalogue import macros
from neuroloom.flows.simulation import verilator
from neuroloom.golden.arith.popcount import PopcountSpec
from neuroloom.golden.bnn.layer import BnnLayerSpec
from neuroloom.golden.bnn.layer_options import LayerOutput, ParameterSource
from neuroloom.golden.spec import Spec

SPECS = [
    *(
        spec
        for spec in (macro.spec() for macro in macros().values())
        if not any(stream.asynchronous for stream in spec.streams)
    ),
    PopcountSpec(width=9, pipeline=2),
    BnnLayerSpec(
        inputs=13,
        neurons=5,
        pe=2,
        simd=4,
        parameters=ParameterSource.STREAMED,
        output=LayerOutput.CLASS,
    ),
]

FEW = [spec for spec in SPECS if spec.macro in ("adder_tree", "delay_scheduler", "neuron_core")]
"""With and without memories."""


@pytest.mark.regression
@icarus
@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.macro)
def test_the_testbench_passes_in_icarus(spec: Spec, tmp_path: Path) -> None:
    made = generate(spec, tmp_path)
    for plusargs in (["+seed=1"], ["+seed=99"], ["+nogaps"]):
        output = run_icarus(tmp_path, made.name, *plusargs)
        assert output.strip().splitlines()[-1].startswith("PASS: "), output


@icarus
def test_the_testbench_catches_a_wrong_value_a_missing_and_an_extra_token(tmp_path: Path) -> None:
    made = generate(PopcountSpec(width=9, pipeline=1), tmp_path)
    design = tmp_path / f"{made.name}.v"
    good = design.read_text()
    breaks = {
        "expected": ("^", "|"),
        "nothing moves": ("count_valid <= word_valid", "count_valid <= 1'b0"),
    }
    for symptom, (old, new) in breaks.items():
        assert old in good
        design.write_text(good.replace(old, new))
        output = run_icarus(tmp_path, made.name)
        assert symptom in output, output
        assert "FAIL: " in output.strip().splitlines()[-1]
    design.write_text(good)
    bench = tmp_path / f"{made.name}_tb.v"
    tokens = made.manifest["streams"][1]["tokens"]
    bench.write_text(
        bench.read_text().replace(f"count_goal = {tokens};", f"count_goal = {tokens - 1};")
    )
    assert "extra token" in run_icarus(tmp_path, made.name)


@pytest.mark.regression
@pytest.mark.skipif(shutil.which("g++") is None, reason="there is no C++ compiler")
@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")
@pytest.mark.parametrize("spec", effort(FEW, SPECS), ids=lambda spec: spec.macro)
def test_the_testbench_passes_in_verilator(spec: Spec, tmp_path: Path) -> None:
    """From random contents of memories and of registers without a reset."""
    made = generate(spec, tmp_path)
    program = verilator.lint_command()[0].with_name("verilator")
    build = subprocess.run(
        [
            program,
            "--binary",
            "--timing",
            "--x-initial",
            "unique",
            "-CFLAGS",
            "-std=c++20",
            "-Wno-fatal",
            "--top-module",
            f"{made.name}_tb",
            f"{made.name}.v",
            f"{made.name}_tb.v",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert build.returncode == 0, build.stdout + build.stderr
    for seed in (1, 2):
        done = subprocess.run(
            [
                tmp_path / "obj_dir" / f"V{made.name}_tb",
                "+verilator+rand+reset+2",
                f"+verilator+seed+{seed}",
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "PASS: " in done.stdout, f"seed {seed}: {done.stdout}"
