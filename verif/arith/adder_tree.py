"""Stimulus for ``adder_tree``."""

import numpy as np

from neuroloom.golden.arith.adder_tree import AdderTreeSpec, AdderTreeStyle
from neuroloom.golden.arith.adders import AdderStyle
from neuroloom.golden.ports import Field, Integers, Traffic
from neuroloom.verif.stimulus import Cover, Rng, Stimulus, pick, random_tokens

EXHAUSTIVE_BITS = 9


class AdderTreeStimulus(Stimulus[AdderTreeSpec]):
    """Every row up to nine bits; above, both ends of the range, one operand off, alternating."""

    def corners(self) -> Traffic:
        spec = self.spec
        operands, bits = spec.operands, spec.bits
        if operands * bits <= EXHAUSTIVE_BITS:
            rows = np.arange(1 << operands * bits)[:, np.newaxis] >> bits * np.arange(operands)
            return self._rows(self._fitted(rows))
        field = spec.input_streams[0].fields[0]
        low, high = np.full(operands, field.minimum), np.full(operands, field.maximum)
        even = np.where(np.arange(operands) % 2, low, high)
        one_off = []
        for lane in np.unique(np.linspace(0, operands - 1, 12).astype(int)):
            for base, other in ((low, high), (high, low), (0 * low, low), (0 * low, high)):
                row = base.copy()
                row[lane] = other[lane]
                one_off.append(row)
        ends = [low, high, 0 * low, 0 * low + 1, even, low + high - even]
        return self._rows(self._fitted(np.array([*ends, *one_off], np.int64)))

    def random(self, rng: Rng, operations: int) -> Traffic:
        return {"operands": random_tokens(self.spec.input_streams[0], rng, operations)}

    def coverage(self) -> list[Cover]:
        field = self.spec.input_streams[0].fields[0]
        least, most = (self.spec.operands * end for end in (field.minimum, field.maximum))
        return [
            Cover("least sum", lambda _, got: (got["total"]["sum"] == least).any()),
            Cover("greatest sum", lambda _, got: (got["total"]["sum"] == most).any()),
            Cover("every operand at both ends", lambda sent, _: _both_ends(sent, field)),
        ]

    def _fitted(self, rows: Integers) -> Integers:
        """The low bits of every number, in the operands' format."""
        sign = 1 << (self.spec.bits - 1) if self.spec.signed else 0
        return ((rows & ((1 << self.spec.bits) - 1)) ^ sign) - sign

    def _rows(self, rows: Integers) -> Traffic:
        return {"operands": {"data": rows}}

    @classmethod
    def random_spec(cls, rng: Rng) -> AdderTreeSpec:
        registers = pick(rng, ("pipeline", "stage_levels"))
        return AdderTreeSpec(
            operands=int(rng.integers(1, 24)),
            bits=int(rng.integers(1, 10)),
            signed=bool(rng.integers(2)),
            style=pick(rng, AdderTreeStyle),
            final=pick(rng, AdderStyle),
            **{registers: int(rng.integers(0, 5))},
        )


def _both_ends(sent: Traffic, field: Field) -> bool:
    numbers = sent["operands"]["data"]
    at_ends = (numbers.min(axis=0) == field.minimum) & (numbers.max(axis=0) == field.maximum)
    return bool(at_ends.all())
