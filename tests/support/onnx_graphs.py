"""ONNX graphs made for tests, and their values computed by the reference of the onnx package.

The operators of QONNX that it lacks stand here, as their documentation describes them.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import onnx
from numpy.typing import ArrayLike, NDArray
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator
from onnx.reference.op_run import OpRun

QONNX = "qonnx.custom_op.general"
FINN = "finn.custom_op.general"


class BipolarQuant(OpRun):
    op_domain = QONNX

    def _run(self, x: Any, scale: Any) -> Any:
        return ((np.where(x >= 0, 1, -1) * scale).astype(x.dtype),)


class Quant(OpRun):
    op_domain = QONNX

    def _run(self, x: Any, scale: Any, zero: Any, width: Any, **attributes: Any) -> Any:
        assert width == 1
        steps = x / scale + zero
        if attributes.get("signed", 1):
            steps = np.where(steps >= 0, 1, -1)
        else:
            rounding = {"ROUND": np.rint, "FLOOR": np.floor, "CEIL": np.ceil}
            steps = rounding[attributes.get("rounding_mode", "ROUND")](steps.clip(0, 1))
        return (((steps - zero) * scale).astype(x.dtype),)


class MultiThreshold(OpRun):
    op_domain = QONNX

    def _run(self, x: Any, thresholds: Any, **attributes: Any) -> Any:
        last = np.moveaxis(x, 1, -1)[..., np.newaxis]  # channels are the second axis
        reached = np.moveaxis((last >= thresholds).sum(axis=-1), -1, 1)
        scaled = reached * attributes.get("out_scale", 1.0) + attributes.get("out_bias", 0.0)
        return (scaled.astype(x.dtype),)


class FinnBipolarQuant(BipolarQuant):
    op_domain = FINN


FinnBipolarQuant.__name__ = "BipolarQuant"
OPERATORS = [BipolarQuant, Quant, MultiThreshold, FinnBipolarQuant]


class Chain:
    """A graph built node by node from its input ``x``; each node takes the tensor before it."""

    def __init__(self, shape: Sequence[int | str], dtype: type[np.floating[Any]] = np.float32):
        self.shape, self.dtype = list(shape), dtype
        self.kind = TensorProto.DOUBLE if dtype is np.float64 else TensorProto.FLOAT
        self.nodes: list[Any] = []
        self.tensors: list[Any] = []
        self.tensor = "x"

    def constant(self, value: ArrayLike, dtype: Any = None) -> str:
        name = f"c{len(self.tensors)}"
        array = np.asarray(value, dtype or self.dtype)
        self.tensors.append(numpy_helper.from_array(array, name))
        return name

    def node(self, operator: str, *inputs: str, outputs: int = 1, **attributes: Any) -> list[str]:
        """A node with just these inputs; the names of its outputs."""
        at = len(self.nodes)
        names = [f"t{at}_{index}" for index in range(outputs)]
        domain = QONNX if operator in ("BipolarQuant", "Quant", "MultiThreshold") else ""
        made = helper.make_node(
            operator,
            list(inputs),
            names,
            name=f"{operator}_{at}",
            domain=attributes.pop("domain", domain),
            **attributes,
        )
        self.nodes.append(made)
        return names

    def then(self, operator: str, *constants: ArrayLike, **attributes: Any) -> Self:
        """A node of the tensor and these constants."""
        names = [self.constant(value) for value in constants]
        (self.tensor,) = self.node(operator, self.tensor, *names, **attributes)
        return self

    def dense(self, weights: ArrayLike, scale: ArrayLike = 1.0) -> Self:
        """MatMul by the BipolarQuant of weights (N, M)."""
        quantized = self.node("BipolarQuant", self.constant(weights), self.constant(scale))
        (self.tensor,) = self.node("MatMul", self.tensor, *quantized)
        return self

    def norm(self, *parameters: ArrayLike, epsilon: float = 0.0) -> Self:
        """BatchNormalization by gamma, beta, mean, variance."""
        return self.then("BatchNormalization", *parameters, epsilon=epsilon)

    def model(self, outputs: Sequence[tuple[str, int]] | None = None, opset: int = 17) -> Any:
        """Of these outputs (name, element type), by default of the last tensor."""
        graph = helper.make_graph(
            self.nodes,
            "test",
            [helper.make_tensor_value_info("x", self.kind, self.shape)],
            [
                helper.make_tensor_value_info(name, kind, ["batch", "results"])
                for name, kind in outputs or [(self.tensor, self.kind)]
            ],
            self.tensors,
        )
        domains = [("", opset), (QONNX, 1), (FINN, 1), ("elsewhere", 1)]
        imports = [helper.make_opsetid(domain, version) for domain, version in domains]
        return helper.make_model(graph, opset_imports=imports, ir_version=8)


def saved(model: Any, folder: Path, name: str = "network.onnx") -> Path:
    file = folder / name
    onnx.save(model, str(file))
    return file


def values(model: Any, x: ArrayLike) -> NDArray[Any]:
    """The graph's first output for inputs (batch, ...), one image at a time."""
    evaluator = ReferenceEvaluator(model, new_ops=OPERATORS)
    kind = model.graph.input[0].type.tensor_type.elem_type
    dtype = np.float64 if kind == TensorProto.DOUBLE else np.float32
    images = np.asarray(x, dtype)

    def first(image: NDArray[Any]) -> NDArray[Any]:
        outputs = evaluator.run(None, {"x": image[np.newaxis]})
        assert isinstance(outputs, list)
        return np.asarray(outputs[0])

    return np.concatenate([first(image) for image in images])


PLUS = np.ones((6, 4))


def dense(*shape: int) -> Chain:
    """A graph of one layer of six inputs and four neurons, whose weights are all 1."""
    return Chain(shape or (1, 6)).dense(PLUS)
