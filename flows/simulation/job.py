"""What a bench run is asked to do and what it reports, as files between processes."""

from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import Field

from neuroloom.flows.tools.frozen import Frozen
from neuroloom.golden.ports import Traffic


class BenchJob(Frozen):
    """One bench run."""

    macro: str
    spec: dict[str, Any]
    seed: int
    operations: int | None = None
    """Random operations; the macro's own number when None."""
    traffic: Path | None = None
    """Traffic to replay without gaps instead of the regimen."""
    constants: dict[str, int] = Field(default_factory=dict)
    """Inputs that the design has beside those of the macro, and the value of each throughout."""


class BenchOutcome(Frozen):
    """What came of a job: the bench's report, or the error that ended it."""

    status: Literal["passed", "failed", "crashed", "stopped"]
    message: str = ""
    inputs: tuple[str, ...] = ()
    """What the operation that failed was given, a line a stream."""
    report: dict[str, Any] = Field(default_factory=dict)
    simulator: str = ""
    seconds: float = 0.0


def save_traffic(traffic: Traffic, file: Path) -> None:
    """Traffic as a compressed numpy archive with one array a field, ``stream.field``."""
    arrays: dict[str, Any] = {
        f"{stream}.{field}": values
        for stream, tokens in traffic.items()
        for field, values in tokens.items()
    }
    np.savez_compressed(file, **arrays)


def load_traffic(file: Path) -> Traffic:
    """The inverse of :func:`save_traffic`."""
    traffic: dict[str, dict[str, Any]] = {}
    with np.load(file) as archive:
        for key in archive.files:
            stream, _, field = key.partition(".")
            traffic.setdefault(stream, {})[field] = archive[key]
    return traffic
