"""The guides followed word for word: their files in a copy of the tree, their commands, all tests
that what they add meets.
"""

import shlex
from pathlib import Path

import pytest
from support.guides import LAYERS, Copy, commands, files, put

MACRO, SYSTEM = "adding-a-macro.md", "adding-a-system.md"
LONG = {"mutate running_max"}
"""Commands that a shorter one beside them shows as well."""


def follow(guide: str, folder: Path) -> Copy:
    """A copy of the tree where every file of the guide stands and every command was typed."""
    copy = Copy(folder)
    put(files(guide), copy.tree)
    for words in commands(guide):
        if words not in LONG:
            broken = "--fault" in words  # a planted one is found: that is no success
            copy.run("-m", "neuroloom.flows", *shlex.split(words), fails=broken)
    return copy


def lint(copy: Copy, guide: str) -> None:
    """Format, style and types of what the guide adds."""
    names = [name for name in files(guide) if name.endswith(".py")]
    copy.run("-m", "ruff", "check", *names)
    copy.run("-m", "ruff", "format", "--check", *names)
    inside = [name[:-3].removesuffix("/__init__") for name in names if name.startswith(LAYERS)]
    modules = [f"neuroloom.{name.replace('/', '.')}" for name in inside]
    copy.run("-m", "mypy", *(word for module in modules for word in ("-m", module)))


@pytest.mark.flow
def test_a_macro_that_follows_the_guide_ends_green(tmp_path: Path) -> None:
    copy = follow(MACRO, tmp_path)
    assert "| `running_max` |" in (copy.tree / "docs" / "catalogue.md").read_text()
    lint(copy, MACRO)
    told = copy.tests("running_max")
    assert "failed" not in told and int(told.rsplit(" passed", 1)[0].split()[-1]) > 100


@pytest.mark.flow
def test_a_guide_that_is_not_followed_is_noticed(tmp_path: Path) -> None:
    """Without its reference, its place in the catalogue, or with hardware that is wrong."""
    copy = Copy(tmp_path)
    texts = files(MACRO)
    del texts["tests/references/arith/running_max.py"]
    wrong = texts["hdl/arith/running_max.py"].replace("(position == 0) | ", "")
    put({**texts, "hdl/arith/running_max.py": wrong}, copy.tree)
    noticed = {
        "test_every_macro_has_a_reference_in_its_area": "golden/test_references.py",
        "test_the_catalogue_is_as_its_command_writes_it": "project/test_docs.py",
        "test_in_amaranth_sim": "verif/test_random_specs.py",
    }
    told = copy.tests("running_max", *(f"tests/{file}" for file in noticed.values()), fails=True)
    for test in noticed:
        assert f"::{test}" in told


@pytest.mark.flow
def test_a_system_that_follows_the_guide_ends_green(tmp_path: Path) -> None:
    copy = follow(SYSTEM, tmp_path)
    assert "| `rate_decoder` |" in (copy.tree / "docs" / "catalogue.md").read_text()
    page = (copy.tree / "out" / "rate-decoder" / "reproduction.md").read_text()
    assert "| `rate-decoder` |" in (copy.tree / "docs" / "published-systems.md").read_text()
    assert "Doe and Roe 2020" in page and "| cycles a window |" in page
    lint(copy, SYSTEM)
    told = copy.tests("rate_decoder")
    assert "failed" not in told


def test_a_system_takes_less_than_a_hundred_lines() -> None:
    """Beside imports and empty lines."""
    written = [
        line
        for text in files(SYSTEM).values()
        for line in text.splitlines()
        if line.strip() and not line.strip().startswith(("from ", "import "))
    ]
    assert 50 < len(written) < 100


def test_the_guide_shows_every_face() -> None:
    assert [name.split("/")[0] for name in files(MACRO)] == [
        *("golden", "hdl", "verif", "tests", "tests", "verif")
    ]
    assert "verify running_max window=6 --seeds 5" in commands(MACRO)
