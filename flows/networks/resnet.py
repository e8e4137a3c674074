"""Residual networks (He et al. 2016) in groups of blocks of two convolutions."""

from neuroloom.flows.networks.convolutional import (
    Convolution,
    ConvolutionalNetwork,
    FullyConnected,
    Image,
    Layer,
)
from neuroloom.flows.tools.errors import UsageError

CHANNELS = (16, 28, 56)
SIDE = 32
CLASSES = 10


def resnet(depth: int = 32, channels: tuple[int, ...] = CHANNELS) -> ConvolutionalNetwork:
    """``depth`` is 6·n + 2: three groups of n blocks of two convolutions, the first and the last.

    For CIFAR-10, with narrowed later layers (Dazzi et al. 2021, Table 2). UsageError for another
    depth.
    """
    blocks, rest = divmod(depth - 2, 2 * len(channels))
    if rest or blocks < 1:
        step = 2 * len(channels)
        raise UsageError(f"depth={depth} is not {step}·n + 2, as {step + 2} and {2 * step + 2} are")
    image = Image(height=SIDE, width=SIDE, channels=3)
    return residual_network(f"ResNet-{depth}", image, channels, blocks)


def residual_network(
    name: str, image: Image, channels: tuple[int, ...], blocks: int, stride: int = 1
) -> ConvolutionalNetwork:
    """A first convolution of that stride, a group of ``blocks`` blocks for each of ``channels``,
    and the last layer for ten classes.

    Each later group begins with a stride of two; a 1×1 convolution resamples its residual.
    Layers have the numbers of Dazzi et al. 2021, Table 2.
    """
    layers: list[Layer] = [Convolution(name="1", channels=channels[0], stride=stride, padding=1)]
    skipped = last = "1"
    for group, width in enumerate(channels):
        for block in range(blocks):
            strided = group > 0 and block == 0
            if strided:
                skipped = f"RS{group}"
                layers.append(
                    Convolution(name=skipped, source=last, channels=width, kernel=1, stride=2)
                )
            first, second = str(int(last) + 1), str(int(last) + 2)
            layers += [
                Convolution(name=first, source=last, channels=width, stride=1 + strided, padding=1),
                Convolution(name=second, channels=width, padding=1, residual=skipped),
            ]
            skipped = last = second
    layers.append(FullyConnected(name="FC", channels=CLASSES))
    return ConvolutionalNetwork(name=name, image=image, layers=tuple(layers))
