"""What nodes of an ONNX graph say about weights and shapes."""

from neuroloom.flows.importing.onnx_graph import OnnxGraph, OnnxNode
from neuroloom.flows.networks.convolutional import Shape
from neuroloom.golden.wording import quoted

HEIGHT_AND_WIDTH = ({2, 3}, {-2, -1}, {2, -1}, {-2, 3})
"""Axes of a tensor of batch, channels, height and width."""


def weight_shape(graph: OnnxGraph, node: OnnxNode, name: str) -> tuple[int, ...]:
    """Shape of a constant, perhaps behind Identity or Transpose, or of one value. UsageError where
    it is none.
    """
    if name in graph.constants:
        return graph.constants[name].shape
    maker = graph.constant_maker(name)
    if maker is not None and maker.operator == "ConstantOfShape":
        sizes = graph.constants.get(maker.inputs[0])
        if sizes is not None:
            return tuple(int(size) for size in sizes.ravel())
    if maker is not None and maker.operator in ("Identity", "Transpose") and maker.inputs:
        shape = weight_shape(graph, node, maker.inputs[0])
        if maker.operator == "Identity":
            return shape
        axes = list(maker.numbers("perm", tuple(reversed(range(len(shape))))))
        if sorted(axes) != list(range(len(shape))):
            raise maker.refused(
                f"permutes axes {quoted(axes)} of weights of shape {quoted(list(shape))}"
            )
        return tuple(shape[axis] for axis in axes)
    raise node.refused(f"takes {quoted(name)} where it needs weights that are constant")


def matrix(graph: OnnxGraph, node: OnnxNode) -> tuple[int, int]:
    """Inputs and outputs of a Gemm or MatMul. UsageError for other operands."""
    if len(node.inputs) < 2:
        raise node.refused("has no weights")
    shape = weight_shape(graph, node, node.inputs[1])
    if len(shape) != 2:
        raise node.refused(f"has weights of shape {quoted(list(shape))}; a matrix is mapped")
    if node.number("transA", 0):
        raise node.refused("transposes its input (transA=1); a matrix of weights is mapped")
    inputs, outputs = reversed(shape) if node.number("transB", 0) else shape
    return inputs, outputs


def averages_pixels(graph: OnnxGraph, node: OnnxNode) -> bool:
    """Whether a ReduceMean takes the mean over height and width."""
    axes: set[float] = set(node.numbers("axes", ()))
    if not axes and len(node.inputs) > 1 and node.inputs[1] in graph.constants:
        axes = set(graph.constants[node.inputs[1]].ravel().tolist())
    return axes in HEIGHT_AND_WIDTH


def flattens(graph: OnnxGraph, node: OnnxNode, shape: Shape) -> bool:
    """Whether a Flatten or Reshape makes a vector of a feature map, the batch axis kept."""
    if node.operator == "Flatten":
        return node.number("axis", 1) in (1, -3)
    target = graph.constants.get(node.inputs[1]) if len(node.inputs) > 1 else None
    if target is None:
        raise node.refused("takes a shape that is no constant; export the model with fixed sizes")
    size = shape.height * shape.width * shape.channels
    whole = [int(extent) for extent in target.ravel()]
    if len(whole) != 2 or whole.count(-1) > 1:
        return False
    batch, rest = whole
    return batch in (-1, 0, graph.batch) and rest in (-1, size)
