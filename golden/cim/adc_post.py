"""What follows the converters: codes assembled, linearised, corrected column by column, fitted."""

from enum import StrEnum
from math import gcd
from typing import ClassVar, Self

import numpy as np
from pydantic import Field as Parameter
from pydantic import model_validator

from neuroloom.golden.arith.popcount import PopcountStyle, counting_tree
from neuroloom.golden.bnn.parts import parameter_memory
from neuroloom.golden.contract import Contract
from neuroloom.golden.formats import IntegerFormat, Overflow, Rounding, shift_right
from neuroloom.golden.inventory import (
    Inventory,
    adder,
    counter,
    register,
    saturation,
    stream_output,
)
from neuroloom.golden.ports import Field, Integers, Stream, Tokens, Traffic
from neuroloom.golden.spec import Model, Spec

MAX_FLASH_BITS = 8
MAX_TABLE_BITS = 12


class Converter(StrEnum):
    """How a converter gives its code."""

    BINARY = "binary"
    """A whole code a token."""
    FLASH = "flash"
    """The thermometer code of 2**code_bits - 1 comparators a token."""
    SAR = "sar"
    """The decisions of successive approximation, one bit a token, the first weighs most."""


class Bubbles(StrEnum):
    """What is done about zeros below ones in a thermometer code."""

    NONE = "none"
    """Nothing: where several edges 1-to-0 are found, their numbers are joined by OR."""
    MAJORITY = "majority"
    """Each comparator is outvoted by its two neighbours, then as ``none``."""
    ONES_COUNT = "ones-count"
    """The code is the number of ones, wherever they are."""


class AdcPostSpec(Spec):
    """Parameters of ``adc_post``. With converter=binary and nothing else codes pass as they are."""

    macro: ClassVar[str] = "adc_post"
    summary: ClassVar[str] = "assemble, linearise, correct and fit the codes behind converters"
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
        default=Rounding.NEAREST_EVEN, description="rounding after the gain: floor, nearest-even"
    )
    zero_point: int = Parameter(
        default=0, ge=-(1 << 16), le=1 << 16, description="subtracted from the corrected code"
    )
    output_bits: int | None = Parameter(
        default=None, ge=1, le=40,
        description="width of the result, saturated [bit]; by default holds every result",
    )  # fmt: skip

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
        if self.rounding not in (Rounding.FLOOR, Rounding.NEAREST_EVEN):
            raise ValueError(
                f"rounding={self.rounding} is not offered here: take floor or nearest-even"
            )
        low, high = self._scaled
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
    def _shifted(self) -> tuple[int, int]:
        """Range of linearised codes with their offset."""
        high = self.greatest_code if self.table_bits is None else (1 << self.table_bits) - 1
        if self.offset_bits is None:
            return 0, high
        half = 1 << (self.offset_bits - 1)
        return -half, high + half - 1

    @property
    def _scaled(self) -> tuple[int, int]:
        """Range of corrected codes."""
        low, high = self._shifted
        if self.gain_bits is None:
            return low, high
        ends = np.array([low, high], np.int64) * ((1 << self.gain_bits) - 1)
        rounding = Rounding.FLOOR if self.rounding is Rounding.STOCHASTIC else self.rounding
        scaled = shift_right(ends, self.gain_shift, rounding)
        return int(scaled[0]), int(scaled[1])

    @property
    def range(self) -> tuple[int, int]:
        """Least and greatest result before it is fitted."""
        low, high = self._scaled
        return low - self.zero_point, high - self.zero_point

    @property
    def result_format(self) -> IntegerFormat:
        bits = self.output_bits or self._exact_bits
        return IntegerFormat(bits=bits, signed=self.range[0] < 0, overflow=Overflow.SATURATE)

    @property
    def _exact_bits(self) -> int:
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
            "frame", {"codes": tokens}, {"results": self.columns},
            latency=tokens + int(self.has_memory), interval=tokens,
        )  # fmt: skip

    @property
    def inventory(self) -> Inventory:
        low, high = self._shifted
        value_bits = (high - min(low, 0)).bit_length()
        path = Inventory()
        held = stream_output(min(self.result_format.bits, self._exact_bits)) + Inventory(gates=1)
        if self.table_bits is not None:
            held += parameter_memory(self.table_bits, 1 << self.code_bits, loadable=True)
        if self.corrected:
            bits = (self.offset_bits or 0) + (self.gain_bits or 0)
            held += parameter_memory(bits, self.columns, loadable=True) + Inventory(gates=3)
        if self.has_memory:
            held += counter(self.columns) + register(1) + Inventory(gates=3)
            held += register(0 if self.table_bits else self.code_bits)
        if self.offset_bits is not None:
            code = self.table_bits or self.code_bits
            path = path.then(adder(code, self.offset_bits, value_bits))
        if self.gain_bits is not None:
            path = path.then(_multiplier(value_bits, self.gain_bits))
            if self.gain_shift and self.rounding is Rounding.NEAREST_EVEN:
                kept = max(0, value_bits + self.gain_bits - self.gain_shift)
                path = path.then(Inventory(gates=self.gain_shift, half_adders=kept))
        if self.zero_point:
            bits = max(abs(end).bit_length() for end in self._scaled)
            path = path.then(Inventory(half_adders=bits, adder_depth=bits))
        least, most = self.range
        fmt = self.result_format
        ends = (least < fmt.minimum) + (most > fmt.maximum)
        path = path.then(saturation(self._exact_bits, fmt.bits, ends)) if ends else path
        return self.assembly_inventory + held + path

    @property
    def assembly_inventory(self) -> Inventory:
        """What makes a code of the tokens."""
        comparators = (1 << self.code_bits) - 1
        match self.converter:
            case Converter.BINARY:
                return Inventory()
            case Converter.FLASH if self.bubbles is Bubbles.ONES_COUNT:
                return counting_tree(comparators, PopcountStyle.COUNTER).inventory
            case Converter.FLASH:
                joined = self.code_bits * max(0, (comparators + 1) // 2 - 1)
                vote = 4 * (comparators - 1) if self.bubbles is Bubbles.MAJORITY else 0
                return Inventory(gates=comparators - 1 + joined + vote)
            case Converter.SAR:
                place = counter(self.decisions)
                if self.decisions == 1:
                    return place
                if self.sar_weights is None:
                    return place + register(self.code_bits - 1)
                total = adder(self.code_bits, self.code_bits, self.code_bits)
                return place + register(self.code_bits) + total

    def model(self) -> "AdcPostModel":
        return AdcPostModel(self)


def _multiplier(left_bits: int, right_bits: int) -> Inventory:
    """Array multiplier: a row of AND gates a bit of one operand, rows added one by one."""
    rows = Inventory(gates=left_bits * right_bits)
    for _ in range(right_bits - 1):
        rows = rows.then(adder(left_bits, left_bits, left_bits))
    return rows


class AdcPostModel(Model[AdcPostSpec]):
    """``result = fit(round((table[code] + offset[c]) · gain[c] / 2**gain_shift) - zero_point)``.

    c is the column of the code. What the Spec has not stays out: no table is the identity, no
    offset 0, no gain 1. A load takes effect for the frames after it; ValueError for a frame
    before the first load.
    """

    def __init__(self, spec: AdcPostSpec) -> None:
        super().__init__(spec)
        self.reset()

    def reset(self) -> None:
        self._table: Integers | None = None
        self._coefficients: Tokens | None = None

    def run(self, traffic: Traffic) -> Traffic:
        spec = self.spec
        if "table" in traffic:
            self._table = self._load(traffic["table"], 1 << spec.code_bits).get(
                "value", self._table
            )
        if "coefficients" in traffic:
            self._coefficients = (
                self._load(traffic["coefficients"], spec.columns) or self._coefficients
            )
        (tokens,) = traffic["codes"].values()
        frames = self.operations("codes", np.asarray(tokens, np.int64))
        values = self._codes(frames.reshape(-1, *tokens.shape[1:])).reshape(-1, spec.columns)
        if spec.table_bits is not None and len(values):
            if self._table is None:
                raise ValueError("there is no table yet: load it before the first frame")
            values = np.asarray(self._table)[values]
        if spec.corrected and len(values):
            if self._coefficients is None:
                raise ValueError("there are no coefficients yet: load them before the first frame")
            values = values + self._coefficients.get("offset", np.int64(0))
            values = values * self._coefficients.get("gain", np.int64(1))
            values = shift_right(values, spec.gain_shift, spec.rounding)
        results = spec.result_format.fit(values.reshape(-1) - spec.zero_point)
        return {"results": {"value": results}}

    def _load(self, tokens: Tokens, depth: int) -> dict[str, Integers]:
        """The last of the loads; nothing where there is none."""
        number = len(next(iter(tokens.values())))
        if number % depth:
            raise ValueError(f"a load has {depth} tokens; {number} leave a part of one over")
        return {name: np.asarray(values[-depth:]) for name, values in tokens.items() if number}

    def _codes(self, tokens: Integers) -> Integers:
        spec = self.spec
        match spec.converter:
            case Converter.BINARY:
                return tokens
            case Converter.SAR:
                return np.asarray(tokens.reshape(-1, spec.decisions) @ np.array(spec.weights))
            case Converter.FLASH:
                return flash_codes(tokens, spec.bubbles)


def flash_codes(levels: Integers, bubbles: Bubbles) -> Integers:
    """Codes of thermometer rows (tokens, comparators)."""
    if bubbles is Bubbles.ONES_COUNT:
        return np.asarray(levels.sum(axis=1))
    padded = np.pad(levels, ((0, 0), (1, 1)), constant_values=((0, 0), (1, 0)))
    if bubbles is Bubbles.MAJORITY:
        votes = padded[:, :-2] + padded[:, 1:-1] + padded[:, 2:]
        padded[:, 1:-1] = votes >= 2
    edges = padded[:, 1:-1] & (1 - padded[:, 2:])
    numbers = edges * np.arange(1, levels.shape[1] + 1)
    return np.asarray(np.bitwise_or.reduce(numbers, axis=1))
