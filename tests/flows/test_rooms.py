"""Rooms of ``flows`` import downward only, in functions and for types alike."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.imports import ROOT, imports

FLOWS = ROOT / "flows"
LEVELS = (
    ("tools",),
    ("macros", "networks", "batch"),
    ("verilog",),
    ("designs", "simulation", "generate"),
    ("cells", "verify", "formal", "importing", "mapping", "training"),
    ("analytic", "coverage", "mutation"),
    ("synthesis",),
    ("sweep",),
    ("regression",),
    ("reports",),
    ("demo", "benchmarks", "reproduce"),
    ("commands",),
    ("cli",),
    ("__main__",),
)
"""Rooms, those on which others stand first; rooms of one level do not know each other.

A room is a folder, or a file beside the folders. One that is not named here stands beside
``commands``: it may import what they import, and nothing below imports it.
"""
LEVEL = {room: number for number, rooms in enumerate(LEVELS) for room in rooms}
NEW = LEVEL["commands"]


def room_of(name: str) -> str | None:
    """The room of a module, such as ``cells`` of ``neuroloom.flows.cells.power``."""
    parts = name.split(".")
    return parts[2] if parts[:2] == ["neuroloom", "flows"] and len(parts) > 2 else None


def wrong_imports(module: str, file: Path) -> list[str]:
    """What the module must not import, each as a sentence."""
    own = room_of(module)
    rooms = [(name, room_of(name)) for name in sorted(imports(file))]
    return [
        f"{module} imports {name}"
        for name, room in rooms
        if room not in (None, own) and LEVEL.get(str(room), NEW) >= LEVEL.get(str(own), NEW)
    ]


def modules() -> Iterator[tuple[str, Path]]:
    for file in sorted(FLOWS.rglob("*.py")):
        parts = file.relative_to(ROOT).with_suffix("").parts
        yield ".".join(("neuroloom", *parts)), file


def test_no_room_imports_one_above_or_beside_it() -> None:
    assert [line for name, file in modules() for line in wrong_imports(name, file)] == []


def test_every_room_that_is_named_is_there() -> None:
    assert set(LEVEL) <= {room_of(name) for name, _ in modules()}


@pytest.mark.parametrize(
    ("module", "line", "wrong"),
    [
        ("sweep.job", "from neuroloom.flows.synthesis.targets import Target", False),
        ("cells.mapping", "from neuroloom.flows.synthesis.targets import Target", True),
        ("tools.cache", "from neuroloom.flows import macros", True),
        ("simulation.job", "def f():\n    import neuroloom.flows.verify", True),
        ("training.idx", "from neuroloom.flows.mapping.imc import cores", True),
        ("batch.job", "if TYPE_CHECKING:\n    from neuroloom.flows.sweep.job import P", True),
        ("reproduce.bnn.rebuild", "from neuroloom.flows.reproduce.parts import Part", False),
        ("a_new_room.page", "from neuroloom.flows.reports import page", False),
        ("reports.page", "from neuroloom.flows.a_new_room import page", True),
    ],
)
def test_a_wrong_import_is_noticed(module: str, line: str, wrong: bool, tmp_path: Path) -> None:
    file = tmp_path / "module.py"
    file.write_text(line)
    assert bool(wrong_imports(f"neuroloom.flows.{module}", file)) == wrong
