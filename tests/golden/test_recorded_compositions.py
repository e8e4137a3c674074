"""Composed macros give the tokens, inventories and cycles that they gave written by hand."""

import json
from typing import Any

import pytest
from recorded_compositions import FILE, digest, digests
from support.effort import effort

from neuroloom.flows.macros.catalogue import macro
from neuroloom.golden.inventory import Inventory
from neuroloom.golden.systems.core_network import CoreNetworkSpec

RECORDED = [
    (name, number, record)
    for name, records in json.loads(FILE.read_text()).items()
    for number, record in enumerate(records)
]


@pytest.mark.regression
@pytest.mark.parametrize(("name", "number", "record"), RECORDED[:: effort(6, 1)])
def test_it_gives_what_was_recorded(name: str, number: int, record: dict[str, Any]) -> None:
    spec = macro(name).spec.model_validate(record["spec"])
    given = digests(spec, number)
    if isinstance(spec, CoreNetworkSpec):  # its queues, forks and constants had been left out
        parts = sum((part.inventory for part in spec.parts.values()), Inventory())
        given["inventory"] = digest(repr(parts))
    assert {"spec": record["spec"], **given} == record
