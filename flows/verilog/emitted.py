"""Verilog emitted once: what is simulated again is found by its specification and the code."""

import hashlib
import os
import sys
import time
from functools import cache
from importlib import import_module, metadata
from pathlib import Path

from pydantic import BaseModel

from neuroloom.flows.cache import cached_folder
from neuroloom.flows.owned import begin
from neuroloom.flows.verilog.emit import emit
from neuroloom.golden.spec import Spec

CODE = ("neuroloom.golden", "neuroloom.hdl", "neuroloom.flows.verilog")
"""Packages that decide the text of a macro."""
TOOLS = ("neuroloom", "amaranth", "numpy", "pydantic")
FILE = "design.v"


class _Changed(Exception):
    """The code was edited while it ran: nobody knows which text belongs to which."""


def emitted_verilog(spec: Spec) -> str:
    """The text that :func:`~neuroloom.flows.verilog.emit.emit` gives, from the cache where the
    same code has made it before.

    Macros whose code lies elsewhere are emitted each time, and so is everything when the code was
    edited since this process began.
    """
    before = _stamps()
    if not _of_the_tree(spec) or max(before.values()) > _begun():
        return emit(spec).verilog
    made: list[str] = []

    def make(_: Path, result: Path) -> None:
        made.append(emit(spec).verilog)
        if _stamps() != before:
            raise _Changed
        (result / FILE).write_text(made[0], encoding="utf-8")

    fields = spec.model_dump_json()
    try:
        folder = cached_folder(f"verilog-{spec.macro}", [_code(), spec.macro, fields], make)
    except _Changed:
        return made[0]
    return made[0] if made else (folder / FILE).read_text(encoding="utf-8")


@cache
def _places() -> tuple[Path, ...]:
    """Folders of the code; more than one a package where somebody added to its path."""
    return tuple(Path(place).resolve() for name in CODE for place in import_module(name).__path__)


def _stamps() -> dict[Path, float]:
    """When each file of the code was changed."""
    return {file: file.stat().st_mtime for each in _places() for file in each.rglob("*.py")}


@cache
def _code() -> str:
    """Of all that the text depends on besides the specification."""
    digest = hashlib.sha256(repr((sys.version, [metadata.version(n) for n in TOOLS])).encode())
    for file in sorted(_stamps()):
        digest.update(f"{file.name} {file.stat().st_size} ".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _of_the_tree(value: object) -> bool:
    """Whether the specification, and all in it, are of classes whose code takes part."""
    if isinstance(value, BaseModel):
        kinds = type(value).__mro__[: type(value).__mro__.index(BaseModel)]
        return all(map(_known, kinds)) and all(_of_the_tree(each) for _, each in value)
    if isinstance(value, list | tuple):
        return all(map(_of_the_tree, value))
    if isinstance(value, dict):
        return all(map(_of_the_tree, value.values()))
    return True


@cache
def _known(kind: type) -> bool:
    file = getattr(sys.modules.get(kind.__module__), "__file__", None)
    if file is None:
        return False
    return any(Path(file).resolve().is_relative_to(place) for place in _places())


@cache
def _begun() -> float:
    """When this process began, as files are stamped."""
    ticks = begin(os.getpid()) / os.sysconf("SC_CLK_TCK")
    return time.time() - (time.clock_gettime(time.CLOCK_BOOTTIME) - ticks)
