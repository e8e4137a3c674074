"""Bits that agree, counted pair by pair and fold by fold."""

from neuroloom.golden.bnn.xnor_popcount import XnorPopcountSpec
from references.plain import Lists, chunks, fitted

KIND = "plain integers"


def expected(spec: XnorPopcountSpec, _: Lists, sent: Lists) -> Lists:
    pairs = zip(sent["operands"]["activations"], sent["operands"]["weights"], strict=True)
    matches = []
    for folds in chunks(list(pairs), spec.folds):
        total = 0
        for activations, weights in folds:
            total += sum(a == w for a, w in zip(activations, weights, strict=True))
            if spec.accumulator_bits is not None:
                total = fitted(total, spec.accumulator_bits, False, spec.overflow)
        matches.append(total)
    return {"score": {"matches": matches}}
