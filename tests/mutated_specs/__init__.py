"""Small specifications that use all of each module below ``neuroloom.hdl``, area by area."""

from importlib import import_module
from pkgutil import iter_modules

from support.areas import joined

from neuroloom.golden.spec import Spec

SPECS: dict[str, tuple[Spec, ...]] = joined(
    import_module(f"{__name__}.{area.name}").SPECS for area in iter_modules(__path__)
)
"""Module below ``neuroloom.hdl`` to small specifications that use all of it."""
