"""A core around a crossbar outside: patches of its pixels, and pixels of the sums that come."""

from neuroloom.golden.imc.imc_core import ImcCoreSpec
from references.imc import dataflow_controller, digital_processor
from references.plain import Lists

KIND = "exact fractions, pixel by pixel"


def expected(spec: ImcCoreSpec, setup: Lists, sent: Lists) -> Lists:
    flow = dataflow_controller.expected(spec.dataflow, {}, sent)
    work = digital_processor.expected(spec.processor, setup, sent)
    forwarded = {"forwarded": flow["residual"]} if "residual" in flow else {}
    return {"patches": flow["patches"], **forwarded, "results": work["pixels"]}
