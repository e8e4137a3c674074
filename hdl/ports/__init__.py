"""Families of ports: what the streams of a macro look like at its Verilog module.

A family is a module of this package, found by its name; its class is named after it, as
``FlatPorts`` of ``flat``. What drives it in benches is the module of that name in
:mod:`neuroloom.verif.ports`. Their names are had without Amaranth, which a bench in a simulator
does not need and which takes a third of its start.
"""

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from neuroloom.golden.wording import quoted

if TYPE_CHECKING:
    from neuroloom.hdl.port_family import Ports

FLAT = "flat"
"""The family that is used unless another one is asked for."""


def families() -> list[str]:
    """The names of all families, in alphabetical order."""
    return sorted(module.name for module in iter_modules(__path__))


def check_family(name: str) -> None:
    """ValueError with the families that there are when there is none of this name."""
    found = families()
    if name not in found:
        raise ValueError(f"there are no ports named {quoted(name)}; there are: {', '.join(found)}")


def family(name: str) -> "type[Ports]":
    """The ports of a family; ValueError as :func:`check_family` has it."""
    check_family(name)
    stem = "".join(word.capitalize() for word in name.split("_"))
    ports: type[Ports] = getattr(import_module(f"{__name__}.{name}"), f"{stem}Ports")
    return ports
