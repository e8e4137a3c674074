"""Stimulus for ``xnor_popcount``."""

import numpy as np

from neuroloom.golden.arith.popcount import PopcountStyle
from neuroloom.golden.bnn.xnor_popcount import XnorPopcountSpec
from neuroloom.golden.formats import Overflow, unsigned_bits
from neuroloom.golden.ports import Traffic
from neuroloom.verif.stimulus import Cover, Rng, Stimulus, joined, pick, random_tokens


class XnorPopcountStimulus(Stimulus[XnorPopcountSpec]):
    """Dot products that agree everywhere, nowhere, in one position, in all but one."""

    def corners(self) -> Traffic:
        lanes, folds = self.spec.lanes, self.spec.folds
        ones, zeros = np.ones((folds, lanes), np.int64), np.zeros((folds, lanes), np.int64)
        one_off = zeros.copy()
        one_off[-1, -1] = 1
        pairs = [
            (ones, ones),
            (zeros, zeros),
            (ones, zeros),
            (zeros, ones),
            (one_off, zeros),
            (one_off, ones),
            (ones, one_off),
        ]
        return joined(*({"operands": {"activations": a, "weights": w}} for a, w in pairs))

    def random(self, rng: Rng, operations: int) -> Traffic:
        count = operations * self.spec.folds
        return {"operands": random_tokens(self.spec.input_streams[0], rng, count)}

    def coverage(self) -> list[Cover]:
        spec = self.spec
        points = [
            Cover("no match", lambda _, got: (got["score"]["matches"] == 0).any()),
            Cover("every lane agrees and disagrees", lambda sent, _: _both(sent)),
        ]
        if spec.matches_format.maximum >= spec.length:
            points.append(
                Cover("all match", lambda _, got: (got["score"]["matches"] == spec.length).any())
            )
        return points

    @classmethod
    def random_spec(cls, rng: Rng) -> XnorPopcountSpec:
        lanes, folds = int(rng.integers(1, 80)), int(rng.integers(1, 12))
        exact = unsigned_bits(lanes * folds)
        narrow = bool(rng.integers(2))
        return XnorPopcountSpec(
            lanes=lanes,
            folds=folds,
            accumulator_bits=int(rng.integers(1, exact + 1)) if narrow else None,
            overflow=pick(rng, [Overflow.WRAP, Overflow.SATURATE] if narrow else Overflow),
            style=pick(rng, PopcountStyle),
        )


def _both(sent: Traffic) -> bool:
    agree = sent["operands"]["activations"] == sent["operands"]["weights"]
    return bool((agree.any(axis=0) & ~agree.all(axis=0)).all())
