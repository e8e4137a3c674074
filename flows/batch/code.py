"""The text of our own code as a digest: a result had by other code is another result."""

import hashlib
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable


@cache
def code_digest(*packages: str) -> str:
    """Of every Python file in these packages and below them."""
    text = hashlib.sha256()
    for package in packages:
        _add(text, resources.files(package))
    return text.hexdigest()


def _add(text: "hashlib._Hash", folder: Traversable) -> None:
    for entry in sorted(folder.iterdir(), key=lambda each: each.name):
        if entry.is_dir():
            _add(text, entry)
        elif entry.name.endswith(".py"):
            text.update(entry.name.encode())
            text.update(entry.read_bytes())
