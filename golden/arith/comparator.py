"""Comparison of two numbers: which is greater."""

from enum import StrEnum
from typing import ClassVar

import numpy as np
from pydantic import Field as Parameter

from neuroloom.golden.contract import Contract
from neuroloom.golden.inventory import Inventory, comparator, equality
from neuroloom.golden.ports import Field, Stream, Traffic
from neuroloom.golden.spec import Model, Spec


class ComparatorStyle(StrEnum):
    """How the bits are compared."""

    CARRY = "carry"
    """A subtraction: the carry chain of an FPGA."""
    TREE = "tree"
    """Pairs of halves in log2 depth: short paths on standard cells."""


class ComparatorSpec(Spec):
    """Parameters of ``comparator``."""

    macro: ClassVar[str] = "comparator"
    summary: ClassVar[str] = "less, equal or greater of two numbers"
    """less, equal or greater, signed or not, as a carry chain or a tree"""
    source: ClassVar[str] = "magnitude comparison by carry and by a tree of halves"

    bits: int = Parameter(default=16, ge=1, le=63, description="width of both numbers [bit]")
    signed: bool = Parameter(default=True, description="numbers in two's complement")
    style: ComparatorStyle = Parameter(
        default=ComparatorStyle.CARRY, description="how the bits are compared"
    )

    @property
    def streams(self) -> tuple[Stream, ...]:
        left = Field("a", self.bits, "left number", signed=self.signed)
        right = Field("b", self.bits, "right number", signed=self.signed)
        results = (
            Field("less", 1, "a < b"),
            Field("equal", 1, "a == b"),
            Field("greater", 1, "a > b"),
        )
        return (
            Stream("pair", "in", (left, right), "pairs of numbers"),
            Stream("order", "out", results, "one a pair; exactly one of the three is set"),
        )

    @property
    def contract(self) -> Contract:
        return Contract("pair", {"pair": 1}, {"order": 1}, latency=0, interval=1)

    @property
    def inventory(self) -> Inventory:
        if self.style is ComparatorStyle.CARRY:
            equal = Inventory(xors=self.bits) + equality(self.bits)
            return comparator(self.bits) + equal + Inventory(gates=1)
        # two gates a bit, and two ANDs and two ORs where two halves meet
        depth = (self.bits - 1).bit_length()
        return Inventory(gates=2 * self.bits + 4 * (self.bits - 1) + 1, adder_depth=depth)

    def model(self) -> "ComparatorModel":
        return ComparatorModel(self)


class ComparatorModel(Model[ComparatorSpec]):
    """``order.less = a < b``, ``order.equal = a == b``, ``order.greater = a > b``."""

    def run(self, traffic: Traffic) -> Traffic:
        a, b = np.asarray(traffic["pair"]["a"]), np.asarray(traffic["pair"]["b"])
        order = {"less": a < b, "equal": a == b, "greater": a > b}
        return {"order": {name: column.astype(np.int64) for name, column in order.items()}}
