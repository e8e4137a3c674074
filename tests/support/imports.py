"""Which modules a file imports."""

import ast
from functools import cache
from pathlib import Path

import neuroloom.golden

ROOT = Path(neuroloom.golden.__file__).parent.parent


def imports(file: Path) -> frozenset[str]:
    return _imports(file, file.read_text())


@cache
def _imports(file: Path, text: str) -> frozenset[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{file} imports relatively"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(found)
