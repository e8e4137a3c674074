"""Macros that lie outside the tree: found, used by every command, and refused in a sentence."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.command_line import run
from support.guides import files, put

from neuroloom.flows.macros import index
from neuroloom.flows.macros.outside import GROUP, VARIABLE

FACES = ("golden/", "hdl/", "verif/")
MACRO = "golden/arith/running_peak.py"


def renamed(text: str) -> str:
    """The example of the guide under another name, for whoever has put it into the tree."""
    return text.replace("running_max", "running_peak").replace("RunningMax", "RunningPeak")


GUIDE = {
    renamed(name): renamed(text)
    for name, text in files("adding-a-macro.md").items()
    if name.startswith(FACES)
}
SMALL = ("running_peak", "window=3", "bits=2")


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the faces that the guide shows, which the variable names."""
    folder = tmp_path / "mine"
    put(GUIDE, folder)
    monkeypatch.setenv(VARIABLE, str(folder))
    return folder


def start(folder: Path, *words: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """A command in a process of its own, which has imported nothing before."""
    return subprocess.run(
        [sys.executable, "-m", "neuroloom.flows", *words],
        cwd=folder,
        env={**os.environ, "COLUMNS": "300", **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def done(folder: Path, *words: str, **variables: str) -> str:
    process = start(folder, *words, **variables)
    assert process.returncode == 0, f"{words}: {process.stdout}{process.stderr}"
    return process.stdout


def told(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """The sentence that refuses a command."""
    status, text, error = run(capsys, *words)
    assert (status, text, error.count("\n")) == (2, "", 1)
    return error.removeprefix("neuroloom: ").rstrip()


def installed(package: str, place: Path) -> None:
    """What pip leaves of a distribution that names a package of macros."""
    (place / package).mkdir(parents=True, exist_ok=True)
    (place / package / "__init__.py").write_text('"""Macros of mine."""\n')
    record = place / "mine-1.0.dist-info"
    record.mkdir()
    (record / "METADATA").write_text("Metadata-Version: 2.1\nName: mine\nVersion: 1.0\n")
    (record / "entry_points.txt").write_text(f"[{GROUP}]\nmine = {package}\n")


@pytest.mark.flow
def test_all_commands_know_a_macro_outside(mine: Path, tmp_path: Path) -> None:
    assert "running_peak" in done(tmp_path, "list")
    assert "greatest value of every window" in done(tmp_path, "show", "running_peak")
    relative = {VARIABLE: mine.name}  # simulators run in folders of their own
    done(tmp_path, "generate", *SMALL, "-o", "out", **relative)
    assert "module running_peak" in (tmp_path / "out" / "running_peak.v").read_text()
    found = json.loads(done(tmp_path, "verify", *SMALL, "--only", "--json", **relative))
    assert found["passed"]
    done(tmp_path, "verify", *SMALL, "--simulator", "amaranth")
    assert "proved" in done(tmp_path, "prove", *SMALL)
    synthesized = done(tmp_path, "synth", *SMALL, "--target", "gates", "--json")
    assert json.loads(synthesized)["targets"][0]["resources"]["gates"] > 20
    mutants = done(tmp_path, "mutate", *SMALL, "--most", "4", "--json")
    found = json.loads(mutants)["source"]
    assert (found["tried"], found["unreached"], found["killed"]) == (4, 0, 4)


@pytest.mark.flow
def test_an_installed_package_names_itself(tmp_path: Path) -> None:
    """Its areas need not be those of the tree."""
    place = tmp_path / "site"
    installed("my_macros", place)
    own = {
        name.replace("arith", "sequences"): text.replace("golden.arith", "golden.sequences")
        for name, text in GUIDE.items()
    }
    put(own, place / "my_macros")
    path = {"PYTHONPATH": str(place)}
    assert "sequences" in done(tmp_path, "list", **path)
    found = done(tmp_path, "verify", *SMALL, "--only", "--json", **path)
    assert json.loads(found)["passed"]
    assert "proved" in done(tmp_path, "prove", *SMALL, **path)


@pytest.mark.flow
def test_the_index_follows_what_lies_outside(mine: Path, tmp_path: Path) -> None:
    cache = {"NEUROLOOM_CACHE": str(tmp_path / "cache")}
    assert "greatest value of every window" in done(tmp_path, "list", **cache)
    file = mine / MACRO
    file.write_text(file.read_text().replace("greatest value of every", "top value of each"))
    assert "top value of each window" in done(tmp_path, "list", **cache)
    other = mine / "golden" / "arith" / "running_top.py"
    other.write_text(file.read_text().replace('"running_peak"', '"running_top"'))
    assert "running_top" in done(tmp_path, "list", **cache)
    other.unlink()
    assert "running_top" not in done(tmp_path, "list", **cache)
    assert "running_peak" not in done(tmp_path, "list", **cache, **{VARIABLE: ""})


def test_a_name_twice_is_refused_with_both_places(
    mine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = mine / MACRO
    file.write_text(file.read_text().replace('"running_peak"', '"popcount"'))
    assert told(capsys, "show", "popcount") == (
        f"two macros are called popcount, in {index.GOLDEN / 'arith' / 'popcount.py'} and in "
        f"{file}; give one of them another name"
    )


def test_a_file_of_the_tree_is_not_replaced(mine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = (mine / MACRO).rename(mine / "golden" / "arith" / "popcount.py")
    assert told(capsys, "list") == (
        f"{file} would take the place of {index.GOLDEN / 'arith' / 'popcount.py'}; "
        "give it another name"
    )


def test_hardware_of_the_tree_is_not_replaced(
    mine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = mine / "hdl" / "arith" / "adders.py"
    file.write_text("")
    error = told(capsys, "list")
    assert error.startswith(f"{file} would take the place of ") and "hdl/arith/adders.py" in error


def test_a_missing_folder_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "away"))
    assert told(capsys, "list").startswith(f"$NEUROLOOM_PATH names {tmp_path / 'away'}, which is")
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    assert "which holds no folder golden" in told(capsys, "show", "popcount")


def test_an_entry_point_without_its_package_is_a_sentence(tmp_path: Path) -> None:
    installed("my_macros", tmp_path)
    (tmp_path / "my_macros" / "__init__.py").unlink()
    (tmp_path / "my_macros").rmdir()
    process = start(tmp_path, "list", PYTHONPATH=str(tmp_path))
    assert process.returncode == 2
    assert process.stderr == (
        "neuroloom: the entry point mine of the group neuroloom.macros names my_macros, which is "
        "no package that is installed; install what it belongs to again, or uninstall it\n"
    )


@pytest.mark.parametrize(
    ("face", "words"),
    [
        ("hdl/arith/running_peak.py", ("generate", "running_peak")),
        ("verif/arith/running_peak.py", ("verify", "running_peak")),
    ],
)
def test_a_missing_face_is_a_sentence(
    face: str, words: tuple[str, ...], mine: Path, tmp_path: Path
) -> None:
    (mine / face).unlink()
    process = start(tmp_path, *words)
    assert (process.returncode, process.stdout) == (2, "")
    assert process.stderr.startswith(
        f"neuroloom: running_peak lacks {mine / face}, which holds the"
    )


def test_proofs_that_are_not_there_are_a_sentence(mine: Path, tmp_path: Path) -> None:
    (mine / "verif/arith/running_peak_properties.py").unlink()
    process = start(tmp_path, "prove", "running_peak")
    assert process.returncode == 2 and "has no properties to prove" in process.stderr


@pytest.mark.parametrize(
    ("text", "says"),
    [("class (", ", line 1: invalid syntax"), ("import no_such_thing", "line 1: ModuleNotFound")],
)
def test_broken_code_is_a_sentence(text: str, says: str, mine: Path, tmp_path: Path) -> None:
    file = mine / MACRO
    file.write_text(f"{text}\n{file.read_text()}")
    process = start(tmp_path, "show", "running_peak")
    assert process.returncode == 2
    assert process.stderr.startswith(f"neuroloom: {file}") and says in process.stderr
