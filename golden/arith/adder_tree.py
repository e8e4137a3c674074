"""Sum of many operands in one word."""

from enum import StrEnum
from functools import cached_property
from typing import ClassVar, Self

import numpy as np
from pydantic import Field as Parameter
from pydantic import model_validator

from neuroloom.golden.arith.adder_networks import AdderNetwork
from neuroloom.golden.arith.adder_trees import carry_save_tree, ripple_tree, sum_bits, summed_words
from neuroloom.golden.arith.adders import AdderStyle
from neuroloom.golden.contract import Contract
from neuroloom.golden.inventory import Inventory, register
from neuroloom.golden.ports import Field, Stream, Traffic
from neuroloom.golden.spec import Model, Spec
from neuroloom.golden.unused import unless


class AdderTreeStyle(StrEnum):
    """The structure of the tree."""

    SUM = "sum"
    """The sum written as `+`; the synthesis tool chooses the adders."""
    RIPPLE = "ripple"
    """Operands added by pairs, one carry chain each: fewest LUTs and fastest on FPGAs."""
    COMPRESSOR = "compressor"
    """A carry-save tree of full adders and one final adder: short paths on standard cells."""


def summing_network(
    operands: int, bits: int, signed: bool, style: AdderTreeStyle, final: AdderStyle
) -> AdderNetwork:
    """The tree that adds ``operands`` numbers; bit j of number i is its input ``i * bits + j``."""
    match style:
        case AdderTreeStyle.SUM:
            return summed_words(operands, bits, signed)
        case AdderTreeStyle.RIPPLE:
            return ripple_tree(operands, bits, signed)
        case AdderTreeStyle.COMPRESSOR:
            return carry_save_tree(operands, bits, signed, final)


class AdderTreeSpec(Spec):
    """Parameters of ``adder_tree``."""

    macro: ClassVar[str] = "adder_tree"
    summary: ClassVar[str] = "sum of many operands at once"
    """sum of 1 … 1,024 operands of any width and sign; inferred, carry chains, or carry-save with
    three final adders; registers by number or by levels
    """
    source: ClassVar[str] = (
        "column sums of compute-in-memory arrays, e.g. Chih et al. 2021; carry-save trees: "
        "Wallace 1964, Dadda 1965"
    )

    operands: int = Parameter(default=64, ge=1, le=1024, description="numbers to add")
    bits: int = Parameter(default=8, ge=1, le=32, description="width of an operand [bit]")
    signed: bool = Parameter(default=True, description="operands in two's complement")
    style: AdderTreeStyle = Parameter(
        default=AdderTreeStyle.RIPPLE, description="structure of the tree"
    )
    final: AdderStyle = Parameter(
        default=AdderStyle.PREFIX, description="adder behind a carry-save tree (style compressor)"
    )
    pipeline: int = Parameter(
        default=0, ge=0, le=16, description="register stages spread over the tree [cycle]"
    )
    stage_levels: int = Parameter(
        default=0,
        ge=0,
        le=64,
        description="levels of adders before a register at most, 1 for one behind every level; "
        "0: as pipeline says",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.pipeline and self.stage_levels:
            raise ValueError(
                f"pipeline={self.pipeline} and stage_levels={self.stage_levels} both say how many "
                "registers there are: take one of them"
            )
        return self

    @property
    def sum_bits(self) -> int:
        """Width of the sum, which never overflows."""
        return sum_bits(self.operands, self.bits, self.signed)

    @cached_property
    def stages(self) -> int:
        """Registers on every path; the last one is behind the sum."""
        if not self.stage_levels:
            return self.pipeline
        return -(-self.network.depth // self.stage_levels)

    @property
    def network(self) -> AdderNetwork:
        """The adders of the tree, as they are counted and as the hardware is built."""
        return summing_network(self.operands, self.bits, self.signed, self.style, self.final)

    @property
    def unused(self) -> frozenset[str]:
        return unless(final=self.style is AdderTreeStyle.COMPRESSOR)

    @property
    def streams(self) -> tuple[Stream, ...]:
        numbers = Field(
            "data", self.bits, "the numbers to add", signed=self.signed, lanes=self.operands
        )
        total = Field("sum", self.sum_bits, "their sum, exact", signed=self.signed)
        return (
            Stream("operands", "in", (numbers,), "rows of numbers"),
            Stream("total", "out", (total,), "one sum a row"),
        )

    @property
    def contract(self) -> Contract:
        return Contract("row", {"operands": 1}, {"total": 1}, latency=self.stages, interval=1)

    @property
    def inventory(self) -> Inventory:
        tree = self.network.pipelined(self.stages)
        if not self.stages:
            return tree
        return tree + register(self.stages) + Inventory(gates=2)

    def model(self) -> "AdderTreeModel":
        return AdderTreeModel(self)


class AdderTreeModel(Model[AdderTreeSpec]):
    """``total.sum[t] = sum of operands.data[t]``; exact, never overflows."""

    def run(self, traffic: Traffic) -> Traffic:
        return {"total": {"sum": traffic["operands"]["data"].sum(axis=1, dtype=np.int64)}}
