"""Dataflow of an in-memory-computing core: pixels become the patches that a crossbar computes."""

from dataclasses import replace
from typing import ClassVar, Self

import numpy as np
from pydantic import Field as Parameter
from pydantic import model_validator

from neuroloom.golden.contract import Contract
from neuroloom.golden.imc.input_memory import InputMemorySpec, Order
from neuroloom.golden.inventory import Inventory, register
from neuroloom.golden.ports import Field, Integers, Stream, Traffic
from neuroloom.golden.spec import Model

ROW_TO_PATCH = 1
"""Cycles from the delivery of a row to that of the patch it completes."""


class DataflowControllerSpec(InputMemorySpec):
    """Parameters of ``dataflow_controller``: those of its input memory, and what it forwards."""

    macro: ClassVar[str] = "dataflow_controller"
    summary: ClassVar[str] = (
        "pixels of a layer to patches for a crossbar, as soon as they are there"
    )
    source: ClassVar[str] = "Dazzi et al. 2021, section 2.4, Algorithms 1 and 2"

    residual: bool = Parameter(
        default=False, description="forwards the pixel in the middle of each patch"
    )

    @model_validator(mode="after")
    def _check_residual(self) -> Self:
        if self.residual and (self.kernel % 2 == 0 or self.padding != self.kernel // 2):
            raise ValueError(
                f"residual pixels are those of the image where kernel={self.kernel} is odd and "
                f"padding={self.padding} is half of it, rounded down"
            )
        return self

    @property
    def input_memory(self) -> InputMemorySpec:
        fields = {name: getattr(self, name) for name in InputMemorySpec.model_fields}
        return InputMemorySpec.model_validate(fields)

    @property
    def windows(self) -> int:
        """Patches of an image."""
        return self.schedule.windows_along * self.schedule.windows_across

    @property
    def patch_rows(self) -> int:
        """Rows of the crossbar that a patch drives."""
        return self.kernel * self.kernel * self.channels

    @property
    def streams(self) -> tuple[Stream, ...]:
        pixel = Field("values", self.bits, "channels in order", lanes=self.channels)
        patch = Field(
            "values", self.bits, "row after row, pixel after pixel, channels in order",
            lanes=self.patch_rows,
        )  # fmt: skip
        last = Field("last", 1, "1: the image is complete")
        forwarded = Stream("residual", "out", (pixel,), "middle pixels of the patches")
        return (
            Stream("pixels", "in", (pixel,), "in the order of the lines"),
            Stream("patches", "out", (patch, last), "to the crossbar, in the order of the pixels"),
            *((forwarded,) if self.residual else ()),
        )

    @property
    def contract(self) -> Contract:
        rows = super().contract
        streams = ("patches", "residual") if self.residual else ("patches",)
        produces = dict.fromkeys(streams, self.windows)
        return replace(rows, produces=produces, latency=rows.latency + ROW_TO_PATCH)

    @property
    def inventory(self) -> Inventory:
        inner = super().inventory
        pixels = sum(not all(self.outside(pixel)) for pixel in range(self.kernel))
        buffer = register(self.kernel * pixels * self.pixel_bits)
        control = register(1 + self.residual) + Inventory(gates=6)
        # where an image has one patch it is the last one, and the memory need not tell
        unneeded = len(self.schedule.reads) > 1
        last = register(1 if self.windows > 1 else -unneeded)
        return inner + buffer + control + last

    def model(self) -> "DataflowControllerModel":  # type: ignore[override]
        return DataflowControllerModel(self)


class DataflowControllerModel(Model[DataflowControllerSpec]):
    """``patch[v, u] = image[v·stride - padding + dy, u·stride - padding + dx]`` for all dy, dx in
    0 … kernel - 1, zeros where that lies outside; patches in the order of the pixels.
    """

    def run(self, traffic: Traffic) -> Traffic:
        spec = self.spec
        tokens = self.operations("pixels", np.asarray(traffic["pixels"]["values"]))
        patches = self.patches(tokens.reshape(-1, spec.lines, spec.line, spec.channels))
        last = np.zeros((len(tokens), spec.windows), np.int64)
        last[:, -1] = 1
        given = {"patches": {
            "values": patches.reshape(-1, spec.patch_rows), "last": last.reshape(-1)
        }}  # fmt: skip
        if spec.residual:
            middle = patches[..., spec.kernel // 2, spec.kernel // 2, :]
            given["residual"] = {"values": middle.reshape(-1, spec.channels)}
        return given

    def patches(self, images: Integers) -> Integers:
        """Pixels (images, lines, line, channels) to patches (images, windows across the lines,
        windows along them, kernel rows, kernel columns, channels).
        """
        spec, schedule = self.spec, self.spec.schedule
        border = (spec.padding, spec.padding)
        padded = np.pad(images, ((0, 0), border, border, (0, 0)))
        across = spec.stride * schedule.windows_across
        along = spec.stride * schedule.windows_along
        taps = [
            padded[:, line : line + across : spec.stride, place : place + along : spec.stride]
            for line, place in np.ndindex(spec.kernel, spec.kernel)
        ]
        shape = (*taps[0].shape[:3], spec.kernel, spec.kernel, spec.channels)
        by_line = np.stack(taps, axis=3).reshape(shape)
        return by_line if spec.order is Order.ROWS else by_line.swapaxes(3, 4)
