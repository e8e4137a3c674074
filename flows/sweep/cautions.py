"""What specifications of a sweep do not compute as they are wanted to."""

from collections.abc import Mapping, Sequence
from typing import Any

from neuroloom.flows.sweep.plan import fields, varying
from neuroloom.flows.sweep.result import SweepPoint
from neuroloom.flows.sweep.table import short
from neuroloom.golden.spec import Spec

SHOWN = 6
"""Specifications that are told of one by one."""


def of_specs(specs: Sequence[Spec]) -> list[str]:
    """A sentence for each of the first that have any, and how many more there are."""
    names = varying(specs)
    return _first([(_values(names, fields(spec)), spec.cautions()) for spec in specs])


def of_points(names: Sequence[str], points: Sequence[SweepPoint]) -> list[tuple[str, str]]:
    """The values of ``names`` and the caution, once for points of one specification."""
    found = {
        (_values(names, point.fields), caution): None
        for point in points
        for caution in point.cautions
    }
    return list(found)


def _first(cautious: Sequence[tuple[str, tuple[str, ...]]]) -> list[str]:
    having = [(values, cautions) for values, cautions in cautious if cautions]
    said = [
        f"{values}: {caution}" if values else caution
        for values, cautions in having[:SHOWN]
        for caution in cautions
    ]
    rest = len(having) - SHOWN
    if rest > 0:
        said.append(f"{rest} more of {len(cautious)} specifications have such a caution")
    return said


def _values(names: Sequence[str], values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={short(values.get(name))}" for name in names)
