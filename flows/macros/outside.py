"""Macros outside the tree: folders that hold the same faces in the same relative places.

An installed package names itself by an entry point of the group ``neuroloom.macros``;
``$NEUROLOOM_PATH`` names folders that are not installed. In each lie ``golden/<area>/<macro>.py``,
``hdl/<area>/<macro>.py`` and ``verif/<area>/<macro>.py``, which are imported as if they lay in the
tree. Nothing of the tree can be replaced.
"""

import os
import sys
from functools import cache
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from neuroloom.flows.tools.errors import UsageError
from neuroloom.golden.wording import plain

VARIABLE = "NEUROLOOM_PATH"
GROUP = "neuroloom.macros"
PACKAGE = "neuroloom"
LAYERS = ("golden", "hdl", "verif")
TREE = Path(__file__).parents[2]
GUIDE = "docs/adding-a-macro.md tells what lies where"


def folders() -> tuple[Path, ...]:
    """Those of installed packages, then those of the variable, each once.

    UsageError where one is missing, or holds no ``golden``.
    """
    return _folders(os.environ.get(VARIABLE, ""))


@cache
def _folders(variable: str) -> tuple[Path, ...]:
    found = dict(_installed())
    for word in variable.split(os.pathsep):
        if word:
            found.setdefault(Path(word).resolve(), f"${VARIABLE}")
    for folder, where in found.items():
        if not folder.is_dir():
            raise UsageError(f"{where} names {folder}, which is no folder; {GUIDE}")
        if not (folder / "golden").is_dir():
            raise UsageError(
                f"{where} names {folder}, which holds no folder golden with specifications; {GUIDE}"
            )
    _check_files(tuple(found))
    return tuple(found)


def _check_files(outside: tuple[Path, ...]) -> None:
    """UsageError with both places where a file has the name of another one."""
    seen: dict[Path, Path] = {}
    for folder in (TREE, *outside):
        for layer in LAYERS:
            for file in sorted((folder / layer).rglob("*.py")):
                first = seen.setdefault(file.relative_to(folder), file)
                if first != file and file.name != "__init__.py":
                    raise UsageError(
                        f"{file} would take the place of {first}; give it another name"
                    )


def _installed() -> list[tuple[Path, str]]:
    """Folders of packages, each with who names it."""
    found = []
    for point in entry_points(group=GROUP):
        where = f"the entry point {plain(point.name)} of the group {GROUP}"
        try:
            package = find_spec(point.module)
        except ImportError:
            package = None
        if package is None or not package.submodule_search_locations:
            raise UsageError(
                f"{where} names {plain(point.module)}, which is no package that is installed; "
                "install what it belongs to again, or uninstall it"
            )
        found += [(Path(place).resolve(), where) for place in package.submodule_search_locations]
    return found


def join() -> None:
    """Lets modules outside be imported as parts of ``neuroloom`` from now on."""
    if folders():
        # processes that are started may run in other folders
        os.environ[VARIABLE] = os.pathsep.join(map(str, folders()))
        _join(folders())


@cache
def _join(outside: tuple[Path, ...]) -> None:
    sys.meta_path.insert(0, _Joined(outside))
    for name, module in list(sys.modules.items()):
        if hasattr(module, "__path__"):
            for place in _places(outside, name):
                module.__path__.append(place)


def _places(outside: tuple[Path, ...], package: str) -> list[str]:
    """Folders outside that are parts of a package too."""
    parts = package.split(".")
    if parts[0] != PACKAGE or not parts[1:] or parts[1] not in LAYERS:
        return []
    places = (folder.joinpath(*parts[1:]) for folder in outside)
    return [str(place) for place in places if place.is_dir()]


class _Joined(MetaPathFinder):
    """Finds a package of ``neuroloom`` where others do, and lets it have parts outside."""

    def __init__(self, outside: tuple[Path, ...]) -> None:
        self.outside = outside

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> ModuleSpec | None:
        places = _places(self.outside, fullname)
        if not places:
            return None
        others = (finder for finder in sys.meta_path if finder is not self)
        specs = (finder.find_spec(fullname, path, target) for finder in others)
        spec = next((spec for spec in specs if spec is not None), None)
        if spec is not None and spec.submodule_search_locations is not None:
            known = list(spec.submodule_search_locations)
            for place in places:
                if place not in known:
                    spec.submodule_search_locations.append(place)
        return spec
