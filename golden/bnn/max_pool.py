"""Maximum over the windows of a binary image, which is their OR."""

from typing import ClassVar, Self

import numpy as np
from pydantic import Field as Parameter
from pydantic import model_validator

from neuroloom.golden.contract import Contract
from neuroloom.golden.inventory import (
    Inventory,
    counter,
    index_bits,
    memory,
    register,
    stream_output,
)
from neuroloom.golden.ports import Field, Stream, Traffic
from neuroloom.golden.spec import Model, Spec


class MaxPoolSpec(Spec):
    """Parameters of ``max_pool``."""

    macro: ClassVar[str] = "max_pool"
    summary: ClassVar[str] = "binary max pooling: OR over windows of an image"
    """binary max pooling of an image, an OR over windows"""
    source: ClassVar[str] = "max pooling of binarized images, Umuroglu et al. 2017"

    height: int = Parameter(default=28, ge=1, le=256, description="rows of an image [pixel]")
    width: int = Parameter(default=28, ge=1, le=256, description="columns of an image [pixel]")
    channels: int = Parameter(default=16, ge=1, le=4096, description="bits a pixel [bit]")
    lanes: int = Parameter(default=16, ge=1, le=4096, description="bits of a pixel at once [bit]")
    kernel: int = Parameter(
        default=2, ge=1, le=16, description="rows and columns of a window, and its stride"
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.lanes > self.channels:
            raise ValueError(f"lanes={self.lanes} is more than the {self.channels} channels")
        if self.kernel > min(self.height, self.width):
            raise ValueError(
                f"kernel={self.kernel} is more than the {min(self.height, self.width)} pixels "
                "of the shorter side"
            )
        return self

    @property
    def folds(self) -> int:
        """Tokens of a pixel; the last may be filled in part."""
        return -(-self.channels // self.lanes)

    @property
    def pixel_tokens(self) -> int:
        """Tokens of an image."""
        return self.height * self.width * self.folds

    @property
    def rows(self) -> int:
        """Rows of the result; rows of the image that do not fill a window are dropped."""
        return self.height // self.kernel

    @property
    def columns(self) -> int:
        """Columns of the result."""
        return self.width // self.kernel

    @property
    def streams(self) -> tuple[Stream, ...]:
        pixel = Field(
            "bits", 1, "channels in order; lanes beyond the last are pooled, too", lanes=self.lanes
        )
        pooled = Field("bits", 1, "channels in order", lanes=self.lanes)
        return (
            Stream("pixels", "in", (pixel,), "row by row, each pixel channels/lanes tokens"),
            Stream("pooled", "out", (pooled,), "row by row, as the pixels"),
        )

    @property
    def contract(self) -> Contract:
        last_row, last_column = self.rows * self.kernel - 1, self.columns * self.kernel - 1
        return Contract(
            "image",
            {"pixels": self.pixel_tokens},
            {"pooled": self.rows * self.columns * self.folds},
            latency=(last_row * self.width + last_column + 1) * self.folds,
            interval=self.pixel_tokens,
            room={"pixels": self._first},
        )

    @property
    def _first(self) -> int:
        """Tokens up to the first one that ends a window."""
        return (self.kernel - 1) * (self.width + 1) * self.folds + 1

    @property
    def inventory(self) -> Inventory:
        if self.kernel == 1:
            return stream_output(self.lanes)
        slots = self.columns * self.folds
        dropped = self.height % self.kernel > 0
        counts = [self.folds, self.width, self.kernel, self.kernel, slots]
        position = sum((counter(values) for values in counts), Inventory())
        if dropped:
            position += counter(self.height)
        across = register(self.lanes * self.folds) + Inventory(gates=2 * self.lanes)
        down = memory(self.lanes, slots) + Inventory(gates=2 * self.lanes)
        stage = register(3 + index_bits(slots))
        return position + across + down + stage + Inventory(gates=12)

    def model(self) -> "MaxPoolModel":
        return MaxPoolModel(self)


class MaxPoolModel(Model[MaxPoolSpec]):
    """``pooled[y, x] = OR of image[y·kernel + dy, x·kernel + dx]``, dy and dx in 0 … kernel - 1."""

    def run(self, traffic: Traffic) -> Traffic:
        spec = self.spec
        tokens = self.operations("pixels", np.asarray(traffic["pixels"]["bits"]))
        images = tokens.reshape(-1, spec.height, spec.width, spec.folds * spec.lanes)
        whole = images[:, : spec.rows * spec.kernel, : spec.columns * spec.kernel]
        parts = whole.reshape(
            len(images), spec.rows, spec.kernel, spec.columns, spec.kernel, images.shape[3]
        )
        return {"pooled": {"bits": parts.max(axis=(2, 4), initial=0).reshape(-1, spec.lanes)}}
