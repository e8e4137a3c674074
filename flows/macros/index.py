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

from neuroloom.flows.macros.outside import TREE, folders
from neuroloom.flows.tools.cache import cached_folder
from neuroloom.flows.tools.errors import NeuroloomError, UsageError

PACKAGE = "neuroloom.golden"
BASE = (f"{PACKAGE}.spec", "Spec")
"""Module and class that every Spec comes from."""
FILE = "macros.json"
DETAILS = "summary.details"


@dataclass(frozen=True)
class Entry:
    """A macro as its source describes it; ``path`` is its module's below golden."""

    name: str
    path: str
    type_name: str
    summary: str
    details: str
    """What it is with what can be chosen: the text below the summary, or the summary."""
    catalogued: bool
    """Whether it has a specification without any field given."""

    @property
    def area(self) -> str:
        return self.path.split(".")[0]


GOLDEN = TREE / "golden"


def entries() -> dict[str, Entry]:
    """All macros and systems by name, those outside the tree too, ordered by area and name."""
    return _entries(folders())


@cache
def _entries(outside: tuple[Path, ...]) -> dict[str, Entry]:
    return index(GOLDEN, *(folder / "golden" for folder in outside))


def listed() -> dict[str, Entry]:
    """The macros of the catalogue among them."""
    return {name: entry for name, entry in entries().items() if entry.catalogued}


def index(*goldens: Path) -> dict[str, Entry]:
    """The macros whose specifications are below these folders.

    UsageError for a broken file, and for two macros of one name.
    """
    files: dict[str, Path] = {}
    for golden in goldens:
        for file in sorted(golden.rglob("*.py")):
            module = _module(file.relative_to(golden))
            files.setdefault(module, file)
    sources = {module: file.read_bytes() for module, file in files.items()}
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for module, text in sources.items():
        digest.update(f"{module} {len(text)}\n".encode() + text)

    def make(_: Path, folder: Path) -> None:
        read = [asdict(entry) for entry in _read(files, sources)]
        (folder / FILE).write_text(json.dumps(read), encoding="utf-8")

    try:
        folder = cached_folder("index", [digest.hexdigest()], make)
        read = [Entry(**fields) for fields in json.loads((folder / FILE).read_bytes())]
    except (NeuroloomError, OSError):  # what needs no file does without a cache
        read = list(_read(files, sources))
    found: dict[str, Entry] = {}
    for entry in read:
        if found.setdefault(entry.name, entry) is not entry:
            places = [files[f"{PACKAGE}.{one.path}"] for one in (found[entry.name], entry)]
            raise UsageError(
                f"two macros are called {entry.name}, in {places[0]} and in {places[1]}; "
                "give one of them another name"
            )
    return found


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


def _read(files: dict[str, Path], sources: dict[str, bytes]) -> list[Entry]:
    classes = {
        place: described
        for module, text in sources.items()
        for place, described in _classes(module, _parsed(files[module], text))
    }
    specs = [
        Entry(
            str(_value(classes, place, "macro")),
            module.removeprefix(f"{PACKAGE}."),
            name,
            str(_value(classes, place, "summary")),
            str(_value(classes, place, DETAILS)),
            not _must_be_told(classes, place),
        )
        for place in classes
        for module, name in [place]
        if _is_spec(classes, place) and module.count(".") > PACKAGE.count(".") + 1
    ]
    return sorted(specs, key=lambda entry: (entry.area, entry.name))


def _parsed(file: Path, text: bytes) -> ast.Module:
    try:
        return ast.parse(text)
    except SyntaxError as error:
        line = f", line {error.lineno}" if error.lineno else ""
        raise UsageError(f"{file}{line}: {error.msg}") from None
    except ValueError as error:
        raise UsageError(f"{file}: {error}") from None


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
    for statement, below in zip(body.body, [*body.body[1:], None], strict=True):
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=value))
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.Constant(value=value))
            ):
                yield name, value
                if name == "summary":
                    yield DETAILS, value if (said := _text(below)) is None else said


def _text(statement: ast.stmt | None) -> str | None:
    """A string that stands alone, in one line."""
    match statement:
        case ast.Expr(value=ast.Constant(value=str(text))):
            return " ".join(text.split())
    return None


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
