"""Bit errors of cells through the RTL of layers over tiles of differential memory."""

from collections.abc import Callable

import numpy as np

from neuroloom.flows.networks.binarized import BinarizedLayer, infer
from neuroloom.flows.reports.figures import formula, measured, model
from neuroloom.flows.reports.published import PublishedRow, PublishedTable
from neuroloom.flows.reproduce.bnn.rtl import run_rtl
from neuroloom.flows.reproduce.bnn.subject import Subject
from neuroloom.flows.tools.errors import VerificationFailed
from neuroloom.golden.bnn.layer_options import LayerOutput
from neuroloom.golden.bnn.rram_layer import RramLayerSpec
from neuroloom.golden.bnn.rram_tile import SensedTile
from neuroloom.golden.devices.differential import CellKind, ResistiveDevice, device_with_error_rate
from neuroloom.golden.devices.differential_array import DifferentialArray
from neuroloom.golden.ports import Integers, Tokens
from neuroloom.golden.streams.width_adapter import to_tokens

RATES = (1e-3, 1e-2, 1e-1)
"""Error rates of the pairs."""
IMAGES = 8
PE, SIMD = 8, 56
"""Most neurons and inputs that are sensed at once."""


def error_table(subject: Subject, progress: Callable[[str], None]) -> PublishedTable:
    """A network's connected layers one after the other in RTL, with cells that err.

    VerificationFailed when RTL and golden model differ, or the results are not those of integer
    layers with the weights that the cells are read as.
    """
    bits = subject.bits[:IMAGES].reshape(min(IMAGES, len(subject.bits)), -1).astype(np.int64)
    rows = []
    for rate in RATES:
        device = device_with_error_rate(rate, CellKind.DIFFERENTIAL)
        entering: Integers = bits
        for index, layer in enumerate(subject.layers):
            progress(f"layer {index} of the {subject.name} in RTL, cells that err at {rate:g}")
            spec = layer_spec(layer)
            results, held = through_rtl(spec, layer, device, entering, seed=index)
            expected = of_cells(held, layer.thresholds, entering)
            if not np.array_equal(results, expected):
                raise VerificationFailed(
                    f"layer {index}: results are not those of the weights that the cells hold"
                )
            sound = infer([layer], entering)[0]
            last = layer.thresholds is None
            others = (results.argmax(axis=1) != sound.argmax(axis=1)).sum()
            changed = int(others) if last else None
            rows.append(
                PublishedRow(
                    name=f"errors at {rate:g}, layer {index}",
                    ours=(
                        *formula(held.size),
                        *model(int((held != layer.weights).sum()), int((held < 0).sum())),
                        *measured(results.size, int((results != sound).sum()), changed),
                    ),
                )
            )
            entering = results
    return PublishedTable(
        title="Bit errors in RTL",
        source="Section II; simulated here",
        ours=(
            "cells",
            "cells that err",
            "of them unresolved",
            "results compared",
            "results that errors change",
            "images of another class",
        ),
        rows=tuple(rows),
        note=f"{len(bits)} test images through `rram_layer` and a model of its arrays, layer by "
        "layer, each fed with what the one before gave. Every result is that of the golden model "
        "and that of integer layers with the weights as the cells are read. Results are bits, in "
        "the last layer scores; what errors change is told beside the same layer without errors, "
        "for what enters it here. Two devices of one resistance resolve to no "
        "weight: such a cell agrees with no activation.",
    )


def of_cells(held: Integers, thresholds: Integers | None, entering: Integers) -> Integers:
    """Results (n, neurons) of a layer with the bits that its cells (neurons, inputs) are read as.

    A cell of -1 did not resolve and agrees with no activation.
    """
    ones = entering @ (held == 1).T.astype(np.int64)
    agreements: Integers = ones + (1 - entering) @ (held == 0).T.astype(np.int64)
    if thresholds is None:
        return agreements
    return (agreements >= thresholds).astype(np.int64)


def layer_spec(layer: BinarizedLayer) -> RramLayerSpec:
    """A layer over tiles for trained weights; scores where there are no thresholds."""
    neurons, inputs = layer.weights.shape
    return RramLayerSpec(
        inputs=inputs,
        neurons=neurons,
        pe=min(PE, neurons),
        simd=min(SIMD, inputs),
        output=LayerOutput.SCORES if layer.thresholds is None else LayerOutput.BITS,
    )


def through_rtl(
    spec: RramLayerSpec,
    layer: BinarizedLayer,
    device: ResistiveDevice,
    entering: Integers,
    seed: int,
) -> tuple[Integers, Integers]:
    """What the RTL gives for vectors (n, inputs), and the bits as its cells are read (neurons,
    inputs), -1 where a cell does not resolve."""
    array = DifferentialArray(spec.sense.rows, spec.sense.columns, device, seed=seed)
    array.program(spec.cells(layer.weights.astype(np.int64)))
    once = spec.lines.model().run({"activations": {"bits": to_tokens(entering[:1], spec.simd)}})
    sensed = SensedTile(spec.sense, array).traffic(once["request"])["sensed"]
    # nothing is drawn from read to read, so every vector finds the same outputs
    traffic: dict[str, Tokens] = {
        "activations": {"bits": to_tokens(entering, spec.simd)},
        "sensed": {side: np.tile(bits, (len(entering), 1)) for side, bits in sensed.items()},
    }
    if layer.thresholds is not None:
        loads = spec.layer.parameter_tokens(layer.weights.astype(np.int64), layer.thresholds)
        traffic["thresholds"] = loads["thresholds"]
    (result,) = run_rtl(spec, traffic).outputs["result"].values()
    results = result.reshape(len(entering), -1)[:, : spec.neurons]
    shape = (spec.layer.groups, spec.layer.folds, spec.pe, spec.simd)
    cells = array.read().reshape(shape).swapaxes(1, 2)
    held = cells.reshape(spec.layer.groups * spec.pe, -1)[: spec.neurons, : spec.inputs]
    return results, held
