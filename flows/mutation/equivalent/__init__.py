"""Mutants of the catalogue that no bench can notice, and why, area by area.

A mutant is named by its module, the text of its line and what became of what, so that edits
elsewhere in the file leave it known. Tests hold that each of them exists and survives.
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
"""(module, text, before, after) to the reason."""
