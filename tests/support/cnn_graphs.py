"""ONNX graphs of convolutional networks, for tests."""

from pathlib import Path
from typing import Any, Self

import numpy as np
import pytest

pytest.importorskip("onnx", reason="the package onnx is not installed")

from neuroloom.flows.importing.onnx_network import network_of
from neuroloom.flows.networks.convolutional import ConvolutionalNetwork
from support.onnx_graphs import Chain, saved


class Images(Chain):
    """A graph of feature maps; a layer's kernels are zeros, since only their shape counts."""

    def conv(self, made: int, given: int, kernel: int = 3, **attributes: Any) -> Self:
        weights = np.zeros((made, given, kernel, kernel))
        self.then("Conv", weights, **attributes)
        return self

    def rectified(self, made: int, given: int, kernel: int = 3, **attributes: Any) -> Self:
        """Convolution, batch normalization and ReLU."""
        self.conv(made, given, kernel, **attributes).norm(*np.ones((4, made))).then("Relu")
        return self

    def meet(self, other: str, operator: str = "Add") -> Self:
        (self.tensor,) = self.node(operator, self.tensor, other)
        return self


def image(channels: int = 3, height: int = 8, width: int = 8) -> Images:
    return Images([1, channels, height, width])


def read(chain: Chain, folder: Path) -> ConvolutionalNetwork:
    return network_of(saved(chain.model(), folder))


def resnet_32() -> Images:
    """Nodes in the order in which exporters write them: resampling behind the main path."""
    chain, before = image(3, 32, 32).rectified(16, 3, pads=[1] * 4), 16
    for group, channels in enumerate((16, 28, 56)):
        for block in range(5):
            stride = 2 if group and not block else 1
            skipped = chain.tensor
            chain.rectified(channels, before, pads=[1] * 4, strides=[stride] * 2)
            chain.conv(channels, channels, pads=[1] * 4).norm(*np.ones((4, channels)))
            if stride == 2:
                sums, chain.tensor = chain.tensor, skipped
                chain.conv(channels, before, 1, strides=[2, 2]).norm(*np.ones((4, channels)))
                skipped, chain.tensor = chain.tensor, sums
            chain.meet(skipped).then("Relu")
            before = channels
    chain.then("GlobalAveragePool").then("Flatten")
    chain.then("Gemm", np.zeros((10, 56)), np.zeros(10), transB=1)
    return chain


def shapes(network: ConvolutionalNetwork) -> list[Any]:
    return sorted(
        (
            each.layer.kind,
            each.given,
            each.made,
            each.kernel,
            each.stride,
            each.padding,
            each.residual is None,
        )
        for each in network.wired
    )
