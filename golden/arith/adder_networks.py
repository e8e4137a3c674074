"""Networks of full and half adders: constructed, evaluated bit by bit, and counted.

A network is the exact structure behind a count of adders: :meth:`AdderNetwork.evaluate` proves
that it adds, and its :attr:`AdderNetwork.inventory` is what it consists of.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from neuroloom.golden.inventory import Inventory

Bits = NDArray[np.uint8]


@dataclass(frozen=True)
class Adder:
    """A full adder of three operands or a half adder of two. Bits are numbers in the network."""

    operands: tuple[int, ...]
    total: int
    carry: int


@dataclass
class AdderNetwork:
    """Adders in order of evaluation.

    ``levels`` holds the pipeline level of every bit, 0 for the inputs: registers can stand behind
    each level. ``outputs`` is the result, the least significant bit first.
    """

    inputs: int
    levels: list[int] = field(init=False)
    adders: list[Adder] = field(default_factory=list)
    outputs: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.levels = [0] * self.inputs

    def add(self, *operands: int, level: int | None = None) -> tuple[int, int]:
        """A full or half adder behind ``operands``, by default one level after them: sum, carry."""
        if level is None:
            level = 1 + max(self.levels[bit] for bit in operands)
        total, carry = len(self.levels), len(self.levels) + 1
        self.levels += [level, level]
        self.adders.append(Adder(operands, total, carry))
        return total, carry

    def ripple(
        self, left: Sequence[int], right: Sequence[int], carry: int | None = None,
        level: int | None = None,
    ) -> list[int]:  # fmt: skip
        """``left + right + carry``, one adder a bit of the longer operand, all in one level."""
        if level is None:
            level = 1 + max(self.levels[bit] for bit in (*left, *right))
        result = []
        for position in range(max(len(left), len(right))):
            column = [operand[position] for operand in (left, right) if position < len(operand)]
            column += [] if carry is None else [carry]
            if len(column) == 1:
                result.append(column[0])
                continue
            total, carry = self.add(*column, level=level)
            result.append(total)
        return result if carry is None else [*result, carry]

    def evaluate(self, inputs: Bits) -> NDArray[np.int64]:
        """The number that the outputs make of input bits (batch, inputs): (batch,)."""
        values = np.zeros((len(self.levels), len(inputs)), np.uint8)
        values[: self.inputs] = inputs.T
        for adder in self.adders:
            ones = values[list(adder.operands)].sum(axis=0)
            values[adder.total] = ones & 1
            values[adder.carry] = ones >> 1
        weights = np.int64(1) << np.arange(len(self.outputs), dtype=np.int64)
        return np.asarray(weights @ values[self.outputs].astype(np.int64), np.int64)

    def pipelined(self, stages: int) -> Inventory:
        """Adders, and the flip-flops of ``stages`` registers on every path.

        The registers are spread evenly over the levels, the last ones behind the result; a bit
        needs one behind each cut between its own level and that of its last reader.
        """
        depth = max(self.levels[bit] for bit in self.outputs)
        cuts = Counter(round(depth * (stage + 1) / stages) for stage in range(stages))
        last_reader: dict[int, int] = dict.fromkeys(self.outputs, depth + 1)
        for adder in self.adders:
            for bit in adder.operands:
                last_reader[bit] = max(last_reader.get(bit, 0), self.levels[adder.total])

        def held(bit: int, level: int) -> int:
            return sum(cuts[cut] for cut in range(self.levels[bit], level))

        flip_flops = sum(held(bit, level) for bit, level in last_reader.items())
        arrival = [0] * len(self.levels)
        for adder in self.adders:
            level = self.levels[adder.total]
            path = 1 + max(0 if held(bit, level) else arrival[bit] for bit in adder.operands)
            arrival[adder.total] = arrival[adder.carry] = path
        full = sum(len(adder.operands) == 3 for adder in self.adders)
        return Inventory(
            full_adders=full,
            half_adders=len(self.adders) - full,
            flip_flops=flip_flops,
            adder_depth=max(arrival),
        )

    @property
    def inventory(self) -> Inventory:
        """What it consists of, without registers."""
        return self.pipelined(0)
