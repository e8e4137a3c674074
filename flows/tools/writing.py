"""Folders that take results: tried before the work, filled as a whole or not at all."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from neuroloom.flows.tools.errors import DISK_ERRORS, NeuroloomError, OutputFailed, UsageError
from neuroloom.flows.tools.owned import owned, remove, remove_abandoned

ASIDE = ".writing-"


def cannot_write(place: Path, error: OSError) -> NeuroloomError:
    """The sentence for an error of writing: a wrong folder, or a disk that is full."""
    reason = "it is a file" if isinstance(error, FileExistsError) else error.strerror or error
    sentence = f"cannot write to {place}: {reason}"
    if error.errno in DISK_ERRORS:
        return OutputFailed(f"{sentence}; free some space there, or name another folder")
    return UsageError(sentence)


@contextmanager
def output_folder(folder: Path | None) -> Iterator[None]:
    """Try ``folder`` before the work whose result it takes; no empty folder is left behind.

    UsageError when it cannot be written to, OutputFailed when its disk is full.
    """
    if folder is None:
        yield
        return
    made: list[Path] = []
    try:
        made = _make(folder)
        with tempfile.TemporaryFile(dir=folder, prefix=owned(ASIDE)) as trial:
            trial.write(bytes(4096))
    except OSError as error:
        _unmake(made)
        raise cannot_write(folder, error) from None
    remove_abandoned(folder, ASIDE)
    try:
        yield
    finally:
        _unmake(made)


@contextmanager
def written_aside(folder: Path) -> Iterator[Path]:
    """A new folder beside ``folder`` whose files are moved into it when all went well.

    UsageError when ``folder`` cannot be written to, OutputFailed when its disk is full; nothing is
    left behind on any error.
    """
    with output_folder(folder):
        try:
            scratch = Path(tempfile.mkdtemp(dir=folder, prefix=owned(ASIDE)))
        except OSError as error:
            raise cannot_write(folder, error) from None
        try:
            yield scratch
            _move(scratch, folder)
        except OSError as error:
            if error.errno not in DISK_ERRORS:
                raise
            raise cannot_write(folder, error) from None
        finally:
            remove(scratch)


def write_text(file: Path, text: str) -> None:
    """Write a text file in UTF-8 as a whole or not at all; errors as those of ``written_aside``."""
    with written_aside(file.parent) as aside:
        (aside / file.name).write_text(text, encoding="utf-8")


def _move(scratch: Path, folder: Path) -> None:
    files = sorted(scratch.iterdir())
    for file in files:
        if (folder / file.name).is_dir():
            raise UsageError(f"cannot write to {folder / file.name}: it is a folder")
    try:
        for file in files:
            file.replace(folder / file.name)
    except OSError as error:
        raise cannot_write(folder, error) from None


def _make(folder: Path) -> list[Path]:
    """The folders that were not there, innermost first."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return missing


def _unmake(made: list[Path]) -> None:
    with suppress(OSError):
        for folder in made:
            folder.rmdir()
