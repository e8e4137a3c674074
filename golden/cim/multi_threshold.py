"""Activation by many thresholds: how many of them a value reaches, found by binary search."""

from typing import ClassVar, Self

import numpy as np
from pydantic import Field as Parameter
from pydantic import model_validator

from neuroloom.golden.contract import Contract
from neuroloom.golden.inventory import Inventory, comparator, counter, register, stream_output
from neuroloom.golden.ports import Field, Integers, Stream, Traffic
from neuroloom.golden.spec import Model, Spec


class MultiThresholdSpec(Spec):
    """Parameters of ``multi_threshold``."""

    macro: ClassVar[str] = "multi_threshold"
    summary: ClassVar[str] = "activation by sorted thresholds: pipelined binary search"
    source: ClassVar[str] = "multi-threshold activation of quantised networks, Umuroglu et al. 2017"

    input_bits: int = Parameter(default=8, ge=1, le=32, description="width of a value [bit]")
    signed: bool = Parameter(default=True, description="values and thresholds in two's complement")
    output_bits: int = Parameter(
        default=4, ge=1, le=6, description="width of the activation [bit]: 2**output_bits - 1 steps"
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.signed and self.input_bits == 1:
            raise ValueError("signed needs input_bits of 2 or more: a sign and a digit")
        return self

    @property
    def steps(self) -> int:
        """Thresholds."""
        return (1 << self.output_bits) - 1

    @property
    def streams(self) -> tuple[Stream, ...]:
        value = Field("data", self.input_bits, "a value", signed=self.signed)
        threshold = Field("data", self.input_bits, "least value that reaches it", self.signed)
        code = Field("code", self.output_bits, "thresholds that the value reaches")
        return (
            Stream("values", "in", (value,), "values to activate"),
            Stream("thresholds", "in", (threshold,), "all of them, rising"),
            Stream("codes", "out", (code,), "one a value"),
        )

    @property
    def contract(self) -> Contract:
        stages = self.output_bits
        return Contract("value", {"values": 1}, {"codes": 1}, latency=stages, interval=1)

    @property
    def inventory(self) -> Inventory:
        bits, stages = self.input_bits, self.output_bits
        search = Inventory()
        for stage in range(stages):
            search += comparator(bits) + Inventory(multiplexers=bits * ((1 << stage) - 1))
        held = sum(bits + stage + 1 for stage in range(stages - 1)) + stages - 1
        stored = register(self.steps * bits) + counter(self.steps) + register(1)
        return search + register(held) + stored + stream_output(stages) + Inventory(gates=4)

    def model(self) -> "MultiThresholdModel":
        return MultiThresholdModel(self)


class MultiThresholdModel(Model[MultiThresholdSpec]):
    """``code`` = number of thresholds that are at most the value, for thresholds that rise.

    Thresholds out of order give what the binary search finds. A load takes effect for the values
    after it; ValueError for a value before the first load or for a load in part.
    """

    def __init__(self, spec: MultiThresholdSpec) -> None:
        super().__init__(spec)
        self.reset()

    def reset(self) -> None:
        self._thresholds: Integers | None = None

    def run(self, traffic: Traffic) -> Traffic:
        spec = self.spec
        if "thresholds" in traffic and len(loads := np.asarray(traffic["thresholds"]["data"])):
            if len(loads) % spec.steps:
                raise ValueError(
                    f"a load has {spec.steps} thresholds; {len(loads)} leave a part of one over"
                )
            self._thresholds = loads[-spec.steps :]
        values = np.asarray(traffic["values"]["data"])
        codes = np.zeros(len(values), np.int64)
        if len(values):
            if self._thresholds is None:
                raise ValueError("there are no thresholds yet: load them before the first value")
            for bit in reversed(range(spec.output_bits)):
                middle = self._thresholds[codes + (1 << bit) - 1]
                codes += (values >= middle).astype(np.int64) << bit
        return {"codes": {"code": codes}}
