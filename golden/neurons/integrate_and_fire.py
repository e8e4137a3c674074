"""Integrate-and-fire neuron without leak: one input added."""

from typing import ClassVar, Self

import numpy as np
from pydantic import Field as Parameter
from pydantic import model_validator

from neuroloom.golden.contract import Contract
from neuroloom.golden.formats import Overflow
from neuroloom.golden.inventory import Inventory
from neuroloom.golden.neurons.decay import Leak
from neuroloom.golden.neurons.lif import SPIKE, update_inventory, update_streams
from neuroloom.golden.neurons.lif_options import LifOptions, Reset, UpdateStep
from neuroloom.golden.neurons.lif_update import update
from neuroloom.golden.ports import Stream, Traffic
from neuroloom.golden.spec import Model, Spec
from neuroloom.golden.unused import unless


class IntegrateAndFireSpec(Spec):
    """Parameters of ``integrate_and_fire``."""

    macro: ClassVar[str] = "integrate_and_fire"
    summary: ClassVar[str] = "integrate-and-fire neuron without leak, one input added"
    """neuron update: integrate, threshold after every input, reset by wrap-around, subtraction or
    value
    """
    source: ClassVar[str] = (
        "wrap-around membrane and clamp at 0: Stuijt et al. 2021 (7-bit accumulator, 0 to 63)"
    )

    membrane_bits: int = Parameter(default=6, ge=2, le=32, description="width of V [bit]")
    membrane_signed: bool = Parameter(default=False, description="V in two's complement")
    input_bits: int = Parameter(
        default=4, ge=2, le=24, description="width of an input, in two's complement [bit]"
    )
    overflow: Overflow = Parameter(
        default=Overflow.SATURATE, description="rule for V outside its range"
    )
    reset: Reset = Parameter(default=Reset.WRAP, description="what V becomes when it fires")
    reset_value: int = Parameter(
        default=0, ge=-(1 << 31), lt=1 << 32, description="V after firing, for reset=to-value"
    )
    pipeline: int = Parameter(
        default=0,
        ge=0,
        le=2,
        description="registers: at the output, and between sum and comparison [cycle]",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        assert self.options  # its checks are these
        return self

    @property
    def options(self) -> LifOptions:
        """The same neuron among those with leak."""
        return LifOptions(
            membrane_bits=self.membrane_bits,
            membrane_signed=self.membrane_signed,
            input_bits=self.input_bits,
            overflow=self.overflow,
            step=UpdateStep.CLOCKED,
            leak=Leak.NONE,
            reset=self.reset,
            reset_value=self.reset_value,
        )

    @property
    def unused(self) -> frozenset[str]:
        return unless(reset_value=self.reset is Reset.TO_VALUE)

    @property
    def streams(self) -> tuple[Stream, ...]:
        return update_streams(self.options)

    @property
    def contract(self) -> Contract:
        return Contract("update", {"update": 1}, {"updated": 1}, latency=self.pipeline, interval=1)

    @property
    def inventory(self) -> Inventory:
        return update_inventory(self.options, self.pipeline)

    def model(self) -> "IntegrateAndFireModel":
        return IntegrateAndFireModel(self)


class IntegrateAndFireModel(Model[IntegrateAndFireSpec]):
    """``V + input`` fitted, then compared; with ``wrap`` a spike is an overflow of V.

    ``wrap`` keeps V in 0 … ``2**membrane_bits - 1``: it fires when the sum is greater and keeps the
    rest; a negative sum becomes 0. The others fire at ``V >= threshold``.
    """

    def run(self, traffic: Traffic) -> Traffic:
        operands = {
            name: np.asarray(column, np.int64) for name, column in traffic["update"].items()
        }
        options = self.spec.options
        result = update(options, operands)
        return {"updated": {field.name: result[field.name] for field in (SPIKE, *options.state)}}
