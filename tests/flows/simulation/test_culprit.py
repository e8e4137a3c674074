"""A failure names what the operation that failed was given, and the command that repeats it."""

import re
import shlex
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from support.broken_benches import SPEC, broken, holds_the_input_up, loses_a_token, run, wrong_value
from support.command_line import run as command

from neuroloom.flows.commands.typed import typed_again
from neuroloom.flows.simulation.job import BenchJob, BenchOutcome
from neuroloom.flows.simulation.simulators import Choice, SimulatorName, run_amaranth, stopped
from neuroloom.flows.verify import Verification
from neuroloom.golden.contract import Contract, Variation
from neuroloom.golden.ports import Field, Stream
from neuroloom.verif.culprit import WIDEST, inputs_behind
from neuroloom.verif.partners import BenchError, NotCovered, Producer

PIXELS = Stream("pixels", "in", (Field("value", 8, ""),), "")
CONTRACT = Contract("image", {"pixels": 3}, {"sums": 2}, 1, 1)
PRODUCERS = cast(
    dict[str, Producer],
    {"pixels": SimpleNamespace(stream=PIXELS, words=[(n,) for n in range(12)], taken=[0] * 8)},
)


def behind(error: BenchError, contract: Contract = CONTRACT, **varying: Any) -> tuple[str, ...]:
    consumption, variation = varying.get("consumption", {}), varying.get("variation")
    return inputs_behind(error, contract, PRODUCERS, consumption, variation)


def test_the_operation_of_a_token_is_found_by_the_contract() -> None:
    error = BenchError("wrong", "sums", 5)
    words = "stream 'pixels', tokens 6 to 8: value=6; value=7; value=8"
    assert behind(error) == (f"image 2, {words}",)
    assert behind(BenchError("late", operation=0))[0].startswith("image 0, ")


def test_the_operation_of_a_token_is_found_where_numbers_vary() -> None:
    varies = Variation(np.ones(4, np.int64), {"sums": np.array([1, 4, 2, 2])})
    assert behind(BenchError("wrong", "sums", 4), variation=varies)[0].startswith("image 1, ")
    assert behind(BenchError("wrong", "sums", 5), variation=varies)[0].startswith("image 2, ")
    takes = {"pixels": np.array([1, 0, 2, 4])}
    found = behind(BenchError("wrong", "sums", 4), consumption=takes)
    assert found == ("image 2, stream 'pixels', tokens 1 to 2: value=1; value=2",)
    (line,) = behind(BenchError("wrong", "sums", 8), consumption=takes)  # added behind the traffic
    assert line.startswith("taken last, ")


@pytest.mark.parametrize(
    "error", [BenchError("extra"), BenchError("wrong", "spikes", 3), BenchError("late", "sums", 99)]
)
def test_where_no_operation_is_found_the_last_inputs_are_shown(error: BenchError) -> None:
    assert behind(error) == ("taken last, stream 'pixels', token 7: value=7",)


def test_where_operations_contend_the_last_inputs_are_shown() -> None:
    contending = Contract("image", {"pixels": 3}, {"sums": 2}, 1, 1, contention="a bus")
    (line,) = behind(BenchError("wrong", "sums", 5), contending)
    assert line.startswith("taken last, ")


def test_what_was_not_covered_has_no_inputs() -> None:
    assert behind(NotCovered("coverage")) == ()


def test_a_line_has_a_width() -> None:
    long = Contract("image", {"pixels": 12}, {"sums": 2}, 1, 1)
    (line,) = behind(BenchError("wrong", "sums", 0), long)
    assert len(line) == WIDEST and line.endswith("…")


def test_inputs_of_real_failures() -> None:
    outcome = run(broken(wrong_value))
    token = re.search(r"token (\d+) of", outcome.message)
    (line,) = outcome.inputs
    found = re.fullmatch(r"word (\d+), stream 'word', token \1: bits=(0x\w+)", line)
    assert token and found and found[1] == token[1]
    assert int(found[2], 16).bit_count() == 5 == SPEC.width - 1
    late = run(broken(holds_the_input_up))
    word = re.search(r"contract: (word \d+) of", late.message)
    assert word and late.inputs[0].startswith(f"{word[1]}, stream 'word'")
    assert run(broken(loses_a_token)).inputs[0].startswith("word 10, ")


def test_amaranth_is_stopped_at_the_limit() -> None:
    fields = SPEC.model_dump(mode="json")
    job = BenchJob(macro=SPEC.macro, spec=fields, seed=3, operations=20_000)
    outcome = run_amaranth(job, seconds=0.3)
    assert outcome.status == "stopped" and outcome.report == {"seed": 3}
    assert outcome.message == "the simulation was stopped after 0.3 s without an end"
    assert outcome.seconds < 10


def test_the_limit_is_said_with_its_option(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    words = [
        "verify",
        "popcount",
        "--simulator",
        "amaranth",
        "--time-limit",
        "1",
        "--operations",
        "20000",
    ]
    status, _, error = command(capsys, *words)
    assert status == 1
    said = "the simulation was stopped after 1 s without an end; --time-limit allows more"
    assert error.splitlines()[-2:] == [
        f"neuroloom: popcount stopped, seed 1: {said}",
        f"repeat it with: {shlex.join(['neuroloom', *words])} --seed 1",
    ]


@pytest.mark.parametrize(
    ("words", "again"),
    [
        ("verify popcount --seed 3 width=4", "verify popcount width=4 --seed 7"),
        (
            "verify lif --seeds=9 --waves w --operations 4 --simulator amaranth --time-limit 9",
            "verify lif --waves w --operations 4 --simulator amaranth --time-limit 9 --seed 7",
        ),
        (
            "--tool-limit 9 verify --seeds 9 -- popcount width=4",
            "--tool-limit 9 verify --seed 7 -- popcount width=4",
        ),
    ],
)
def test_what_was_typed_is_repeated(
    words: str, again: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["x", *words.split()])
    assert typed_again(seeds=None, seed=7) == f"neuroloom {again}"


def test_a_failure_is_told_with_inputs_and_command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    failed = BenchOutcome(
        status="failed", message="wrong", inputs=("word 5", "bias 5"), report={"seed": 4}
    )
    result = Verification(SPEC, Choice(SimulatorName.AMARANTH), 0.0, (failed,))
    monkeypatch.setattr("neuroloom.flows.verify.verify", lambda *_, **__: result)
    given = ["verify", "popcount", "--operations", "9", "--waves", str(tmp_path)]
    status, _, error = command(capsys, *given, "--seeds", "4")
    assert status == 1
    assert error.splitlines()[-4:] == [
        "neuroloom: popcount failed, seed 4: wrong",
        "  word 5",
        "  bias 5",
        f"repeat it with: neuroloom {' '.join(given)} --seed 4",
    ]


def test_seeds_stay_in_their_range(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["verify", "popcount", "--seed", "4294967295", "--seeds", "2"]
    status, text, error = command(capsys, *words)
    assert (status, text) == (2, "")
    assert error == (
        "neuroloom: --seed 4294967295 --seeds 2 reaches the seed 4294967296; "
        "seeds are 0 to 4294967295\n"
    )


def test_a_stopped_run_is_not_run_again_for_its_waves(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from neuroloom.flows import verify

    calls = []

    def late(self: verify.Runner, job: BenchJob, waves: Path | None = None) -> BenchOutcome:
        calls.append(waves)
        return stopped(job, self.seconds)

    monkeypatch.setattr(verify.Runner, "run", late)
    result = verify.verify(SPEC, (1, 2), simulator=SimulatorName.AMARANTH, waves=tmp_path)
    assert calls == [None, None] and not result.passed and not result.waves
