"""What drives a macro at its ports: a module for each family of :mod:`neuroloom.hdl.ports`."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from random import Random

from neuroloom.golden.ports import Stream
from neuroloom.hdl.ports import check_family
from neuroloom.verif.partners import Consumer, Producer
from neuroloom.verif.simulator import Simulator


@dataclass(frozen=True)
class Drivers:
    """What a family's module defines, by these names."""

    producer_of: Callable[[Simulator, Stream, Random], Producer]
    """What sends the tokens of an input stream."""
    consumer_of: Callable[[Simulator, Stream, Random], Consumer]
    """What accepts those of an output stream, and holds them against what is expected."""


def drivers(name: str) -> Drivers:
    """Those of a family; ValueError with the families that there are when there is none."""
    check_family(name)
    module = import_module(f"{__name__}.{name}")
    return Drivers(module.producer_of, module.consumer_of)
