"""The docstrings of the package begin with the thing that they describe."""

import ast
import re
from collections.abc import Iterator

import pytest
from support.places import ROOT

FOLDERS = ("golden", "hdl", "verif", "flows")
BARE = re.compile(
    "(About|Above|Across|After|Against|Along|Among|Around|As|At|Before|Behind|Below|Beside|Between|"
    "Beyond|By|For|From|In|Into|Like|Of|On|Over|Per|Through|To|Toward|Under|Until|Up|Where|Which|"
    r"With|Within|Without)(?![\w-])"
)
"""Words that begin a description of something that is not named."""


def docstrings(source: str) -> Iterator[tuple[int, str]]:
    """Line and text of every string that stands alone: of modules, classes, functions, fields."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Expr(ast.Constant(str(text))):
                yield node.lineno, text


def nameless(source: str) -> list[tuple[int, str]]:
    """Line and first word of the docstrings that begin with no thing."""
    begun = ((line, BARE.match(text.strip())) for line, text in docstrings(source))
    return [(line, word[0]) for line, word in begun if word is not None]


def test_every_kind_of_docstring_is_looked_at() -> None:
    source = '"""Of a module."""\nWIDTH = 1\n"""Of a word."""\nINPUTS = 2\n"""Inputs."""\n'
    source += (
        'class Word:\n    """Bits."""\n    def bits(self):\n        """\n        For each."""\n'
    )
    assert nameless(source) == [(1, "Of"), (3, "Of"), (9, "For")]


@pytest.mark.parametrize("folder", FOLDERS)
def test_docstrings_begin_with_the_thing(folder: str) -> None:
    files = sorted((ROOT / folder).rglob("*.py"))
    assert len(files) > 50
    found = {
        f"{file.relative_to(ROOT)}:{line}: {word}"
        for file in files
        for line, word in nameless(file.read_text())
    }
    assert not found, "\n".join(sorted(found))
