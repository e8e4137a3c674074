"""Verilog of a network of cores, to build and to simulate."""

from importlib import resources

from neuroloom.flows.verilog.emit import Emitted, emit
from neuroloom.golden.systems.core_network import CoreNetworkSpec


def hardware(spec: CoreNetworkSpec, name: str | None = None) -> Emitted:
    """The whole network, digital crossbars included."""
    return emit(spec, name)


def simulated(spec: CoreNetworkSpec) -> str:
    """Verilog for simulations: crossbars add up their products in loops, in the same cycles."""
    return emit(spec, behavioural=True).verilog + "\n" + behaviour()


def behaviour() -> str:
    """The Verilog module that stands for a crossbar's dot products."""
    template = resources.files(__package__).joinpath("templates/dot_product.v")
    return template.read_text(encoding="utf-8")
