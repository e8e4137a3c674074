"""The two factors between a predicted and a real library, measured on mapped macros."""

import math
from collections.abc import Sequence

from neuroloom.flows.cells.mapping import RELAXED_PS, map_design
from neuroloom.flows.cells.nodes import Calibration
from neuroloom.flows.cells.predictive import predictive_text
from neuroloom.flows.cells.sources import WorkingLibrary, from_kit, working_library
from neuroloom.flows.verilog.emit import emit
from neuroloom.golden.arith.popcount import PopcountSpec
from neuroloom.golden.arith.requantize import RequantizeSpec
from neuroloom.golden.bnn.layer import BnnLayerSpec
from neuroloom.golden.bnn.xnor_popcount import XnorPopcountSpec
from neuroloom.golden.spec import Spec
from neuroloom.golden.streams.width_adapter import WidthAdapterSpec

ANCHORS = {130: "sky130", 7: "asap7"}
"""The real library that a node's factors are measured against."""
MACROS: tuple[Spec, ...] = (
    PopcountSpec(width=64),
    RequantizeSpec(),
    WidthAdapterSpec(),
    XnorPopcountSpec(),
    BnnLayerSpec(inputs=32, neurons=16, simd=16, pe=4),
)
RECIPE = ("area", RELAXED_PS)
"""Mapping for area keeps the structure alike in both libraries; with a tight target sizing and
restructuring would be compared rather than cells."""


def uncalibrated(nanometres: int) -> WorkingLibrary:
    """The predictive library of a node without its factors, ready for mapping."""
    text = predictive_text(nanometres, calibrated=False)
    return working_library([(f"predictive{nanometres}", text)], ())


def size(spec: Spec, library: WorkingLibrary) -> tuple[float, float]:
    """Area [µm²] and period [ns] of a macro mapped for area."""
    emitted = emit(spec)
    (mapped,) = map_design(emitted.verilog, emitted.name, library, points=(RECIPE,)).points
    return mapped.area, mapped.timing.period


def measured(nanometres: int, macros: Sequence[Spec] = MACROS) -> Calibration:
    """Factors of a node in ``ANCHORS``: geometric means of real over predicted.

    UsageError where the real library is not below ``$PDK_ROOT``.
    """
    real, predicted = from_kit(ANCHORS[nanometres]), uncalibrated(nanometres)
    ratios = []
    for spec in macros:
        (area, period), (our_area, our_period) = size(spec, real), size(spec, predicted)
        ratios.append((math.log(area / our_area), math.log(period / our_period)))
    area, period = (
        math.exp(sum(logarithms) / len(ratios)) for logarithms in zip(*ratios, strict=True)
    )
    return Calibration(round(area, 3), round(period, 3))
