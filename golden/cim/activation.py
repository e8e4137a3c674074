"""What follows an accumulator: bias, scale, activation function and the output's number format."""

from itertools import product
from typing import ClassVar, Self

import numpy as np
from pydantic import Field as Parameter
from pydantic import model_validator

from neuroloom.golden.checks import WITHOUT_CHANCE, check_rounding
from neuroloom.golden.cim.activation_functions import (
    MAX_BITS,
    ActivationFunction,
    Function,
    Range,
    bits_for,
    check_width,
)
from neuroloom.golden.cim.activation_inventory import activation_inventory
from neuroloom.golden.cim.activation_model import ActivationModel
from neuroloom.golden.contract import Contract
from neuroloom.golden.formats import IntegerFormat, Overflow, Rounding, shift_right
from neuroloom.golden.inventory import Inventory
from neuroloom.golden.ports import Field, Stream, Tokens
from neuroloom.golden.spec import Spec
from neuroloom.golden.unused import unless


class ActivationSpec(Spec):
    """Parameters of ``activation``.

    ``biases``, ``multipliers`` and ``shifts`` hold one value a channel, or one for all of them;
    where none is given, they are loaded by a stream.
    """

    macro: ClassVar[str] = "activation"
    summary: ClassVar[str] = "bias, scale, round, activation function, saturate"
    """bias, multiply-and-shift scale, rounding, ReLU / clipped / leaky / piecewise linear,
    saturation; per channel, fixed or loaded
    """
    source: ClassVar[str] = (
        "integer-only inference: a multiplier and a shift for a real scale, Jacob et al. 2018"
    )

    input_bits: int = Parameter(default=24, ge=1, le=40, description="width of a value [bit]")
    input_signed: bool = Parameter(default=True, description="values in two's complement")
    channels: int = Parameter(
        default=8, ge=1, le=4096, description="channels with coefficients of their own, in turn"
    )
    bias_bits: int = Parameter(
        default=16, ge=0, le=40, description="width of a signed bias [bit]; 0: no bias"
    )
    multiplier_bits: int = Parameter(
        default=16, ge=0, le=32, description="width of a multiplier [bit]; 0: multiply by 1"
    )
    multiplier_signed: bool = Parameter(
        default=False, description="multipliers in two's complement"
    )
    shift: int = Parameter(
        default=16, ge=0, le=46, description="bits dropped of every product: divide by 2**shift"
    )
    shift_bits: int = Parameter(
        default=0, ge=0, le=4, description="width of a channel's own shift, beside shift [bit]"
    )
    biases: tuple[int, ...] | None = Parameter(default=None, description="fixed biases")
    multipliers: tuple[int, ...] | None = Parameter(default=None, description="fixed multipliers")
    shifts: tuple[int, ...] | None = Parameter(
        default=None, description="fixed shifts, added to shift"
    )
    rounding: Rounding = Parameter(
        default=Rounding.NEAREST_EVEN, description="rounding of every shift, not stochastic"
    )
    scaled_bits: int | None = Parameter(
        default=None,
        ge=2,
        le=MAX_BITS,
        description="width that scaled values are saturated to [bit]; none: holds every one",
    )
    function: Function = Parameter(default=Function.RELU, description="function of scaled values")
    ceiling: int | None = Parameter(
        default=None, ge=1, lt=1 << 32, description="greatest result of clipped-relu"
    )
    slope_shift: int = Parameter(
        default=0, ge=0, le=24, description="slopes are in 2**-slope_shift: leaky-relu, piecewise"
    )
    breakpoints: tuple[int, ...] | None = Parameter(
        default=None, description="scaled values where a segment of piecewise begins, rising"
    )
    slopes: tuple[int, ...] | None = Parameter(
        default=None, description="slopes of piecewise, one more than breakpoints"
    )
    offsets: tuple[int, ...] | None = Parameter(
        default=None, description="offsets of piecewise in 2**-slope_shift, one a slope"
    )
    zero_point: int = Parameter(
        default=0, ge=-(1 << 32), le=1 << 32, description="added to the function's result"
    )
    output_bits: int = Parameter(default=8, ge=1, le=32, description="width of a result [bit]")
    output_signed: bool = Parameter(default=False, description="results in two's complement")

    @model_validator(mode="after")
    def _check(self) -> Self:
        check_rounding(self.rounding, WITHOUT_CHANCE)
        if self.channels > 1 and not self.row_bits:
            raise ValueError(
                f"channels={self.channels} have nothing to differ in: take channels=1, or give "
                "bias_bits, multiplier_bits or shift_bits"
            )
        self._check_coefficients()
        check_width("products", self.product_range)
        if self.scaled_range == (0, 0):
            raise ValueError(f"shift={self.shift} leaves nothing of the product: take less")
        self._check_function()
        fmt = self.result_format
        if not fmt.minimum <= self.zero_point <= fmt.maximum:
            raise ValueError(
                f"zero_point={self.zero_point} is not a result: it lies in {fmt.minimum} to "
                f"{fmt.maximum}"
            )
        return self

    def _check_coefficients(self) -> None:
        fixed = {"biases": self.biases, "multipliers": self.multipliers, "shifts": self.shifts}
        for field, (name, values) in zip(self._fields, fixed.items(), strict=True):
            if values is None:
                if field is not None and self.fixed:
                    raise ValueError(f"{name} are missing: all coefficients are fixed or none")
                continue
            if field is None:
                raise ValueError(f"{name} need a width: give {_WIDTHS[name]}")
            if len(values) not in (1, self.channels):
                raise ValueError(
                    f"{name} are {len(values)}: give one for each of the {self.channels} channels, "
                    "or one for all"
                )
            for value in values:
                if not field.minimum <= value <= field.maximum:
                    raise ValueError(
                        f"{name}: {value} lies outside {field.minimum} to {field.maximum}, "
                        f"what {_WIDTHS[name]}={field.bits} holds"
                    )

    def _check_function(self) -> None:
        if (self.function is Function.CLIPPED_RELU) is not (self.ceiling is not None):
            raise ValueError("ceiling goes with function=clipped-relu, and only there")
        if self.slope_shift and self.function not in (Function.LEAKY_RELU, Function.PIECEWISE):
            raise ValueError("slope_shift goes with function=leaky-relu or piecewise")
        tables = (self.breakpoints, self.slopes, self.offsets)
        if self.function is not Function.PIECEWISE:
            if any(table is not None for table in tables):
                raise ValueError("breakpoints, slopes and offsets go with function=piecewise")
            return
        if self.breakpoints is None or self.slopes is None or self.offsets is None:
            raise ValueError("function=piecewise needs breakpoints, slopes and offsets")
        self.activation.check_segments(*self.scaled_range)

    @property
    def fixed(self) -> bool:
        """Whether the coefficients are constants of the hardware."""
        return any(
            constants is not None for constants in (self.biases, self.multipliers, self.shifts)
        )

    @property
    def _fields(self) -> tuple[Field | None, Field | None, Field | None]:
        bias, factor, shift = self.bias_bits, self.multiplier_bits, self.shift_bits
        scale = f"multiplies, in 2**-{self.shift}"
        return (
            Field("bias", bias, "added to the value", signed=True) if bias else None,
            Field("multiplier", factor, scale, self.multiplier_signed) if factor else None,
            Field("shift", shift, f"bits dropped beside {self.shift}") if shift else None,
        )

    @property
    def coefficient_fields(self) -> tuple[Field, ...]:
        """Fields of a channel's coefficients, the first in the low bits of a row."""
        return tuple(field for field in self._fields if field is not None)

    @property
    def row_bits(self) -> int:
        return sum(field.bits for field in self.coefficient_fields)

    @property
    def coefficients(self) -> Tokens:
        """Fixed coefficients, one a channel."""
        fixed = {"bias": self.biases, "multiplier": self.multipliers, "shift": self.shifts}
        return {
            name: np.broadcast_to(np.array(values, np.int64), self.channels)
            for name, values in fixed.items()
            if values is not None
        }

    @property
    def looked_up(self) -> bool:
        """Whether coefficients are read from a memory."""
        return self.channels > 1

    @property
    def scales(self) -> bool:
        """Whether products are shifted or saturated."""
        return bool(self.shift or self.shift_bits or self.scaled_bits)

    @property
    def stages(self) -> int:
        """Registers on the way: row of the memory, sum, product, scaled, segment, result."""
        piecewise = self.function is Function.PIECEWISE
        optional = (self.bias_bits, self.multiplier_bits, self.scales, piecewise)
        return self.looked_up + sum(bool(stage) for stage in optional) + 1

    def _ends(self, index: int, absent: int) -> Range:
        """Least and greatest coefficient."""
        field = self._fields[index]
        fixed = (self.biases, self.multipliers, self.shifts)[index]
        if field is None:
            return absent, absent
        return (min(fixed), max(fixed)) if fixed else (field.minimum, field.maximum)

    @property
    def sum_range(self) -> Range:
        value = IntegerFormat(bits=self.input_bits, signed=self.input_signed)
        least, most = self._ends(0, absent=0)
        return value.minimum + least, value.maximum + most

    @property
    def product_range(self) -> Range:
        products = [a * b for a, b in product(self.sum_range, self._ends(1, absent=1))]
        return min(products), max(products)

    @property
    def scaled_range(self) -> Range:
        shifts = [self.shift + extra for extra in self._ends(2, absent=0)]
        ends = np.array(self.product_range, np.int64)
        scaled = np.concatenate([shift_right(ends, places, self.rounding) for places in shifts])
        low, high = int(scaled.min()), int(scaled.max())
        if self.scaled_bits is None:
            return low, high
        fmt = IntegerFormat(bits=self.scaled_bits, signed=low < 0)
        return max(low, fmt.minimum), min(high, fmt.maximum)

    @property
    def scaled_format(self) -> IntegerFormat:
        low, high = self.scaled_range
        bits = self.scaled_bits or bits_for(low, high)
        return IntegerFormat(bits=bits, signed=low < 0, overflow=Overflow.SATURATE)

    @property
    def activation(self) -> ActivationFunction:
        return ActivationFunction(
            self.function,
            self.rounding,
            self.ceiling or 0,
            self.slope_shift,
            self.breakpoints or (),
            self.slopes or (),
            self.offsets or (),
        )

    @property
    def activated_range(self) -> Range:
        """Range of the function's results with the zero point."""
        low, high = self.activation.range(*self.scaled_range)
        return low + self.zero_point, high + self.zero_point

    @property
    def result_format(self) -> IntegerFormat:
        return IntegerFormat(
            bits=self.output_bits, signed=self.output_signed, overflow=Overflow.SATURATE
        )

    @property
    def result_range(self) -> Range:
        low, high = self.result_format.fit(np.array(self.activated_range, np.int64)).tolist()
        return low, high

    @property
    def varying_bits(self) -> int:
        """Low bits of a result; those above are the same in every result, or copies of the sign."""
        low, high = self.result_range
        return bits_for(low, high) if low < 0 <= high else (low ^ high).bit_length()

    @property
    def unused(self) -> frozenset[str]:
        return unless(
            multiplier_signed=self.multiplier_bits > 0,
            rounding=self.shift + self.shift_bits + self.slope_shift > 0,
            ceiling=self.function is Function.CLIPPED_RELU,
            slope_shift=self.function in (Function.LEAKY_RELU, Function.PIECEWISE),
            breakpoints=self.function is Function.PIECEWISE,
            slopes=self.function is Function.PIECEWISE,
            offsets=self.function is Function.PIECEWISE,
        )

    @property
    def streams(self) -> tuple[Stream, ...]:
        value = Field("data", self.input_bits, "a value", signed=self.input_signed)
        result = Field("data", self.output_bits, "its activation", signed=self.output_signed)
        loaded = self.row_bits and not self.fixed
        load = Stream("coefficients", "in", self.coefficient_fields, "one token a channel")
        return (
            Stream("values", "in", (value,), "values to activate, channel after channel"),
            *((load,) if loaded else ()),
            Stream("results", "out", (result,), "one a value"),
        )

    @property
    def contract(self) -> Contract:
        values = self.channels
        return Contract(
            "value" if values == 1 else "frame",
            {"values": values},
            {"results": values},
            latency=self.stages + values - 1,
            interval=values,
            room={"values": self.stages},
        )

    @property
    def inventory(self) -> Inventory:
        return activation_inventory(self)

    def model(self) -> ActivationModel:
        return ActivationModel(self)


_WIDTHS = {"biases": "bias_bits", "multipliers": "multiplier_bits", "shifts": "shift_bits"}
