"""Sums of a crossbar lane by lane, in integers of any size."""

from neuroloom.golden.imc.crossbar import CrossbarSpec
from references.plain import Lists, chunks, fitted, flat, rows

KIND = "plain integers"
Matrix = list[list[int]]
"""A row a column of a kernel."""


def sums(spec: CrossbarSpec, kernels: list[Matrix], patches: Matrix, counts: list[int]) -> Matrix:
    """The sums of every window that counts: of each patch the last ``counts``. There is a kernel
    for each window, or one for all of them.
    """
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
            weights = kernels[window] if len(kernels) > 1 else kernels[0]
            exact = [sum(a * b for a, b in zip(line, column, strict=True)) for column in weights]
            results.append([fitted(total, spec.sum_bits, True, "saturate") for total in exact])
    return results


def expected(spec: CrossbarSpec, setup: Lists, sent: Lists) -> Lists:
    loads = chunks(setup["weights"]["values"], spec.columns // spec.units)
    kernels: list[Matrix] = [[] for _ in range(spec.windows if spec.replicated else 1)]
    for token in loads[-1]:
        for kernel, part in zip(
            kernels, chunks(flat([token]), spec.units * spec.rows), strict=True
        ):
            kernel.extend(chunks(part, spec.rows))
    patches = rows(sent["patches"])
    counts = [patch.get("windows", spec.windows) for patch in patches]
    return {"sums": {"values": sums(spec, kernels, [p["values"] for p in patches], counts)}}
