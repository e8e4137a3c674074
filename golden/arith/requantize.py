"""Requantisation: drop low bits with a stated rounding, fit into a width with a stated overflow."""

from typing import ClassVar, Self

import numpy as np
from pydantic import Field as Parameter
from pydantic import model_validator

from neuroloom.golden.arith.lfsr import TAPS, LfsrModel
from neuroloom.golden.contract import Contract
from neuroloom.golden.formats import IntegerFormat, Overflow, Rounding, shift_right
from neuroloom.golden.inventory import Inventory, register, saturation, stream_output
from neuroloom.golden.ports import Field, Stream, Traffic
from neuroloom.golden.spec import Model, Spec
from neuroloom.golden.unused import unless

LFSR_DEGREE = 32


class RequantizeSpec(Spec):
    """Parameters of ``requantize``."""

    macro: ClassVar[str] = "requantize"
    summary: ClassVar[str] = "divide by a power of two, round and fit into fewer bits"
    """divide by a power of two, round (floor, toward zero, nearest even, stochastic), wrap or
    saturate
    """
    source: ClassVar[str] = "the number formats of neuroloom.golden.formats, in hardware"

    input_bits: int = Parameter(default=24, ge=1, le=48, description="width of the input [bit]")
    input_signed: bool = Parameter(default=True, description="input in two's complement")
    shift: int = Parameter(default=8, ge=0, le=32, description="bits dropped: divide by 2**shift")
    rounding: Rounding = Parameter(default=Rounding.NEAREST_EVEN, description="rounding rule")
    output_bits: int = Parameter(default=8, ge=1, le=48, description="width of the output [bit]")
    output_signed: bool = Parameter(default=True, description="output in two's complement")
    overflow: Overflow = Parameter(
        default=Overflow.SATURATE, description="rule for results outside the output's range"
    )
    seed: int = Parameter(
        default=1, ge=1, lt=1 << LFSR_DEGREE, description="state of the LFSR after reset"
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.overflow is Overflow.ERROR and not self._always_fits():
            raise ValueError(
                f"overflow=error needs an output that holds every result, "
                f"{self.result_minimum} to {self.result_maximum}: "
                "choose wrap or saturate, or widen output_bits"
            )
        return self

    @property
    def input_format(self) -> IntegerFormat:
        return IntegerFormat(bits=self.input_bits, signed=self.input_signed)

    @property
    def output_format(self) -> IntegerFormat:
        return IntegerFormat(
            bits=self.output_bits, signed=self.output_signed, overflow=self.overflow
        )

    @property
    def result_minimum(self) -> int:
        """Least rounded value before it is fitted."""
        return self._rounded(self.input_format.minimum, entropy=0)

    @property
    def result_maximum(self) -> int:
        """Greatest rounded value before it is fitted: rounding may carry into one more bit."""
        return self._rounded(self.input_format.maximum, entropy=(1 << self.shift) - 1)

    def _rounded(self, value: int, entropy: int) -> int:
        words = np.array([entropy], np.int64)
        return int(shift_right(np.array([value], np.int64), self.shift, self.rounding, words)[0])

    def _always_fits(self) -> bool:
        fmt = self.output_format
        return fmt.minimum <= self.result_minimum and self.result_maximum <= fmt.maximum

    @property
    def unused(self) -> frozenset[str]:
        return unless(seed=self.rounding is Rounding.STOCHASTIC)

    @property
    def streams(self) -> tuple[Stream, ...]:
        value = Field("data", self.input_bits, "value to divide", signed=self.input_signed)
        result = Field("data", self.output_bits, "rounded and fitted", signed=self.output_signed)
        return (
            Stream("value", "in", (value,), "values to requantise"),
            Stream("result", "out", (result,), "one result a value"),
        )

    @property
    def contract(self) -> Contract:
        return Contract("value", {"value": 1}, {"result": 1}, latency=1, interval=1)

    @property
    def inventory(self) -> Inventory:
        fmt, low, high = self.output_format, self.result_minimum, self.result_maximum
        rounded_bits = _bits_for(low, high)
        fitting = Inventory()
        if self.overflow is Overflow.SATURATE:
            ends = (low < fmt.minimum) + (high > fmt.maximum)
            low, high = max(low, fmt.minimum), min(high, fmt.maximum)
            fitting = saturation(rounded_bits, _bits_for(low, high), ends)
        if low == high == 0:  # whatever comes in
            return stream_output(0)
        stored_bits = min(self.output_bits, _bits_for(low, high))
        return self._rounder.then(fitting) + stream_output(stored_bits)

    @property
    def _rounder(self) -> Inventory:
        """An adder, of which only the carry is needed in the bits that are dropped."""
        if not self.shift or self.rounding is Rounding.FLOOR:
            return Inventory()
        kept = max(0, self.input_bits - self.shift)
        depth = kept + self.shift
        if self.rounding is Rounding.TOWARD_ZERO:  # what is dropped of a negative value, added
            if not self.input_signed:
                return Inventory()
            return Inventory(gates=self.shift, half_adders=kept, adder_depth=kept)
        if self.rounding is Rounding.NEAREST_UP:  # the first bit that is dropped is the carry-in
            return Inventory(half_adders=kept, adder_depth=kept)
        if self.rounding is not Rounding.STOCHASTIC:  # a constant is added, and the carry-in
            return Inventory(gates=self.shift, half_adders=kept, adder_depth=depth)
        entropy = Inventory(xors=self.shift * (TAPS[LFSR_DEGREE].bit_count() - 1))
        carry = Inventory(comparator_bits=self.shift, half_adders=kept, adder_depth=depth)
        return register(LFSR_DEGREE) + entropy + carry

    def model(self) -> "RequantizeModel":
        return RequantizeModel(self)


def _bits_for(minimum: int, maximum: int) -> int:
    """Bits that hold every integer from ``minimum`` to ``maximum``."""
    if minimum >= 0:
        return maximum.bit_length()
    return max((-minimum - 1).bit_length(), maximum.bit_length()) + 1


class RequantizeModel(Model[RequantizeSpec]):
    """``result = fit(round(value / 2**shift))``.

    Under stochastic rounding the LFSR gives ``shift`` fresh bits for every value; it starts at
    ``seed`` after reset.
    """

    def __init__(self, spec: RequantizeSpec) -> None:
        super().__init__(spec)
        self._lfsr = LfsrModel(LFSR_DEGREE, spec.seed)

    def reset(self) -> None:
        self._lfsr.reset()

    def run(self, traffic: Traffic) -> Traffic:
        spec = self.spec
        values = traffic["value"]["data"]
        entropy = (
            self._lfsr.words(len(values), spec.shift)
            if spec.rounding is Rounding.STOCHASTIC
            else None
        )
        rounded = shift_right(values, spec.shift, spec.rounding, entropy)
        return {"result": {"data": spec.output_format.fit(rounded)}}
