"""Of all tests, as a plugin of pytest, those that a new macro meets: the ones of its name, and the
ones over the whole catalogue.
"""

import inspect
import os
import re

import pytest

NAME = os.environ.get("NEW_MACRO", "")
WHOLE = re.compile(
    r"\b(macros\(\)(?!\[)|entries\(\)|listed\(\)|ORACLES\b|catalogue_markdown|AREAS\b)"
)
"""What a test over all macros asks for; ``macros()[...]`` asks for one."""
MARKED = ("regression", "flow")


def meets(item: pytest.Item) -> bool:
    """Whether a test has to do with the macro."""
    if NAME in item.nodeid:
        return True
    if hasattr(item, "callspec") or any(map(item.get_closest_marker, MARKED)):
        return False
    return WHOLE.search(inspect.getsource(item.function)) is not None  # type: ignore[attr-defined]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items[:] = filter(meets, items)
