"""Finished points, one file each."""

import os
import tempfile
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from neuroloom.flows.owned import owned, remove_abandoned
from neuroloom.flows.sealed import seal, unseal
from neuroloom.flows.synthesis.report import TargetReport
from neuroloom.flows.writing import ASIDE, cannot_write


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
        """UsageError when ``folder`` cannot be written to, OutputFailed when its disk is full."""
        self.folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()
        except OSError as error:
            raise cannot_write(folder, error) from None
        remove_abandoned(folder, ASIDE)

    def get(self, key: str) -> Finished | None:
        """The point, or None where it is not there, is of an older form, or is damaged."""
        found = unseal(self._file(key), Finished)
        return found if found is not None and found.key == key else None

    def put(self, point: Finished) -> None:
        """Keep the point. OutputFailed, with nothing left, when the disk is full."""
        name = ""
        try:
            aside, name = tempfile.mkstemp(dir=self.folder, prefix=owned(ASIDE))
            with os.fdopen(aside, "w") as file:
                file.write(seal(point))
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(self._file(point.key))
        except OSError as error:
            raise cannot_write(self.folder, error) from None
        finally:
            if name:
                Path(name).unlink(missing_ok=True)

    def _file(self, key: str) -> Path:
        return self.folder / f"{key}.json"
