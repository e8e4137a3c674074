"""Population count: how many bits of a word are one."""

from enum import StrEnum
from typing import ClassVar

import numpy as np
from pydantic import Field as Parameter

from neuroloom.golden.arith.adder_networks import AdderNetwork
from neuroloom.golden.arith.adder_trees import carry_save_tree, counter_tree, summed_words
from neuroloom.golden.contract import Contract
from neuroloom.golden.formats import unsigned_bits
from neuroloom.golden.inventory import Inventory, register
from neuroloom.golden.ports import Field, Stream, Traffic
from neuroloom.golden.spec import Model, Spec


class PopcountStyle(StrEnum):
    """The structure of the counting tree."""

    SUM = "sum"
    """The sum written as `+`; the synthesis tool chooses the adders."""
    COMPRESSOR = "compressor"
    """A tree of explicit 3:2 full adders: short paths and few gates on standard cells."""
    COUNTER = "counter"
    """(2^k-1):k counters joined by carry chains, the third addend as carry-in: few LUTs."""


def counting_tree(width: int, style: PopcountStyle) -> AdderNetwork:
    """The adders that count the ones of ``width`` bits.

    Under ``sum`` they are a ripple tree: what the expression says, not what synthesis makes of it.
    """
    match style:
        case PopcountStyle.SUM:
            return summed_words(width, bits=1)
        case PopcountStyle.COMPRESSOR:
            return carry_save_tree(width, bits=1)
        case PopcountStyle.COUNTER:
            return counter_tree(width)


class PopcountSpec(Spec):
    """Parameters of ``popcount``."""

    macro: ClassVar[str] = "popcount"
    summary: ClassVar[str] = "number of ones in a word"
    """number of ones in a word of 1 … 4,096 bits; three structures, optional pipeline registers"""
    source: ClassVar[str] = (
        "adder trees of binarized networks, e.g. Querlioz et al. 2019; "
        "3:2 compressors: Wallace 1964, Dadda 1965"
    )

    width: int = Parameter(default=64, ge=1, le=4096, description="bits of the word [bit]")
    style: PopcountStyle = Parameter(
        default=PopcountStyle.COUNTER, description="structure of the counting tree"
    )
    pipeline: int = Parameter(
        default=0, ge=0, le=16, description="register stages spread over the tree [cycle]"
    )

    @property
    def count_bits(self) -> int:
        """Width of the count, which reaches ``width``."""
        return unsigned_bits(self.width)

    @property
    def streams(self) -> tuple[Stream, ...]:
        return (
            Stream("word", "in", (Field("bits", 1, "the word", lanes=self.width),), "words"),
            Stream("count", "out", (Field("ones", self.count_bits, "number of ones"),), "counts"),
        )

    @property
    def contract(self) -> Contract:
        return Contract("word", {"word": 1}, {"count": 1}, latency=self.pipeline, interval=1)

    @property
    def inventory(self) -> Inventory:
        tree = counting_tree(self.width, self.style).pipelined(self.pipeline)
        if not self.pipeline:
            return tree
        return tree + register(self.pipeline) + Inventory(gates=2)

    def model(self) -> "PopcountModel":
        return PopcountModel(self)


class PopcountModel(Model[PopcountSpec]):
    """``count.ones[t] = sum of word.bits[t]``; unsigned, exact, never overflows."""

    def run(self, traffic: Traffic) -> Traffic:
        return {"count": {"ones": traffic["word"]["bits"].sum(axis=1, dtype=np.int64)}}
