"""Areas of macros import downward only: what an area is made of never asks who uses it."""

from collections import Counter
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
from support.imports import ROOT, imports
from support.places import TESTS

from neuroloom.flows.macros.catalogue import macros

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
"""Areas, those on which others stand first; areas of one level do not know each other.

An area that is not named here stands where its imports put it.
"""
LEVEL = {area: number for number, areas in enumerate(LEVELS) for area in areas}
NO_AREA = {"ports", "unreached"}
"""Folders that hold what is about all areas, not faces of macros."""
QUEUES = "wires become queues, forks and streams of constants"
ABOVE_AREAS = {
    ("neuroloom.golden.composition", "streams"): QUEUES,
    ("neuroloom.hdl.composition", "streams"): QUEUES,
    ("neuroloom.golden.composition", "memories"): "programs have memory maps",
    ("neuroloom.golden.program", "memories"): "programs have memory maps",
    ("neuroloom.golden.spec", "memories"): "a specification has a memory map: the type alone",
}
"""Modules outside the areas that import one, and why; they are below every area otherwise."""


AREAS = {
    folder.name
    for layer in LAYERS
    for folder in (ROOT / layer).iterdir()
    if (folder / "__init__.py").is_file()
} - NO_AREA


def area_of(name: str) -> str | None:
    """The area of a module, such as ``bnn`` of ``neuroloom.golden.bnn.layer``."""
    parts = name.split(".")
    own = parts[0] == "neuroloom" and len(parts) > 2 and parts[2] in AREAS
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
    below = 0 if own is None else LEVEL.get(own, len(LEVELS))
    return [
        f"{module} imports {name}"
        for area, name in asked_for(module, file)
        if LEVEL.get(area, 0) >= below and (module, area) not in ABOVE_AREAS
    ]


def modules() -> Iterator[tuple[str, Path]]:
    for layer in LAYERS:
        for file in sorted((ROOT / layer).rglob("*.py")):
            parts = file.relative_to(ROOT).with_suffix("").parts
            yield ".".join(("neuroloom", *parts)), file


def test_no_area_imports_one_above_or_beside_it() -> None:
    assert [line for name, file in modules() for line in wrong_imports(name, file)] == []


def circle(imported: dict[str, set[str]]) -> list[str]:
    """Areas that import each other in a circle, or none; ``imported`` says who imports whom."""
    try:
        TopologicalSorter(imported).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_areas_that_no_order_names_import_nobody_in_a_circle() -> None:
    imported: dict[str, set[str]] = {}
    for module, file in modules():
        if own := area_of(module):
            imported.setdefault(own, set()).update(area for area, _ in asked_for(module, file))
    assert circle(imported) == []
    assert set(circle({**imported, "arith": {"spiking"}, "spiking": {"arith"}})) == {
        "arith",
        "spiking",
    }


def test_the_order_names_areas_and_exceptions_that_there_are() -> None:
    assert set(LEVEL) <= AREAS
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


def test_every_macro_has_tests_of_its_own_where_its_code_lies() -> None:
    missing = [
        str(file)
        for name, macro in macros().items()
        if not (file := TESTS / macro.area / f"test_{name}.py").is_file()
    ]
    assert missing == []


def test_files_of_tests_have_names_of_their_own() -> None:
    times = Counter(file.name for file in TESTS.rglob("test_*.py"))
    assert [name for name, count in times.items() if count > 1] == []
