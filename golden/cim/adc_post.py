"""What follows the converters: codes assembled, linearised, corrected column by column, fitted."""

from math import gcd
from typing import ClassVar, Self

import numpy as np
from pydantic import Field as Parameter
from pydantic import model_validator

from neuroloom.golden.checks import WITHOUT_CHANCE, check_rounding
from neuroloom.golden.cim.adc_post_inventory import adc_post_inventory, assembly_inventory
from neuroloom.golden.cim.adc_post_model import AdcPostModel
from neuroloom.golden.cim.converters import Bubbles, Converter
from neuroloom.golden.contract import Contract
from neuroloom.golden.formats import IntegerFormat, Overflow, Rounding, shift_right
from neuroloom.golden.inventory import Inventory
from neuroloom.golden.ports import Field, Stream
from neuroloom.golden.spec import Spec
from neuroloom.golden.unused import unless

MAX_FLASH_BITS = 8
MAX_TABLE_BITS = 12


class AdcPostSpec(Spec):
    """Parameters of ``adc_post``. With converter=binary and nothing else codes pass as they are."""

    macro: ClassVar[str] = "adc_post"
    summary: ClassVar[str] = "assemble, linearise, correct and fit the codes behind converters"
    """behind the converters: bubbles, code assembly, look-up, offset and gain, saturation"""
    source: ClassVar[str] = (
        "flash encoder of a compute-in-memory macro, Lu et al. 2021; bubble correction by majority "
        "and by ones counter: textbook flash converters"
    )

    converter: Converter = Parameter(default=Converter.FLASH, description="how codes come")
    code_bits: int = Parameter(default=3, ge=1, le=16, description="width of a code [bit]")
    bubbles: Bubbles = Parameter(
        default=Bubbles.NONE, description="correction of thermometer codes, for converter=flash"
    )
    sar_weights: tuple[int, ...] | None = Parameter(
        default=None,
        description="weights of the decisions, for converter=sar with redundancy; powers of two "
        "by default",
    )
    columns: int = Parameter(
        default=8, ge=1, le=4096, description="columns that share the converter, codes a frame"
    )
    table_bits: int | None = Parameter(
        default=None, ge=1, le=16, description="width of the linearisation table [bit]; none: no"
    )
    offset_bits: int | None = Parameter(
        default=None, ge=2, le=16, description="width of a column's signed offset [bit]; none: no"
    )
    gain_bits: int | None = Parameter(
        default=None, ge=1, le=16, description="width of a column's gain [bit]; none: no"
    )
    gain_shift: int = Parameter(
        default=0, ge=0, le=16, description="bits dropped after the gain: 2**gain_shift is one"
    )
    rounding: Rounding = Parameter(
        default=Rounding.NEAREST_EVEN, description="rounding after the gain, not stochastic"
    )
    zero_point: int = Parameter(
        default=0, ge=-(1 << 16), le=1 << 16, description="subtracted from the corrected code"
    )
    output_bits: int | None = Parameter(
        default=None,
        ge=1,
        le=40,
        description="width of the result, saturated [bit]; by default holds every result",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.converter is Converter.FLASH and self.code_bits > MAX_FLASH_BITS:
            raise ValueError(
                f"code_bits={self.code_bits} needs {(1 << self.code_bits) - 1} comparators: "
                f"converter=flash goes up to {MAX_FLASH_BITS} bits"
            )
        if self.bubbles is not Bubbles.NONE and self.converter is not Converter.FLASH:
            raise ValueError(f"bubbles={self.bubbles} goes with converter=flash")
        if self.sar_weights is not None:
            self._check_weights(self.sar_weights)
        if self.table_bits is not None and self.code_bits > MAX_TABLE_BITS:
            raise ValueError(
                f"a table for code_bits={self.code_bits} is too large: at most {MAX_TABLE_BITS}"
            )
        if self.gain_shift and self.gain_bits is None:
            raise ValueError("gain_shift goes with gain_bits")
        check_rounding(self.rounding, WITHOUT_CHANCE)
        low, high = self.corrected_range
        if low == high:
            raise ValueError(f"gain_shift={self.gain_shift} leaves nothing of the code: take less")
        if not low <= self.zero_point <= high:
            raise ValueError(
                f"zero_point={self.zero_point} is not among the corrected codes, {low} to {high}"
            )
        return self

    def _check_weights(self, weights: tuple[int, ...]) -> None:
        if self.converter is not Converter.SAR:
            raise ValueError("sar_weights goes with converter=sar")
        if not weights or min(weights) < 1:
            raise ValueError("sar_weights needs one positive weight a decision")
        if (factor := gcd(*weights)) > 1:
            raise ValueError(f"sar_weights have a common factor: divide them by {factor}")
        if sum(weights).bit_length() != self.code_bits:
            raise ValueError(
                f"sar_weights add up to {sum(weights)}: code_bits must be "
                f"{sum(weights).bit_length()}, not {self.code_bits}"
            )

    @property
    def weights(self) -> tuple[int, ...]:
        """Weights of the decisions of a successive approximation."""
        return self.sar_weights or tuple(1 << bit for bit in reversed(range(self.code_bits)))

    @property
    def decisions(self) -> int:
        """Tokens a code."""
        return len(self.weights) if self.converter is Converter.SAR else 1

    @property
    def greatest_code(self) -> int:
        return sum(self.weights)

    @property
    def corrected(self) -> bool:
        return self.offset_bits is not None or self.gain_bits is not None

    @property
    def has_memory(self) -> bool:
        return self.corrected or self.table_bits is not None

    @property
    def shifted_range(self) -> tuple[int, int]:
        """Range of linearised codes with their offset."""
        high = self.greatest_code if self.table_bits is None else (1 << self.table_bits) - 1
        if self.offset_bits is None:
            return 0, high
        half = 1 << (self.offset_bits - 1)
        return -half, high + half - 1

    def cautions(self) -> tuple[str, ...]:
        (least, most), fmt = self.range, self.result_format
        if fmt.minimum <= least and most <= fmt.maximum:
            return ()
        return (
            f"results of {least} to {most} are clipped to {fmt.minimum} to {fmt.maximum}: "
            f"output_bits={self.exact_bits} holds them all",
        )

    @property
    def corrected_range(self) -> tuple[int, int]:
        """Range of corrected codes."""
        low, high = self.shifted_range
        if self.gain_bits is None:
            return low, high
        ends = np.array([low, high], np.int64) * ((1 << self.gain_bits) - 1)
        rounding = Rounding.FLOOR if self.rounding is Rounding.STOCHASTIC else self.rounding
        scaled = shift_right(ends, self.gain_shift, rounding)
        return int(scaled[0]), int(scaled[1])

    @property
    def range(self) -> tuple[int, int]:
        """Least and greatest result before it is fitted."""
        low, high = self.corrected_range
        return low - self.zero_point, high - self.zero_point

    @property
    def result_format(self) -> IntegerFormat:
        bits = self.output_bits or self.exact_bits
        return IntegerFormat(bits=bits, signed=self.range[0] < 0, overflow=Overflow.SATURATE)

    @property
    def exact_bits(self) -> int:
        """Width that holds every result before it is fitted."""
        low, high = self.range
        return max((-low - 1).bit_length() + 1 if low < 0 else 0, high.bit_length() + (low < 0))

    @property
    def coefficient_stream(self) -> Stream:
        fields = []
        if self.offset_bits is not None:
            fields.append(Field("offset", self.offset_bits, "added to the code", signed=True))
        if self.gain_bits is not None:
            fields.append(Field("gain", self.gain_bits, "multiplies, in 2**-gain_shift"))
        return Stream("coefficients", "in", tuple(fields), "one token a column")

    @property
    def table_stream(self) -> Stream:
        entry = Field("value", self.table_bits or 1, "the linear code")
        return Stream("table", "in", (entry,), "one token for each code from 0")

    @property
    def unused(self) -> frozenset[str]:
        return unless(
            bubbles=self.converter is Converter.FLASH,
            sar_weights=self.converter is Converter.SAR,
            gain_shift=self.gain_bits is not None,
            rounding=self.gain_shift > 0,
        )

    @property
    def streams(self) -> tuple[Stream, ...]:
        match self.converter:
            case Converter.BINARY:
                code = Field("code", self.code_bits, "the code of a column")
            case Converter.FLASH:
                doc = "comparators, the lowest threshold in lane 0"
                code = Field("levels", 1, doc, lanes=(1 << self.code_bits) - 1)
            case Converter.SAR:
                code = Field("decision", 1, "bits of a code, the greatest weight first")
        fmt = self.result_format
        streams = [Stream("codes", "in", (code,), "column after column, then the first again")]
        if self.table_bits is not None:
            streams.append(self.table_stream)
        if self.corrected:
            streams.append(self.coefficient_stream)
        result = Field("value", fmt.bits, "the corrected code", signed=fmt.signed)
        return (*streams, Stream("results", "out", (result,), "one a code"))

    @property
    def contract(self) -> Contract:
        tokens = self.columns * self.decisions
        return Contract(
            "frame",
            {"codes": tokens},
            {"results": self.columns},
            latency=tokens + int(self.has_memory),
            interval=tokens,
            room={"codes": (self.has_memory + 2) * self.decisions - 1},
        )

    @property
    def inventory(self) -> Inventory:
        return adc_post_inventory(self)

    @property
    def assembly_inventory(self) -> Inventory:
        """What makes a code of the tokens."""
        return assembly_inventory(self)

    def model(self) -> AdcPostModel:
        return AdcPostModel(self)
