"""Stimulus for ``shift_add``."""

import numpy as np

from neuroloom.golden.cim.shift_add import ShiftAddSpec
from neuroloom.golden.cim.slices import Encoding, SliceOrder
from neuroloom.golden.ports import Integers, Tokens, Traffic
from neuroloom.verif.stimulus import Cover, Rng, Stimulus, joined, pick, random_tokens


class ShiftAddStimulus(Stimulus[ShiftAddSpec]):
    """Sums at both ends of the range; sums of every length where they may differ."""

    def corners(self) -> Traffic:
        spec = self.spec
        fmt, tokens = spec.partial_format, spec.tokens
        top = 0 if spec.order is SliceOrder.MSB_FIRST else tokens - 1
        sums: list[Traffic] = []
        ends = (fmt.minimum, fmt.maximum)
        for negative, ones in ((0, 0), (1, (1 << spec.ones_bits) - 1)):
            for below, above in ((low, high) for low in ends for high in ends):
                codes = np.full((tokens, spec.lanes), below)
                codes[top, -1] = above
                sums.append({"partials": self._sum(codes, np.full_like(codes, negative), ones)})
        return joined(*sums)

    def _sum(self, codes: Integers, negative: Integers, ones: int) -> Tokens:
        every = {
            "codes": codes,
            "negative": negative,
            "ones": np.full(len(codes), ones),
            "last": (np.arange(len(codes)) == len(codes) - 1).astype(np.int64),
        }
        return {field.name: every[field.name] for field in self.spec.input_streams[0].fields}

    def random(self, rng: Rng, operations: int) -> Traffic:
        spec = self.spec
        tokens = random_tokens(
            spec.input_streams[0], rng, operations * spec.contract.consumes["partials"]
        )
        if spec.reconfigurable:
            ends = np.cumsum(rng.integers(1, spec.tokens + 1, operations)) - 1
            tokens["last"] = np.isin(np.arange(operations), [*ends, operations - 1]).astype(int)
        return {"partials": tokens}

    def coverage(self) -> list[Cover]:
        low, high = self.spec.range
        points = [
            Cover("least sum", lambda _, got: (got["sums"]["value"] == low).any()),
            Cover("greatest sum", lambda _, got: (got["sums"]["value"] == high).any()),
        ]
        if self.spec.reconfigurable and self.spec.tokens > 1:
            points += [
                Cover("a sum of one token", lambda sent, _: self._lengths(sent).min() == 1),
                Cover("a whole sum", lambda sent, _: self._lengths(sent).max() == self.spec.tokens),
            ]
        return points

    def _lengths(self, sent: Traffic) -> Integers:
        ends = np.flatnonzero(sent["partials"]["last"])
        lengths: Integers = np.diff(ends, prepend=-1)
        return lengths

    @classmethod
    def random_spec(cls, rng: Rng) -> ShiftAddSpec:
        lanes, step, encoding = (
            int(rng.integers(1, 5)),
            int(rng.integers(1, 4)),
            pick(rng, Encoding),
        )
        bits = step + int(rng.integers(0, 5))
        fixed = encoding is Encoding.OFFSET_BINARY and bool(rng.integers(2))
        signed = bits > 1 and encoding is not Encoding.SIGN_MAGNITUDE and bool(rng.integers(2))
        greatest = ((1 << (bits - signed)) - 1) // ((1 << step) - 1)
        return ShiftAddSpec(
            partial_bits=bits,
            partial_signed=signed,
            slices=lanes * int(rng.integers(1, 6 if lanes < 3 else 3)),
            step=step,
            lanes=lanes,
            order=pick(rng, SliceOrder),
            encoding=encoding,
            ones_bits=int(rng.integers(1, 6)),
            fixed_ones=int(rng.integers(0, greatest + 1)) if fixed else None,
            reconfigurable=bool(rng.integers(2)),
        )
