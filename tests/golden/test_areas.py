"""Areas of macros import downward only: what an area is made of never asks who uses it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.imports import ROOT, imports

LAYERS = ("golden", "hdl", "verif")
LEVELS = (
    ("arith",),
    ("streams",),
    ("memories",),
    ("events", "devices"),
    ("cim", "bnn", "neurons"),
    ("learning", "imc"),
    ("systems",),
)
"""Areas, those on which others stand first; areas of one level do not know each other."""
LEVEL = {area: number for number, areas in enumerate(LEVELS) for area in areas}
NO_AREA = {"unreached"}
"""Folders of ``verif`` that hold tables about all areas, not faces of macros."""
QUEUES = "wires become queues, forks and streams of constants"
ABOVE_AREAS = {
    ("neuroloom.golden.composition", "streams"): QUEUES,
    ("neuroloom.hdl.composition", "streams"): QUEUES,
    ("neuroloom.golden.spec", "memories"): "a specification has a memory map: the type alone",
}
"""Modules outside the areas that import one, and why; they are below every area otherwise."""


def area_of(name: str) -> str | None:
    """The area of a module, such as ``bnn`` of ``neuroloom.golden.bnn.layer``."""
    parts = name.split(".")
    own = parts[0] == "neuroloom" and len(parts) > 2 and parts[2] in LEVEL
    return parts[2] if own else None


def asked_for(module: str, file: Path) -> Iterator[tuple[str, str]]:
    """Areas that a module imports from, its own left out, and what it imports."""
    for name in sorted(imports(file)):
        area = area_of(name)
        if area is not None and area != area_of(module):
            yield area, name


def wrong_imports(module: str, file: Path) -> list[str]:
    """What the module must not import, each as a sentence."""
    own = area_of(module)
    level = 0 if own is None else LEVEL[own]
    return [
        f"{module} imports {name}"
        for area, name in asked_for(module, file)
        if LEVEL[area] >= level and (module, area) not in ABOVE_AREAS
    ]


def modules() -> Iterator[tuple[str, Path]]:
    for layer in LAYERS:
        for file in sorted((ROOT / layer).rglob("*.py")):
            parts = file.relative_to(ROOT).with_suffix("").parts
            yield ".".join(("neuroloom", *parts)), file


def test_no_area_imports_one_above_or_beside_it() -> None:
    assert [line for name, file in modules() for line in wrong_imports(name, file)] == []


def test_every_folder_is_an_area_and_every_exception_is_needed() -> None:
    folders = {file.name for layer in LAYERS for file in (ROOT / layer).iterdir() if file.is_dir()}
    assert folders - {"__pycache__"} - NO_AREA == set(LEVEL)
    needed = {(module, area) for module, file in modules() for area, _ in asked_for(module, file)}
    assert set(ABOVE_AREAS) <= needed


@pytest.mark.parametrize(
    ("module", "line", "wrong"),
    [
        ("hdl.events.router", "from neuroloom.hdl.streams.credit import CreditSender", False),
        ("hdl.streams.credit", "from neuroloom.golden.events.router import RouterSpec", True),
        ("hdl.cim.activation", "from neuroloom.hdl.bnn.fold_buffer import FoldBuffer", True),
        ("golden.events.mesh", "import neuroloom.golden.devices.rram", True),
        ("golden.bnn.layer", "def f():\n    from neuroloom.golden.systems import x", True),
        ("golden.bnn.layer", "from neuroloom.golden.bnn.parts import fold_buffer", False),
        ("golden.contract", "from neuroloom.golden.arith import popcount", True),
        ("hdl.composition", "from neuroloom.hdl.streams.stream_fifo import StreamFifo", False),
        ("hdl.composition", "from neuroloom.hdl.events.mesh import Mesh", True),
    ],
)
def test_a_wrong_import_is_noticed(module: str, line: str, wrong: bool, tmp_path: Path) -> None:
    file = tmp_path / "module.py"
    file.write_text(line)
    assert bool(wrong_imports(f"neuroloom.{module}", file)) == wrong
