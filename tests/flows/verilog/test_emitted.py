"""Emitted Verilog is kept by specification and code, and by nothing less."""

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from neuroloom.flows.macros import by_code
from neuroloom.flows.tools.cache import cache_folder
from neuroloom.flows.verilog import emitted
from neuroloom.flows.verilog.emit import Emitted, emit
from neuroloom.flows.verilog.emitted import CODE, emitted_verilog
from neuroloom.golden.arith.popcount import PopcountSpec
from neuroloom.golden.spec import Spec


@pytest.fixture(autouse=True)
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Spec]]:
    """What was emitted, with a cache of its own."""
    monkeypatch.setenv("NEUROLOOM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(by_code, "_begun", lambda: float("inf"))  # however new the tree is
    made: list[Spec] = []

    def counted(spec: Spec) -> Emitted:
        made.append(spec)
        return emit(spec)

    monkeypatch.setattr(emitted, "emit", counted)
    yield made
    by_code.code_digest.cache_clear()


class ForeignSpec(PopcountSpec):
    """Of code that is not the project's."""


def test_the_same_is_emitted_once(calls: list[Spec]) -> None:
    for width in (5, 6, 5, 6):
        spec = PopcountSpec(width=width)
        assert emitted_verilog(spec) == emit(spec).verilog
    assert calls == [PopcountSpec(width=5), PopcountSpec(width=6)]


def test_damaged_text_is_emitted_anew(
    calls: list[Spec], capsys: pytest.CaptureFixture[str]
) -> None:
    spec = PopcountSpec(width=5)
    text = emitted_verilog(spec)
    (file,) = cache_folder().glob("verilog-popcount-*/text")
    file.write_text(text.replace("endmodule", ""))
    assert emitted_verilog(spec) == text and len(calls) == 2
    assert "is damaged (text has changed); it is made anew" in capsys.readouterr().err


def test_changed_code_is_other_code(
    calls: list[Spec], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies = tuple(tmp_path / place.name for place in by_code._places(CODE))
    for place, copy in zip(by_code._places(CODE), copies, strict=True):
        shutil.copytree(place, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(by_code, "_known", lambda *_: True)
    monkeypatch.setattr(by_code, "_places", lambda _: copies)
    spec = PopcountSpec(width=5)
    for change in (
        None,
        None,
        copies[0] / "formats.py",
        copies[1] / "arith" / "popcount.py",
        copies[2] / "writer.py",
        copies[1] / "arith" / "new.py",
    ):
        if change is not None:
            with change.open("a") as file:
                file.write("# another one\n")
        by_code.code_digest.cache_clear()
        emitted_verilog(spec)
    assert len(calls) == 5


def test_code_that_changes_meanwhile_is_not_kept(
    calls: list[Spec], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stamps = iter([{tmp_path: 1.0}, {tmp_path: 2.0}])
    spec = PopcountSpec(width=5)
    by_code.code_digest(CODE)
    monkeypatch.setattr(by_code, "_stamps", lambda _: next(stamps))
    assert emitted_verilog(spec) == emit(spec).verilog
    assert not list(cache_folder().iterdir())


def test_code_edited_since_the_start_is_not_trusted(
    calls: list[Spec], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(by_code, "_begun", lambda: 0.0)
    for _ in range(2):
        emitted_verilog(PopcountSpec(width=5))
    assert len(calls) == 2 and not cache_folder().exists()


def test_macros_of_others_are_emitted_each_time(calls: list[Spec]) -> None:
    assert by_code._of_the_tree(PopcountSpec(), CODE)
    assert not by_code._of_the_tree(ForeignSpec(), CODE)
    assert not by_code._of_the_tree({"parts": [(ForeignSpec(), 1)]}, CODE)
    for _ in range(2):
        assert emitted_verilog(ForeignSpec(width=5)) == emit(PopcountSpec(width=5)).verilog
    assert len(calls) == 2 and not cache_folder().exists()


def test_when_this_process_began() -> None:
    code = "from neuroloom.flows.macros import by_code; print(by_code._begun())"
    before = time.time()
    begun = float(subprocess.check_output([sys.executable, "-c", code]))
    assert before - 0.1 <= begun <= time.time()
