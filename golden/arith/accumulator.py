"""Accumulation of a stream of values."""

from enum import StrEnum
from typing import ClassVar, Self

import numpy as np
from pydantic import Field as Parameter
from pydantic import model_validator

from neuroloom.golden.arith.adder_trees import sum_bits
from neuroloom.golden.arith.running_sum import running_sum
from neuroloom.golden.checks import too_narrow
from neuroloom.golden.contract import Contract
from neuroloom.golden.formats import Int64, IntegerFormat, Overflow
from neuroloom.golden.inventory import Inventory, counter, register, stream_output
from neuroloom.golden.ports import Field, Integers, Stream, Traffic
from neuroloom.golden.spec import Model, Spec
from neuroloom.golden.unused import unless


class AccumulatorStyle(StrEnum):
    """How the sum is kept while values come."""

    BINARY = "binary"
    """One word and an adder with a carry over its whole width."""
    CARRY_SAVE = "carry-save"
    """Two words and a full adder a bit, whatever the width; they are added at the end."""


class AccumulatorSpec(Spec):
    """Parameters of ``accumulator``."""

    macro: ClassVar[str] = "accumulator"
    summary: ClassVar[str] = "sums of a stream of values"
    """sums of a stream, binary or carry-save, ended by a count or a flag; wrap or saturate"""
    source: ClassVar[str] = (
        "accumulation of partial sums in digital signal processing and compute-in-memory; "
        "carry-save accumulation, e.g. Noll 1991"
    )

    input_bits: int = Parameter(default=16, ge=1, le=32, description="width of a value [bit]")
    signed: bool = Parameter(default=True, description="values and sums in two's complement")
    length: int = Parameter(
        default=16, ge=1, le=65536, description="values a sum; with last_flag the most that come"
    )
    last_flag: bool = Parameter(
        default=False, description="a flag in the token ends a sum, instead of a count of values"
    )
    accumulator_bits: int | None = Parameter(
        default=None, ge=1, le=48, description="accumulator width [bit]; by default never overflows"
    )
    overflow: Overflow = Parameter(
        default=Overflow.ERROR, description="rule of an accumulator that is too narrow"
    )
    style: AccumulatorStyle = Parameter(
        default=AccumulatorStyle.BINARY, description="how the sum is kept while values come"
    )
    segment: int = Parameter(
        default=16,
        ge=1,
        le=48,
        description="bits of the two words added a cycle, at the end of a carry-save sum [bit]",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.overflow is Overflow.ERROR and self.sum_format.bits < self.exact_bits:
            raise ValueError(
                f"accumulator_bits={self.accumulator_bits} cannot hold every sum of {self.length} "
                f"values: give {self.exact_bits} bits, or overflow=wrap or saturate"
            )
        if self.style is AccumulatorStyle.CARRY_SAVE:
            if self.overflow is Overflow.SATURATE:
                raise ValueError(
                    "overflow=saturate needs the sum after every value, which style=carry-save "
                    "does not know: choose wrap, a wider accumulator or style=binary"
                )
            if self.length == 1:
                raise ValueError("a single value needs no accumulation: choose style=binary")
        return self

    @property
    def exact_bits(self) -> int:
        """Width that holds every sum of ``length`` values."""
        return sum_bits(self.length, self.input_bits, self.signed)

    def cautions(self) -> tuple[str, ...]:
        return too_narrow(
            self.sum_format, self.exact_bits, "accumulator_bits", f"sums of {self.length} values"
        )

    @property
    def sum_format(self) -> IntegerFormat:
        bits = self.accumulator_bits or self.exact_bits
        return IntegerFormat(bits=bits, signed=self.signed, overflow=self.overflow)

    @property
    def segment_bits(self) -> int:
        return min(self.segment, self.sum_format.bits)

    @property
    def resolution(self) -> int:
        """Cycles that the two words of a carry-save sum take to become one; 0 if there is one."""
        if self.style is AccumulatorStyle.BINARY:
            return 0
        return -(-self.sum_format.bits // self.segment_bits)

    @property
    def unused(self) -> frozenset[str]:
        return unless(segment=self.style is AccumulatorStyle.CARRY_SAVE)

    @property
    def streams(self) -> tuple[Stream, ...]:
        value = (Field("data", self.input_bits, "a value", signed=self.signed),)
        last = (Field("last", 1, "whether it is the last of its sum"),) if self.last_flag else ()
        total = Field("sum", self.sum_format.bits, "sum of the values", signed=self.signed)
        return (
            Stream("values", "in", value + last, "values, those of a sum one after the other"),
            Stream("total", "out", (total,), "one a sum"),
        )

    @property
    def contract(self) -> Contract:
        """Cycles of sums of ``length`` values. A carry-save sum is out of the way a cycle after its
        resolution; shorter sums than that wait for each other.
        """
        interval = max(self.length, self.resolution + 1) if self.resolution else self.length
        return Contract(
            "sum",
            {"values": self.length},
            {"total": 1},
            latency=self.length + self.resolution,
            interval=interval,
            room={"values": 2 * self.length - 1},
        )

    @property
    def inventory(self) -> Inventory:
        fmt = self.sum_format
        position = Inventory() if self.last_flag else counter(self.length)
        if self.style is AccumulatorStyle.CARRY_SAVE:
            return position + self._carry_save
        addends = 2 if self.last_flag else self.length
        bits = fmt.bits if addends > 1 else min(fmt.bits, self.input_bits)
        return position + running_sum(self.input_bits, fmt, addends) + stream_output(bits)

    @property
    def _carry_save(self) -> Inventory:
        """Two words, a row of full adders without carry out of the highest, and the resolver: two
        shift registers, an adder of a segment with its carry, and which segment comes.
        """
        bits, segment, cycles = self.sum_format.bits, self.segment_bits, self.resolution
        row = Inventory(full_adders=bits - 1, xors=2, adder_depth=1) + register(2 * bits - 1)
        loading = Inventory(multiplexers=2 * bits if cycles > 1 else 0, gates=2)
        adding = Inventory(full_adders=segment - 1, half_adders=1, adder_depth=segment)
        if cycles == 1:
            return row + loading + adding + register(2 * bits - 1) + register(2)
        state = cycles * segment + bits + 1  # and the carry
        return row + loading + adding + register(state + 1) + counter(cycles) + register(1)

    def model(self) -> "AccumulatorModel":
        return AccumulatorModel(self)


class AccumulatorModel(Model[AccumulatorSpec]):
    """``total.sum = fit(sum of values.data)``; the overflow rule holds after every value.

    A sum ends after ``length`` values or, with ``last_flag``, at the value with ``last``: values
    of a sum that has not ended wait for the next call. Each sum starts at zero; nothing is kept
    from one to the next.
    """

    def __init__(self, spec: AccumulatorSpec) -> None:
        super().__init__(spec)
        self.reset()

    def reset(self) -> None:
        self._open: Integers = np.zeros(0, np.int64)

    def run(self, traffic: Traffic) -> Traffic:
        values = traffic["values"]
        if self.spec.last_flag:
            rows = self._cut(values["data"], values["last"])
        else:
            rows = self.operations("values", values["data"])
        fmt = self.spec.sum_format
        if fmt.overflow is not Overflow.SATURATE:
            return {"total": {"sum": fmt.fit(rows.sum(axis=1, dtype=np.int64))}}
        sums: Int64 = np.zeros(len(rows), np.int64)
        for column in rows.T:
            sums = fmt.fit(sums + column)
        return {"total": {"sum": sums}}

    def _cut(self, data: Integers, last: Integers) -> Integers:
        """One sum that ends a row, zeros behind its last value."""
        ends = np.flatnonzero(last) + len(self._open)
        data = np.concatenate([self._open, data])
        ended = int(ends[-1]) + 1 if len(ends) else 0
        data, self._open = data[:ended], data[ended:]
        lengths = np.diff(ends, prepend=-1)
        rows = np.zeros((len(ends), lengths.max(initial=0)), np.int64)
        rows[np.arange(rows.shape[1]) < lengths[:, np.newaxis]] = data
        return rows
