"""Tables that are kept in a file an area, joined; what a file says twice."""

import ast
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from typing import TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


def joined(tables: Iterable[Mapping[K, V]]) -> dict[K, V]:
    """One table of all. ValueError for a key in two of them."""
    found: dict[K, V] = {}
    for table in tables:
        for key, value in table.items():
            if key in found:
                raise ValueError(f"two areas have {key!r}")
            found[key] = value
    return found


def repeated(source: str) -> list[str]:
    """Names that a module gives a value more than once, and keys that a display has twice."""
    tree = ast.parse(source)
    names: list[str] = []
    for node in tree.body:
        match node:
            case ast.FunctionDef(name=name):
                names.append(name)
            case ast.Import(names=found) | ast.ImportFrom(names=found):
                names += [each.asname or each.name for each in found]
            case ast.Assign(targets=targets):
                names += [each.id for each in targets if isinstance(each, ast.Name)]
            case ast.AnnAssign(target=ast.Name(id=name)):
                names.append(name)
    several = _twice(names)
    for display in ast.walk(tree):
        if isinstance(display, ast.Dict):
            several += _twice([ast.unparse(key) for key in display.keys if key is not None])
    return several


def _twice(words: list[str]) -> list[str]:
    return [word for word, times in Counter(words).items() if times > 1]
