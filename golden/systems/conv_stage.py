"""A stage of a binarized convolutional network, and what passes from one to the next."""

from dataclasses import dataclass, field
from typing import Self

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic import Field as Parameter

from neuroloom.golden.bnn.layer import BnnLayerSpec
from neuroloom.golden.bnn.layer_options import LayerOutput
from neuroloom.golden.bnn.max_pool import MaxPoolSpec
from neuroloom.golden.bnn.sliding_window import SlidingWindowSpec
from neuroloom.golden.spec import Spec


class ConvStage(BaseModel):
    """A stage of the network: what is given of window, layer and pool, in this order.

    A window and a layer are a convolution; a layer alone is fully connected to all of its image.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    window: SlidingWindowSpec | None = Parameter(
        default=None, description="windows of a convolution"
    )
    layer: BnnLayerSpec | None = Parameter(default=None, description="what the windows go to")
    pool: MaxPoolSpec | None = Parameter(default=None, description="what the layer's bits go to")

    @model_validator(mode="after")
    def _check(self) -> Self:
        window, layer, pool = self.window, self.layer, self.pool
        if layer is None and (window is not None or pool is None):
            raise ValueError("a stage has a layer, a window with a layer, or a pool")
        if layer is not None and window is not None:
            if layer.inputs * layer.input_bits != window.window_inputs:
                raise ValueError(
                    f"a window has {window.window_inputs} bits but the layer "
                    f"{layer.inputs} inputs of {layer.input_bits} bits"
                )
            if layer.input_lanes != window.simd:
                raise ValueError(
                    f"the window gives {window.simd} bits at once (simd) and the layer takes "
                    f"{layer.input_lanes}: they must be equal"
                )
        if layer is not None and pool is not None:
            channels = layer.neurons, layer.pe
            if channels != (pool.channels, pool.lanes) or layer.output is not LayerOutput.BITS:
                raise ValueError(
                    f"the layer gives {layer.output} of {layer.neurons} neurons, {layer.pe} at "
                    f"once (pe), but the pool takes bits of {pool.channels} channels, "
                    f"{pool.lanes} at once (lanes)"
                )
            image = (1, 1) if window is None else (window.rows, window.columns)
            if image != (pool.height, pool.width):
                raise ValueError(
                    f"the layer gives {image[0]}×{image[1]} pixels but the pool takes "
                    f"{pool.height}×{pool.width}: set pool.height={image[0]} and "
                    f"pool.width={image[1]}"
                )
        return self

    @property
    def parts(self) -> dict[str, Spec]:
        """Window, layer and pool, as far as they are there, in the order of the tokens."""
        every: dict[str, Spec | None] = {
            "window": self.window,
            "layer": self.layer,
            "pool": self.pool,
        }
        return {kind: part for kind, part in every.items() if part is not None}


@dataclass(frozen=True)
class FeatureMap:
    """What passes from a stage to the next: an image, in tokens of ``lanes`` bits, as the field
    ``chosen`` of the part says.
    """

    height: int
    width: int
    channels: int
    lanes: int
    chosen: str = field(compare=False)

    @property
    def pixels(self) -> int:
        return self.height * self.width

    @property
    def tokens(self) -> int:
        return self.pixels * -(-self.channels // self.lanes)

    def __str__(self) -> str:
        """Bits; of an image with its height and width."""
        image = f"{self.height}×{self.width}×" if self.pixels > 1 else ""
        return f"{image}{self.channels} bits"


def taken_by(stage: ConvStage) -> FeatureMap:
    """What the stage takes; a connected layer takes all bits as one pixel."""
    first = stage.window or stage.pool
    if stage.layer is not None and stage.window is None:
        layer = stage.layer
        return FeatureMap(1, 1, layer.inputs * layer.input_bits, layer.input_lanes, "simd")
    assert first is not None
    lanes, chosen = (
        (first.simd, "simd") if isinstance(first, SlidingWindowSpec) else (first.lanes, "lanes")
    )
    return FeatureMap(first.height, first.width, first.channels, lanes, chosen)


def given_by(stage: ConvStage) -> FeatureMap:
    """What the stage gives."""
    if stage.pool is not None:
        pool = stage.pool
        return FeatureMap(pool.rows, pool.columns, pool.channels, pool.lanes, "lanes")
    assert stage.layer is not None
    rows, columns = (stage.window.rows, stage.window.columns) if stage.window else (1, 1)
    return FeatureMap(rows, columns, stage.layer.neurons, stage.layer.pe, "pe")
