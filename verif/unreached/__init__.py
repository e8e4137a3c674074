"""Verilog that no run of the bench reaches, and why, area by area."""

from collections import ChainMap
from importlib import import_module
from pkgutil import iter_modules

AREAS = tuple(
    import_module(f"{__name__}.{area.name}")
    for area in iter_modules(__path__)
    if area.name != "reasons"
)
UNREACHED: dict[tuple[str, str, str], str] = dict(ChainMap(*(area.UNREACHED for area in AREAS)))
"""Reasons by macro, module and statement or net, as ``verify --code-coverage`` names them."""
