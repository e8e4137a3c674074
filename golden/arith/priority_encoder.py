"""First input that is one; leading and trailing zeros."""

from enum import StrEnum
from typing import ClassVar

import numpy as np
from pydantic import Field as Parameter

from neuroloom.golden.contract import Contract
from neuroloom.golden.formats import unsigned_bits
from neuroloom.golden.inventory import Inventory, index_bits
from neuroloom.golden.ports import Field, Stream, Traffic
from neuroloom.golden.spec import Model, Spec


class First(StrEnum):
    """End of the word at which the search begins."""

    LSB = "lsb"
    MSB = "msb"


class Report(StrEnum):
    """What is said about the first one."""

    INDEX = "index"
    """Its number, counted from the least significant input wherever the search begins."""
    ZEROS = "zeros"
    """How many zeros come before it: trailing zeros from the lsb, leading zeros from the msb."""


def lower_half(inputs: int) -> int:
    """Inputs of the lower of two subtrees: the greatest power of two below ``inputs``."""
    return 1 << (index_bits(inputs) - 1)


def search_tree(inputs: int) -> Inventory:
    """A node a pair of subtrees: whether any is one, which half has the first, and its number."""
    if inputs == 1:
        return Inventory()
    lower = lower_half(inputs)
    node = Inventory(gates=2 + 2 * index_bits(inputs - lower))
    return search_tree(lower) + search_tree(inputs - lower) + node


class PriorityEncoderSpec(Spec):
    """Parameters of ``priority_encoder``."""

    macro: ClassVar[str] = "priority_encoder"
    summary: ClassVar[str] = "index of the first one in a word; leading and trailing zeros"
    """index of the first one of up to 1,024; leading and trailing zeros"""
    source: ClassVar[str] = (
        "balanced search tree, after the leading-zero counter of Oklobdzija 1994"
    )

    inputs: int = Parameter(default=64, ge=1, le=1024, description="bits of the word [bit]")
    first: First = Parameter(default=First.LSB, description="end at which the search begins")
    report: Report = Parameter(
        default=Report.INDEX, description="number of the first one, or zeros before it"
    )

    @property
    def result_bits(self) -> int:
        """Width of the index, or of the zeros, which reach ``inputs``."""
        return unsigned_bits(self.inputs - (self.report is Report.INDEX))

    @property
    def streams(self) -> tuple[Stream, ...]:
        doc = {
            Report.INDEX: "number of the first one; 0 without any",
            Report.ZEROS: "zeros before the first one; without any, all",
        }
        result = Field(self.report.value, self.result_bits, doc[self.report])
        none = Field("none", 1, "whether no input is one")
        word = Field("bits", 1, "the word", lanes=self.inputs)
        return Stream("word", "in", (word,), "words"), Stream(
            "found", "out", (result, none), "one a word"
        )

    @property
    def contract(self) -> Contract:
        return Contract("word", {"word": 1}, {"found": 1}, latency=0, interval=1)

    @property
    def inventory(self) -> Inventory:
        ends = self.result_bits if self.report is Report.ZEROS else 0
        return search_tree(self.inputs) + Inventory(gates=ends)

    def model(self) -> "PriorityEncoderModel":
        return PriorityEncoderModel(self)


class PriorityEncoderModel(Model[PriorityEncoderSpec]):
    """``found.none = no bit``; ``found.zeros = bits before the first one``, or its ``index``."""

    def run(self, traffic: Traffic) -> Traffic:
        spec = self.spec
        bits = np.asarray(traffic["word"]["bits"])
        ordered = bits[:, ::-1] if spec.first is First.MSB else bits
        none = np.asarray(~ordered.any(axis=1))
        zeros = np.asarray(ordered.argmax(axis=1), np.int64)
        if spec.report is Report.ZEROS:
            result = np.where(none, spec.inputs, zeros)
        else:
            index = spec.inputs - 1 - zeros if spec.first is First.MSB else zeros
            result = np.where(none, 0, index)
        return {"found": {spec.report.value: result, "none": none.astype(np.int64)}}
