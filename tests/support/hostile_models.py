"""What damage and malice make of ONNX models."""

import random
from typing import Any

import numpy as np

SIZES = (0, 1, 2, 3, 7, 1 << 20, 1 << 31, 1 << 62, -1)
SHAPES = ((5000, 1), (1, 5000), (1,), (), (2, 2, 2, 2), (1, 1, 1, 1, 1), (0,))
OPERATORS = (
    "Add",
    "Mul",
    "Sub",
    "Div",
    "MatMul",
    "Conv",
    "Relu",
    "Reshape",
    "Transpose",
    "Flatten",
    "BatchNormalization",
    "MaxPool",
    "Sign",
    "TopK",
    "ArgMax",
    "Identity",
    "Constant",
    "If",
    "ReduceMean",
    "ConstantOfShape",
    "Sum",
    "Gemm",
    "[bold]",
)
GIVEN: tuple[Any, ...] = ([2, 2], [1 << 40] * 4, 3, [1], -1, "NOTSET", 1.5, [0, 0], [-1] * 4)
ATTRIBUTES = ("kernel_shape", "pads", "strides", "group", "axis", "perm", "axes", "auto_pad")


def remodelled(rng: random.Random, content: bytes) -> bytes:
    """An ONNX model with sizes, names, operators, attributes and wires changed."""
    import onnx

    model = onnx.load_model_from_string(content)
    for _ in range(rng.choice((1, 1, 2, 3))):
        if model.graph.node:
            rng.choice((_resized, _replaced, _renamed, _outside))(rng, model.graph)
    return bytes(model.SerializeToString())


def _resized(rng: random.Random, graph: Any) -> None:
    """Sizes of the input, of a constant, or in an attribute."""
    dimensions = graph.input[0].type.tensor_type.shape.dim
    tensor = rng.choice(graph.initializer)
    with_attributes = [node for node in graph.node if node.attribute]
    match rng.randrange(3):
        case 0:
            rng.choice(dimensions).dim_value = rng.choice(SIZES)
        case 1 if tensor.dims:
            tensor.dims[rng.randrange(len(tensor.dims))] = rng.choice(SIZES)
        case 2 if with_attributes:
            attribute = rng.choice(rng.choice(with_attributes).attribute)
            attribute.ints[:] = [rng.choice(SIZES) for _ in attribute.ints] or [1]
            attribute.i = rng.choice(SIZES)


def _replaced(rng: random.Random, graph: Any) -> None:
    """Values of a constant, or an attribute that is new."""
    from onnx import helper, numpy_helper

    if rng.randrange(2):
        tensor = rng.choice(graph.initializer)
        value = rng.choice((0.0, 1.0, -1.0, np.inf, np.nan, 1e38))
        values = np.full(rng.choice(SHAPES), value, np.float32)
        tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))
    else:
        given: Any = rng.choice(
            ([2, 2], [1 << 40] * 4, 3, [1], -1, "NOTSET", 1.5, [0, 0], [-1] * 4)
        )
        node = rng.choice(graph.node)
        node.attribute.append(helper.make_attribute(rng.choice(ATTRIBUTES), given))


def _renamed(rng: random.Random, graph: Any) -> None:
    """Another operator, name or input of a node; or no node."""
    node = rng.choice(graph.node)
    match rng.randrange(4):
        case 0:
            node.op_type = rng.choice(OPERATORS)
        case 1:
            node.name = rng.choice(("", "[bold]", "x" * 3000, "\x1b[31m"))
        case 2 if node.input:
            others = ("", "x", "nowhere", *node.output)
            node.input[rng.randrange(len(node.input))] = rng.choice(others)
        case 3:
            graph.node.remove(node)


def _outside(rng: random.Random, graph: Any) -> None:
    """A constant in a file beside it."""
    from onnx import TensorProto, external_data_helper

    tensor = rng.choice(graph.initializer)
    if not tensor.raw_data:
        return
    file = rng.choice(("/etc/passwd", "../x", "none", "f.onnx", "/dev/zero"))
    external_data_helper.set_external_data(tensor, file, length=rng.choice((None, 8, 1 << 40)))
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
