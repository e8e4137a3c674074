"""A guide followed word for word: its files put in their places in a copy of the tree."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from support.places import ROOT

FOLDERS = ("golden", "hdl", "verif", "flows", "tests", "docs", "examples")
FILES = ("README.md", "pyproject.toml", "setup.py", "Makefile", "LICENSE")
LAYERS = FOLDERS[:4]
BLOCK = re.compile(r"^#+ [^\n]*`([^`\n]+)`\n+```\w+\n(.*?)```", re.S | re.M)
EMPTY = re.compile(r"^An empty `([^`\n]+)`", re.M)
COMMAND = re.compile(r"^    neuroloom (.+)$", re.M)


def files(guide: str) -> dict[str, str]:
    """What each file of the guide holds: the block below a heading that ends with its name, or
    nothing where one is said to be empty.
    """
    text = (ROOT / "docs" / guide).read_text()
    return {**dict(BLOCK.findall(text)), **dict.fromkeys(EMPTY.findall(text), "")}


def commands(guide: str) -> list[str]:
    """What the guide has typed, without the name of the program."""
    return COMMAND.findall((ROOT / "docs" / guide).read_text())


def put(texts: dict[str, str], folder: Path) -> None:
    for name, text in texts.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


class Copy:
    """The tree, copied: what runs in it imports the copy."""

    def __init__(self, folder: Path) -> None:
        self.tree = folder / "tree"
        ignored = shutil.ignore_patterns("__pycache__", ".hypothesis")
        for name in FOLDERS:
            shutil.copytree(ROOT / name, self.tree / name, ignore=ignored)
        for name in FILES:
            shutil.copy(ROOT / name, self.tree)
        package = self.tree / ".typecheck" / "neuroloom"
        package.mkdir(parents=True)
        for name in LAYERS:
            (package / name).symlink_to(self.tree / name)
        known = ROOT / ".mypy_cache"
        if known.is_dir():  # what mypy has found out about the packages that are imported
            shutil.copytree(known, self.tree / known.name)

    def run(self, *words: str, fails: bool = False, **variables: str) -> str:
        """What Python prints for these words; AssertionError when it ends otherwise."""
        path = os.pathsep.join((str(self.tree / ".typecheck"), str(self.tree / "tests")))
        done = subprocess.run(
            [sys.executable, *words],
            cwd=self.tree,
            env={**os.environ, "PYTEST_ADDOPTS": "", "PYTHONPATH": path, **variables},
            capture_output=True,
            text=True,
            check=False,
        )
        assert bool(done.returncode) == fails, f"{words}\n{done.stdout[-6000:]}{done.stderr}"
        return done.stdout

    def tests(self, macro: str, *where: str, fails: bool = False) -> str:
        """What pytest prints of all tests that a new macro meets, or of those in some files."""
        words = ("-m", "pytest", "-q", "-p", "support.new_macro", "-p", "no:cacheprovider")
        return self.run(*words, *where, fails=fails, NEW_MACRO=macro)
