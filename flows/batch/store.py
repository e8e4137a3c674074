"""Finished jobs, one file each."""

import os
import tempfile
from pathlib import Path
from typing import Any, Generic

from neuroloom.flows.batch.job import R
from neuroloom.flows.tools.frozen import Frozen
from neuroloom.flows.tools.owned import owned, remove_abandoned
from neuroloom.flows.tools.sealed import seal, unseal
from neuroloom.flows.tools.writing import ASIDE, cannot_write


class Finished(Frozen, Generic[R]):
    """A job that was computed."""

    key: str
    macro: str
    spec: dict[str, Any]
    seconds: float
    """Wall-clock time it took."""
    report: R


class JobStore(Generic[R]):
    """A folder of finished jobs by key.

    One is written aside and renamed: it is there as a whole or not at all, whatever is killed
    and whoever writes the same at the same time.
    """

    def __init__(self, folder: Path, form: type[Finished[R]]) -> None:
        """``form`` is what the files hold.

        UsageError when ``folder`` cannot be written to, OutputFailed when its disk is full.
        """
        self.folder = folder
        self._form = form
        try:
            folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()
        except OSError as error:
            raise cannot_write(folder, error) from None
        remove_abandoned(folder, ASIDE)

    def get(self, key: str) -> Finished[R] | None:
        """The job, or None where it is not there, is of an older form, or is damaged."""
        found = unseal(self._file(key), self._form)
        return found if found is not None and found.key == key else None

    def put(self, finished: Finished[R]) -> None:
        """Keep the job. OutputFailed, with nothing left, when the disk is full."""
        name = ""
        try:
            aside, name = tempfile.mkstemp(dir=self.folder, prefix=owned(ASIDE))
            with os.fdopen(aside, "w") as file:
                file.write(seal(finished))
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(self._file(finished.key))
        except OSError as error:
            raise cannot_write(self.folder, error) from None
        finally:
            if name:
                Path(name).unlink(missing_ok=True)

    def _file(self, key: str) -> Path:
        return self.folder / f"{key}.json"
