"""The digital periphery of a compute-in-memory macro: all but the array and its converters.

Vectors go in; reads go out to the array, which answers each by the codes of its converters; the
sums of products come out. Rows with zeros are not read, weights are sliced over columns of
one-bit cells, inputs come bit by bit.
"""

from itertools import pairwise
from typing import ClassVar, Self

import numpy as np
from pydantic import Field as Parameter
from pydantic import model_validator

from neuroloom.golden.checks import counted
from neuroloom.golden.cim.accumulator_bank import MAX_WIDTH, AccumulatorBankSpec
from neuroloom.golden.cim.cim_macro_inventory import accumulation_inventory, cim_macro_inventory
from neuroloom.golden.cim.cim_macro_model import CimMacroModel
from neuroloom.golden.cim.column_map import ColumnMap
from neuroloom.golden.cim.converters import Bubbles, Converter
from neuroloom.golden.cim.shift_add import ShiftAddSpec
from neuroloom.golden.cim.slices import Encoding
from neuroloom.golden.cim.zero_skip import MAX_VECTOR_BITS, SelectStyle, ZeroSkipSpec
from neuroloom.golden.contract import Ahead, Contract, Counts, Variation
from neuroloom.golden.formats import Overflow
from neuroloom.golden.inventory import Inventory, index_bits
from neuroloom.golden.ports import Field, Integers, Stream, Traffic
from neuroloom.golden.spec import Spec
from neuroloom.golden.unused import unless

READ_TO_SUM = 2
"""Cycles from a read to the sum with it: its code comes a cycle later, its value one more."""


class CimMacroSpec(Spec):
    """Parameters of ``cim_macro``. The defaults are those of the 40-nm macro.

    :class:`ColumnMap` says which columns hold which weight. A converter whose column is not there,
    or belongs to no whole weight, is read all the same and its code ignored.
    """

    macro: ClassVar[str] = "cim_macro"
    summary: ClassVar[str] = "digital periphery of a compute-in-memory macro around its array"
    """digital periphery of a memory macro: zero-skip, converters, shift-add, accumulators;
    1/2/4/8-bit weights at run time
    """
    source: ClassVar[str] = "40-nm RRAM macro with zero-skip and run-time precision, Lu et al. 2021"

    rows: int = Parameter(default=128, ge=1, le=4096, description="rows of the array, inputs")
    columns: int = Parameter(default=128, ge=1, le=4096, description="columns of the array")
    group: int = Parameter(
        default=7, ge=1, le=4096, description="rows G that are raised together at most"
    )
    converter: Converter = Parameter(
        default=Converter.FLASH, description="how codes come: flash or binary"
    )
    adc_bits: int = Parameter(default=3, ge=1, le=8, description="width of a code [bit]")
    bubbles: Bubbles = Parameter(
        default=Bubbles.NONE, description="correction of thermometer codes, for converter=flash"
    )
    columns_per_adc: int = Parameter(
        default=8, ge=1, le=64, description="columns that share a converter"
    )
    input_bits: int = Parameter(
        default=1, ge=1, le=16, description="width of an input; more than one go plane by plane"
    )
    input_signed: bool = Parameter(default=False, description="inputs in two's complement")
    weight_bits: tuple[int, ...] = Parameter(
        default=(1, 2, 4, 8), description="widths of weights, rising; each vector chooses [bit]"
    )
    weight_signed: bool = Parameter(
        default=True, description="weights in two's complement; those of one bit are 0 and -1"
    )
    guard_bits: int = Parameter(
        default=0,
        ge=0,
        le=8,
        description="bits of an accumulator beyond those of every exact sum [bit]",
    )
    overflow: Overflow = Parameter(
        default=Overflow.WRAP,
        description="rule for sums that wrong codes drive outside a word: wrap or saturate",
    )
    style: SelectStyle = Parameter(
        default=SelectStyle.MARKED, description="how groups of rows are found"
    )
    pipeline: int = Parameter(
        default=0, ge=0, le=8, description="registers between vector and its groups [cycle]"
    )
    reads_in_flight: int = Parameter(
        default=4,
        ge=2,
        le=64,
        description="reads without an answer at most; one less is the latency of an array that is "
        "read in every cycle [cycle]",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.rows * self.input_bits > MAX_VECTOR_BITS:
            raise ValueError(
                f"{self.rows} rows of {self.input_bits} bits make a vector of "
                f"{self.rows * self.input_bits} bits; it has at most {MAX_VECTOR_BITS}"
            )
        if self.converter is Converter.SAR:
            raise ValueError(
                "converter=sar gives a code over several cycles: take binary, with whole codes"
            )
        if self.bubbles is not Bubbles.NONE and self.converter is not Converter.FLASH:
            raise ValueError(f"bubbles={self.bubbles} goes with converter=flash")
        if self.pipeline and self.style is SelectStyle.DIRECT:
            raise ValueError(f"pipeline={self.pipeline} goes with style=marked")
        if self.overflow is Overflow.ERROR:
            raise ValueError(
                "overflow=error cannot be promised for any codes: choose wrap or saturate"
            )
        bits = self.weight_bits
        if not bits or bits[0] < 1 or any(a >= b for a, b in pairwise(bits)):
            raise ValueError("weight_bits needs one width or more, from 1 bit on and rising")
        if bits[-1] > (most := self.column_map.positions):
            raise ValueError(
                f"a weight of {bits[-1]} bits does not fit in the {most} columns of a converter: "
                "give it more columns or the weights fewer bits"
            )
        if bits[-1] > (most := MAX_WIDTH - self.adc_bits):
            raise ValueError(f"a weight of {bits[-1]} bits is too wide: at most {most}")
        if (width := self._width(bits[-1])) > MAX_WIDTH:
            raise ValueError(
                f"an accumulator would have {width} bits, the most is {MAX_WIDTH}: take fewer "
                "rows, input_bits, bits of a weight or guard_bits"
            )
        return self

    @property
    def levels(self) -> int:
        """The greatest code; the comparators of a flash converter."""
        return (1 << self.adc_bits) - 1

    @property
    def raised(self) -> int:
        """Rows that a read raises at most: the greatest sum of a column."""
        return min(self.group, self.rows)

    def cautions(self) -> tuple[str, ...]:
        lacking = self.raised - self.levels
        if lacking <= 0:
            return ()
        levels, greatest = counted(lacking, "level"), self.levels
        return (
            f"a read raises up to {self.raised} rows, and a converter of {self.adc_bits} bits "
            f"lacks {levels} for their sums: those above {greatest} are read as {greatest}; exact "
            f"from adc_bits={self.raised.bit_length()} on, or up to group={greatest}",
        )

    @property
    def column_map(self) -> ColumnMap:
        return ColumnMap(self.columns, self.columns_per_adc, self.weight_bits, self.weight_signed)

    @property
    def adcs(self) -> int:
        return self.column_map.adcs

    @property
    def several_groups(self) -> bool:
        return self.group < self.rows

    @property
    def bit_serial(self) -> bool:
        return self.input_bits > 1

    @property
    def accumulates(self) -> bool:
        """Whether a sum has more than one value."""
        return self.several_groups or self.bit_serial

    @property
    def precision_bits(self) -> int:
        return index_bits(len(self.weight_bits))

    @property
    def row_controller(self) -> ZeroSkipSpec:
        return ZeroSkipSpec(
            rows=self.rows,
            group=self.group,
            input_bits=self.input_bits,
            input_signed=self.input_signed,
            style=self.style,
            pipeline=self.pipeline,
            tag_bits=self.precision_bits,
        )

    @property
    def shift_add(self) -> ShiftAddSpec:
        """A unit for each converter: the slices of a weight."""
        encoding = Encoding.TWOS_COMPLEMENT if self.weight_signed else Encoding.UNSIGNED
        return ShiftAddSpec(
            partial_bits=self.adc_bits,
            slices=self.weight_bits[-1],
            encoding=encoding,
            reconfigurable=True,
        )

    @property
    def accumulators(self) -> AccumulatorBankSpec:
        """A unit for each converter: groups of rows and planes of the inputs."""
        return AccumulatorBankSpec(
            units=self.adcs,
            words=self.column_map.words,
            signed=self.signed,
            overflow=self.overflow,
            widths=tuple(self._width(bits) for bits in self.weight_bits),
            value_bits=max(1 + self.signed, self.shift_add.sum_format.bits),
        )

    def _width(self, weight_bits: int) -> int:
        """Bits that hold every sum which an ideal array can give, and every single value."""
        full, rest = divmod(self.rows, self.group)
        codes = full * min(self.group, self.levels) + min(rest, self.levels)
        codes = max(codes, self.levels, 2)  # in a column, over all groups of a plane
        half = 1 << (weight_bits - 1)
        least, most = (-half, half - 1) if self.weight_signed else (0, 2 * half - 1)
        top = 1 << (self.input_bits - 1)
        positive, negative = (top - 1, top) if self.input_signed else (2 * top - 1, 0)
        low = codes * (positive * least - negative * most)
        high = codes * (positive * most - negative * least)
        magnitude = max((-low - 1).bit_length() if low else 0, high.bit_length())
        return magnitude + self.signed + self.guard_bits

    @property
    def signed(self) -> bool:
        """Whether sums can be negative."""
        return self.weight_signed or self.input_signed

    @property
    def tag_bits(self) -> int:
        """What is kept of a read until it is answered."""
        return self.precision_bits + self.several_groups + self.bit_serial + 1

    @property
    def unused(self) -> frozenset[str]:
        return unless(
            bubbles=self.converter is Converter.FLASH, pipeline=self.style is SelectStyle.MARKED
        )

    @property
    def streams(self) -> tuple[Stream, ...]:
        doc = "input k in lane k, for row k"
        values = [Field("values", self.input_bits, doc, self.input_signed, self.rows)]
        if self.precision_bits:
            values.append(Field("precision", self.precision_bits, "entry of weight_bits"))
        column_bits = max(1, index_bits(self.column_map.positions))
        reads = (
            Field("rows", 1, "word lines to raise, at most G", lanes=self.rows),
            Field("column", column_bits, "column of every converter"),
        )
        if self.converter is Converter.FLASH:
            doc = "comparators, converter by converter, the lowest threshold first"
            codes = Field("levels", 1, doc, lanes=self.adcs * self.levels)
        else:
            codes = Field("code", self.adc_bits, "of each converter", lanes=self.adcs)
        bank = self.accumulators
        sums = (
            Field("values", bank.widths[-1], "a sum of each converter", bank.signed, self.adcs),
            Field("last", 1, "the last of the vector"),
        )
        return (
            Stream("vector", "in", tuple(values), "input vectors"),
            Stream("codes", "in", (codes,), "the answers of the array, in the order of the reads"),
            Stream("reads", "out", reads, "to the array"),
            Stream("sums", "out", sums, "word 0 of every converter, then word 1, and so on"),
        )

    @property
    def contract(self) -> Contract:
        slowest = -(-self.rows // self.group) * self.input_bits * max(self.column_map.steps)
        steps = " or ".join(str(steps) for steps in sorted(set(self.column_map.steps)))
        return Contract(
            "vector",
            {"vector": 1, "codes": slowest},
            {"reads": slowest, "sums": max(self.column_map.words)},
            latency=slowest + READ_TO_SUM + self.pipeline + self.bit_serial,
            interval=slowest,
            varies=f"ceil(ones / {self.group}) groups a plane, at least 1, and {steps} reads a "
            "group; a cycle a read, and as many for a plane without ones, which is not read",
            ahead=(Ahead("reads", "codes", self.reads_in_flight, at_most=True),),
        )

    def variation(self, sent: Traffic, got: Traffic) -> Variation:
        groups = self.row_controller.groups(self.row_controller.planes(sent)).sum(axis=1)
        precision = self.precisions(sent)
        produces = {"reads": self.consumption(sent)["codes"]}
        if self.precision_bits:
            produces["sums"] = np.array(self.column_map.words)[precision]
        return Variation(groups * np.array(self.column_map.steps)[precision], produces)

    def consumption(self, sent: Traffic) -> dict[str, Counts]:
        ones = self.row_controller.planes(sent).sum(axis=2)
        groups = (-(-ones // self.group)).sum(axis=1)
        return {"codes": groups * np.array(self.column_map.steps)[self.precisions(sent)]}

    def precisions(self, sent: Traffic) -> Integers:
        """Place in ``weight_bits`` of each vector's weights. ValueError for one not there."""
        vectors = sent.get("vector", {"values": np.zeros((0, self.rows), np.int64)})
        none = np.zeros(len(vectors["values"]), np.int64)
        chosen = np.asarray(vectors.get("precision", none), np.int64)
        if chosen.size and chosen.max() >= len(self.weight_bits):
            raise ValueError(
                f"there is no precision {chosen.max()}: weight_bits has {len(self.weight_bits)}"
            )
        return chosen

    @property
    def inventory(self) -> Inventory:
        return cim_macro_inventory(self)

    @property
    def accumulation_inventory(self) -> Inventory:
        """The accumulators of all converters alone."""
        return accumulation_inventory(self)

    def model(self) -> CimMacroModel:
        return CimMacroModel(self)
