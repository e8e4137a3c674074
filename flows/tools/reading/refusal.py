"""What reading a file raises, as one sentence that names the file."""

import csv
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from neuroloom.flows.tools.errors import UsageError, reason
from neuroloom.golden.wording import plain, quoted, told

DAMAGED = (
    ValueError,
    OverflowError,
    EOFError,
    NotImplementedError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    csv.Error,
)
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
        other = f"format {quoted(found[0])}, version {quoted(found[1])}"
        if found == (None, None):
            other = "it names no format"
        raise ValueError(f"{other}; it takes format {name!r}, version {version}")


def words(error: Exception) -> str:
    """What an error says, on a line."""
    if isinstance(error, zipfile.BadZipFile) and "File name in directory" in str(error):
        return "the archive is damaged: a file in it has two names"
    lines = str(error).strip().splitlines()
    if lines and not lines[0].startswith("EOF:"):  # as numpy says it
        return told(lines[0])
    return "it ends too early" if lines or isinstance(error, EOFError) else type(error).__name__


def first_problem(error: ValidationError, whole: str = "") -> str:
    """The first thing that a model refuses: its place, or what the whole is called, and why."""
    problem = error.errors(include_url=False)[0]
    where = place(problem["loc"]) or whole
    message = problem_words(problem)
    return f"{where}: {message}" if where else message


def problem_words(problem: Mapping[str, Any]) -> str:
    """What a model says of a value, in words of documents: tables, lists and texts."""
    kind, context = problem["type"], problem.get("ctx", {})
    if kind in ("model_type", "dict_type", "model_attributes_type"):
        return "Input should be a table of fields"
    if kind in ("tuple_type", "list_type"):
        return "Input should be a list"
    if kind == "union_tag_invalid":
        name, known = context["discriminator"].strip("'"), context["expected_tags"]
        return f"Its {name} should be one of {told(known)}, not {quoted(context['tag'])}"
    if kind == "union_tag_not_found":
        return f"It has no {context['discriminator']}".replace("'", "")
    return told(problem["msg"].removeprefix("Value error, "))


def place(location: tuple[int | str, ...]) -> str:
    """A dotted place inside a document."""
    return ".".join(plain(step) for step in location)
