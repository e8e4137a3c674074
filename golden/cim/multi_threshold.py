"""Activation by many thresholds: how many of them a value reaches, found by binary search."""

from typing import ClassVar, Self

import numpy as np
from pydantic import Field as Parameter
from pydantic import model_validator

from neuroloom.golden.contract import Contract
from neuroloom.golden.inventory import (
    Inventory,
    comparator,
    counter,
    index_bits,
    memory,
    register,
    stream_output,
)
from neuroloom.golden.ports import Field, Integers, Stream, Traffic
from neuroloom.golden.spec import Model, Spec


class MultiThresholdSpec(Spec):
    """Parameters of ``multi_threshold``.

    ``thresholds`` has one rising row of ``2**output_bits - 1`` integers a channel.
    """

    macro: ClassVar[str] = "multi_threshold"
    summary: ClassVar[str] = "activation by sorted thresholds: pipelined binary search"
    """activation by sorted thresholds, a pipelined binary search; per channel, fixed or loaded"""
    source: ClassVar[str] = "multi-threshold activation of quantised networks, Umuroglu et al. 2017"

    input_bits: int = Parameter(default=8, ge=1, le=32, description="width of a value [bit]")
    signed: bool = Parameter(default=True, description="values and thresholds in two's complement")
    output_bits: int = Parameter(
        default=4, ge=1, le=6, description="width of the activation [bit]: 2**output_bits - 1 steps"
    )
    channels: int = Parameter(
        default=1, ge=1, le=4096, description="channels with thresholds of their own, in turn"
    )
    thresholds: tuple[tuple[int, ...], ...] | None = Parameter(
        default=None, description="rising thresholds, a row a channel; none: loaded by a stream"
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.signed and self.input_bits == 1:
            raise ValueError("signed needs input_bits of 2 or more: a sign and a digit")
        if self.thresholds is not None:
            self._check_thresholds(self.thresholds)
        return self

    def _check_thresholds(self, rows: tuple[tuple[int, ...], ...]) -> None:
        if len(rows) != self.channels:
            raise ValueError(
                f"thresholds has {len(rows)} rows: channels={self.channels} needs one each"
            )
        fmt = self.streams[0].fields[0].format
        for channel, row in enumerate(rows):
            if len(row) != self.steps:
                raise ValueError(
                    f"thresholds of channel {channel} are {len(row)}: "
                    f"output_bits={self.output_bits} takes {self.steps}"
                )
            if list(row) != sorted(row):
                raise ValueError(f"thresholds of channel {channel} do not rise: sort them")
            if row[0] < fmt.minimum or row[-1] > fmt.maximum:
                raise ValueError(
                    f"thresholds of channel {channel} lie outside the values, "
                    f"{fmt.minimum} to {fmt.maximum}"
                )

    @property
    def steps(self) -> int:
        """Thresholds of a channel."""
        return (1 << self.output_bits) - 1

    @property
    def streams(self) -> tuple[Stream, ...]:
        value = Field("data", self.input_bits, "a value", signed=self.signed)
        threshold = Field("data", self.input_bits, "least value that reaches it", self.signed)
        code = Field("code", self.output_bits, "thresholds that the value reaches")
        load = Stream("thresholds", "in", (threshold,), "all of a channel, rising, then the next")
        return (
            Stream("values", "in", (value,), "values to activate, channel after channel"),
            *(() if self.thresholds is not None else (load,)),
            Stream("codes", "out", (code,), "one a value"),
        )

    @property
    def contract(self) -> Contract:
        # thresholds of several channels are read in the cycle before they are compared
        values, stages = self.channels, self.output_bits + int(self.channels > 1)
        return Contract(
            "value" if values == 1 else "frame",
            {"values": values},
            {"codes": values},
            latency=stages + values - 1,
            interval=values,
            room={"values": stages},
        )

    @property
    def inventory(self) -> Inventory:
        stages = self.output_bits
        parts = self.output_bits * comparator(self.input_bits)
        parts = parts + stream_output(stages) + Inventory(gates=4)
        return parts + (self._registers if self.channels == 1 else self._memories)

    @property
    def _registers(self) -> Inventory:
        """One channel: registers and multiplexers, or constants chosen by the bits found."""
        bits, stages = self.input_bits, self.output_bits
        chosen = Inventory(multiplexers=bits * sum((1 << stage) - 1 for stage in range(stages)))
        held = register(sum(bits + stage + 1 for stage in range(stages - 1)) + stages - 1)
        if self.thresholds is not None:
            return chosen + held
        return chosen + held + register(self.steps * bits) + counter(self.steps) + register(1)

    @property
    def _memories(self) -> Inventory:
        """Several channels: a memory a stage, addressed by channel and the bits found."""
        bits, stages, channel = self.input_bits, self.output_bits, index_bits(self.channels)
        loaded = self.thresholds is None
        parts = counter(self.channels)
        for stage in range(stages):
            parts += memory(bits, self.channels << stage, write_ports=int(loaded))
            # the channel is needed as long as there are memories to read
            parts += register(bits + stage + 1 + channel * (stage < stages - 1))
        if not loaded:
            return parts
        enables = Inventory(gates=stages * stages)
        return parts + counter(self.steps) + counter(self.channels) + register(1) + enables

    def model(self) -> "MultiThresholdModel":
        return MultiThresholdModel(self)


class MultiThresholdModel(Model[MultiThresholdSpec]):
    """``code`` = number of the channel's thresholds that are at most the value, where they rise.

    Thresholds out of order give what the binary search finds. A load has those of all channels
    and takes effect for the frames after it; ValueError for a frame before the first load or for
    a load in part.
    """

    def __init__(self, spec: MultiThresholdSpec) -> None:
        super().__init__(spec)
        self.reset()

    def reset(self) -> None:
        fixed = self.spec.thresholds
        self._thresholds: Integers | None = None if fixed is None else np.array(fixed, np.int64)

    def run(self, traffic: Traffic) -> Traffic:
        spec = self.spec
        if "thresholds" in traffic and len(loads := np.asarray(traffic["thresholds"]["data"])):
            size = spec.channels * spec.steps
            if len(loads) % size:
                raise ValueError(
                    f"a load has {size} thresholds; {len(loads)} leave a part of one over"
                )
            self._thresholds = loads[-size:].reshape(spec.channels, spec.steps)
        values = self.operations("values", np.asarray(traffic["values"]["data"]))
        codes = np.zeros(values.shape, np.int64)
        if len(values):
            if self._thresholds is None:
                raise ValueError("there are no thresholds yet: load them before the first value")
            channel = np.arange(spec.channels)
            for bit in reversed(range(spec.output_bits)):
                middle = self._thresholds[channel, codes + (1 << bit) - 1]
                codes += (values >= middle).astype(np.int64) << bit
        return {"codes": {"code": codes.reshape(-1)}}
