"""A class name means one thing in the whole package."""

import ast
from collections import Counter

from support.places import ROOT

FOLDERS = ("golden", "hdl", "verif", "flows")


def classes(source: str) -> list[str]:
    """Names of all classes, those within classes and functions among them."""
    return [node.name for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ClassDef)]


def repeated(names: dict[str, list[str]]) -> dict[str, list[str]]:
    """Names that more than one class has, and the files with them; ``names`` are those of each."""
    places = [(name, file) for file, several in names.items() for name in several]
    several = Counter(name for name, _ in places)
    return {
        name: [file for other, file in places if other == name]
        for name, number in several.items()
        if number > 1
    }


def test_a_name_in_two_files_and_one_twice_in_a_file_are_seen() -> None:
    sources = {
        "a.py": "class Row: ...\nclass Column: ...",
        "b.py": "def made():\n    class Row: ...",
        "c.py": "class _Page:\n    class Line: ...\nclass Line: ...",
    }
    names = {file: classes(source) for file, source in sources.items()}
    assert repeated(names) == {"Row": ["a.py", "b.py"], "Line": ["c.py", "c.py"]}


def test_no_two_classes_have_one_name() -> None:
    files = [file for folder in FOLDERS for file in sorted((ROOT / folder).rglob("*.py"))]
    names = {str(file.relative_to(ROOT)): classes(file.read_text()) for file in files}
    assert sum(map(len, names.values())) > 500
    assert repeated(names) == {}, "say in the name whose class it is"
