"""Composed macros give the tokens, inventories and cycles that they gave written by hand."""

import json
from typing import Any

import pytest
from effort import effort
from recorded_compositions import FILE, digests

from neuroloom.flows.catalogue import macro

RECORDED = [
    (name, number, record)
    for name, records in json.loads(FILE.read_text()).items()
    for number, record in enumerate(records)
]


@pytest.mark.regression
@pytest.mark.parametrize(("name", "number", "record"), RECORDED[:: effort(6, 1)])
def test_it_gives_what_was_recorded(name: str, number: int, record: dict[str, Any]) -> None:
    fields = record.pop("spec")
    assert digests(macro(name).spec.model_validate(fields), number) == record
