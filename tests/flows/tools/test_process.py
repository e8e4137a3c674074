"""External programs: their failures become one message, their limits hold."""

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.command_line import run as cli_run

from neuroloom.flows.cells import opensta
from neuroloom.flows.designs import yosys
from neuroloom.flows.formal import model
from neuroloom.flows.simulation import icarus, verilator
from neuroloom.flows.simulation.bulk.run import SIMULATION_SECONDS
from neuroloom.flows.synthesis.targets import TARGETS
from neuroloom.flows.tools.errors import ToolFailed, ToolTimeout, UsageError
from neuroloom.flows.tools.process import OptionLimit, ToolLimit, run

GREEDY = """
held = []
while True:
    held.append(bytearray(1 << 24))
"""


def python(code: str, log: Path, seconds: float = 20.0) -> None:
    run([sys.executable, "-c", code], log, seconds)


def test_a_program_that_takes_too_much_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEUROLOOM_MEMORY_MB", "300")
    with pytest.raises(ToolFailed, match="ran out of memory: it may take 300 MB"):
        python(GREEDY, tmp_path / "log")
    python("held = bytearray(1 << 26)", tmp_path / "log")


def test_a_wrong_memory_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEUROLOOM_MEMORY_MB", "much")
    with pytest.raises(UsageError, match="a number of megabytes, not 'much'"):
        python("pass", tmp_path / "log")


def test_a_program_that_fails_is_quoted(tmp_path: Path) -> None:
    with pytest.raises(ToolFailed, match=r"failed with status 3.*\n.*so it is"):
        python("print('so it is'); raise SystemExit(3)", tmp_path / "log")


def test_a_program_that_is_killed_is_said_to_be(tmp_path: Path) -> None:
    with pytest.raises(ToolFailed, match="killed by signal 9"):
        python("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", tmp_path / "log")


def test_a_program_that_never_ends_is_ended_with_its_children(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    child = f"import time, pathlib; time.sleep(2); pathlib.Path({str(mark)!r}).touch()"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    with pytest.raises(ToolTimeout, match="stopped after 1 s without an end"):
        python(code, tmp_path / "log", seconds=1.0)
    time.sleep(2.5)
    assert not mark.exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_run_that_is_ended_ends_what_other_threads_wait_for(
    tmp_path: Path, number: signal.Signals
) -> None:
    begun, mark = tmp_path / "begun", tmp_path / "mark"
    tool = (
        f"import time, pathlib; pathlib.Path({str(begun)!r}).touch(); time.sleep(2); "
        f"pathlib.Path({str(mark)!r}).touch()"
    )
    code = f"""
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from neuroloom.flows.tools.process import run
from neuroloom.flows.tools.started import ended_on_signals
for each in signal.SIGINT, signal.SIGHUP:
    signal.signal(each, signal.SIG_DFL)  # whatever this test was started by
command = [sys.executable, "-c", {tool!r}]
with ended_on_signals(), ThreadPoolExecutor(1) as pool:
    for index in range(3):
        pool.submit(run, command, Path({str(tmp_path)!r}) / f"log{{index}}", 20.0)
"""
    with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE) as program:
        while not begun.exists():
            time.sleep(0.05)
        program.send_signal(number)
        program.communicate(timeout=10)
    assert program.returncode == 128 + number
    time.sleep(2.5)
    assert not mark.exists() and not (tmp_path / "log1").exists()


def test_limits_of_tools_are_the_users_to_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = "import time; time.sleep(1.5)"
    with pytest.raises(
        ToolTimeout,
        match=r"stopped after 0.2 s without an end; NEUROLOOM_TOOL_SECONDS allows more$",
    ):
        python(slow, tmp_path / "log", ToolLimit(0.2))
    monkeypatch.setenv("NEUROLOOM_TOOL_SECONDS", "20")
    python(slow, tmp_path / "log", ToolLimit(0.2))
    with pytest.raises(ToolTimeout) as caught:  # a limit with an option of its own
        python(slow, tmp_path / "log", 0.2)
    assert str(caught.value).endswith("was stopped after 0.2 s without an end")
    with pytest.raises(ToolTimeout, match=r"end; --time-limit allows more$"):
        python(slow, tmp_path / "log", OptionLimit(0.2))
    monkeypatch.setenv("NEUROLOOM_TOOL_SECONDS", "1")
    with pytest.raises(ToolTimeout):
        python("import time; time.sleep(9)", tmp_path / "log", ToolLimit(100.0))
    monkeypatch.setenv("NEUROLOOM_TOOL_SECONDS", "soon")
    with pytest.raises(UsageError, match="a number of seconds, not 'soon'"):
        python("pass", tmp_path / "log", ToolLimit(100.0))


def test_every_tool_has_a_limit_that_can_be_changed() -> None:
    placed = [each.placement.seconds for each in TARGETS.values() if each.placement]
    limits = [
        verilator.COMPILE_SECONDS,
        icarus.COMPILE_SECONDS,
        yosys.SYNTHESIS_SECONDS,
        opensta.SECONDS,
        model.TRANSLATION_SECONDS,
        SIMULATION_SECONDS,
        *placed,
    ]
    assert placed and all(isinstance(each, ToolLimit) for each in limits)


def test_the_option_is_for_all_that_is_started(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("NEUROLOOM_TOOL_SECONDS", "7")
    monkeypatch.setattr("neuroloom.flows.designs.yosys.WORKER", "import time; time.sleep(60)")
    given = ["synth", "popcount", "width=4", "--target", "gates"]
    status, _, error = cli_run(capsys, "--tool-limit", "1", *given)
    assert status == 1 and "was stopped after 1 s without an end" in error
    status, _, error = cli_run(capsys, "--tool-limit", "0", *given)
    assert status == 2 and "--tool-limit" in error


def test_a_program_that_cannot_be_started_is_a_sentence(tmp_path: Path) -> None:
    program = tmp_path / "program"
    for text, mode, reason in (
        ("", 0o755, "Exec format error"),
        ("#!/bin/sh\n", 0o644, r"Permission denied; is its disk mounted noexec\?"),
        ("#!/nowhere\n", 0o755, "No such file or directory"),
    ):
        program.write_text(text)
        program.chmod(mode)
        with pytest.raises(ToolFailed, match=f"{program} cannot be started: {reason}"):
            run([program], tmp_path / "log", 5.0)


def test_a_full_disk_is_said_in_place_of_what_the_tool_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = "import sys; print('write: No space left on device', file=sys.stderr); sys.exit(1)"
    sentence = f"^python.* found no space left on the disk of {tmp_path}; free some there, .*$"
    with pytest.raises(ToolFailed, match=sentence):
        python(code, tmp_path / "log")
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=0))
    with pytest.raises(ToolFailed, match=sentence):  # as when there was none left for the words
        python("raise SystemExit(1)", tmp_path / "log")
    python("pass", tmp_path / "log")


LOADING = """
import signal
import sys
import time
from importlib.abc import MetaPathFinder

class Slow(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "neuroloom.flows.cli":
            print("loading", flush=True)
            time.sleep(20)

signal.signal(signal.SIGINT, signal.default_int_handler)
sys.meta_path.insert(0, Slow())
from neuroloom.flows.__main__ import main
main()
"""


def test_an_interrupt_while_the_command_is_loaded_ends_in_silence() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", LOADING], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as program:
        assert program.stdout is not None and program.stdout.readline() == b"loading\n"
        program.send_signal(signal.SIGINT)
        _, error = program.communicate(timeout=15)
    assert program.returncode == -signal.SIGINT and error == b""
