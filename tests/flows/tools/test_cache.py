"""The cache: what is damaged is made anew and said so, what is abandoned is removed."""

import errno
import fcntl
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support.places import ROOT

from neuroloom.flows.tools import cache
from neuroloom.flows.tools.cache import cache_folder, cached_folder
from neuroloom.flows.tools.errors import OutputFailed, UsageError
from neuroloom.flows.tools.owned import owned


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEUROLOOM_CACHE", str(tmp_path / "cache"))


def made(calls: list[int]) -> Path:
    """A folder with a program, a large file and a folder of one file."""

    def make(scratch: Path, result: Path) -> None:
        calls.append(1)
        (scratch / "left over").write_text("x")
        (result / "program").write_text("#!/bin/sh\necho works\n")
        (result / "program").chmod(0o755)
        (result / "data").write_bytes(bytes(100_000))
        (result / "inner").mkdir()
        (result / "inner" / "part").write_text("part")

    return cached_folder("thing", ["one", "two"], make)


def flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 4
    file.write_bytes(content)


DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "bit": (lambda folder: flip(folder / "data"), "data has changed"),
    "bit in a folder": (lambda folder: flip(folder / "inner/part"), "inner/part has changed"),
    "truncated": (lambda folder: os.truncate(folder / "data", 999), "data has changed"),
    "emptied": (lambda folder: os.truncate(folder / "program", 0), "program has changed"),
    "missing": (lambda folder: (folder / "data").unlink(), "data is missing"),
    "not executable": (lambda folder: (folder / "program").chmod(0o644), "program has changed"),
    "no digests": (lambda folder: (folder / "contents.json").unlink(), "contents.json is missing"),
    "empty digests": (
        lambda folder: os.truncate(folder / "contents.json", 0),
        "contents.json cannot be read",
    ),
    "other digests": (
        lambda folder: (folder / "contents.json").write_text('{"format": 1, "key": []}'),
        "contents.json is of another folder",
    ),
    "deep digests": (
        lambda folder: (folder / "contents.json").write_text("[" * 100_000),
        "contents.json cannot be read",
    ),
    "list": (
        lambda folder: (folder / "contents.json").write_text("[]"),
        "contents.json cannot be read",
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_folder_is_made_anew_and_said_so(
    damage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    calls: list[int] = []
    folder = made(calls)
    assert made(calls) == folder and calls == [1]
    act, words = DAMAGES[damage]
    act(folder)
    assert capsys.readouterr().err == ""
    assert made(calls) == folder and calls == [1, 1]
    assert capsys.readouterr().err == f"neuroloom: {folder} is damaged ({words}); it is made anew\n"
    assert subprocess.check_output([folder / "program"], text=True) == "works\n"
    assert made(calls) == folder and calls == [1, 1]
    assert capsys.readouterr().err == ""
    assert [each.name for each in folder.parent.iterdir()] == [folder.name]


def test_digests_are_checked_once_while_the_files_look_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls: list[int] = []
    folder = made(calls)
    monkeypatch.setattr(cache, "_sound", {})
    made(calls)
    monkeypatch.setattr(cache, "_digest", lambda file: pytest.fail(f"{file} is read again"))
    assert made(calls) == folder and calls == [1]


MADE_SLOWLY = """
import sys, time
from pathlib import Path
from neuroloom.flows.tools.cache import cached_folder

def make(scratch, result):
    print("makes", flush=True)
    time.sleep(0.5)
    (result / "data").write_bytes(bytes(1000))

sys.stdin.readline()
folder = cached_folder("slow", ["one"], make)
print((folder / "data").read_bytes() == bytes(1000), flush=True)
"""


@pytest.mark.parametrize("damaged", [False, True], ids=["made", "mended"])
def test_of_processes_that_want_the_same_at_once_one_makes_it(damaged: bool) -> None:
    def make(scratch: Path, result: Path) -> None:
        (result / "data").write_bytes(bytes(1000))

    if damaged:
        os.truncate(cached_folder("slow", ["one"], make) / "data", 10)
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", MADE_SLOWLY],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [process.communicate(timeout=60) for process in processes]
    assert sorted("".join(out for out, _ in said).split()) == ["True"] * 3 + ["makes"]
    (folder,) = cache_folder().iterdir()
    line = f"neuroloom: {folder} is damaged (data has changed); it is made anew\n" * damaged
    assert "".join(words for _, words in said) == line


def test_nobody_is_held_up_for_good(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that was stopped while it made a folder holds its lock."""
    monkeypatch.setattr(cache, "LOCK_SECONDS", 0.1)
    lock = cache_folder() / f"{cache.LOCK}{made([]).name}"
    with lock.open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        calls: list[int] = []
        flip(made(calls) / "data")
        made(calls)
    assert calls == [1]


def test_the_lock_of_a_process_that_died_goes_with_the_next_one() -> None:
    folder = made([])
    left = folder.parent / f"{cache.LOCK}other"
    left.write_bytes(b"")
    flip(folder / "data")
    made([])
    assert [each.name for each in folder.parent.iterdir()] == [folder.name]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_is_one_sentence_and_nothing_is_left(number: int) -> None:
    def make(scratch: Path, result: Path) -> None:
        (result / "half").write_text("x")
        raise OSError(number, os.strerror(number), str(result / "half"))

    with pytest.raises(OutputFailed) as caught:
        cached_folder("thing", ["x"], make)
    assert caught.value.exit_status == 1
    assert str(caught.value) == (
        f"cannot write to the cache {cache_folder()}: {os.strerror(number)}; "
        "set NEUROLOOM_CACHE to a folder you can write to"
    )
    assert not list(cache_folder().iterdir())


def test_a_cache_that_cannot_be_written_to_is_wrong_use(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(UsageError, match=r"cannot write to the cache .*; set NEUROLOOM_CACHE"):
        made([])


def test_what_dead_processes_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    code = (
        "from neuroloom.flows.tools.owned import owned; from pathlib import Path; import sys; "
        "Path(sys.argv[1], owned('.building-') + 'x', 'result').mkdir(parents=True)"
    )
    folder = tmp_path / "cache"
    folder.mkdir()
    subprocess.run([sys.executable, "-c", code, folder], check=True, cwd=ROOT)
    mine = folder / f"{owned('.building-')}x"
    mine.mkdir()
    dead = next(each for each in folder.iterdir() if each != mine)
    elsewhere = folder / (".building-00000000" + dead.name[len(".building-00000000") :])
    elsewhere.mkdir()
    begun_later = folder / f"{owned('.building-').rpartition('-')[0][:-1]}-x"
    begun_later.mkdir()
    old, new = folder / ".building-old", folder / ".building-new"
    for each in (old, new):
        each.mkdir()
    os.utime(old, (0, 0))
    made([])
    left = {each.name for each in folder.iterdir() if each.name.startswith(".building-")}
    assert left == {mine.name, elsewhere.name, new.name}


def test_nothing_is_unpickled() -> None:
    words = ("pickle", "marshal", "shelve", "joblib", "dill", "allow_pickle=True")
    pattern = re.compile(rf"^\s*(?:import|from) (?:{'|'.join(words[:-1])})\b|{words[-1]}", re.M)
    files = [
        file for top in ("golden", "hdl", "verif", "flows") for file in (ROOT / top).rglob("*.py")
    ]
    assert len(files) > 100
    assert not [str(file) for file in files if pattern.search(file.read_text())]
