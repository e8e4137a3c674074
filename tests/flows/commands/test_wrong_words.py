"""Wrong words, odd surroundings and early ends of a command: one sentence each, and its status."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.command_line import run

from neuroloom.flows.commands.typed import typed_value
from neuroloom.flows.tools.errors import OutputFailed
from neuroloom.flows.tools.process import memory_limit, time_limit
from neuroloom.flows.tools.started import own_scratch

COMMAND = [sys.executable, "-m", "neuroloom.flows"]
HELP = "`neuroloom verify --help` shows"
EMPTY = "write a value, or leave it out"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ["verify", "popcount", "--seeds", "1e2"],
            "--seeds takes a whole number from 1 to 10000, not 1e2",
        ),
        (
            ["verify", "popcount", "--time-limit=0"],
            "--time-limit takes a number from 1 to 100000000, not 0",
        ),
        (
            ["synth", "popcount", "--clock", "nan"],
            "--clock takes a number from 0.001 to 1000000, not nan",
        ),
        (["simulate", "popcount", "--chunk", "no"], "--chunk takes a whole number from 1, not no"),
        (
            ["simulate", "popcount", "--random", "5", "--offer", "0"],
            "--offer takes a number from 0.001 to 1, not 0",
        ),
        (
            ["verify", "popcount", "--simulator", "icaruss"],
            "--simulator cannot be 'icaruss'; did you mean 'icarus'?",
        ),
        (
            ["verify", "popcount", "--sedd", "1"],
            "neuroloom verify has no option --sedd; did you mean --seed or --seeds or --spec?",
        ),
        (
            ["verify", "popcount", "--qqq"],
            f"neuroloom verify has no option --qqq; {HELP} those there are",
        ),
        (["verfy", "popcount"], "no command is called 'verfy'; did you mean 'verify'?"),
        (["verify"], f"missing argument 'MACRO'; {HELP} what it takes"),
        (
            ["verify", "popcount", "--seeds"],
            f"option '--seeds' requires an argument; {HELP} what it takes",
        ),
        (
            ["list", "more"],
            "got unexpected extra arguments (more); `neuroloom list --help` shows what it takes",
        ),
        (["generate", "popcount", "-o", ""], f"an empty word stands behind -o: {EMPTY}"),
        (["generate", "popcount", "--name="], f"--name is given nothing: {EMPTY}"),
        (["verify", "popcount", "--spec", ""], f"an empty word stands behind --spec: {EMPTY}"),
        (["generate", "popcount", "-o", "/dev/null"], "cannot write to /dev/null: it is a file"),
        (
            ["show", "popcount", "width=\udcff"],
            r"'width=\udcff' holds bytes that are no UTF-8 text",
        ),
        (["compare", "", "b"], f"an empty word stands behind compare: {EMPTY}"),
    ],
)
def test_wrong_words_are_one_sentence_with_what_was_typed(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, *words) == (2, "", f"neuroloom: {sentence}\n")


def test_no_words_are_answered_with_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    status, text, error = run(capsys)
    assert status == 2 and "Usage: neuroloom" in text + error and "4 not decided" in text + error


def test_a_variable_is_named_where_it_is_wrong(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEUROLOOM_TOOL_SECONDS", "soon")
    sentence = "NEUROLOOM_TOOL_SECONDS takes a whole number from 1 to 100000000, not soon"
    assert run(capsys, "list") == (2, "", f"neuroloom: {sentence}\n")
    monkeypatch.delenv("NEUROLOOM_TOOL_SECONDS")
    monkeypatch.setenv("NEUROLOOM_MEMORY_MB", "²")
    sentence = "NEUROLOOM_MEMORY_MB is a number of megabytes, not '²'"
    assert run(capsys, "list") == (2, "", f"neuroloom: {sentence}\n")


def test_empty_variables_are_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    from neuroloom.flows.tools.process import ToolLimit

    usual = memory_limit()
    monkeypatch.setenv("NEUROLOOM_TOOL_SECONDS", "")
    monkeypatch.setenv("NEUROLOOM_MEMORY_MB", "")
    assert time_limit(ToolLimit(7.0)) == 7.0
    assert memory_limit() == usual


def test_a_terminal_without_a_width_is_one_of_the_usual_width() -> None:
    environment = {**os.environ, "COLUMNS": "0", "LINES": "0"}
    done = subprocess.run(
        [*COMMAND, "list"], capture_output=True, text=True, env=environment, check=True
    )
    assert "popcount" in done.stdout


@pytest.mark.parametrize("words", ["--help", "list", "list --json"])
def test_a_closed_pipe_is_the_end_in_silence(words: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([*COMMAND, *words.split()], stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    assert (done.returncode, done.stderr) == (128 + signal.SIGPIPE, b"")


def test_a_full_folder_of_temporary_files_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(OutputFailed, match=r"cannot write temporary files to .*TMPDIR"),
        own_scratch(),
    ):
        raise OSError(28, "No space left on device")
    with pytest.raises(OSError, match="other"), own_scratch():
        raise OSError(28, "No space left on device", str(tmp_path / "other"))


def test_a_simulation_in_this_process_is_ended_with_a_line() -> None:
    command = [*COMMAND, "verify", "popcount", "--simulator", "amaranth", "--operations", "300000"]
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    with subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as program:
        assert program.stderr is not None
        assert "popcount in amaranth" in program.stderr.readline()
        time.sleep(0.5)
        program.send_signal(signal.SIGINT)
        _, error = program.communicate(timeout=30)
    assert program.returncode == 128 + signal.SIGINT
    *stages, last = error.splitlines()
    assert last == "neuroloom: ended by SIGINT"
    assert all(re.match(r" +\d+\.\d s  popcount ", line) for line in stages), stages


def test_too_many_operations_are_to_be_fewer(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def large(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("neuroloom.flows.simulation.bulk.simulate.random_traffic", large)
    status, _, error = run(capsys, "simulate", "popcount", "--random", "500000")
    sentence = "there is not enough memory for 500,000 operations: lower --random"
    assert (status, error) == (1, f"neuroloom: {sentence}\n")
    monkeypatch.setattr("neuroloom.verif.arith.popcount.PopcountStimulus.random", large)
    monkeypatch.chdir(tmp_path)
    status, _, error = run(capsys, "verify", "popcount", "--simulator", "amaranth")
    assert status == 1
    assert "popcount crashed, seed 1: there is not enough memory: lower --operations" in error


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ([], None),
        (["--a"], None),
        (["--a", "1"], "1"),
        (["--a=2"], "2"),
        (["--a", "1", "--a", "3", "b"], "3"),
    ],
)
def test_the_word_behind_an_option(
    words: list[str], value: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["neuroloom", *words])
    assert typed_value(["--a"]) == value
