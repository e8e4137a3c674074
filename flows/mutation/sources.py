"""What verdicts on a macro rest on: the modules below golden, hdl and verif that it imports.

Flows decide how much is looked at, not what a bench sees; so they take no part.
"""

import ast
import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

PACKAGE = __name__.partition(".")[0]
LAYERS = ("golden", "hdl", "verif")
BENCH = (
    "hdl.component",
    "verif.cocotb_simulator",
    "verif.companions",
    "verif.regimen",
    "verif.simulator",
)
"""What drives any macro. Modules are named as below the package."""
PARTS = "hdl.composition"
"""Finds hardware by the place of its specification."""


def code_digest(path: str) -> str:
    """Digest of the code of all modules that the macro at ``path`` below golden, hdl and verif
    uses.

    Comments and docstrings are no code.
    """
    return digest_of(modules_of(path))


def digest_of(modules: Iterable[str]) -> str:
    """Digest of the code of these modules."""
    digest = hashlib.sha256()
    for module in sorted(modules):
        digest.update(f"{module} {_code(module)}\n".encode())
    return digest.hexdigest()[:24]


@cache
def modules_of(path: str) -> frozenset[str]:
    """The faces of the macro, its properties, the bench, and all that they import in turn."""
    faces = [f"{layer}.{path}" for layer in LAYERS]
    modules: set[str] = set()
    waiting = [*faces, f"verif.{path}_properties", *BENCH]
    while waiting:
        module = waiting.pop()
        if module in modules or not is_module(module):
            continue
        modules.add(module)
        waiting += _imported(module)
        if PARTS in modules:
            waiting += [one.replace("golden.", "hdl.", 1) for one in modules if _has_spec(one)]
    return frozenset(modules)


def file_of(module: str) -> Path | None:
    """The file of a module or package below ours; None where there is none."""
    layer, _, inner = module.partition(".")
    for root in import_module(f"{PACKAGE}.{layer}").__path__:
        place = Path(root, *inner.split(".")) if inner else Path(root)
        for file in (place.with_suffix(".py"), place / "__init__.py"):
            if file.is_file():
                return file
    return None


@cache
def is_module(name: str) -> bool:
    """Whether the name below our package is that of a module of these layers."""
    return name.partition(".")[0] in LAYERS and file_of(name) is not None


@cache
def _tree(module: str) -> ast.Module:
    file = file_of(module)
    assert file is not None
    return ast.parse(file.read_bytes(), str(file))


@cache
def _code(module: str) -> str:
    """The text without comments and docstrings, laid out in one way."""
    tree = _tree(module)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [statement for statement in body if not _is_text(statement)]  # type: ignore[attr-defined]
    return ast.unparse(tree)


def _is_text(statement: ast.stmt) -> bool:
    match statement:
        case ast.Expr(value=ast.Constant(value=str())):
            return True
    return False


@cache
def _imported(module: str) -> tuple[str, ...]:
    """What the module imports when it is run, and the packages that it lies in."""
    packages = [module.rsplit(".", depth)[0] for depth in range(1, module.count(".") + 1)]
    return tuple(name for name in (*packages, *_imports(_tree(module))) if is_module(name))


def _imports(tree: ast.AST) -> Iterator[str]:
    """Names below our package that statements import; those for type checkers alone are none."""
    for node in ast.iter_child_nodes(tree):
        match node:
            case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                continue
            case ast.Import(names=names):
                yield from (_below(name.name) for name in names)
            case ast.ImportFrom(module=str(place), names=names):
                yield _below(place)
                yield from (_below(f"{place}.{name.name}") for name in names)
            case _:
                yield from _imports(node)


def _below(name: str) -> str:
    return name.removeprefix(f"{PACKAGE}.") if name.startswith(f"{PACKAGE}.") else ""


@cache
def _has_spec(module: str) -> bool:
    """Whether it is a module of ``golden`` with a specification in it."""
    return module.startswith("golden.") and any(
        isinstance(statement, ast.ClassDef) and statement.name.endswith("Spec")
        for statement in _tree(module).body
    )
