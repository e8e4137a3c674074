"""Convolutions and pools that are read: dense ones over height and width."""

from neuroloom.flows.importing.onnx_graph import Node


def check_axes(node: Node, axes: int) -> None:
    """UsageError where a kernel moves over other axes than height and width."""
    if axes != 2:
        over = "one axis, as over a sequence" if axes == 1 else f"{axes} axes"
        raise node.refused(f"moves over {over}; kernels over two, height and width, are read")


def check_dense(node: Node, weights: tuple[int, ...], channels: int) -> None:
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
