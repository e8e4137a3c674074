"""Specifications that failed, kept in a file of points that ``--points`` reads."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from neuroloom.flows.macros.catalogue import Macro
from neuroloom.flows.sweep.plan import read_points, specifications
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.tools.writing import write_text
from neuroloom.golden.spec import Spec


def kept_points(macro: Macro, file: Path) -> list[dict[str, Any]]:
    """The points that the file has; none where it is not there. UsageError for another file."""
    if file.suffix != ".json":
        raise UsageError(f"--keep {file}: points are kept as JSON; name a file that ends in .json")
    if not file.exists():
        return []
    planned = specifications(macro, read_points(file))
    return [_dumped(spec) for spec in planned.specs]


def keep(macro: Macro, specs: Sequence[Spec], file: Path) -> Path:
    """Add specifications to the file, each once."""
    points = kept_points(macro, file)
    points += [point for point in map(_dumped, dict.fromkeys(specs)) if point not in points]
    rows = ",\n ".join(json.dumps(point) for point in points)
    write_text(file, f"[{rows}]\n")
    return file


def _dumped(spec: Spec) -> dict[str, Any]:
    return spec.model_dump(mode="json", exclude_none=True)
