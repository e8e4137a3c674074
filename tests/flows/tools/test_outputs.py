"""Folders are tried before the work, what was computed is printed, and nothing is half there."""

import errno
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support import made_reports as made
from support.command_line import run

from neuroloom.flows.designs.report import SynthesisReport
from neuroloom.flows.networks import convolutional_file
from neuroloom.flows.networks.convolutional import ConvolutionalNetwork, FullyConnected, Image
from neuroloom.flows.tools.errors import OutputFailed, UsageError
from neuroloom.flows.tools.writing import ASIDE, output_folder, written_aside

COMMAND = [sys.executable, "-c", "from neuroloom.flows import cli; cli.main()"]
FULL = "No space left on device; free some space there, or name another folder"


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with what commands read."""
    monkeypatch.chdir(tmp_path)
    network = ConvolutionalNetwork(
        name="small",
        image=Image(height=2, width=2, channels=1),
        layers=(FullyConnected(name="FC", channels=3),),
    )
    convolutional_file.save(network, tmp_path / "network.json")
    report = SynthesisReport(macro="popcount", spec={}, targets=(made.gates(9),), failures={})
    (tmp_path / "report.json").write_text(report.model_dump_json())
    return tmp_path


QUICK = {
    "generate popcount width=4 -o new/out": "",
    "synth popcount width=4 --target gates -o new/out": "gates",
    "sweep popcount width=4 --target gates -o new/out": "1 point computed",
    "map network.json -o new/out": "small on",
    "compare report.json report.json -o new/out": "9",
    "prove arbiter requesters=2 --waves new/out": "requester 1 is granted",
    "verify popcount width=4 --operations 5 --simulator amaranth --only -o new/out": "passed",
    "verify popcount width=4 --simulator amaranth --only --junit new/out/j.xml": "passed",
    "verify popcount width=4 --simulator amaranth --only --coverage new/out/c.xml": "passed",
    "verify popcount width=4 --operations 5 --simulator amaranth --waves new/out": "passed",
}
"""A command, and what it prints of its result."""


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that takes files, and nothing into those that are written aside."""

    def opened(file: Any, mode: str = "r", *rest: Any, **options: Any) -> Any:
        if ASIDE in str(file) and set(mode) & set("wax"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return usual(file, mode, *rest, **options)

    usual = io.open
    monkeypatch.setattr(io, "open", opened)
    monkeypatch.setattr("builtins.open", opened)


@pytest.mark.parametrize("command", QUICK)
@pytest.mark.flow
def test_a_full_disk_is_one_sentence_after_the_result(
    command: str, given: Path, full_disk: None, capsys: pytest.CaptureFixture[str]
) -> None:
    status, text, error = run(capsys, *command.split())
    assert status == 1
    assert error.splitlines()[-1] == f"neuroloom: cannot write to new/out: {FULL}"
    assert "Traceback" not in error and QUICK[command] in text and "written:" not in text
    left = [file for file in given.rglob("*") if "points" not in file.parts]
    assert {file.name for file in left} <= {
        "network.json",
        "report.json",
        "new",
        "out",
        "sweep.log",
    }
    assert (given / "new").exists() is ("sweep" in command)


@pytest.mark.parametrize(
    "command",
    [
        "synth popcount width=4 --target gates -o out --json",
        "sweep popcount width=4 --target gates -o out --json",
        "map network.json -o out --json",
    ],
)
def test_the_document_is_printed_though_it_cannot_be_written(
    command: str, given: Path, full_disk: None, capsys: pytest.CaptureFixture[str]
) -> None:
    status, text, error = run(capsys, *command.split())
    assert (status, json.loads(text)["files"]) == (1, [])
    assert error.endswith(f"cannot write to out: {FULL}\n")


SIMULATE = "neuroloom.flows.simulation.bulk.simulate.simulate"
SLOW = {
    "synth popcount -o file/out": "neuroloom.flows.synthesis.synthesize.synthesize",
    "sweep popcount -o file/out": "neuroloom.flows.sweep.run.sweep",
    "map network.json -o file/out": "neuroloom.flows.mapping.imc.study.study",
    "reproduce bnn -o file/out": "neuroloom.flows.reproduce.systems.reproduce",
    "simulate popcount --random 5 -o file/out": SIMULATE,
    "simulate popcount --random 5 --waves file/out/x.vcd": SIMULATE,
    "generate popcount -o file/out": "neuroloom.flows.generate.emit",
    "demo -o file/out": "neuroloom.flows.demo._train",
    "results file/out": "neuroloom.flows.benchmarks.measure.sweep",
    "simulation-rates file/out": "neuroloom.flows.benchmarks.simulation_rates.measure_rate",
    "import x.onnx -o file/out/x.toml": "neuroloom.flows.importing.import_network.import_network",
    "verify popcount --waves file/out": "neuroloom.flows.verify.verify",
    "verify popcount -o file/out": "neuroloom.flows.verify.verify",
    "verify popcount --junit file/out/x.xml": "neuroloom.flows.verify.verify",
    "verify popcount --coverage file/out/x.xml": "neuroloom.flows.verify.verify",
    "verify popcount --random 2 -o file/out": "neuroloom.flows.regression.run.regress",
    "verify popcount --random 2 --keep file/out/x.json": "neuroloom.flows.regression.run.regress",
    "prove arbiter --waves file/out": "neuroloom.flows.formal.prove.prove",
}
"""A command, and the work that it must not begin."""


@pytest.mark.parametrize("command", SLOW)
def test_the_folder_is_tried_before_the_work(
    command: str, given: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (given / "file").write_text("not a folder")

    def work(*_: object, **__: object) -> None:
        pytest.fail("the work was begun")

    monkeypatch.setattr(SLOW[command], work)
    status, _, error = run(capsys, *command.split())
    assert status == 2
    assert error.splitlines()[-1] == "neuroloom: cannot write to file/out: Not a directory"


def test_folders_that_stay_empty_go_again(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="so it is"), output_folder(tmp_path / "a" / "b"):
        raise ValueError("so it is")
    assert not list(tmp_path.iterdir())
    (tmp_path / "mine").mkdir()
    with output_folder(tmp_path / "mine" / "c"):
        (tmp_path / "mine" / "c" / "file").touch()
    assert (tmp_path / "mine" / "c" / "file").exists()


def test_a_folder_in_the_place_of_a_file_is_said_before_any_file_is_moved(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    with pytest.raises(UsageError, match="b: it is a folder"), written_aside(tmp_path) as aside:
        (aside / "a").write_text("new")
        (aside / "b").write_text("new")
    assert [each.name for each in tmp_path.iterdir()] == ["b"]


def test_what_a_dead_process_was_writing_is_removed(tmp_path: Path) -> None:
    code = (
        "from neuroloom.flows.tools.writing import written_aside\n"
        "from pathlib import Path; import os, sys\n"
        "with written_aside(Path(sys.argv[1])) as aside:\n (aside / 'x').touch(); os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", code, tmp_path], check=True)
    assert len(list(tmp_path.glob(f"{ASIDE}*"))) == 1
    with written_aside(tmp_path) as aside:
        (aside / "y").touch()
    assert [each.name for each in tmp_path.iterdir()] == ["y"]


@pytest.mark.parametrize("command", ["list", "list --json", "show popcount", "--help"])
def test_an_output_that_takes_nothing(command: str) -> None:
    with open("/dev/full", "w") as full:  # noqa: PTH123
        done = subprocess.run([*COMMAND, *command.split()], stdout=full, stderr=subprocess.PIPE)
    said = b"neuroloom: cannot write to standard output: No space left on device\n"
    assert (done.returncode, done.stderr) == (1, said)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """Makes a real file system of so many kilobytes; skipped where that is not permitted."""
    place = tmp_path / "disk"
    place.mkdir()

    def mount(kilobytes: int) -> Path:
        options = ["-t", "tmpfs", "-o", f"size={kilobytes}k", "none", str(place)]
        if subprocess.run(["mount", *options], capture_output=True, check=False).returncode:
            pytest.skip("file systems cannot be mounted here")
        return place

    yield mount
    subprocess.run(["umount", str(place)], capture_output=True, check=False)


@pytest.mark.flow
@pytest.mark.parametrize("kilobytes", [4, 8, 16, 40])
@pytest.mark.parametrize("command", [each for each in QUICK if "verify" not in each])
def test_a_real_full_disk(
    command: str, kilobytes: int, given: Path, small_disk: Callable[[int], Path]
) -> None:
    disk = small_disk(kilobytes)
    words = [str(disk / "out") if word == "new/out" else word for word in command.split()]
    done = subprocess.run([*COMMAND, *words], capture_output=True, text=True, check=False)
    files = [file for file in disk.rglob("*") if file.is_file() and "points" not in file.parts]
    if done.returncode == 0:  # there was room enough
        assert files
        return
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith(f"neuroloom: cannot write to {disk}") and FULL in last
    assert "Traceback" not in done.stderr and QUICK[command] in done.stdout
    whole = {file.name for file in files if file.suffix == ".vcd"}  # each is a result by itself
    assert {file.name for file in files} - whole <= {"sweep.log"}


@pytest.mark.flow
@pytest.mark.parametrize("kilobytes", [4, 400])
def test_a_cache_on_a_full_disk(
    kilobytes: int, given: Path, small_disk: Callable[[int], Path]
) -> None:
    disk = small_disk(kilobytes)
    done = subprocess.run(
        [*COMMAND, "synth", "popcount", "width=4", "--target", "predictive-45"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "NEUROLOOM_CACHE": str(disk)},
    )
    if done.returncode:
        assert done.returncode == 1 and "Traceback" not in done.stderr
        assert f"cannot write to the cache {disk}: No space left on device; " in done.stderr
        assert not list(disk.glob("liberty-*"))
    assert kilobytes > 4 or done.returncode
    assert not list(disk.glob(".building-*"))


def test_other_errors_pass_as_they_are(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), written_aside(tmp_path):
        (tmp_path / "missing").read_text()
    with pytest.raises(OutputFailed, match="Input/output error"), written_aside(tmp_path):
        raise OSError(errno.EIO, os.strerror(errno.EIO))


@pytest.mark.parametrize(
    ("words", "closed", "status"),
    [("list", ">&-", 0), ("show bogus", ">&-", 2), ("show bogus", "2>&-", 2), ("list", "<&-", 0)],
)
def test_closed_streams_change_no_status(words: str, closed: str, status: int) -> None:
    command = f'exec "$0" -m neuroloom.flows {words} {closed}'
    done = subprocess.run(
        ["sh", "-c", command, sys.executable], capture_output=True, text=True, check=False
    )
    assert done.returncode == status, done
    assert "Traceback" not in done.stderr
    assert ("no macro" in done.stdout + done.stderr) is (words == "show bogus" and closed != "2>&-")
