"""Temporary folders tell whose they are, and those of dead processes go."""

import ast
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from neuroloom import flows
from neuroloom.flows.designs import yosys
from neuroloom.flows.tools.owned import owned, scratch_folder

STAY = """
import time
from neuroloom.flows.tools.owned import scratch_folder
with scratch_folder() as folder:
    (folder / "part").touch()
    print(folder.name, flush=True)
    time.sleep(600)
"""
LOOK = """
from neuroloom.flows.tools.owned import scratch_folder
with scratch_folder() as folder:
    print(*sorted(each.name for each in folder.parent.iterdir() if each != folder))
"""


def test_folders_of_killed_library_calls_go_with_the_next_one(tmp_path: Path) -> None:
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-c", STAY], env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        left = process.stdout.readline().strip()
        others = sorted(
            [f"{owned('neuroloom-')}mine", "neuroloom-results", "neuroloom-01234567-1-1-elsewhere"]
        )
        for name in others:
            (tmp_path / name).mkdir()

        def look() -> list[str]:
            command = [sys.executable, "-c", LOOK]
            return subprocess.check_output(command, env=environment, text=True).split()

        assert look() == sorted([left, *others])
        process.kill()
        process.wait()
    assert (tmp_path / left / "part").exists()
    assert look() == others


def test_a_tool_works_in_a_folder_with_an_owner(monkeypatch: pytest.MonkeyPatch) -> None:
    class Seen(Exception):
        pass

    def look(folder: Path, *_: object) -> None:
        raise Seen(folder.name)

    monkeypatch.setattr(yosys, "run_passes", look)
    with pytest.raises(Seen, match=owned("neuroloom-")):
        yosys.synthesize("", "top", [])


def test_what_is_in_a_folder_goes_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with scratch_folder() as folder:
        (folder / "deep").mkdir()
        assert folder.parent == tmp_path
    assert not list(tmp_path.iterdir())


MAKING = ("TemporaryDirectory", "mkdtemp", "mkstemp", "NamedTemporaryFile")
"""Functions that make something temporary."""


def test_every_temporary_name_has_an_owner() -> None:
    found = 0
    for file in Path(*flows.__path__).rglob("*.py"):
        text = file.read_text()
        if not any(name in text for name in MAKING):
            continue
        for node in ast.walk(ast.parse(text)):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            if node.func.attr in MAKING:
                prefixes = [each.value for each in node.keywords if each.arg == "prefix"]
                named = [ast.unparse(each) for each in prefixes]
                assert [each.startswith("owned(") for each in named] == [True], file
                found += 1
    assert found >= 4
