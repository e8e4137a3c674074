"""Mutants of the source of hardware, and importing a module with one of them in its place."""

import ast
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, spec_from_loader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from neuroloom import hdl
from neuroloom.flows.mutation.operators import changes, places, registers_of

HARDWARE = hdl.__name__
PLUMBING = frozenset({"component", "platform", "ports", "sharing"})
"""Modules and folders that shape ports and text of every macro; they are no part of one."""


@dataclass(frozen=True)
class Mutant:
    """One change of one expression: ``before`` became ``after`` in the line ``text``."""

    module: str
    """Module below ``neuroloom.hdl``."""
    operator: str
    line: int
    text: str
    scope: str
    """Names of the classes and functions around, joined by points."""
    before: str
    after: str
    occurrence: int
    """Number of the same change in the same scope of the module, from 0."""
    lines: tuple[int, int]
    """First and last line of the statement around it."""
    in_function: bool
    place: tuple[int, int]
    """Number of the expression in the module, and of its change."""

    kind = "source"

    @property
    def key(self) -> tuple[str, str, str, str, int]:
        """Names the change in a way that outlives edits elsewhere and other line breaks."""
        return self.module, self.scope, self.before, self.after, self.occurrence

    @property
    def name(self) -> str:
        """The same for every macro that contains the module."""
        return repr(self.key)

    @property
    def where(self) -> str:
        return f"hdl/{self.module.replace('.', '/')}.py:{self.line}"

    def compiled(self) -> CodeType:
        """The module with the change in it."""
        file = source_of(self.module)
        tree = ast.parse(file.read_text())
        index, change = self.place
        target = places(tree)[index]
        after = changes(target, registers_of(tree))[change].after
        changed = _Replace(target.node, ast.copy_location(after, target.node)).visit(tree)
        return compile(ast.fix_missing_locations(changed), str(file), "exec")


def is_plumbing(module: str) -> bool:
    """Whether a module below ``neuroloom.hdl`` is no part of a macro."""
    return module.split(".")[0] in PLUMBING


def source_of(module: str) -> Path:
    """The file of a module below ``neuroloom.hdl``."""
    origin = find_spec(f"{HARDWARE}.{module}")
    assert origin is not None and origin.origin is not None
    return Path(origin.origin)


def module_of(file: str) -> str:
    """The module below ``neuroloom.hdl`` that a file of it holds."""
    root = next(root for root in hdl.__path__ if Path(file).is_relative_to(root))
    return ".".join(Path(file).relative_to(root).with_suffix("").parts)


@cache
def mutants(module: str) -> tuple[Mutant, ...]:
    """Every mutant of a module below ``neuroloom.hdl``, in the order of its text."""
    source = source_of(module).read_text()
    text = [line.strip() for line in source.splitlines()]
    tree = ast.parse(source)
    registers = registers_of(tree)
    seen: Counter[tuple[str, str, str]] = Counter()
    listed = []
    for index, place in enumerate(places(tree)):
        line = place.node.lineno
        for number, change in enumerate(changes(place, registers)):
            before, after = ast.unparse(place.node), ast.unparse(change.after)
            same = (place.scope, before, after)
            listed.append(
                Mutant(
                    module,
                    change.operator,
                    line,
                    text[line - 1],
                    *same,
                    seen[same],
                    place.lines,
                    place.in_function,
                    (index, number),
                )
            )
            seen[same] += 1
    return tuple(listed)


class _Replace(ast.NodeTransformer):
    def __init__(self, target: ast.AST, after: ast.AST) -> None:
        self.target = target
        self.after = after

    def visit(self, node: ast.AST) -> Any:
        return self.after if node is self.target else super().visit(node)


class _Substitute(Loader, MetaPathFinder):
    """Imports one module from compiled code instead of its file."""

    def __init__(self, module: str, code: CodeType) -> None:
        self.name = f"{HARDWARE}.{module}"
        self.code = code

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> ModuleSpec | None:
        return spec_from_loader(fullname, self) if fullname == self.name else None

    def exec_module(self, module: ModuleType) -> None:
        exec(self.code, vars(module))


@contextmanager
def substituted(module: str, code: CodeType) -> Iterator[None]:
    """Inside, hardware is imported afresh, with ``code`` in the place of the module's own.

    All but the plumbing: whoever shares equal modules must be the one that is asked to.
    """
    finder = _Substitute(module, code)
    parent, _, package = HARDWARE.rpartition(".")
    genuine = {name: sys.modules[name] for name in _hardware()}
    for name in genuine:
        del sys.modules[name]
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        for name in _hardware():
            del sys.modules[name]
        sys.modules.update(genuine)
        setattr(sys.modules[parent], package, genuine[HARDWARE])


def _hardware() -> list[str]:
    return [
        name
        for name in sys.modules
        if name == HARDWARE
        or (name.startswith(f"{HARDWARE}.") and not is_plumbing(name.removeprefix(f"{HARDWARE}.")))
    ]
