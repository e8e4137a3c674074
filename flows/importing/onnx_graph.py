"""Graphs of ONNX files as nodes and constants. The onnx package is used here and nowhere else."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import util
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuroloom.flows.tools.errors import ToolMissing, UsageError
from neuroloom.flows.tools.reading.refusal import reading, words
from neuroloom.flows.tools.reading.text import read_bytes
from neuroloom.golden.wording import cut, plain, quoted

Floats = NDArray[np.float64]

MOST_BYTES = 512 << 20
"""Largest model [byte]."""
MOST_VALUES = 1 << 26
"""Most values of all its constants."""

QONNX_DOMAINS = ("qonnx.custom_op.general", "finn.custom_op.general")
QONNX_OPERATORS = ("BipolarQuant", "Quant", "IntQuant", "MultiThreshold")


@dataclass(frozen=True)
class OnnxNode:
    """A node; ``operator`` names the domain too where that is not the operator's own."""

    file: Path
    name: str
    operator: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]

    def refused(self, why: str) -> UsageError:
        """An error whose sentence begins with the node and goes on with ``why``."""
        return UsageError(f"{self.file}: node {plain(self.name)} ({plain(self.operator)}) {why}")

    def unsupported(self, operators: Iterable[str], done: str) -> UsageError:
        """An error for an operator that is none of ``operators``, those of what is ``done``."""
        return self.refused(
            f"is not supported: a graph of {', '.join(sorted(operators))} is {done}; replace "
            "the node or end the graph before it"
        )

    def numbers(self, attribute: str, default: tuple[int, ...]) -> tuple[int, ...]:
        """An attribute that must be a list of integers."""
        value = self.attributes.get(attribute, default)
        if not isinstance(value, list | tuple) or not all(type(number) is int for number in value):
            raise self.refused(f"has {attribute}={quoted(value)}; it must be a list of integers")
        return tuple(value)

    def whole(self, attribute: str, default: int) -> int:
        """An attribute that must be an integer."""
        value = self.number(attribute, default)
        if not isinstance(value, int):
            raise self.refused(f"has {attribute}={quoted(value)}; it must be an integer")
        return value

    def number(self, attribute: str, default: float) -> float:
        """An attribute that must be a number."""
        value = self.attributes.get(attribute, default)
        if not isinstance(value, int | float):
            raise self.refused(f"has {attribute}={quoted(value)}; it must be a number")
        return value


@dataclass(frozen=True)
class OnnxGraph:
    """A graph of one input.

    ``shape`` is that of the input without its batch axis, ``batch`` the size of that, 1 where the
    file leaves it open. ``constants`` are the initializers and the values of Constant nodes.
    """

    file: Path
    input: str
    batch: int
    shape: tuple[int, ...]
    outputs: tuple[str, ...]
    nodes: tuple[OnnxNode, ...]
    constants: Mapping[str, Floats]

    def maker(self, tensor: str) -> OnnxNode | None:
        """The node that gives a tensor."""
        return next((node for node in self.nodes if tensor in node.outputs), None)

    def constant_maker(self, tensor: str) -> OnnxNode | None:
        """The node that gives a tensor of constants alone; None where there is none."""
        return None if tensor in self.dependent else self.maker(tensor)

    @cached_property
    def dependent(self) -> frozenset[str]:
        """Tensors that depend on the input."""
        tensors = {self.input}
        for node in self.nodes:  # in an order in which they can be computed
            if tensors.intersection(node.inputs):
                tensors.update(node.outputs)
        return frozenset(tensors)


def read(file: Path, first_opset: int) -> OnnxGraph:
    """The graph of an ONNX file with the operator set ``first_opset`` or a newer one.

    ToolMissing without the package onnx. UsageError when the file is not a valid model, has an
    operator set that is not supported, or an input that is not one tensor of known shape.
    """
    if util.find_spec("onnx") is None:
        raise ToolMissing(
            "reading ONNX files needs the package onnx; "
            "install it with: pip install 'neuroloom[onnx]'"
        )
    model = _valid_model(file)
    _check_opset(file, model, first_opset)
    graph = model.graph
    tensors = {tensor.name: tensor for tensor in graph.initializer}
    nodes = []
    for proto in graph.node:
        node = _node(file, proto)
        if node.operator == "Constant":
            tensors[node.outputs[0]] = _constant_value(node)
        else:
            nodes.append(node)
    with reading(file, "the model"):
        constants = {name: _array(file, name, tensor) for name, tensor in tensors.items()}
    name, batch, shape = _input(file, [value for value in graph.input if value.name not in tensors])
    outputs = tuple(value.name for value in graph.output)
    return OnnxGraph(file, name, batch, shape, outputs, _leading_to(outputs, nodes), constants)


def _leading_to(outputs: tuple[str, ...], nodes: list[OnnxNode]) -> tuple[OnnxNode, ...]:
    """Those nodes that outputs depend on."""
    wanted, leading = set(outputs), []
    for node in reversed(nodes):  # the checker has seen that a node comes after what it takes
        if wanted.intersection(node.outputs):
            wanted.update(node.inputs)
            leading.append(node)
    return tuple(reversed(leading))


def _valid_model(file: Path) -> Any:
    import onnx
    from google.protobuf.message import DecodeError

    wrong = "is not a valid ONNX model"
    with reading(file, "the model", wrong):
        content = read_bytes(file, MOST_BYTES)
        try:
            model = onnx.load_model_from_string(content, format="protobuf")
            for tensor in _checked_tensors(model.graph):
                if onnx.external_data_helper.uses_external_data(tensor):
                    onnx.external_data_helper.load_external_data_for_tensor(
                        tensor, str(file.parent)
                    )
            onnx.checker.check_model(model)
        except (DecodeError, onnx.checker.ValidationError) as error:
            raise UsageError(f"{file} {wrong}: {words(error)}") from None
    return model


def _checked_tensors(graph: Any) -> list[Any]:
    """All constants. ValueError where they declare more than is read, in the file or beside it."""
    import onnx

    constants = [
        attribute.t
        for node in graph.node
        if node.op_type == "Constant"
        for attribute in node.attribute
        if attribute.HasField("t")
    ]
    tensors = [*graph.initializer, *constants]
    values = sum(prod(tensor.dims) for tensor in tensors)
    if values > MOST_VALUES or any(size < 0 for tensor in tensors for size in tensor.dims):
        raise ValueError(
            f"its constants have {quoted(values)} values; {MOST_VALUES:,} are the most"
        )
    for tensor in tensors:
        if onnx.external_data_helper.uses_external_data(tensor):
            told = {entry.key: entry.value for entry in tensor.external_data}
            length = told.get("length", "")
            if not length.isascii() or not length.isdigit() or int(length[:20]) > MOST_BYTES:
                raise ValueError(
                    f"{quoted(tensor.name)} lies in a file beside it, of no stated length"
                )
    return tensors


def _check_opset(file: Path, model: Any, first: int) -> None:
    import onnx

    newest = onnx.defs.onnx_opset_version()
    for operators in model.opset_import:
        if operators.domain in ("", "ai.onnx") and not first <= operators.version <= newest:
            raise UsageError(
                f"{file} uses operator set {operators.version}; sets {first} to {newest} are "
                "supported: export the model with one of them, or convert it with "
                "onnx.version_converter"
            )


def _node(file: Path, node: Any) -> OnnxNode:
    import onnx

    texts = (node.name, node.op_type, node.domain, *node.input, *node.output)
    if not all(isinstance(text, str) for text in texts):  # bytes where they are no text
        raise UsageError(f"{file} is not a valid ONNX model: a name is not in UTF-8")
    domains = QONNX_DOMAINS if node.op_type in QONNX_OPERATORS else ("", "ai.onnx")
    known = node.domain in domains
    attributes = {}
    for attribute in node.attribute:
        value = onnx.helper.get_attribute_value(attribute)
        attributes[attribute.name] = (
            value.decode(errors="replace") if type(value) is bytes else value
        )
    return OnnxNode(
        file,
        node.name or f"of {node.output[0]!r}",
        node.op_type if known else f"{node.domain or 'ai.onnx'}.{node.op_type}",
        # an empty name stands for an optional input that is not there
        tuple(node.input),
        tuple(node.output),
        attributes,
    )


def _constant_value(node: OnnxNode) -> Any:
    kinds = ("value", "value_float", "value_floats", "value_int", "value_ints")
    values = [node.attributes[kind] for kind in kinds if kind in node.attributes]
    if not values:
        raise node.refused("holds no numbers: give it as value, value_float(s) or value_int(s)")
    return values[0]


def _array(file: Path, name: str, value: Any) -> Floats:
    import onnx

    try:
        tensor = isinstance(value, onnx.TensorProto)
        with np.errstate(invalid="ignore"):  # what is not finite is refused below
            array = np.asarray(onnx.numpy_helper.to_array(value) if tensor else value, np.float64)
    except (KeyError, TypeError, ValueError):
        raise UsageError(f"{file}: constant {quoted(name)} does not hold numbers") from None
    if not np.isfinite(array).all():
        raise UsageError(f"{file}: constant {quoted(name)} has values that are not finite")
    return array


def _input(file: Path, inputs: list[Any]) -> tuple[str, int, tuple[int, ...]]:
    if len(inputs) != 1:
        names = ", ".join(value.name for value in inputs) or "none"
        raise UsageError(f"{file} has {len(inputs)} inputs ({cut(names)}); one is supported")
    dimensions = inputs[0].type.tensor_type.shape.dim
    # 0 where a dimension is open or named
    batch, *shape = [dimension.dim_value for dimension in dimensions] or [0]
    if not shape or min(shape) < 1:
        raise UsageError(
            f"{file}: input {quoted(inputs[0].name)} is of shape {quoted([batch, *shape])}, 0 "
            "being open; it needs a batch axis and behind it sizes that are known"
        )
    return inputs[0].name, max(batch, 1), tuple(shape)
