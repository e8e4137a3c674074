"""JSON and TOML documents, read strictly."""

import json
import re
import tomllib
from math import isfinite
from typing import Any

from neuroloom.golden.wording import quoted

DEEPEST = 50
"""Tables and lists inside each other in a document."""
MOST_BITS = 1023
"""Widest integer [bit]: it fits a float."""
PART = r"""(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*"""
DOTTED = re.compile(rf"""(?<![\w."'-])(?:{PART}){{{DEEPEST}}}""")
"""A key of more parts than documents are deep: tomllib's time grows with their square."""


def parse_json(text: str | bytes) -> Any:
    """The value of a JSON document.

    ValueError for what is no JSON, a name twice in an object, numbers that are not finite, or more
    than ``DEEPEST`` levels.
    """
    try:
        value = json.loads(text, object_pairs_hook=_object)
    except RecursionError:
        raise ValueError(TOO_DEEP) from None
    check_values(value)
    return value


def parse_toml(text: str) -> dict[str, Any]:
    """The table of a TOML document. ValueError as for JSON, and for dates and times."""
    if DOTTED.search(text):
        raise ValueError(TOO_DEEP)
    try:
        table = tomllib.loads(text)
    except RecursionError:
        raise ValueError(TOO_DEEP) from None
    check_values(table)
    return table


def check_values(value: Any) -> None:
    """ValueError where a document is too deep, or holds what is no finite number, text or truth."""
    level = [value]
    for _ in range(DEEPEST + 1):
        level = [child for parent in level for child in _children(parent)]
        if not level:
            return
    raise ValueError(TOO_DEEP)


TOO_DEEP = f"it is nested deeper than {DEEPEST} levels"


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    if isinstance(value, list):
        return value
    if isinstance(value, float) and not isfinite(value):
        raise ValueError(f"{value} is no number that a field takes")
    if isinstance(value, int) and value.bit_length() > MOST_BITS:
        raise ValueError(f"{quoted(value)} is no number that a field takes")
    if value is not None and not isinstance(value, str | int | float):
        raise ValueError(f"{value} is a date or time, which no field takes")
    return []


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table: dict[str, Any] = {}
    for name, value in pairs:
        if name in table:
            raise ValueError(f"{quoted(name)} is given twice")
        table[name] = value
    return table
