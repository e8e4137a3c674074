"""What a layer over tiles of differential memory consists of beside the sense amplifiers."""

from typing import ClassVar

import numpy as np
from pydantic import Field as Parameter

from neuroloom.golden.bnn.layer import BnnLayerSpec
from neuroloom.golden.bnn.layer_model import BnnLayerModel
from neuroloom.golden.bnn.layer_options import LayerOutput
from neuroloom.golden.bnn.parts import fold_buffer
from neuroloom.golden.contract import Contract
from neuroloom.golden.inventory import Inventory, counter, index_bits, register
from neuroloom.golden.memories.parameters import parameter_memory
from neuroloom.golden.ports import Field, Stream, Traffic
from neuroloom.golden.spec import Model, Spec

STEP_TO_REQUEST = 1
"""Cycles from the token of a step to its request."""
WORD_TO_RESULT = 2
"""Cycles from a word to the delivery of its result; one more where classes are told apart."""


class RramLinesSpec(Spec):
    """The requests for word lines that the vectors of a layer make, one a step.

    The tag of a request says whether it is its group's last, and above that which group.
    """

    macro: ClassVar[str] = "rram_lines"
    summary: ClassVar[str] = "word lines of a binarized layer, one after the other"
    source: ClassVar[str] = "Querlioz et al. 2019, section II"

    layer: BnnLayerSpec = Parameter(description="the layer whose weights the lines hold")

    @property
    def steps(self) -> int:
        """Word lines, one of which is read at a time."""
        return self.layer.folds * self.layer.groups

    @property
    def tag_bits(self) -> int:
        return 1 + index_bits(self.layer.groups)

    @property
    def tag_used(self) -> int:
        """Bits of the tag that anything depends on."""
        layer = self.layer
        by_group = layer.group_shown or layer.output is LayerOutput.BITS
        return 1 + index_bits(layer.groups) * by_group

    @property
    def streams(self) -> tuple[Stream, ...]:
        columns = self.layer.pe * self.layer.simd
        request = (
            Field("row", max(1, index_bits(self.steps)), "word line"),
            Field("activations", 1, "of the fold, for each neuron", lanes=columns),
            Field("tag", self.tag_bits, "the group's last; the group"),
        )
        return self.layer.streams[0], Stream("request", "out", request, "lines to read")

    @property
    def contract(self) -> Contract:
        return Contract(
            "vector",
            {"activations": self.layer.folds},
            {"request": self.steps},
            latency=self.steps - 1 + STEP_TO_REQUEST,
            interval=self.steps,
        )

    @property
    def inventory(self) -> Inventory:
        layer = self.layer
        order = counter(layer.folds) + counter(layer.groups) + counter(self.steps)
        asked = register(1 + index_bits(self.steps) + self.tag_used)
        return order + asked + fold_buffer(layer.simd, layer.folds, layer.groups)

    def model(self) -> "RramLinesModel":
        return RramLinesModel(self)


class RramLinesModel(Model[RramLinesSpec]):
    """Every line in turn, with the activations of its fold for each of ``pe`` neurons."""

    def run(self, traffic: Traffic) -> Traffic:
        spec, layer = self.spec, self.spec.layer
        bits = np.asarray(traffic["activations"]["bits"], np.int64)
        folds = self.operations("activations", bits)
        words = np.tile(folds, (1, layer.groups, 1)).reshape(-1, layer.simd)
        position = np.tile(np.arange(spec.steps), len(folds))
        group, fold = np.divmod(position, layer.folds)
        last = (fold == layer.folds - 1).astype(np.int64)
        request = {
            "row": position,
            "activations": np.tile(words, (1, layer.pe)),
            "tag": last | group << 1,
        }
        return {"request": request}


class RramSumsSpec(Spec):
    """What a layer gives for words of agreeing bits: counts, their sums over folds, results."""

    macro: ClassVar[str] = "rram_sums"
    summary: ClassVar[str] = "results of a binarized layer, of the bits that agree"
    source: ClassVar[str] = "Querlioz et al. 2019, section II"

    layer: BnnLayerSpec = Parameter(description="the layer that results, its thresholds loaded")

    @property
    def loaded(self) -> bool:
        """Whether there are thresholds."""
        return self.layer.output is LayerOutput.BITS

    @property
    def streams(self) -> tuple[Stream, ...]:
        layer = self.layer
        word = (
            Field("bits", 1, "of weights that agree with their input", lanes=layer.pe * layer.simd),
            Field("tag", 1 + index_bits(layer.groups), "the group's last; the group"),
        )
        thresholds = (layer.threshold_stream,) * self.loaded
        return Stream("word", "in", word, "one a step"), *thresholds, layer.streams[-1]

    @property
    def contract(self) -> Contract:
        layer = self.layer
        by_class = layer.output is LayerOutput.CLASS
        steps = layer.folds * layer.groups
        return Contract(
            "vector",
            {"word": steps},
            {"result": 1 if by_class else layer.groups},
            latency=steps - 1 + WORD_TO_RESULT + by_class,
            interval=steps,
        )

    @property
    def inventory(self) -> Inventory:
        layer = self.layer
        rows = Inventory()
        if self.loaded:
            rows = parameter_memory(layer.pe * layer.threshold_bits, layer.groups, loadable=True)
        stages = register(2 + index_bits(layer.groups) * layer.group_shown)
        padding = Inventory(gates=layer.folds * layer.simd - layer.inputs)
        return stages + rows + layer.sums_inventory(padding)

    def model(self) -> "RramSumsModel":
        return RramSumsModel(self)


class RramSumsModel(Model[RramSumsSpec]):
    """The layer's results of the bits that agree, whatever they came from."""

    def __init__(self, spec: RramSumsSpec) -> None:
        super().__init__(spec)
        self.layer = BnnLayerModel(spec.layer)

    def reset(self) -> None:
        self.layer.reset()

    def run(self, traffic: Traffic) -> Traffic:
        layer = self.spec.layer
        self.layer.load_thresholds(traffic)
        shape = (-1, layer.groups, layer.folds, layer.pe, layer.simd)
        agree = np.asarray(traffic["word"]["bits"]).reshape(shape).swapaxes(2, 3)
        inputs = agree.reshape(-1, layer.groups * layer.pe, layer.folds * layer.simd)
        matches = inputs[:, : layer.neurons, : layer.inputs].sum(axis=2)
        return self.layer.results(matches)
