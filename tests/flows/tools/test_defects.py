"""What nobody foresaw: a sentence, status 1, and the traceback kept for those who mend it."""

import errno
import os
from pathlib import Path

import pytest
from support.odd_words import called

from neuroloom.flows.macros import catalogue
from neuroloom.flows.tools import defects
from neuroloom.flows.tools.errors import NeuroloomError, UsageError, as_sentence


def broken(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fails(_: str) -> None:
        raise error

    monkeypatch.setattr(catalogue, "macro", fails)


def test_a_defect_is_a_sentence_and_its_traceback_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEUROLOOM_CACHE", str(tmp_path / "cache"))
    broken(monkeypatch, IndexError("place 3" + "x" * 10_000))
    status, said = called(["show", "popcount"])
    file = tmp_path / "cache" / defects.DETAILS
    assert status == 1
    assert said.startswith(
        "neuroloom: a defect of neuroloom, not of what it was given: IndexError: place 3xxx"
    )
    assert f"details are in {file}, and NEUROLOOM_TRACEBACK=1 shows where" in said
    assert said.count("\n") == 1 and len(said) < 1000
    kept = file.read_text()
    assert "'show' 'popcount'" in kept
    assert "Traceback" in kept and "in fails" in kept and "IndexError" in kept


def test_a_defect_shows_where_it_is_on_demand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEUROLOOM_CACHE", str(tmp_path / "file" / "cache"))
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv(defects.SHOWN, "1")
    broken(monkeypatch, IndexError("place 3"))
    status, said = called(["show", "popcount"])
    assert status == 1
    assert "Traceback" in said and "in fails" in said
    assert said.rstrip().endswith("IndexError: place 3; NEUROLOOM_TRACEBACK=1 shows where")


@pytest.mark.parametrize(
    ("error", "status", "sentence"),
    [
        (OSError(errno.ENAMETOOLONG, "File name too long", "x" * 300), 2, "xxx"),
        (PermissionError(errno.EACCES, "Permission denied", "a"), 2, "'a': Permission denied"),
        (OSError(errno.EIO, "Input/output error", "a"), 1, "'a': Input/output error"),
        (MemoryError(), 1, "there is not enough memory"),
        (UsageError("wrong"), 2, "wrong"),
    ],
)
def test_what_the_system_refuses_is_a_sentence(
    error: Exception, status: int, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken(monkeypatch, error)
    found, said = called(["show", "popcount"])
    assert (found, said.count("\n")) == (status, 1)
    assert said.startswith("neuroloom: ") and sentence in said and len(said) < 200


def test_others_are_no_sentence() -> None:
    assert as_sentence(IndexError()) is None
    assert isinstance(as_sentence(OSError("odd")), NeuroloomError)
    assert os.environ.get(defects.SHOWN) is None
