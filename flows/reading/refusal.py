"""What reading a file raises, as one sentence that names the file."""

import csv
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from neuroloom.flows.errors import UsageError, reason
from neuroloom.golden.wording import plain, quoted, told

DAMAGED = (
    ValueError, OverflowError, EOFError, NotImplementedError, zipfile.BadZipFile, zlib.error,
    lzma.LZMAError, struct.error, csv.Error,
)  # fmt: skip
"""What libraries raise for a file that is not as it should be."""


@contextmanager
def reading(file: Path, what: str, wrong: str = "") -> Iterator[None]:
    """Whatever goes wrong inside becomes a UsageError: ``cannot read WHAT FILE: reason``.

    ``wrong`` is said in its place of a file that was read and holds something else, such as
    ``is not a chip file``. Errors that are sentences already pass.
    """
    named = f"{what} {file}".strip()
    try:
        yield
    except OSError as error:
        raise UsageError(f"cannot read {named}: {reason(error)}") from None
    except MemoryError:
        raise UsageError(f"cannot read {named}: it needs more memory than there is") from None
    except RecursionError:
        raise UsageError(f"cannot read {named}: its parts are nested too deep") from None
    except ValidationError as error:
        raise UsageError(f"{file}: {first_problem(error)}") from None
    except DAMAGED as error:
        begin = f"{file} {wrong}" if wrong else f"cannot read {named}"
        raise UsageError(f"{begin}: {words(error)}") from None


def check_format(fields: dict[str, Any], name: str, version: int) -> None:
    """Take ``format`` and ``version`` from a document; ValueError where they are others."""
    found = fields.pop("format", None), fields.pop("version", None)
    if found != (name, version) or type(found[1]) is not int:
        raise ValueError(
            f"format {quoted(found[0])}, version {quoted(found[1])}; "
            f"it takes format {name!r}, version {version}"
        )


def words(error: Exception) -> str:
    """What an error says, on a line."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return told(lines[0])


def first_problem(error: ValidationError, whole: str = "") -> str:
    """The first thing that a model refuses: its place, or what the whole is called, and why."""
    problem = error.errors(include_url=False, include_context=False)[0]
    where = place(problem["loc"]) or whole
    message = told(problem["msg"].removeprefix("Value error, "))
    return f"{where}: {message}" if where else message


def place(location: tuple[int | str, ...]) -> str:
    """A dotted place inside a document."""
    return ".".join(plain(step) for step in location)
