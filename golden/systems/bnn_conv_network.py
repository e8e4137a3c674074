"""A binarized convolutional network: windows, layers and pools chained by streams."""

from typing import ClassVar

from pydantic import Field as Parameter

from neuroloom.golden.bnn.layer import BnnLayerSpec
from neuroloom.golden.bnn.layer_options import LayerOutput, ParameterSource
from neuroloom.golden.bnn.max_pool import MaxPoolSpec
from neuroloom.golden.bnn.sliding_window import SlidingWindowSpec
from neuroloom.golden.composition import Composition
from neuroloom.golden.systems.bnn_chain import BnnChain
from neuroloom.golden.systems.conv_stage import ConvStage


def _default_stages() -> tuple[ConvStage, ...]:
    return (
        ConvStage(
            window=SlidingWindowSpec(height=6, width=6, channels=4, simd=4, padding=1),
            layer=BnnLayerSpec(inputs=9, input_bits=4, neurons=8, pe=8, simd=1),
            pool=MaxPoolSpec(height=6, width=6, channels=8, lanes=8),
        ),
        ConvStage(
            window=SlidingWindowSpec(height=3, width=3, channels=8, simd=8, kernel=2),
            layer=BnnLayerSpec(inputs=32, neurons=16, pe=8, simd=8),
        ),
        ConvStage(
            layer=BnnLayerSpec(inputs=64, neurons=10, pe=2, simd=16, output=LayerOutput.CLASS)
        ),
    )


class BnnConvNetworkSpec(BnnChain, Composition):
    """Parameters of ``bnn_conv_network``: its stages from input to output."""

    macro: ClassVar[str] = "bnn_conv_network"
    summary: ClassVar[str] = "binarized convolutional network: windows, layers and pools"
    """binarized convolutional network: windows, layers and pools chained by streams, one
    specification
    """
    source: ClassVar[str] = (
        "streamed binarized convolutional networks, Umuroglu et al. 2017; multilayer binarized "
        "networks, Querlioz et al. 2019"
    )

    unit: ClassVar[str] = "stage"
    operation: ClassVar[str] = "image"
    batch: ClassVar[int | None] = 64
    """Images whose windows the model holds at once."""

    stages: tuple[ConvStage, ...] = Parameter(
        default_factory=_default_stages, min_length=1, max_length=32, description="the stages"
    )

    def check(self) -> None:
        for stage in self.stages:
            if stage.layer is not None and stage.layer.parameters is ParameterSource.STREAMED:
                raise ValueError("layers of images have parameters=fixed or parameters=loaded")
        super().check()

    @property
    def chained(self) -> tuple[ConvStage, ...]:
        return self.stages
