"""Three points of a popcount, and a folder with their file in which runs are planted."""

from pathlib import Path
from typing import Any

import pytest

from neuroloom.golden.arith.popcount import PopcountSpec
from support.planted import Planted, plant

SPECS = [PopcountSpec(width=width) for width in (2, 3, 5)]
JSON = '[{"width": 2}, {"width": 3}, {"width": 5}]'
QUICK = ("--simulator", "amaranth")


def prepared(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Planted:
    """Outcomes to be chosen; commands run in ``folder``, which has ``points.json`` and no cache."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("NEUROLOOM_CACHE", str(folder.with_name(f"{folder.name}-cache")))
    (folder / "points.json").write_text(JSON)
    return plant(monkeypatch)


def wide(spec: Any) -> str:
    """The outcome of each of the points: a pass, a run that is stopped, a failure."""
    return "failed" if spec.width >= 5 else "stopped" if spec.width == 3 else "passed"
