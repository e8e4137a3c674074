"""Names and paths are printed as they are, brackets and all."""

import json
from pathlib import Path

import pytest
from support.command_line import run

from neuroloom.flows.tools import terminal

ODD = "[red]a[/] [/b] :smile: [link]"


@pytest.mark.parametrize(
    "words",
    [
        ("show", ODD),
        ("show", "popcount", f"{ODD}=1"),
        ("show", "popcount", f"style={ODD}"),
        ("show", "popcount", "--spec", f"{ODD}.toml"),
        ("reproduce", ODD),
        ("compare", ODD, ODD),
        ("map", f"{ODD}.json"),
        ("synth", "popcount", "--target", ODD),
        ("synth", "popcount", "--liberty", f"{ODD}.lib"),
        ("synth", "--verilog", f"{ODD}.v", "--top", "a"),
        ("simulate", "popcount", "--traffic", f"{ODD}.npz"),
        ("sweep", "popcount", "width=1,2", "--per", ODD),
        ("verify", "popcount", "--simulator", ODD),
        (ODD,),
    ],
    ids=lambda words: words[0],
)
def test_an_error_names_it_literally(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    terminal.err.width = 300
    try:
        status, out, error = run(capsys, *words)
    finally:
        terminal.err._width = None
    assert status in (1, 2)
    assert out == ""
    assert "Traceback" not in error
    told = "".join(error.split()).replace("│", "")
    assert "".join(ODD.split()) in told, error


def test_paths_of_what_was_written_are_literal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "[red]a[/b] :smile:"
    status, text, _ = run(capsys, "generate", "popcount", "width=3", "-o", str(folder))
    assert status == 0
    assert "".join(str(folder).split()) in "".join(text.split())
    status, text, _ = run(capsys, "generate", "popcount", "width=3", "-o", str(folder), "--json")
    assert json.loads(text)["files"][0].startswith(str(folder))


def test_nothing_is_read_as_markup(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.out.print(terminal.table([ODD], [[ODD]], ODD))
    with terminal.progress(ODD, 3) as advance:
        advance(ODD + "!")
        advance(done=3)
    text = capsys.readouterr()
    assert text.out.count(ODD) == 3
    assert text.err.count(ODD) == 3
