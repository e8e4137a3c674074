"""Small specifications of cores for in-memory computing."""

from typing import Any

import numpy as np
from support.core_networks import TINY, TINY_TILES

from mutated_specs.bnn import DEEP
from neuroloom.golden.imc.crossbar import CrossbarSpec
from neuroloom.golden.imc.dataflow_controller import DataflowControllerSpec
from neuroloom.golden.imc.digital_processor import DigitalProcessorSpec
from neuroloom.golden.imc.imc_core import ImcCoreSpec
from neuroloom.golden.imc.input_memory import InputMemorySpec, Order
from neuroloom.golden.imc.memory_mapping import Mapping
from neuroloom.golden.imc.pixel_pool import PixelPoolSpec
from neuroloom.golden.neurons.crossbar_core import CrossbarCoreSpec
from neuroloom.golden.spec import Spec
from neuroloom.verif.systems.crossbar_chip import random_chip

PACKET_CORE = CrossbarCoreSpec(axons=3, neurons=3, types=2, slots=4, dx_bits=3, dy_bits=3)


def input_memory(height: int, width: int, **others: Any) -> InputMemorySpec:
    fields = {"height": height, "width": width, "channels": 1, "bits": 2, "word_bits": 2, **others}
    return InputMemorySpec.model_validate(fields)


def processor(channels: int, units: int, **others: Any) -> DigitalProcessorSpec:
    fields = {
        "channels": channels,
        "units": units,
        "sum_bits": 4,
        "scale_bits": 3,
        "offset_bits": 3,
        "shift": 1,
        "bits": 4,
        **others,
    }
    return DigitalProcessorSpec.model_validate(fields)


def pool(channels: int, units: int, **others: Any) -> PixelPoolSpec:
    return PixelPoolSpec.model_validate(
        {"channels": channels, "units": units, "bits": 3, "pixels": 2, **others}
    )


def kernel_matrix(rows: int, columns: int, **others: Any) -> CrossbarSpec:
    fields = {
        "rows": rows,
        "columns": columns,
        "input_bits": 2,
        "weight_bits": 2,
        "sum_bits": 12,
        **others,
    }
    return CrossbarSpec.model_validate(fields)


def controller(height: int, width: int, **others: Any) -> DataflowControllerSpec:
    fields = {"height": height, "width": width, "channels": 1, "bits": 2, "word_bits": 2, **others}
    return DataflowControllerSpec.model_validate(fields)


FEATURE_MAPS = (
    input_memory(7, 3, mapping=Mapping.IWAP, bits=4, word_bits=10, kernel=2),
    input_memory(3, 3, mapping=Mapping.IWAP, bits=3, word_bits=8, kernel=2),
    input_memory(4, 3, mapping=Mapping.KLIP),
    input_memory(3, 4, mapping=Mapping.KLIP, bits=3, word_bits=4, padding=1, stride=2),
    input_memory(4, 3, mapping=Mapping.PLIP, bits=5, padding=2, order=Order.ROWS),
    input_memory(5, 4, mapping=Mapping.PLIP, kernel=1, stride=3),
)
BEHIND = input_memory(
    3, 5, mapping=Mapping.KLIP, word_bits=9, kernel=4, padding=1, order=Order.ROWS
)  # what is written is behind what is read
CONTROLLERS = (
    controller(3, 4, padding=1, residual=True),
    controller(3, 3, order=Order.ROWS),
    controller(4, 3, kernel=2, stride=2, order=Order.ROWS),
    controller(7, 3, kernel=2, parallel=4),
    controller(4, 3, padding=1, parallel=2, residual=True),
)
KERNEL_MATRICES = (
    kernel_matrix(4, 4, units=2, windows=3, step=1, blocks=2, counted=True, sum_bits=4),
    kernel_matrix(18, 3, input_signed=True, interval=6),
    kernel_matrix(3, 3, units=3, windows=2, step=2),
    kernel_matrix(4, 4, units=2, windows=3, step=1, blocks=2, counted=True, replicated=True),
)

SPECS: dict[str, tuple[Spec, ...]] = {
    "imc.pixel_writer": FEATURE_MAPS,
    "imc.row_reader": (*FEATURE_MAPS, BEHIND),
    "imc.input_memory": FEATURE_MAPS,
    "imc.crossbar": KERNEL_MATRICES,
    "imc.dot_product": KERNEL_MATRICES,
    "imc.dataflow_controller": CONTROLLERS,
    "composition": (
        DEEP,
        TINY,
        TINY_TILES,
        random_chip(2, 1, PACKET_CORE, np.random.default_rng(7), eager=True),
    ),
    "imc.digital_processor": (
        processor(6, 2, partial=True, residual=True),
        processor(2, 2, relu=False, signed=True),
        processor(2, 1, shift=0, bits=6),
    ),
    "imc.imc_core": (
        ImcCoreSpec(
            dataflow=controller(3, 3, padding=1, residual=True),
            processor=processor(3, 1),
            in_flight=2,
        ),
        ImcCoreSpec(dataflow=controller(3, 4), processor=processor(2, 2), in_flight=1),
        ImcCoreSpec(
            dataflow=controller(4, 3, kernel=2, parallel=2), processor=processor(4, 1), in_flight=1
        ),
    ),
    "imc.pixel_pool": (
        pool(2, 2, tokens=2, signed=True),
        pool(3, 1, tokens=4),
        pool(4, 2, tokens=2, pixels=3, operation="average"),
        pool(2, 1, operation="average", signed=True, rounding="floor"),
    ),
}
