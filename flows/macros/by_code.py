"""Texts made once: found by what they are made of, and by a digest of the code that makes them."""

import hashlib
import os
import sys
import time
from collections.abc import Callable
from functools import cache
from importlib import import_module, metadata
from pathlib import Path

from pydantic import BaseModel

from neuroloom.flows.tools.cache import cached_folder
from neuroloom.flows.tools.owned import begin
from neuroloom.golden.spec import Spec

TOOLS = ("neuroloom", "amaranth", "numpy", "pydantic")
FILE = "text"

Packages = tuple[str, ...]


class _Changed(Exception):
    """The code was edited while it ran: nobody knows which text belongs to which."""


def text_by_code(
    name: str, packages: Packages, spec: Spec, options: str, make: Callable[[], str]
) -> str:
    """What ``make()`` gives for ``spec``, from the cache where the same code has made it before.

    ``packages`` hold the code that decides the text, ``options`` all else that does. For a
    specification whose code lies elsewhere it is made each time, and so is everything when the code
    was edited since this process began.
    """
    before = _stamps(packages)
    if not _of_the_tree(spec, packages) or max(before.values()) > _begun():
        return make()
    texts: list[str] = []

    def keep(_: Path, result: Path) -> None:
        texts.append(make())
        if _stamps(packages) != before:
            raise _Changed
        (result / FILE).write_text(texts[0], encoding="utf-8")

    parts = [code_digest(packages), spec.macro, spec.model_dump_json(), options]
    try:
        folder = cached_folder(name, parts, keep)
    except _Changed:
        return texts[0]
    return texts[0] if texts else (folder / FILE).read_text(encoding="utf-8")


@cache
def _places(packages: Packages) -> tuple[Path, ...]:
    """Folders of the code; more than one a package where somebody added to its path."""
    return tuple(
        Path(place).resolve() for name in packages for place in import_module(name).__path__
    )


def _stamps(packages: Packages) -> dict[Path, float]:
    """When each file of the code was changed."""
    return {
        file: file.stat().st_mtime for place in _places(packages) for file in place.rglob("*.py")
    }


@cache
def code_digest(packages: Packages) -> str:
    """Digest of the text of these packages, and of the versions that it runs with."""
    digest = hashlib.sha256(repr((sys.version, [metadata.version(n) for n in TOOLS])).encode())
    for file in sorted(_stamps(packages)):
        digest.update(f"{file.name} {file.stat().st_size} ".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _of_the_tree(value: object, packages: Packages) -> bool:
    """Whether the specification, and all in it, are of classes whose code takes part."""
    if isinstance(value, BaseModel):
        kinds = type(value).__mro__[: type(value).__mro__.index(BaseModel)]
        parts = [each for _, each in value]
        return all(_known(kind, packages) for kind in kinds) and _of_the_tree(parts, packages)
    if isinstance(value, dict):
        return _of_the_tree(list(value.values()), packages)
    if isinstance(value, list | tuple):
        return all(_of_the_tree(each, packages) for each in value)
    return True


@cache
def _known(kind: type, packages: Packages) -> bool:
    file = getattr(sys.modules.get(kind.__module__), "__file__", None)
    if file is None:
        return False
    return any(Path(file).resolve().is_relative_to(place) for place in _places(packages))


@cache
def _begun() -> float:
    """When this process began, as files are stamped."""
    ticks = begin(os.getpid()) / os.sysconf("SC_CLK_TCK")
    return time.time() - (time.clock_gettime(time.CLOCK_BOOTTIME) - ticks)
