"""Names, areas and summaries of all macros, read from the sources: nothing is imported for them.

The sources are read again whenever one of them has changed: what was read is kept in the cache
under the digest of their contents.
"""

import ast
import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from neuroloom.flows.tools.cache import cached_folder
from neuroloom.flows.tools.errors import NeuroloomError

PACKAGE = "neuroloom.golden"
BASE = (f"{PACKAGE}.spec", "Spec")
"""Module and class that every Spec comes from."""
FILE = "macros.json"


@dataclass(frozen=True)
class Entry:
    """A macro as its source describes it; ``path`` is its module's below golden."""

    name: str
    path: str
    type_name: str
    summary: str
    catalogued: bool
    """Whether it has a specification without any field given."""

    @property
    def area(self) -> str:
        return self.path.split(".")[0]


@cache
def entries() -> dict[str, Entry]:
    """All macros and systems by name, ordered by area and name."""
    return index(Path(__file__).parents[2] / "golden")


def listed() -> dict[str, Entry]:
    """The macros of the catalogue among them."""
    return {name: entry for name, entry in entries().items() if entry.catalogued}


def index(golden: Path) -> dict[str, Entry]:
    """The macros whose specifications are below a folder; SyntaxError names a broken file."""
    files = {file: file.read_bytes() for file in sorted(golden.rglob("*.py"))}
    sources = {_module(file.relative_to(golden)): text for file, text in files.items()}
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for module, text in sources.items():
        digest.update(f"{module} {len(text)}\n".encode() + text)

    def make(_: Path, folder: Path) -> None:
        read = [asdict(entry) for entry in _read(sources)]
        (folder / FILE).write_text(json.dumps(read), encoding="utf-8")

    try:
        folder = cached_folder("index", [digest.hexdigest()], make)
        read = [Entry(**fields) for fields in json.loads((folder / FILE).read_bytes())]
    except (NeuroloomError, OSError):  # what needs no file does without a cache
        read = list(_read(sources))
    return {entry.name: entry for entry in read}


def _module(file: Path) -> str:
    parts = file.with_suffix("").parts
    return ".".join((PACKAGE, *(parts[:-1] if parts[-1] == "__init__" else parts)))


Place = tuple[str, str]
"""A class: its module and its name."""


@dataclass(frozen=True)
class _Class:
    bases: tuple[Place, ...]
    values: dict[str, object]
    """Names that its body gives a literal value."""
    required: bool
    """Whether a field of its body has no default."""


def _read(sources: dict[str, bytes]) -> list[Entry]:
    classes = {
        place: described
        for module, text in sources.items()
        for place, described in _classes(module, ast.parse(text, f"{module}.py"))
    }
    specs = [
        Entry(
            str(_value(classes, place, "macro")),
            module.removeprefix(f"{PACKAGE}."),
            name,
            str(_value(classes, place, "summary")),
            not _must_be_told(classes, place),
        )
        for place in classes
        for module, name in [place]
        if _is_spec(classes, place) and module.count(".") > PACKAGE.count(".") + 1
    ]
    return sorted(specs, key=lambda entry: (entry.area, entry.name))


def _classes(module: str, tree: ast.Module) -> Iterator[tuple[Place, _Class]]:
    """Classes of a module; a base is where it was imported from, or of the module itself."""
    imported: dict[str, Place] = {
        name.asname or name.name: (statement.module or "", name.name)
        for statement in tree.body
        if isinstance(statement, ast.ImportFrom)
        for name in statement.names
    }
    for statement in tree.body:
        if isinstance(statement, ast.ClassDef):
            plain = [
                base.value if isinstance(base, ast.Subscript) else base for base in statement.bases
            ]
            names = [base.id for base in plain if isinstance(base, ast.Name)]
            bases = tuple(imported.get(name, (module, name)) for name in names)
            yield (
                (module, statement.name),
                _Class(bases, dict(_literals(statement)), any(map(_is_required, statement.body))),
            )


def _literals(body: ast.ClassDef) -> Iterator[tuple[str, object]]:
    for statement in body.body:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=value))
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.Constant(value=value))
            ):
                yield name, value


def _is_required(statement: ast.stmt) -> bool:
    """Whether it declares a field without a default."""
    if not isinstance(statement, ast.AnnAssign) or "ClassVar" in ast.unparse(statement.annotation):
        return False
    match statement.value:
        case None:
            return True
        case ast.Call(func=ast.Name(id="Field" | "Parameter"), args=[], keywords=words):
            return not any(str(word.arg).startswith("default") for word in words)
    return False


def _must_be_told(classes: dict[Place, _Class], place: Place) -> bool:
    return place in classes and (
        classes[place].required
        or any(_must_be_told(classes, base) for base in classes[place].bases)
    )


def _is_spec(classes: dict[Place, _Class], place: Place) -> bool:
    return place in classes and any(
        base == BASE or _is_spec(classes, base) for base in classes[place].bases
    )


def _value(classes: dict[Place, _Class], place: Place, name: str) -> object:
    """What a class or the first of its bases that says so gives a name; None where none does."""
    if place not in classes:
        return None
    if name in classes[place].values:
        return classes[place].values[name]
    inherited = (_value(classes, base, name) for base in classes[place].bases)
    return next((value for value in inherited if value is not None), None)
