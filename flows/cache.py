"""What was built once is not built again: folders keyed by the content they are made from."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from platformdirs import user_cache_path

from neuroloom.flows.errors import UsageError


def cache_folder() -> Path:
    """``$NEUROLOOM_CACHE`` where set, else the user's cache folder."""
    chosen = os.environ.get("NEUROLOOM_CACHE")
    return Path(chosen).resolve() if chosen else user_cache_path("neuroloom")


def cached_folder(name: str, parts: Sequence[str], make: Callable[[Path, Path], None]) -> Path:
    """The folder that ``make(scratch, result)`` fills for these ``parts``, made once.

    It is made aside and renamed, so that it is never half made, whatever is interrupted and
    whoever builds the same at the same time.
    """
    key = hashlib.sha256(repr(tuple(parts)).encode()).hexdigest()[:20]
    folder = cache_folder() / f"{name}-{key}"
    if folder.exists():
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        scratch_folder = tempfile.TemporaryDirectory(dir=folder.parent, prefix=".building-")
    except OSError as error:
        raise UsageError(
            f"cannot write to the cache {folder.parent}: {error.strerror}; "
            "set NEUROLOOM_CACHE to a folder you can write to"
        ) from None
    with scratch_folder as scratch:
        result = Path(scratch, "result")
        result.mkdir()
        make(Path(scratch), result)
        try:
            result.rename(folder)
        except OSError:
            if not folder.exists():  # otherwise another process came first
                raise
    return folder


@contextmanager
def written_aside(folder: Path) -> Iterator[Path]:
    """A new folder beside ``folder`` whose files are moved into it when all went well.

    UsageError when ``folder`` cannot be written to; nothing is left behind on any error.
    """
    created = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(dir=folder, prefix=".writing-"))
    except OSError as error:
        raise UsageError(f"cannot write to {folder}: {error.strerror}") from None
    try:
        yield scratch
        for file in sorted(scratch.iterdir()):
            file.replace(folder / file.name)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        if created and not any(folder.iterdir()):
            folder.rmdir()
