"""The command map, and what it tells as JSON."""

import json
from typing import Any

import pytest

from support.command_line import run


def told(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    """The JSON document of the command."""
    status, text, message = run(capsys, "map", *words, "--json")
    assert status == 0, message
    document: dict[str, Any] = json.loads(text)
    return document
