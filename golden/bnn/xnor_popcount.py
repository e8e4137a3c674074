"""The processing element of a binarized layer: XNOR, count, accumulate over folds.

Bit 1 stands for +1 and bit 0 for -1. Two bits that agree multiply to +1, so that N products hold
p agreements, N - p disagreements, and sum to 2·p - N. The hardware counts p only: a threshold on
the sum is a threshold on p, and an argmax over sums is an argmax over p.
"""

from typing import ClassVar, Self

import numpy as np
from pydantic import Field as Parameter
from pydantic import model_validator

from neuroloom.golden.arith.popcount import PopcountStyle, counting_tree
from neuroloom.golden.arith.running_sum import running_sum
from neuroloom.golden.checks import too_narrow
from neuroloom.golden.contract import Contract
from neuroloom.golden.formats import IntegerFormat, Overflow, unsigned_bits
from neuroloom.golden.inventory import Inventory, counter, stream_output
from neuroloom.golden.ports import Field, Stream, Traffic
from neuroloom.golden.spec import Model, Spec


class XnorPopcountSpec(Spec):
    """Parameters of ``xnor_popcount``."""

    macro: ClassVar[str] = "xnor_popcount"
    summary: ClassVar[str] = "binary processing element: XNOR, popcount, accumulate over folds"
    source: ClassVar[str] = (
        "binarized dot product, Courbariaux et al. 2016; XNOR and popcount in hardware, "
        "Querlioz et al. 2019"
    )

    lanes: int = Parameter(default=64, ge=1, le=4096, description="bit pairs a fold [bit]")
    folds: int = Parameter(default=8, ge=1, le=65536, description="folds a dot product")
    accumulator_bits: int | None = Parameter(
        default=None, ge=1, le=32, description="accumulator width [bit]; by default never overflows"
    )
    overflow: Overflow = Parameter(
        default=Overflow.ERROR, description="rule of an accumulator that is too narrow"
    )
    style: PopcountStyle = Parameter(
        default=PopcountStyle.COUNTER, description="structure of the counting tree"
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.overflow is Overflow.ERROR and self.matches_format.maximum < self.length:
            raise ValueError(
                f"accumulator_bits={self.accumulator_bits} cannot hold {self.length} matches: "
                f"give {unsigned_bits(self.length)} bits, or overflow=wrap or saturate"
            )
        return self

    @property
    def length(self) -> int:
        """Bit pairs of a whole dot product."""
        return self.lanes * self.folds

    def cautions(self) -> tuple[str, ...]:
        return too_narrow(
            self.matches_format,
            unsigned_bits(self.length),
            "accumulator_bits",
            f"{self.length} matches",
        )

    @property
    def matches_format(self) -> IntegerFormat:
        bits = self.accumulator_bits or unsigned_bits(self.length)
        return IntegerFormat(bits=bits, overflow=self.overflow)

    @property
    def streams(self) -> tuple[Stream, ...]:
        operands = (
            Field("activations", 1, "activation bits of the fold", lanes=self.lanes),
            Field("weights", 1, "weight bits of the fold", lanes=self.lanes),
        )
        matches = Field("matches", self.matches_format.bits, "p; the bipolar sum is 2·p - N")
        return (
            Stream("operands", "in", operands, "folds of a dot product, one a token"),
            Stream("score", "out", (matches,), "one a dot product"),
        )

    @property
    def contract(self) -> Contract:
        return Contract(
            "dot product",
            {"operands": self.folds},
            {"score": 1},
            latency=self.folds,
            interval=self.folds,
            room={"operands": 2 * self.folds - 1},
        )

    @property
    def inventory(self) -> Inventory:
        agreement = Inventory(xors=self.lanes)
        count = counting_tree(self.lanes, self.style).inventory
        count_bits = self.lanes.bit_length()
        fmt = self.matches_format
        sum_bits = fmt.bits if self.folds > 1 else min(fmt.bits, count_bits)
        path = agreement.then(count).then(running_sum(count_bits, fmt, self.folds))
        return path + counter(self.folds) + stream_output(sum_bits)

    def model(self) -> "XnorPopcountModel":
        return XnorPopcountModel(self)


class XnorPopcountModel(Model[XnorPopcountSpec]):
    """``matches = fit(sum over folds and lanes of activations XNOR weights)``, unsigned.

    The overflow rule holds after every fold; since each fold adds zero or more, fitting the final
    sum gives the same value.
    """

    def run(self, traffic: Traffic) -> Traffic:
        operands = traffic["operands"]
        agree = np.asarray(operands["activations"]) == np.asarray(operands["weights"])
        sums = self.operations("operands", agree).sum(axis=(1, 2), dtype=np.int64)
        return {"score": {"matches": self.spec.matches_format.fit(sums)}}
