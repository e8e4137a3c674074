"""Dataflow of an in-memory-computing core: pixels become the patches that a crossbar computes."""

from dataclasses import replace
from typing import ClassVar, Self

import numpy as np
from pydantic import Field as Parameter
from pydantic import model_validator

from neuroloom.golden.contract import Contract
from neuroloom.golden.imc.input_memory import InputMemorySpec, Order
from neuroloom.golden.inventory import Inventory, counter, index_bits, register
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
    """pixels of an image to patches for a crossbar, as soon as they are there, of one window or of
    several neighbours; stride, padding, residuals forwarded
    """
    source: ClassVar[str] = "Dazzi et al. 2021, sections 2.2.1 and 2.4, Algorithms 1 and 2"

    parallel: int = Parameter(
        default=1, ge=1, le=64, description="neighbouring windows of a line that make a patch"
    )
    residual: bool = Parameter(
        default=False, description="forwards the pixel in the middle of each window"
    )

    @model_validator(mode="after")
    def _check_parallel(self) -> Self:
        if self.parallel > self.schedule.windows_along:
            raise ValueError(
                f"parallel={self.parallel} is more than the {self.schedule.windows_along} windows "
                "of a line"
            )
        return self

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
        """Windows of an image."""
        return self.schedule.windows_along * self.schedule.windows_across

    @property
    def first_windows(self) -> tuple[int, ...]:
        """Number of the first window of each patch of a line. The last patch ends with the line:
        where ``parallel`` does not divide its windows, some of them were in the patch before.
        """
        most = self.schedule.windows_along - self.parallel
        return (*range(0, most, self.parallel), most)

    @property
    def patches(self) -> int:
        """Patches of an image."""
        return len(self.first_windows) * self.schedule.windows_across

    @property
    def tail(self) -> int:
        """Windows of a line's last patch that were in no other."""
        return (self.schedule.windows_along - 1) % self.parallel + 1

    @property
    def counted(self) -> bool:
        """Whether patches tell how many of their windows are new."""
        return self.tail < self.parallel

    @property
    def held_rows(self) -> int:
        """Rows of ``kernel`` pixels that a patch holds."""
        return self.kernel + (self.parallel - 1) * self.stride

    @property
    def patch_rows(self) -> int:
        """Rows of the crossbar that a patch drives."""
        return self.held_rows * self.kernel * self.channels

    @property
    def streams(self) -> tuple[Stream, ...]:
        pixel = Field("values", self.bits, "channels in order", lanes=self.channels)
        patch = Field(
            "values",
            self.bits,
            "row after row, pixel after pixel, channels in order",
            lanes=self.patch_rows,
        )
        windows = Field("windows", index_bits(self.parallel + 1), "the last so many are new")
        last = Field("last", 1, "1: the image is complete")
        fields = (patch, windows, last) if self.counted else (patch, last)
        forwarded = Stream("residual", "out", (pixel,), "middle pixels of the windows")
        return (
            Stream("pixels", "in", (pixel,), "in the order of the lines"),
            Stream("patches", "out", fields, "to the crossbar, in the order of the pixels"),
            *((forwarded,) if self.residual else ()),
        )

    @property
    def contract(self) -> Contract:
        rows = super().contract
        produces = {"patches": self.patches}
        if self.residual:
            produces["residual"] = self.windows
        # those of the first patch, or of the first middle pixel, and the memory's next row
        read = (self.kernel if self.residual else self.held_rows) + 1
        return replace(
            rows,
            produces=produces,
            latency=rows.latency + ROW_TO_PATCH,
            room={"pixels": self.schedule.taken(read)},
        )

    @property
    def inventory(self) -> Inventory:
        inner = super().inventory
        pixels = sum(not all(self.outside(pixel)) for pixel in range(self.kernel))
        buffer = register(self.held_rows * pixels * self.pixel_bits)
        control = register(1 + self.residual) + Inventory(gates=6)
        # where an image has one patch it is the last one, and the memory need not tell
        unneeded = len(self.schedule.reads) > 1
        last = register(1 if self.patches > 1 else -unneeded)
        groups = Inventory()
        if self.parallel > 1:
            groups = counter(self.parallel) + Inventory(gates=2)
            if self.counted:
                groups += counter(self.schedule.windows_along)
        return inner + buffer + control + last + groups

    def model(self) -> "DataflowControllerModel":  # type: ignore[override]
        return DataflowControllerModel(self)


class DataflowControllerModel(Model[DataflowControllerSpec]):
    """``window[v, u] = image[v·stride - padding + dy, u·stride - padding + dx]`` for all dy, dx in
    0 … kernel - 1, zeros where that lies outside; windows in the order of the pixels. A patch has
    the pixels of its windows, each once, as rows and columns of the image.
    """

    def run(self, traffic: Traffic) -> Traffic:
        spec = self.spec
        tokens = self.operations("pixels", np.asarray(traffic["pixels"]["values"]))
        rows = self.rows(tokens.reshape(-1, spec.lines, spec.line, spec.channels))
        patches = self.patches(rows)
        last = np.zeros((len(tokens), spec.patches), np.int64)
        last[:, -1] = 1
        outputs = {
            "patches": {"values": patches.reshape(-1, spec.patch_rows), "last": last.reshape(-1)}
        }
        if spec.counted:
            windows = np.full(len(spec.first_windows), spec.parallel)
            windows[-1] = spec.tail
            repeated = np.tile(windows, len(tokens) * spec.schedule.windows_across)
            outputs["patches"]["windows"] = repeated
        if spec.residual:
            centre = spec.kernel // 2
            along = centre + spec.stride * np.arange(spec.schedule.windows_along)
            outputs["residual"] = {"values": rows[:, :, along, centre].reshape(-1, spec.channels)}
        return outputs

    def rows(self, images: Integers) -> Integers:
        """Pixels (images, lines, line, channels) to rows of windows (images, windows across,
        rows, kernel, channels).
        """
        return self.spec.input_memory.model().rows(images)

    def patches(self, rows: Integers) -> Integers:
        """Rows of windows to patches (images, windows across, patches along, image rows, image
        columns, channels).
        """
        spec = self.spec
        first = np.array(spec.first_windows)[:, np.newaxis] * spec.stride
        patches: Integers = rows[:, :, first + np.arange(spec.held_rows)]
        return patches.swapaxes(3, 4) if spec.order is Order.ROWS else patches
