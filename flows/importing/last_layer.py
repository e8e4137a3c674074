"""The last layer of a graph: what of the graph's results the macro gives, and what is dropped."""

from pathlib import Path

from neuroloom.flows.importing.convolutions import in_pixel_order
from neuroloom.flows.importing.onnx_graph import OnnxNode
from neuroloom.flows.importing.operators import CONNECTIONS
from neuroloom.flows.importing.signals import Matches, TwoLevels
from neuroloom.flows.networks.binarized import BinarizedLayer
from neuroloom.flows.tools.errors import UsageError
from neuroloom.golden.bnn.layer_options import LayerOutput


def score_layer(file: Path, signal: Matches, culprit: OnnxNode) -> BinarizedLayer:
    """The layer whose p are the graph's scores, all on one scale.

    UsageError names ``culprit`` where classes are not on one scale.
    """
    if not signal.comparable:
        remedy = (
            "give it inputs of -1 and +1, weights of one scale and no bias a class"
            if culprit.operator in CONNECTIONS
            else "end the graph before it, or give it one scale and one shift for all classes"
        )
        raise culprit.refused(
            "scales or shifts the scores of classes differently, or by 0, and no threshold "
            f"follows that takes it in: {remedy}"
        )
    if signal.positions != (1, 1):
        raise UsageError(f"{file} ends in sums of an image; end it in a layer of one position")
    return BinarizedLayer(signal.stage, signal.rising.weights[signal.order.ravel()], None)


def score_note(signal: Matches, result: LayerOutput) -> str:
    """How p stands for the graph's score."""
    lowest, *_, highest = signal.rising.values.reshape(signal.inputs + 1, -1)[:, 0]
    step = (highest - lowest) / signal.inputs
    which = "the greatest" if result is LayerOutput.CLASS else "each"
    return (
        f"result: {which} score is given as p, 0 to {signal.inputs}; the graph's is "
        f"{step:.6g}·p {lowest:+.6g}"
    )


def bit_layer(file: Path, signal: TwoLevels, layer: BinarizedLayer) -> BinarizedLayer:
    """The layer whose bits are those of the graph, in its order; those of an image as they come."""
    low, high = signal.values
    if (low >= high).any():
        raise UsageError(
            f"{file}: the graph's last bits are inverted or scaled by 0 behind their quantizer; "
            "end the graph with the quantizer"
        )
    order = signal.order.ravel()
    if len(order) == len(layer.weights):
        assert layer.thresholds is not None
        return layer._replace(weights=layer.weights[order], thresholds=layer.thresholds[order])
    if not in_pixel_order(signal.order):
        raise UsageError(
            f"{file} ends in an image whose elements were moved; end it before they are"
        )
    return layer


def bit_notes(signal: TwoLevels) -> list[str]:
    """How bits stand for the graph's values."""
    notes = []
    if len(signal.shape) == 3:
        notes.append("result: pixel by pixel, channel by channel")
    low, high = signal.values.reshape(2, -1)
    if (low == low[0]).all() and (high == high[0]).all():
        notes.append(f"result: bit 1 is the graph's {high[0]:g}, bit 0 its {low[0]:g}")
    else:
        notes.append("result: bit 1 is the greater of the graph's two values, 0 the other")
    return notes
