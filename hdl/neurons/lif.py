"""Leaky integrate-and-fire neuron: one update of its state."""

from typing import Any

from amaranth.hdl import Module, Value

from neuroloom.golden.neurons.lif import LifSpec
from neuroloom.golden.neurons.lif_options import LFSR_DEGREE, LifOptions, Noise
from neuroloom.hdl.arith.lfsr import Lfsr
from neuroloom.hdl.arith.pipeline import lockstep
from neuroloom.hdl.component import Component
from neuroloom.hdl.neurons.lif_update import fire, integrate
from neuroloom.hdl.parts import handed_over, register


class Lif(Component[LifSpec]):
    """The unit between its streams; without registers they are tied together."""

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec = self.spec
        given: dict[str, Value] = {}
        if spec.noise is Noise.LFSR:
            m.submodules.lfsr = lfsr = Lfsr(LFSR_DEGREE, spec.seed, spec.noise_bits)
            m.d.comb += lfsr.take.eq(handed_over(self.update))
            given["noise"] = lfsr.word
        connect(m, spec, spec.pipeline, self.update, self.updated, given)
        return m


def connect(
    m: Module,
    options: LifOptions,
    pipeline: int,
    update: Any,
    updated: Any,
    given: dict[str, Value],
) -> None:
    """The unit from one stream to the other, with what is ``given`` besides."""
    advance = lockstep(m, update, updated, pipeline)
    for field in (*options.state, *options.parameters, *options.drive):
        given.setdefault(field.name, update.payload[field.name])
    integrated: dict[str, Value] = dict(integrate(m, options, given))
    if pipeline == 2:
        integrated = registered(m, advance, integrated)
    result: dict[str, Value] = dict(fire(m, options, integrated))
    if pipeline:
        result = registered(m, advance, result)
    for name, value in result.items():
        m.d.comb += updated.payload[name].eq(value)


def registered(m: Module, advance: Value, values: dict[str, Value]) -> dict[str, Value]:
    """Each value a cycle later, held without ``advance``."""
    return {name: register(m, value, advance, f"held_{name}") for name, value in values.items()}
