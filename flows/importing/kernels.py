"""Convolutions and pools that are read: dense ones over height and width, by square windows."""

from typing import NamedTuple

from neuroloom.flows.importing.onnx_graph import OnnxNode
from neuroloom.golden.wording import quoted


class KernelWindow(NamedTuple):
    """A square window that moves by one stride, over a map padded alike on all sides."""

    kernel: int
    stride: int
    padding: int


def check_axes(node: OnnxNode, axes: int) -> None:
    """UsageError where a kernel moves over other axes than height and width."""
    if axes != 2:
        over = "one axis, as over a sequence" if axes == 1 else f"{axes} axes"
        raise node.refused(f"moves over {over}; kernels over two, height and width, are read")


def check_dense(node: OnnxNode, weights: tuple[int, ...], channels: int) -> None:
    """UsageError where kernels of these ``weights`` see other than all channels of their input."""
    check_axes(node, len(weights) - 2)
    group = node.number("group", 1)
    if group != 1:
        kind = "depthwise" if group == channels else "grouped"
        raise node.refused(
            f"is a {kind} convolution: with group={group:g} a kernel sees {weights[1]} of "
            f"{channels} channels; group=1 is read, in which it sees all of them"
        )
    if weights[1] != channels:
        raise node.refused(f"has kernels of {weights[1]} channels for an input of {channels}")


def window(node: OnnxNode, sides: tuple[int, ...], image: tuple[int, int]) -> KernelWindow:
    """Window of a convolution or pool with a kernel of these ``sides`` on an image of (height,
    width) pixels. UsageError where it is another than that, or not whole."""
    kernel = _same(node, "kernel_shape", sides, "a square kernel is read")
    stride = _same(node, "strides", node.numbers("strides", (1, 1)), "one stride is read")
    if kernel < 1 or stride < 1:
        raise node.refused(f"has a kernel of {kernel} and a stride of {stride}; both are 1 or more")
    dilations = node.numbers("dilations", (1, 1))
    if set(dilations) != {1}:
        raise node.refused(f"has dilations={quoted(list(dilations))}; dense kernels are read")
    padding = _padding(node, kernel, stride, image)
    left = [(side + 2 * padding - kernel) % stride for side in image]
    if node.number("ceil_mode", 0) and any(left):
        raise node.refused("has ceil_mode=1 and windows beyond the edge; whole windows are read")
    return KernelWindow(kernel, stride, padding)


def _same(node: OnnxNode, attribute: str, sides: tuple[int, ...], supported: str) -> int:
    if len(sides) != 2 or sides[0] != sides[1]:
        raise node.refused(f"has {attribute}={quoted(list(sides))}; {supported}")
    return int(sides[0])


def _padding(node: OnnxNode, kernel: int, stride: int, image: tuple[int, int]) -> int:
    automatic = node.attributes.get("auto_pad", "NOTSET")
    if automatic == "VALID":
        return 0
    if automatic == "NOTSET":
        pads = node.numbers("pads", (0, 0, 0, 0))
    else:  # as many pixels as windows at every stride need, alike on both sides where that goes
        added = [max((-(-side // stride) - 1) * stride + kernel - side, 0) for side in image]
        pads = tuple(half for rows in added for half in (rows // 2, rows - rows // 2))
    if len(pads) != 4 or len(set(pads)) != 1:
        raise node.refused(f"pads by {quoted(list(pads))}; the same on all sides is read")
    return int(pads[0])
