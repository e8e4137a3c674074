"""Chunks of a bulk simulation: state, what is kept, a run that was killed."""

import errno
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from support.bulk import ADAPTER, frames, wrapped
from support.machine import NEEDS_COMPILER
from support.places import TESTS

from neuroloom.flows.simulation.bulk.build import build
from neuroloom.flows.simulation.bulk.run import Pace
from neuroloom.flows.simulation.bulk.simulate import random_traffic, simulate
from neuroloom.flows.simulation.job import load_traffic
from neuroloom.flows.tools.errors import OutputFailed
from neuroloom.golden.arith.requantize import RequantizeSpec
from neuroloom.golden.formats import Rounding


@NEEDS_COMPILER
def test_state_that_a_chunk_does_not_carry_on_is_reported() -> None:
    spec = RequantizeSpec(rounding=Rounding.STOCHASTIC)
    traffic, _ = random_traffic(spec, 90, seed=1)
    cut = simulate(spec, traffic, chunk=30)
    assert cut.report.passed
    assert cut.report.chunks_with_state == 2
    whole = simulate(spec, traffic, chunk=90)
    assert whole.report.passed
    assert whole.report.chunks_with_state == 0
    expected = spec.model().run(traffic)["result"]["data"]
    np.testing.assert_array_equal(whole.outputs["result"]["data"], expected)
    assert (cut.outputs["result"]["data"] != expected).any()


@NEEDS_COMPILER
def test_finished_chunks_are_kept_and_used_for_the_same_content_only(tmp_path: Path) -> None:
    first = simulate(ADAPTER, frames(30), chunk=10, folder=tmp_path)
    assert first.report.chunks_reused == 0
    outputs = load_traffic(tmp_path / "outputs.npz")
    np.testing.assert_array_equal(outputs["repacked"]["data"], first.outputs["repacked"]["data"])
    assert json.loads((tmp_path / "report.json").read_text())["operations"] == 30
    again = simulate(ADAPTER, frames(30), chunk=10, folder=tmp_path)
    assert again.report.chunks_reused == 3
    np.testing.assert_array_equal(
        again.outputs["repacked"]["data"], first.outputs["repacked"]["data"]
    )
    other = frames(30)
    other["packed"]["data"][-1, -1] ^= 1
    assert simulate(ADAPTER, other, chunk=10, folder=tmp_path).report.chunks_reused == 2
    assert (
        simulate(
            ADAPTER, frames(30), chunk=10, folder=tmp_path, pace=Pace(accept=0.5)
        ).report.chunks_reused
        == 0
    )
    text = wrapped(
        "assign repacked_data = d; assign repacked_valid = v; assign r = repacked_ready;"
    )
    assert (
        simulate(ADAPTER, frames(30), chunk=10, folder=tmp_path, verilog=text).report.chunks_reused
        == 0
    )


@NEEDS_COMPILER
def test_damaged_chunks_are_simulated_again_and_said_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = simulate(ADAPTER, frames(30), chunk=10, folder=tmp_path)
    reports = sorted((tmp_path / "chunks").glob("*.json"))
    arrays = [file.with_suffix(".npz") for file in reports]
    os.truncate(arrays[0], 50)
    reports[1].write_text(reports[1].read_text().replace('"cycles": ', '"cycles": 1'))
    arrays[2].unlink()
    again = simulate(ADAPTER, frames(30), chunk=10, folder=tmp_path)
    said = capsys.readouterr().err.splitlines()
    assert sorted(said) == [f"neuroloom: {each} is damaged; it is made anew" for each in reports]
    assert again.report.chunks_reused == 0
    assert again.report.cycles == first.report.cycles
    assert simulate(ADAPTER, frames(30), chunk=10, folder=tmp_path).report.chunks_reused == 3


@NEEDS_COMPILER
def test_chunks_that_cannot_be_kept_are_computed_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("neuroloom.flows.simulation.bulk.chunks.save_traffic", full)
    report = simulate(ADAPTER, frames(30), chunk=10, folder=tmp_path).report
    assert report.passed and report.chunks_reused == 0
    assert {each.name for each in tmp_path.iterdir()} == {"outputs.npz", "report.json"}
    monkeypatch.setattr("neuroloom.flows.simulation.bulk.simulate.save_traffic", full)
    with pytest.raises(OutputFailed, match="No space left on device"):
        simulate(ADAPTER, frames(20), chunk=10, folder=tmp_path / "other")
    assert not (tmp_path / "other").exists()


@NEEDS_COMPILER
def test_a_damaged_program_is_compiled_again(capsys: pytest.CaptureFixture[str]) -> None:
    """The design is of this test alone: others may run in the same cache at the same time."""
    own = ADAPTER.model_copy(update={"bits": 6})
    program = build(own).program
    program.write_bytes(program.read_bytes()[:1000])
    assert simulate(own, frames(3)).report.passed
    assert "is damaged (sim has changed); it is made anew" in capsys.readouterr().err


LONG_RUN = """
import sys
from pathlib import Path
from neuroloom.flows.simulation.bulk.simulate import simulate
from support.bulk import ADAPTER, frames
simulate(ADAPTER, frames(4000), chunk=10, workers=2, folder=Path(sys.argv[1]))
"""


@NEEDS_COMPILER
@pytest.mark.flow
def test_a_run_that_was_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    build(ADAPTER)
    process = subprocess.Popen([sys.executable, "-c", LONG_RUN, str(tmp_path)], cwd=TESTS)
    chunks = tmp_path / "chunks"
    limit = time.monotonic() + 60
    while len(list(chunks.glob("*.json"))) < 5 and time.monotonic() < limit:
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, "it ended before it was killed"
    done = {
        file: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in chunks.glob("*.json")
        if file.with_suffix(".npz").exists()
    }
    assert 5 <= len(done) < 400
    result = simulate(ADAPTER, frames(4000), chunk=10, folder=tmp_path)
    assert result.report.passed
    assert result.report.chunks_reused == len(done)
    assert {file: hashlib.sha256(file.read_bytes()).hexdigest() for file in done} == done
    expected = ADAPTER.model().run(frames(4000))["repacked"]["data"]
    np.testing.assert_array_equal(result.outputs["repacked"]["data"], expected)
