"""Stimulus for ``digital_cim``."""

import numpy as np

from neuroloom.golden.arith.adder_tree import AdderTreeStyle
from neuroloom.golden.arith.adders import AdderStyle
from neuroloom.golden.cim.digital_cim import BitCell, DigitalCimSpec
from neuroloom.golden.ports import Integers, Traffic
from neuroloom.verif.stimulus import Cover, Rng, Stimulus, joined, pick, random_tokens


class DigitalCimStimulus(Stimulus[DigitalCimSpec]):
    """Loads come among vectors that swap to them: the least, the greatest and random weights.

    The operations afterwards stay with the last load.
    """

    def setup(self, rng: Rng) -> Traffic:
        """Three loads, sent while vectors of the load before are computed with."""
        fmt, load = self.spec.weight_format, self.spec.streams[1]
        weights = random_tokens(load, rng, self.spec.rows)["row"]
        ends = [np.full_like(weights, end) for end in (fmt.minimum, fmt.maximum)]
        exchanges: list[Traffic] = []
        for rows in (*ends[:: pick(rng, (1, -1))], weights):
            values = rng.permutation(self._ends())[: rng.integers(1, 3)]
            swap = (np.arange(len(values)) == 0).astype(np.int64)
            exchanges.append({"weights": {"row": rows}, **self._vectors(values, swap)})
        return joined(*exchanges)

    def _ends(self) -> Integers:
        """All inputs at either end of their range."""
        fmt = self.spec.input_format
        return np.repeat([[fmt.minimum], [fmt.maximum]], self.spec.rows, axis=1)

    def _vectors(self, values: Integers, swap: Integers | None = None) -> Traffic:
        stay = np.zeros(len(values), np.int64)
        return {"vectors": {"values": values, "swap": stay if swap is None else swap}}

    def corners(self) -> Traffic:
        ends = self._ends()
        even = np.where(np.arange(self.spec.rows) % 2, ends[0], ends[1])
        one_row = np.zeros_like(even)
        one_row[-1] = ends[0][-1]
        return self._vectors(np.array([*ends, *ends[::-1], even, ends.sum(axis=0) - even, one_row]))

    def random(self, rng: Rng, operations: int) -> Traffic:
        tokens = random_tokens(self.spec.streams[0], rng, operations)
        return self._vectors(tokens["values"])

    def coverage(self) -> list[Cover]:
        fmt = self.spec.input_format

        def both_ends(sent: Traffic, _: Traffic) -> bool:
            values = sent["vectors"]["values"]
            at_ends = (values.min(axis=0) == fmt.minimum) & (values.max(axis=0) == fmt.maximum)
            return bool(at_ends.all())

        return [Cover("every input at both ends", both_ends)]

    @classmethod
    def random_spec(cls, rng: Rng) -> DigitalCimSpec:
        xnor = rng.integers(4) == 0
        shape = {"rows": int(rng.integers(1, 14)), "columns": int(rng.integers(1, 4))}
        numbers = {
            "weight_bits": int(rng.integers(1, 6)),
            "weight_signed": bool(rng.integers(2)),
            "input_bits": int(rng.integers(1, 6)),
            "input_signed": bool(rng.integers(2)),
        }
        bipolar = dict.fromkeys(numbers, 1) | {"weight_signed": False, "input_signed": False}
        return DigitalCimSpec.model_validate(
            {
                **shape,
                **(bipolar if xnor else numbers),
                "cell": BitCell.XNOR if xnor else BitCell.AND,
                "style": pick(rng, AdderTreeStyle),
                "final": pick(rng, AdderStyle),
                "pipeline": int(rng.integers(0, 4)),
            }
        )
