"""What the operators of ONNX and QONNX compute, in float64.

Every function takes the node and its inputs in order. Those that compute each element by itself
rise or fall with it throughout, rounding included: that is why one threshold is enough for a bit.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neuroloom.flows.importing.onnx_graph import Floats, OnnxNode
from neuroloom.flows.importing.signals import channels
from neuroloom.golden.wording import quoted

Values = NDArray[Any]
ROUNDINGS: dict[str, Callable[[Floats], Floats]] = {
    "ROUND": np.round,
    "CEIL": np.ceil,
    "FLOOR": np.floor,
}


class Quantized(NamedTuple):
    """Bits, and what 0 and 1 stand for; ``low`` < ``high`` throughout."""

    fires: NDArray[np.bool_]
    low: Floats
    high: Floats

    @property
    def values(self) -> Floats:
        return np.where(self.fires, self.high, self.low)


def _two_levels(node: OnnxNode, fires: Values, zero: ArrayLike, one: ArrayLike) -> Quantized:
    low, high = np.asarray(zero, np.float64), np.asarray(one, np.float64)
    if (low == high).any():
        raise node.refused("gives the same value for both bits: its scale is 0")
    swapped = low > high
    return Quantized(fires ^ swapped, np.minimum(low, high), np.maximum(low, high))


def _bipolar_quant(node: OnnxNode, x: Floats, scale: Floats) -> Quantized:
    return _two_levels(node, x >= 0, -scale, scale)


def _quant(node: OnnxNode, x: Floats, scale: Floats, zero: Floats, width: Floats) -> Quantized:
    if width.size != 1 or width.item() != 1:
        raise node.refused("is not of 1 bit: only quantizers to bits are imported")
    if not scale.all():
        raise node.refused("divides by a scale of 0")
    steps = x / scale + zero
    if node.number("signed", 1):
        return _two_levels(node, steps >= 0, (-1 - zero) * scale, (1 - zero) * scale)
    rounding = str(node.attributes.get("rounding_mode", "ROUND")).upper()
    narrow = node.number("narrow", 0)
    if rounding not in ROUNDINGS or narrow:
        raise node.refused(
            f"is unsigned with rounding_mode={rounding} and narrow={narrow}; ROUND, CEIL or FLOOR "
            "and narrow=0 are imported"
        )
    fires = ROUNDINGS[rounding](np.clip(steps, 0, 1)) == 1
    return _two_levels(node, fires, -zero * scale, (1 - zero) * scale)


def _sign(node: OnnxNode, x: Floats) -> Quantized:
    if not x.all():
        raise node.refused(
            "meets exactly 0 and gives 0 there, which is neither bit: use a BipolarQuant, whose "
            "result at 0 is +1"
        )
    return _two_levels(node, x > 0, -1, 1)


def _multi_threshold(node: OnnxNode, x: Floats, thresholds: Floats) -> Quantized:
    if thresholds.ndim != 2 or thresholds.shape[1] != 1:
        raise node.refused(
            f"has thresholds of shape {list(thresholds.shape)}; [channels, 1] is imported, one "
            "threshold for a bit"
        )
    by_position = x.ndim == 4 and node.attributes.get("data_layout", "NCHW") == "NCHW"
    axis = 1 if by_position or x.ndim == 2 else -1
    low = node.number("out_bias", 0.0)
    high = low + node.number("out_scale", 1.0)
    return _two_levels(node, x >= channels(thresholds[:, 0], x.ndim, axis), low, high)


QUANTIZERS: dict[str, Callable[..., Quantized]] = {
    "BipolarQuant": _bipolar_quant,
    "Quant": _quant,
    "IntQuant": _quant,
    "Sign": _sign,
    "MultiThreshold": _multi_threshold,
}


def _batch_normalization(
    node: OnnxNode, x: Floats, gamma: Floats, beta: Floats, mean: Floats, variance: Floats
) -> Floats:
    if node.number("training_mode", 0):
        raise node.refused("is in training mode; export the model for inference")
    scale, shift, centre, spread = (
        channels(constants, x.ndim, 1) for constants in (gamma, beta, mean, variance)
    )
    deviation = np.sqrt(spread + node.number("epsilon", 1e-5))
    return np.asarray((x - centre) / deviation * scale + shift)


def gemm_sum(node: OnnxNode, products: Floats, bias: Floats) -> Floats:
    """What a Gemm makes of its products."""
    return node.number("alpha", 1.0) * products + node.number("beta", 1.0) * bias


def _identity(node: OnnxNode, x: Floats) -> Floats:
    return x


ELEMENTWISE: dict[str, Callable[..., Floats]] = {
    "Add": lambda node, a, b: a + b,
    "Sub": lambda node, a, b: a - b,
    "Mul": lambda node, a, b: a * b,
    "Div": lambda node, a, b: a / b,
    "BatchNormalization": _batch_normalization,
    "Identity": _identity,
}


def _flatten(node: OnnxNode, x: Values) -> Values:
    axis = node.whole("axis", 1)
    return x.reshape(int(np.prod(x.shape[:axis], dtype=np.int64)), -1)


def _reshape(node: OnnxNode, x: Values, shape: Floats) -> Values:
    copied = not node.attributes.get("allowzero", 0)
    sizes = [int(size) for size in shape.ravel()]
    if copied and any(size == 0 and axis >= x.ndim for axis, size in enumerate(sizes)):
        raise node.refused(
            f"copies an axis to {quoted(sizes)} that shape {list(x.shape)} does not have"
        )
    target = [x.shape[i] if size == 0 and copied else size for i, size in enumerate(sizes)]
    try:
        return x.reshape(target)
    except ValueError:
        raise node.refused(f"cannot turn shape {list(x.shape)} into {quoted(sizes)}") from None


def _transpose(node: OnnxNode, x: Values) -> Values:
    axes = node.numbers("perm", tuple(range(x.ndim))[::-1])
    if sorted(axes) != list(range(x.ndim)):
        raise node.refused(
            f"permutes axes {quoted(list(axes))} of a tensor of shape {list(x.shape)}"
        )
    return x.transpose(axes)


REARRANGERS: dict[str, Callable[..., Values]] = {
    "Flatten": _flatten,
    "Reshape": _reshape,
    "Transpose": _transpose,
}

CONNECTIONS = ("MatMul", "Gemm")
CONVOLUTIONS = ("Conv", "MaxPool")
CHOOSERS = ("ArgMax", "TopK")
