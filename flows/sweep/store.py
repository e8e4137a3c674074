"""Finished points, one file each."""

import os
import tempfile
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from neuroloom.flows.errors import UsageError
from neuroloom.flows.synthesis.report import TargetReport


class Finished(BaseModel):
    """A computed point."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    macro: str
    spec: dict[str, Any]
    seconds: float
    """Wall-clock time it took."""
    report: TargetReport


class Store:
    """A folder of finished points by key.

    A point is written aside and renamed: it is there as a whole or not at all, whatever is killed
    and whoever writes the same point at the same time.
    """

    def __init__(self, folder: Path) -> None:
        """UsageError when ``folder`` cannot be written to."""
        self.folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()
        except OSError as error:
            raise UsageError(f"cannot write to {folder}: {error.strerror}") from None

    def get(self, key: str) -> Finished | None:
        """The point, or None where it is not there or is of an older form."""
        try:
            found = Finished.model_validate_json(self._file(key).read_bytes())
        except (FileNotFoundError, ValidationError):
            return None
        return found if found.key == key else None

    def put(self, point: Finished) -> None:
        aside, name = tempfile.mkstemp(dir=self.folder, prefix=".writing-")
        try:
            with os.fdopen(aside, "w") as file:
                file.write(point.model_dump_json(indent=1) + "\n")
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(self._file(point.key))
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def _file(self, key: str) -> Path:
        return self.folder / f"{key}.json"
