"""Nothing that stands in a file or is typed is obeyed by a terminal."""

from pathlib import Path

import pytest
from rich.text import Text
from support import made_reports as made
from support.command_line import run

from neuroloom.flows.designs.report import SynthesisReport
from neuroloom.flows.tools import terminal
from neuroloom.golden.wording import visible

EVIL = "a\x1b[31m\nb\x9b2J\u202ec\r\x07"
HARMLESS = r"a\x1b[31m\nb\x9b2J\u202ec\r\x07"


def test_control_characters_are_spelt_out() -> None:
    assert visible(EVIL) == HARMLESS
    assert visible("µm² – 1 … 4096 ★\n", "\n") == "µm² – 1 … 4096 ★\n"


def test_reports_of_others_are_harmless(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terminal.out, "_width", 300)
    target = made.gates(9).model_copy(update={"target": f"t{EVIL}", "warnings": (f"w{EVIL}",)})
    target = target.model_copy(update={"resources": {f"r{EVIL}": 5}})
    other = made.gates(8).model_copy(update={"operation": f"o{EVIL}"})
    assert other.method is not None
    method = other.method.model_copy(update={"tool": f"k{EVIL}"})
    other = other.model_copy(update={"method": method})
    for name, each, macro in (("a", target, f"m{EVIL}"), ("b", other, "n")):
        report = SynthesisReport(
            macro=macro,
            spec={f"f{EVIL}": f"v{EVIL}{name}"},
            targets=(each,),
            failures={f"x{EVIL}": f"y{EVIL}"},
            warnings=(f"z{EVIL}",),
        )
        (tmp_path / f"{name}.json").write_text(report.model_dump_json())
    status, text, error = run(capsys, "compare", str(tmp_path / "a.json"), str(tmp_path / "b.json"))
    assert status == 0
    for place in "tmfvywk":
        assert f"{place}{HARMLESS}" in text, place
    for sign in "\x1b\x9b\u202e\r\x07":
        assert sign not in text + error
    assert f"z{HARMLESS}" in error


@pytest.mark.parametrize("console", ["out", "err"])
def test_whatever_is_printed_is_harmless(console: str, capsys: pytest.CaptureFixture[str]) -> None:
    paper = getattr(terminal, console)
    paper.print(EVIL, soft_wrap=True)
    paper.print(Text(EVIL, "bold"), soft_wrap=True)
    terminal.warn(EVIL)
    paper.print(terminal.table((f"h{EVIL}",), [(EVIL,), (Text(EVIL),)], EVIL))
    with terminal.progress(EVIL) as advance:
        advance(f"x{EVIL}")
    text = "".join(capsys.readouterr())
    for sign in "\x1b\x9b\u202e\r\x07":
        assert sign not in text
    assert text.count(r"\x1b[31m") >= 8


def test_messages_are_harmless(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(f"{EVIL}.toml").write_text("width = ")
    status, _, error = run(capsys, "show", "popcount", "--spec", f"{EVIL}.toml")
    assert status == 2 and r"\x1b[31m" in error and "\x1b" not in error and "\r" not in error
