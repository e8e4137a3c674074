"""A binarized layer over tiles of differential memory, whose amplifiers do the XNOR."""

from functools import cached_property
from typing import ClassVar, Self

import numpy as np
from pydantic import Field as Parameter
from pydantic import model_validator

from neuroloom.golden.arith.popcount import PopcountStyle
from neuroloom.golden.bnn.layer import BnnLayerSpec
from neuroloom.golden.bnn.layer_model import BnnLayerModel
from neuroloom.golden.bnn.layer_options import LayerOutput
from neuroloom.golden.bnn.parts import fold_buffer
from neuroloom.golden.bnn.xnor_sense import XnorSenseModel, XnorSenseSpec
from neuroloom.golden.contract import Contract
from neuroloom.golden.inventory import Inventory, counter, index_bits, register
from neuroloom.golden.memories.parameters import parameter_memory
from neuroloom.golden.ports import Integers, Stream, Tokens, Traffic
from neuroloom.golden.spec import Model, Spec

RESULT_STAGES = 3
"""Cycles from a step's word to the delivery of a result, the last word's own among them."""


class RramLayerSpec(Spec):
    """Parameters of ``rram_layer``.

    A step reads one word line: ``simd`` inputs of ``pe`` neurons. Word lines are numbered by the
    order of the steps, fold by fold, then group by group; line w is row w mod ``tile_rows`` of the
    tiles w div ``tile_rows``, and column c of it lies in the tile c div ``tile_columns`` of those.
    All tiles side by side are read at once, and tiles below each other one after the other.
    """

    macro: ClassVar[str] = "rram_layer"
    summary: ClassVar[str] = "binarized layer over tiles of differential memory, XNOR in the read"
    """binarized layer over any grid of differential memory tiles: XNOR in the read, partial sums,
    thresholds, winner
    """
    source: ClassVar[str] = (
        "XNOR in pre-charge sense amplifiers and digital adders, Querlioz et al. 2019, section II"
    )

    inputs: int = Parameter(default=64, ge=1, le=65536, description="inputs N")
    neurons: int = Parameter(default=64, ge=1, le=65536, description="neurons M")
    pe: int = Parameter(default=2, ge=1, le=1024, description="neurons sensed at once")
    simd: int = Parameter(default=32, ge=1, le=4096, description="inputs of a neuron at once")
    output: LayerOutput = Parameter(default=LayerOutput.BITS, description="what the layer gives")
    style: PopcountStyle = Parameter(
        default=PopcountStyle.COUNTER, description="structure of the counting trees"
    )
    tile_rows: int = Parameter(default=32, ge=1, le=4096, description="word lines of a tile")
    tile_columns: int = Parameter(default=32, ge=1, le=4096, description="bits of a tile's row")
    precharge_cycles: int = Parameter(
        default=2, ge=1, le=255, description="least precharge before an evaluation [cycle]"
    )
    evaluate_cycles: int = Parameter(
        default=3,
        ge=1,
        le=255,
        description="from the end of precharge to the latch at least; synchronizer + 1 [cycle]",
    )
    synchronizer: int = Parameter(
        default=2,
        ge=0,
        le=4,
        description="flip-flops behind the completion wire; 0 if it keeps to the clock",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        steps = self.layer.folds * self.layer.groups
        if steps > XnorSenseSpec.model_fields["rows"].metadata[1].le:
            raise ValueError(
                f"{self.neurons} neurons by {self.inputs} inputs take {steps} word lines of "
                f"{self.pe * self.simd} bits; there are at most 4096: raise pe or simd"
            )
        if self.pe * self.simd > XnorSenseSpec.model_fields["columns"].metadata[1].le:
            raise ValueError(
                f"pe={self.pe} by simd={self.simd} makes {self.pe * self.simd} columns; at most "
                "4096 are sensed at once"
            )
        _ = self.sense  # says what is wrong with its cycles
        return self

    @cached_property
    def layer(self) -> BnnLayerSpec:
        """The layer that results, its thresholds loaded."""
        return BnnLayerSpec(
            inputs=self.inputs,
            neurons=self.neurons,
            pe=self.pe,
            simd=self.simd,
            output=self.output,
            style=self.style,
        )

    @cached_property
    def sense(self) -> XnorSenseSpec:
        """The amplifiers of all tiles side by side, with the word lines of all tiles; the tag of a
        request says whether it is a group's last, and above that which group.
        """
        return XnorSenseSpec(
            rows=self.steps,
            columns=self.pe * self.simd,
            precharge_cycles=self.precharge_cycles,
            evaluate_cycles=self.evaluate_cycles,
            synchronizer=self.synchronizer,
            tag_bits=1 + index_bits(self.layer.groups),
        )

    @property
    def steps(self) -> int:
        """Word lines, one of which is read at a time."""
        return self.layer.folds * self.layer.groups

    @property
    def tiles(self) -> tuple[int, int]:
        """Tiles below each other and side by side."""
        return -(-self.steps // self.tile_rows), -(-self.pe * self.simd // self.tile_columns)

    @property
    def used(self) -> float:
        """Share of all cells that hold a weight."""
        down, across = self.tiles
        cells = down * across * self.tile_rows * self.tile_columns
        return self.neurons * self.inputs / cells

    @property
    def loaded(self) -> bool:
        """Whether there are thresholds."""
        return self.output is LayerOutput.BITS

    @property
    def streams(self) -> tuple[Stream, ...]:
        activations, result = self.layer.streams[0], self.layer.streams[-1]
        thresholds = (self.layer.threshold_stream,) if self.loaded else ()
        _, sensed, read, _ = self.sense.streams
        return (activations, *thresholds, sensed, read, result)

    @property
    def contract(self) -> Contract:
        """Cycles with arrays as in the contract of ``xnor_sense``."""
        sense, steps = self.sense.contract, self.steps
        by_class = self.output is LayerOutput.CLASS
        return Contract(
            "vector",
            {"activations": self.layer.folds, "sensed": steps},
            {"read": steps, "result": 1 if by_class else self.layer.groups},
            latency=(steps - 1) * sense.interval + sense.latency + RESULT_STAGES + by_class,
            interval=steps * sense.interval,
            start=sense.start,
        )

    @property
    def inventory(self) -> Inventory:
        layer, sense = self.layer, self.sense
        group_bits, shown = index_bits(layer.groups), layer.group_shown
        asked = 1 + group_bits * (shown or self.loaded)
        # nobody asks whether a cell resolved, nor always for the group; neurons share activations
        unread = sense.columns + sense.tag_bits - asked
        sensing = sense.inventory + register(-unread - (self.pe - 1) * self.simd)
        order = counter(layer.folds) + counter(layer.groups) + counter(self.steps)
        stages = register(4 + index_bits(self.steps) + asked + group_bits * shown)
        buffer = fold_buffer(self.simd, layer.folds, layer.groups)
        rows = Inventory()
        if self.loaded:
            rows = parameter_memory(self.pe * layer.threshold_bits, layer.groups, loadable=True)
        padding = Inventory(gates=layer.folds * self.simd - self.inputs)
        return sensing + order + stages + buffer + rows + layer.sums_inventory(padding)

    def cells(self, weights: Integers) -> Integers:
        """Weights (neurons, inputs) as bits of the cells that are read (steps, pe · simd), 0 where
        a cell belongs to no weight.
        """
        bits: Integers = self.layer.parameter_tokens(weights, None)["weights"]["bits"]
        return bits

    def model(self) -> "RramLayerModel":
        return RramLayerModel(self)


class RramLayerModel(Model[RramLayerSpec]):
    """The layer's sums of what the amplifiers give: an unresolved cell agrees with no activation.

    Reads ask for every line in turn, with the activations of its fold for each of ``pe`` neurons.
    """

    def __init__(self, spec: RramLayerSpec) -> None:
        super().__init__(spec)
        self.sense = XnorSenseModel(spec.sense)
        self.layer = BnnLayerModel(spec.layer)

    def reset(self) -> None:
        self.layer.reset()

    def requests(self, activations: Tokens) -> Tokens:
        """The tokens of the reads that vectors make: rows, activations, tags."""
        spec, layer = self.spec, self.spec.layer
        folds = self.operations("activations", np.asarray(activations["bits"], np.int64))
        vectors = len(folds)
        words = np.tile(folds, (1, layer.groups, 1)).reshape(-1, spec.simd)
        position = np.tile(np.arange(spec.steps), vectors)
        group, fold = np.divmod(position, layer.folds)
        last = (fold == layer.folds - 1).astype(np.int64)
        return {
            "row": position,
            "activations": np.tile(words, (1, spec.pe)),
            "tag": last | group << 1,
        }

    def run(self, traffic: Traffic) -> Traffic:
        spec, layer = self.spec, self.spec.layer
        if "thresholds" in traffic:
            self.layer.load_thresholds(traffic)
        requests = self.requests(traffic["activations"])
        sensed = self.sense.run({"request": requests, "sensed": traffic["sensed"]})
        shape = (-1, layer.groups, layer.folds, spec.pe, spec.simd)
        agree = np.asarray(sensed["word"]["bits"]).reshape(shape).swapaxes(2, 3)
        inputs = agree.reshape(-1, layer.groups * spec.pe, layer.folds * spec.simd)
        matches = inputs[:, : spec.neurons, : spec.inputs].sum(axis=2)
        return {"read": sensed["read"], **self.layer.results(matches)}
