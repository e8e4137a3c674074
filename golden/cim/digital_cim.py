"""All-digital compute-in-memory macro: a cell a weight bit, an adder tree a column, bit planes."""

from enum import StrEnum
from typing import ClassVar, Self

import numpy as np
from pydantic import Field as Parameter
from pydantic import model_validator

from neuroloom.golden.arith.adder_networks import AdderNetwork
from neuroloom.golden.arith.adder_tree import AdderTreeStyle, summing_network
from neuroloom.golden.arith.adder_trees import counter_tree, sum_bits
from neuroloom.golden.arith.adders import AdderStyle
from neuroloom.golden.contract import Contract
from neuroloom.golden.formats import IntegerFormat
from neuroloom.golden.inventory import Inventory, counter, register
from neuroloom.golden.ports import Field, Integers, Stream, Traffic
from neuroloom.golden.spec import Model, Spec
from neuroloom.golden.unused import unless

MAX_PORT_BITS = (1 << 16) - 1
HANDSHAKES = 8
"""Clock, reset, and two bits a stream."""
MAX_COLUMN_BITS = 1 << 15
"""Weights of a column: half of what the hardware description can hold in one signal."""
MAX_BANK_BITS = 1 << 20


class BitCell(StrEnum):
    """What a cell makes of its weight bit and the input bit of its row."""

    AND = "and"
    """Their product."""
    XNOR = "xnor"
    """Whether they agree; 1 is +1, 0 is -1."""


class DigitalCimSpec(Spec):
    """Parameters of ``digital_cim``."""

    macro: ClassVar[str] = "digital_cim"
    summary: ClassVar[str] = "all-digital compute-in-memory macro, inputs bit by bit"
    """all-digital compute-in-memory: AND or XNOR cells, a tree a column, bit-serial inputs,
    weights loaded while it computes
    """
    source: ClassVar[str] = (
        "all-digital SRAM compute-in-memory, bit-serial inputs, an adder tree a column: "
        "Chih et al. 2021; XNOR cells: Yin et al. 2020"
    )

    rows: int = Parameter(default=16, ge=1, le=4096, description="inputs of a vector")
    columns: int = Parameter(default=4, ge=1, le=1024, description="sums of a vector")
    weight_bits: int = Parameter(default=4, ge=1, le=16, description="width of a weight [bit]")
    weight_signed: bool = Parameter(default=True, description="weights in two's complement")
    input_bits: int = Parameter(
        default=4, ge=1, le=16, description="width of an input: bit planes of a vector [bit]"
    )
    input_signed: bool = Parameter(default=True, description="inputs in two's complement")
    cell: BitCell = Parameter(default=BitCell.AND, description="what a cell computes")
    style: AdderTreeStyle = Parameter(
        default=AdderTreeStyle.RIPPLE, description="structure of a column's tree"
    )
    final: AdderStyle = Parameter(
        default=AdderStyle.PREFIX, description="adder behind a carry-save tree (style compressor)"
    )
    pipeline: int = Parameter(
        default=0, ge=0, le=16, description="register stages spread over the tree [cycle]"
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        bipolar = self.weight_bits == self.input_bits == 1
        if self.cell is BitCell.XNOR and (not bipolar or self.weight_signed or self.input_signed):
            raise ValueError(
                "cell=xnor takes weights and inputs of +1 and -1: give weight_bits=1 "
                "input_bits=1 weight_signed=false input_signed=false"
            )
        column = self.rows * self.weight_bits
        if column > MAX_COLUMN_BITS:
            raise ValueError(
                f"{self.rows} weights of {self.weight_bits} bits make a column of {column} bits; "
                f"it has at most {MAX_COLUMN_BITS}"
            )
        if self.columns * column > MAX_BANK_BITS:
            raise ValueError(
                f"{self.columns} columns of {column} bits make a bank of {self.columns * column} "
                f"bits; it has at most {MAX_BANK_BITS}"
            )
        if self.port_bits > MAX_PORT_BITS:
            raise ValueError(
                f"vectors, weights and sums would have {self.port_bits} port bits, the most is "
                f"{MAX_PORT_BITS}: take fewer rows or columns"
            )
        return self

    @property
    def port_bits(self) -> int:
        """Bits of all ports, clock and reset included."""
        row = self.columns * (self.weight_bits + self.sum_format.bits)
        return HANDSHAKES + self.rows * self.input_bits + 1 + row

    @property
    def weight_format(self) -> IntegerFormat:
        return IntegerFormat(bits=self.weight_bits, signed=self.weight_signed)

    @property
    def input_format(self) -> IntegerFormat:
        return IntegerFormat(bits=self.input_bits, signed=self.input_signed)

    @property
    def range(self) -> tuple[int, int]:
        """Least and greatest sum."""
        if self.cell is BitCell.XNOR:
            return 0, self.rows
        weight, value = self.weight_format, self.input_format
        products = [
            extreme * other
            for extreme in (weight.minimum, weight.maximum)
            for other in (value.minimum, value.maximum)
        ]
        return self.rows * min(products), self.rows * max(products)

    @property
    def sum_format(self) -> IntegerFormat:
        """Holds every sum exactly."""
        return _holding(*self.range)

    @property
    def plane_bits(self) -> int:
        """Width of a tree's sum, signed as the weights."""
        return sum_bits(self.rows, self.weight_bits, self.weight_signed)

    @property
    def accumulator_bits(self) -> int:
        """Width of the shifting sum: before the plane of the signs it can be beyond any result."""
        before = (1 << self.input_bits) - 2
        weight = self.weight_format
        low, high = (self.rows * before * end for end in (weight.minimum, weight.maximum))
        return max(self.sum_format.bits, _holding(low, high).bits if self.input_signed else 0)

    @property
    def network(self) -> AdderNetwork:
        """The tree of a column; single bits are counted, with a bit as every carry-in."""
        bits, signed = self.weight_bits, self.weight_signed
        if self.style is AdderTreeStyle.RIPPLE and bits == 1 and not signed:
            return counter_tree(self.rows)
        return summing_network(self.rows, bits, signed, self.style, self.final)

    @property
    def unused(self) -> frozenset[str]:
        return unless(final=self.style is AdderTreeStyle.COMPRESSOR)

    @property
    def streams(self) -> tuple[Stream, ...]:
        xnor = self.cell is BitCell.XNOR
        bits = "; 1 is +1, 0 is -1" if xnor else ""
        total = self.sum_format
        vector = (
            Field(
                "values", self.input_bits, f"row k in lane k{bits}", self.input_signed, self.rows
            ),
            Field("swap", 1, "compute with the next load from this vector on"),
        )
        row = Field(
            "row", self.weight_bits, f"column c in lane c{bits}", self.weight_signed, self.columns
        )
        doc = "agreements p; the bipolar sum is 2·p - rows" if xnor else "column c in lane c"
        sums = Field("values", total.bits, doc, total.signed, self.columns)
        return (
            Stream("vectors", "in", vector, "input vectors"),
            Stream("weights", "in", (row,), "loads, a token a row"),
            Stream("sums", "out", (sums,), "all columns of a vector, exact"),
        )

    @property
    def contract(self) -> Contract:
        return Contract(
            "vector",
            {"vectors": 1},
            {"sums": 1},
            latency=self.input_bits + self.pipeline + 1,
            interval=self.input_bits,
            room={"vectors": 2 + self.pipeline // self.input_bits},
        )

    @property
    def inventory(self) -> Inventory:
        planes, rows = self.input_bits, self.rows
        serial = planes > 1
        inputs = register(rows * planes) + Inventory(multiplexers=rows * (planes - 1))
        word_lines = counter(rows) + register(1) + Inventory(gates=rows + 4)
        flags = register(3 + serial + self.pipeline * (1 + serial))
        control = counter(planes) + flags + Inventory(gates=12)
        cells = rows * self.weight_bits
        xnor = self.cell is BitCell.XNOR
        products = Inventory(xors=cells) if xnor else Inventory(gates=cells)
        tree = self.network.pipelined(self.pipeline)
        column = register(2 * cells) + products + tree.then(self._accumulator)
        return inputs + word_lines + control + self.columns * column

    @property
    def _accumulator(self) -> Inventory:
        """The adder stands above the bits that were shifted out; each of its bits can be gated."""
        bits = self.accumulator_bits
        high = bits - (self.input_bits - 1)
        inverted = Inventory(xors=min(self.plane_bits, high)) if self.input_signed else Inventory()
        if self.input_bits == 1:
            negation = Inventory(half_adders=high - 1, adder_depth=high - 1)
            return register(bits) + (inverted + negation if self.input_signed else Inventory())
        spread = self.weight_signed or self.input_signed
        full = high - 1 if spread else min(high - 1, self.plane_bits)
        adding = Inventory(full_adders=full, half_adders=high - full, adder_depth=high)
        return register(bits) + Inventory(gates=high - 1) + inverted + adding

    def model(self) -> "DigitalCimModel":
        return DigitalCimModel(self)


def _holding(low: int, high: int) -> IntegerFormat:
    """The narrowest format from ``low``, signed where it is below zero, to ``high``."""
    signed = low < 0
    bits = max((-low - 1).bit_length() if signed else 0, high.bit_length()) + signed
    return IntegerFormat(bits=max(1, bits), signed=signed)


class DigitalCimModel(Model[DigitalCimSpec]):
    """``sums[v, c] = sum over r of values[v, r] · weight[r, c]``; XNOR: the r where they agree.

    Weights come in loads of ``rows`` tokens. A vector with ``swap`` computes with the next load
    that no vector has computed with yet, and so do the vectors after it. The first vector after
    reset takes the first load with or without ``swap``.

    ValueError when tokens of a load are left over, and when a vector asks for a load that is not
    there: the hardware would wait for it. Hardware holds one load beside the weights it computes
    with; tokens of a further one wait until a vector has taken the one before.
    """

    def __init__(self, spec: DigitalCimSpec) -> None:
        super().__init__(spec)
        self.reset()

    def reset(self) -> None:
        spec = self.spec
        self._loads = np.zeros((0, spec.rows, spec.columns), np.int64)
        """Those of the vector before, once there was one, and all that wait."""
        self._computing = False
        """Whether there was a vector."""

    def run(self, traffic: Traffic) -> Traffic:
        spec = self.spec
        if "weights" in traffic:
            self._loads = np.concatenate([self._loads, self._read(traffic["weights"]["row"])])
        values = np.asarray(traffic["vectors"]["values"], np.int64)
        swap = np.array(traffic["vectors"]["swap"], np.int64)
        if not len(values):
            return {"sums": {"values": np.zeros((0, spec.columns), np.int64)}}
        if not self._computing:
            swap[0] = 0  # the first load is there to begin with
        used = np.cumsum(swap)
        if used[-1] >= len(self._loads):
            first = int(np.argmax(used >= len(self._loads)))
            raise ValueError(
                f"vector {first} computes with load {used[first]} of {len(self._loads)}: send "
                f"{spec.rows} tokens of weights for every swap, and for the first vector"
            )
        sums = np.zeros((len(values), spec.columns), np.int64)
        for load in np.unique(used):
            sums[used == load] = self._sums(values[used == load], self._loads[load])
        self._loads, self._computing = self._loads[used[-1] :], True
        return {"sums": {"values": sums}}

    def _read(self, tokens: Integers) -> Integers:
        rows = self.spec.rows
        if len(tokens) % rows:
            raise ValueError(
                f"stream 'weights' takes {rows} tokens for each load; {len(tokens)} leave a part "
                "of one over"
            )
        return np.asarray(tokens, np.int64).reshape(-1, rows, self.spec.columns)

    def _sums(self, values: Integers, weights: Integers) -> Integers:
        """Integers (batch, rows) by (rows, columns), exact in double precision: below 2**45."""
        if self.spec.cell is BitCell.XNOR:
            values, weights = 2 * values - 1, 2 * weights - 1
        products = (values.astype(np.float64) @ weights.astype(np.float64)).astype(np.int64)
        agreements: Integers = (products + self.spec.rows) // 2
        return agreements if self.spec.cell is BitCell.XNOR else products
