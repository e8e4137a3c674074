"""Sums of values, one number added after the other."""

from neuroloom.golden.arith.accumulator import AccumulatorSpec
from references.plain import Lists, fitted, rows

KIND = "plain integers"


def expected(spec: AccumulatorSpec, _: Lists, sent: Lists) -> Lists:
    sums, total, number = [], 0, 0
    for token in rows(sent["values"]):
        total, number = total + token["data"], number + 1
        if spec.accumulator_bits is not None:
            total = fitted(total, spec.accumulator_bits, spec.signed, spec.overflow)
        if token["last"] if spec.last_flag else number == spec.length:
            sums.append(total)
            total = number = 0
    return {"total": {"sum": sums}}
