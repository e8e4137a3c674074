"""Digital processor of an in-memory-computing core: sums of a crossbar become pixels."""

from itertools import product
from typing import ClassVar, Self

import numpy as np
from pydantic import Field as Parameter
from pydantic import model_validator

from neuroloom.golden.checks import check_divides, check_rounding
from neuroloom.golden.cim.activation_functions import Range, bits_for, check_width
from neuroloom.golden.contract import Contract
from neuroloom.golden.formats import Int64, IntegerFormat, Overflow, Rounding, shift_right
from neuroloom.golden.inventory import Inventory, adder, counter, multiplier, register, saturation
from neuroloom.golden.memories.parameters import parameter_memory
from neuroloom.golden.ports import Field, Stream, Tokens, Traffic
from neuroloom.golden.spec import Model, Spec
from neuroloom.golden.unused import unless

STAGES = 3
"""Registers on the way: sum, scaled sum, pixel."""


class DigitalProcessorSpec(Spec):
    """Parameters of ``digital_processor``."""

    macro: ClassVar[str] = "digital_processor"
    summary: ClassVar[str] = "batch normalization, residual, ReLU and 8-bit pixels from sums"
    """behind a crossbar: partial sums, batch normalization, residual, ReLU, 8-bit pixels"""
    source: ClassVar[str] = "Dazzi et al. 2021, sections 2.1, 2.4.4 (Eq. 5) and 3.1"

    channels: int = Parameter(default=16, ge=1, le=1024, description="channels of a pixel")
    units: int = Parameter(default=4, ge=1, le=1024, description="channels computed a cycle")
    sum_bits: int = Parameter(default=20, ge=2, le=32, description="width of a signed sum [bit]")
    partial: bool = Parameter(default=False, description="adds the sums of another core")
    residual: bool = Parameter(default=False, description="adds a pixel of an earlier layer")
    scale_bits: int = Parameter(
        default=16, ge=2, le=24, description="width of a channel's signed scale [bit]"
    )
    offset_bits: int = Parameter(
        default=24, ge=1, le=32, description="width of a channel's signed offset [bit]"
    )
    shift: int = Parameter(
        default=16, ge=0, le=40, description="scales and offsets are in 2**-shift"
    )
    rounding: Rounding = Parameter(
        default=Rounding.NEAREST_EVEN, description="rounding of the shift: floor, nearest-even"
    )
    relu: bool = Parameter(default=True, description="negative results become zero")
    bits: int = Parameter(default=8, ge=1, le=32, description="width of a channel [bit]")
    signed: bool = Parameter(default=False, description="pixels in two's complement")

    @model_validator(mode="after")
    def _check(self) -> Self:
        check_divides("units", self.units, self.channels, "channels of a pixel")
        check_rounding(self.rounding)
        if self.relu and self.signed:
            raise ValueError("relu=True leaves nothing negative: take signed=False")
        check_width("scaled sums", self.scaled_range)
        if self.rounded_range[1] < 1:
            raise ValueError(f"shift={self.shift} leaves nothing of the sums: take less")
        return self

    @property
    def folds(self) -> int:
        """Cycles of a pixel."""
        return self.channels // self.units

    @property
    def pixel_format(self) -> IntegerFormat:
        return IntegerFormat(bits=self.bits, signed=self.signed, overflow=Overflow.SATURATE)

    @property
    def sum_range(self) -> Range:
        fmt = IntegerFormat(bits=self.sum_bits, signed=True)
        return (1 + self.partial) * fmt.minimum, (1 + self.partial) * fmt.maximum

    @property
    def scaled_range(self) -> Range:
        """Least and greatest of a sum with scale and offset, in 2**-shift."""
        scale = IntegerFormat(bits=self.scale_bits, signed=True)
        offset = IntegerFormat(bits=self.offset_bits, signed=True)
        products = [a * b for a, b in product(self.sum_range, (scale.minimum, scale.maximum))]
        return min(products) + offset.minimum, max(products) + offset.maximum

    @property
    def rounded_range(self) -> Range:
        """Least and greatest of the scaled sum, rounded to an integer."""
        low, high = shift_right(np.array(self.scaled_range), self.shift, self.rounding).tolist()
        return low, high

    @property
    def pixel_range(self) -> Range:
        """Least and greatest pixel before it is fitted."""
        low, high = self.rounded_range
        if self.residual:
            low, high = low + self.pixel_format.minimum, high + self.pixel_format.maximum
        ends = np.array([0 if self.relu else low, high])
        low, high = self.pixel_format.fit(ends).tolist()
        return low, high

    @property
    def coefficient_bits(self) -> int:
        """Bits of a channel's scale and offset."""
        return self.scale_bits + self.offset_bits

    @property
    def unused(self) -> frozenset[str]:
        return unless(rounding=self.shift > 0)

    @property
    def streams(self) -> tuple[Stream, ...]:
        channels, units = self.channels, self.units
        total = Field("values", self.sum_bits, "one a channel", signed=True, lanes=channels)
        pixel = Field("values", self.bits, "one a channel", signed=self.signed, lanes=channels)
        scale = Field("scale", self.scale_bits, f"in 2**-{self.shift}", signed=True, lanes=units)
        offset = Field("offset", self.offset_bits, f"in 2**-{self.shift}", signed=True, lanes=units)
        return (
            Stream("sums", "in", (total,), "of the crossbar"),
            *((Stream("partials", "in", (total,), "of another core"),) * self.partial),
            *((Stream("residuals", "in", (pixel,), "of an earlier layer"),) * self.residual),
            Stream("coefficients", "in", (scale, offset), "channels/units tokens a load"),
            Stream("pixels", "out", (pixel,), "one for each token of sums"),
        )

    @property
    def contract(self) -> Contract:
        consumed = {stream.name: 1 for stream in self.input_streams[:-1]}
        return Contract(
            "pixel",
            consumed,
            {"pixels": 1},
            latency=STAGES,
            interval=self.folds,
            room=dict.fromkeys(consumed, 1 + (STAGES - 1) // self.folds),
        )

    @property
    def inventory(self) -> Inventory:
        units, total = self.units, bits_for(*self.sum_range)
        scaled, row = bits_for(*self.scaled_range), self.units * self.coefficient_bits
        rows = parameter_memory(row, self.folds, loadable=True) + counter(self.folds)
        lane = Inventory(multiplexers=(self.folds - 1) * self.sum_bits * (1 + self.partial))
        lane += register(total + (self.bits if self.residual else 0))
        if self.partial:
            lane += adder(self.sum_bits, self.sum_bits, total)
        lane += multiplier(total, self.scale_bits).then(adder(scaled, self.offset_bits, scaled))
        kept = scaled - (self.shift if self.rounding is Rounding.FLOOR else 0)
        lane += register(kept + (self.bits if self.residual else 0))
        rounded = bits_for(*self.rounded_range)
        path = Inventory(half_adders=rounded, adder_depth=rounded)
        if self.residual:
            path = path.then(adder(rounded, self.bits, rounded + 1))
        path = path.then(saturation(rounded + 1, self.bits, 2))
        flags = register(STAGES) + Inventory(gates=8)
        pixels = register(self.channels * bits_for(*self.pixel_range))
        return rows + units * (lane + path) + pixels + flags

    def model(self) -> "DigitalProcessorModel":
        return DigitalProcessorModel(self)


class DigitalProcessorModel(Model[DigitalProcessorSpec]):
    """``pixel[c] = fit(relu(round((sum[c] + partial[c])·scale[c] + offset[c]) + residual[c]))``,
    rounded once, by ``2**shift``; nothing before ``fit`` loses a bit.
    """

    def __init__(self, spec: DigitalProcessorSpec) -> None:
        super().__init__(spec)
        self._coefficients: dict[str, Int64] | None = None

    def reset(self) -> None:
        self._coefficients = None

    def run(self, traffic: Traffic) -> Traffic:
        spec = self.spec
        if "coefficients" in traffic:
            self._load(traffic["coefficients"])
        sums = np.asarray(traffic["sums"]["values"], np.int64)
        if not len(sums):
            return {"pixels": {"values": sums}}
        if self._coefficients is None:
            raise ValueError("there are no coefficients yet: load them before the first sums")
        if spec.partial:
            sums = sums + np.asarray(traffic["partials"]["values"], np.int64)
        scaled = sums * self._coefficients["scale"] + self._coefficients["offset"]
        values = shift_right(scaled, spec.shift, spec.rounding)
        if spec.residual:
            values = values + np.asarray(traffic["residuals"]["values"], np.int64)
        if spec.relu:
            values = np.maximum(values, 0)
        return {"pixels": {"values": spec.pixel_format.fit(values)}}

    def _load(self, tokens: Tokens) -> None:
        folds = self.spec.folds
        number = len(tokens["scale"])
        if number % folds:
            raise ValueError(f"a load has {folds} tokens; {number} leave a part of one over")
        if number:
            self._coefficients = {
                name: np.asarray(values, np.int64)[-folds:].reshape(-1)
                for name, values in tokens.items()
            }
