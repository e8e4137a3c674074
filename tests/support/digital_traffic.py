"""Traffic for the tests of the all-digital macro."""

import itertools

import numpy as np

from neuroloom.golden.cim.digital_cim import BitCell, DigitalCimSpec
from neuroloom.golden.ports import Integers, Traffic


def cim(
    rows: int, columns: int, weight_bits: int, input_bits: int, **others: object
) -> DigitalCimSpec:
    fields = {"rows": rows, "columns": columns, "weight_bits": weight_bits}
    return DigitalCimSpec.model_validate({**fields, "input_bits": input_bits, **others})


def xnor(rows: int, columns: int, **others: object) -> DigitalCimSpec:
    signs = {"weight_signed": False, "input_signed": False}
    return cim(rows, columns, 1, 1, cell=BitCell.XNOR, **signs, **others)


def traffic(values: Integers, swap: Integers, loads: Integers) -> Traffic:
    """Vectors (batch, rows), their swaps (batch,) and loads (number, rows, columns)."""
    return {
        "vectors": {"values": values, "swap": swap},
        "weights": {"row": loads.reshape(-1, loads.shape[-1])},
    }


def numbers(spec: DigitalCimSpec, rng: np.random.Generator, loads: int, vectors: int) -> Traffic:
    """Random numbers and swaps that use every load, on the first vector too."""
    weight, value = spec.weight_format, spec.input_format
    swap = np.zeros(vectors, np.int64)
    swap[[0, *rng.choice(np.arange(1, vectors), loads - 1, replace=False)]] = 1
    return traffic(
        rng.integers(value.minimum, value.maximum + 1, (vectors, spec.rows)),
        swap,
        rng.integers(weight.minimum, weight.maximum + 1, (loads, spec.rows, spec.columns)),
    )


def every_number(low: int, high: int, count: int) -> Integers:
    return np.array(list(itertools.product(range(low, high + 1), repeat=count)))


def exhaustive(spec: DigitalCimSpec) -> Traffic:
    """Every load of a single column, and every vector with each."""
    weight, value = spec.weight_format, spec.input_format
    loads = every_number(weight.minimum, weight.maximum, spec.rows)
    vectors = every_number(value.minimum, value.maximum, spec.rows)
    swap = np.tile(np.arange(len(vectors)) == 0, len(loads)).astype(np.int64)
    return traffic(np.tile(vectors, (len(loads), 1)), swap, loads[:, :, np.newaxis])


def sums_of(spec: DigitalCimSpec, sent: Traffic) -> Integers:
    return spec.model().run(sent)["sums"]["values"]


SMALL = [
    cim(rows, 1, weight_bits, input_bits, weight_signed=weight_signed, input_signed=input_signed)
    for rows, weight_bits, input_bits in ((1, 1, 1), (1, 3, 3), (2, 2, 2), (3, 1, 2), (3, 2, 1))
    for weight_signed, input_signed in itertools.product([False, True], repeat=2)
] + [xnor(rows, 1) for rows in (1, 2, 5)]


def shown(spec: DigitalCimSpec) -> str:
    signs = "".join("us"[signed] for signed in (spec.weight_signed, spec.input_signed))
    return f"{spec.rows}x{spec.columns}-{spec.weight_bits}x{spec.input_bits}-{signs}-{spec.cell}"
