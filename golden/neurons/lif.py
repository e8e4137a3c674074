"""Leaky integrate-and-fire neuron: one update of its state."""

from typing import ClassVar, Self

import numpy as np
from pydantic import Field as Parameter
from pydantic import model_validator

from neuroloom.golden.arith.lfsr import LfsrModel
from neuroloom.golden.contract import Contract
from neuroloom.golden.inventory import Inventory, register
from neuroloom.golden.neurons.lif_inventory import firing, integration, noise_source
from neuroloom.golden.neurons.lif_options import LFSR_DEGREE, LifOptions, Noise
from neuroloom.golden.neurons.lif_update import update
from neuroloom.golden.ports import Field, Stream, Traffic
from neuroloom.golden.spec import Model, Spec

SPIKE = Field("spike", 1, "it fires")


def update_streams(options: LifOptions) -> tuple[Stream, Stream]:
    """An update with the state before it, and the state after it."""
    operands = (*options.state, *options.parameters, *options.drive)
    return (
        Stream("update", "in", operands, "state before, parameters, and what happens"),
        Stream("updated", "out", (SPIKE, *options.state), "state after"),
    )


def update_inventory(options: LifOptions, pipeline: int) -> Inventory:
    """The unit with ``pipeline`` registers: at its output, then between its halves."""
    bits = [
        sum(field.bits for field in fields)
        for fields in ((SPIKE, *options.state), options.integrated)
    ]
    registers = register(sum(bits[:pipeline]) + pipeline)
    handshake = Inventory(gates=2 if pipeline else 0)
    return integration(options).then(firing(options)) + registers + handshake


class LifSpec(LifOptions, Spec):
    """Parameters of ``lif``."""

    macro: ClassVar[str] = "lif"
    summary: ClassVar[str] = "leaky integrate-and-fire neuron, one update of its state"
    """leaky neuron update: shift, constant or multiplicative leak, synaptic current, adaptive and
    noisy threshold, refractory period, leak by time stamps
    """
    source: ClassVar[str] = (
        "Gerstner and Kistler 2002, chapter 4; shift leak and thresholds of digital cores, e.g. "
        "Stuijt et al. 2021; adaptation: Bellec et al. 2018"
    )

    pipeline: int = Parameter(
        default=0,
        ge=0,
        le=2,
        description="registers: at the output, and between integration and firing [cycle]",
    )

    @model_validator(mode="after")
    def _check_seed(self) -> Self:
        if self.noise is Noise.LFSR and not self.noise_bits:
            raise ValueError("noise=lfsr needs a width: give noise_bits")
        return self

    @property
    def streams(self) -> tuple[Stream, ...]:
        return update_streams(self)

    @property
    def contract(self) -> Contract:
        return Contract("update", {"update": 1}, {"updated": 1}, latency=self.pipeline, interval=1)

    @property
    def inventory(self) -> Inventory:
        return update_inventory(self, self.pipeline) + noise_source(self)

    def model(self) -> "LifModel":
        return LifModel(self)


class LifModel(Model[LifSpec]):
    """Every update by :func:`neuroloom.golden.neurons.lif_update.update`.

    With ``noise=lfsr`` every update takes ``noise_bits`` fresh bits, from ``seed`` on after reset.
    """

    def __init__(self, spec: LifSpec) -> None:
        super().__init__(spec)
        self._lfsr = LfsrModel(LFSR_DEGREE, spec.seed)

    def reset(self) -> None:
        self._lfsr.reset()

    def run(self, traffic: Traffic) -> Traffic:
        spec = self.spec
        operands = {
            name: np.asarray(column, np.int64) for name, column in traffic["update"].items()
        }
        if spec.noise is Noise.LFSR:
            operands["noise"] = self._lfsr.words(len(operands["membrane"]), spec.noise_bits)
        result = update(spec, operands)
        return {"updated": {field.name: result[field.name] for field in (SPIKE, *spec.state)}}
