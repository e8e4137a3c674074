"""JSON that carries a digest of its content, so that a damaged file is not taken for a result."""

import hashlib
import json
import sys
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from neuroloom.golden.wording import visible

Content = TypeVar("Content", bound=BaseModel)
DIGEST = "sha256"


def seal(content: BaseModel, **digests: str) -> str:
    """The content as JSON with its digest; ``digests`` are those of files that belong to it."""
    fields = {**content.model_dump(mode="json"), **digests}
    return json.dumps({**fields, DIGEST: _digest(fields)}, indent=1) + "\n"


def unseal(file: Path, kind: type[Content], **files: Path) -> Content | None:
    """The content of a file of :func:`seal`; None where it is not there or is of an older form.

    None, too, with a line on standard error, where it or one of ``files`` was changed since.
    """
    try:
        fields = json.loads(file.read_bytes())
        if isinstance(fields, dict) and DIGEST not in fields:
            return None
        sound = fields.pop(DIGEST) == _digest(fields) and all(
            fields.pop(name) == digest_of(each) for name, each in files.items()
        )
    except FileNotFoundError as error:
        if Path(error.filename) == file:
            return None
        sound = False
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        sound = False
    if not sound:
        print(f"neuroloom: {visible(str(file))} is damaged; it is made anew", file=sys.stderr)
        return None
    try:
        return kind.model_validate(fields)
    except ValidationError:
        return None


def digest_of(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _digest(fields: dict[str, Any]) -> str:
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
