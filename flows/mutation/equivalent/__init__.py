"""Mutants of the catalogue that no bench can notice, and why, area by area.

A mutant is named by its module, the function around it, what became of what, and which of several
such changes it is, so that other line breaks and edits of other functions leave it known. Tests
hold that each of them exists and survives.
"""

from collections import ChainMap
from importlib import import_module
from pkgutil import iter_modules

AREAS = tuple(
    import_module(f"{__name__}.{area.name}")
    for area in iter_modules(__path__)
    if area.name != "reasons"
)
EQUIVALENT = dict(ChainMap(*(area.EQUIVALENT for area in AREAS)))
"""The reason of each."""
