"""Sums of a crossbar lane by lane, in integers of any size."""

from neuroloom.golden.imc.crossbar import CrossbarSpec
from references.plain import Lists, chunks, fitted, flat, rows

KIND = "plain integers"
Matrix = list[list[int]]
"""A row a column of the crossbar."""


def sums(spec: CrossbarSpec, weights: Matrix, patches: Matrix, counts: list[int]) -> Matrix:
    """The sums of every window that counts: of each patch the last ``counts``."""
    size = spec.rows // spec.blocks
    pitch = size + (spec.windows - 1) * spec.step
    results = []
    for patch, count in zip(patches, counts, strict=True):
        for window in range(spec.windows - count, spec.windows):
            line = [
                patch[block * pitch + window * spec.step + lane]
                for block in range(spec.blocks)
                for lane in range(size)
            ]
            exact = [sum(a * b for a, b in zip(line, column, strict=True)) for column in weights]
            results.append([fitted(total, spec.sum_bits, True, "saturate") for total in exact])
    return results


def expected(spec: CrossbarSpec, setup: Lists, sent: Lists) -> Lists:
    loads = chunks(setup["weights"]["values"], spec.columns // spec.units)
    weights = chunks(flat(loads[-1]), spec.rows)
    patches = rows(sent["patches"])
    counts = [patch.get("windows", spec.windows) for patch in patches]
    return {"sums": {"values": sums(spec, weights, [p["values"] for p in patches], counts)}}
