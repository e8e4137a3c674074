"""A binarized layer over tiles of differential memory, whose amplifiers do the XNOR."""

from functools import cached_property
from typing import ClassVar

from pydantic import Field as Parameter

from neuroloom.golden.arith.popcount import PopcountStyle
from neuroloom.golden.bnn.layer import BnnLayerSpec
from neuroloom.golden.bnn.layer_options import LayerOutput
from neuroloom.golden.bnn.rram_parts import RramLinesSpec, RramSumsSpec
from neuroloom.golden.bnn.xnor_sense import XnorSenseSpec
from neuroloom.golden.composition import Composition
from neuroloom.golden.contract import Contract
from neuroloom.golden.inventory import Inventory, register
from neuroloom.golden.ports import Integers
from neuroloom.golden.spec import Spec
from neuroloom.golden.wires import End, Wire

RESULT_STAGES = 3
"""Cycles from a step's word to the delivery of a result, the last word's own among them."""


class RramLayerSpec(Composition):
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

    def check(self) -> None:
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
    def lines(self) -> RramLinesSpec:
        """The requests that vectors make."""
        return RramLinesSpec(layer=self.layer)

    @cached_property
    def sense(self) -> XnorSenseSpec:
        """The amplifiers of all tiles side by side, with the word lines of all tiles."""
        return XnorSenseSpec(
            rows=self.steps,
            columns=self.pe * self.simd,
            precharge_cycles=self.precharge_cycles,
            evaluate_cycles=self.evaluate_cycles,
            synchronizer=self.synchronizer,
            tag_bits=self.lines.tag_bits,
        )

    @cached_property
    def sums(self) -> RramSumsSpec:
        """What counts, sums and compares."""
        return RramSumsSpec(layer=self.layer)

    @property
    def parts(self) -> dict[str, Spec]:
        return {"lines": self.lines, "sense": self.sense, "sums": self.sums}

    @property
    def wires(self) -> tuple[Wire, ...]:
        """A line, then a word of it. Nobody asks whether a cell resolved."""
        return (
            Wire("lines.request", "sense.request"),
            Wire("sense.word", "sums.word", fields=("bits", "tag")),
        )

    @property
    def outer(self) -> dict[str, End]:
        thresholds = {"thresholds": "sums.thresholds"} if self.loaded else {}
        return {
            "activations": "lines.activations",
            **thresholds,
            "sensed": "sense.sensed",
            "read": "sense.read",
            "result": "sums.result",
        }

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
    def contract(self) -> Contract:
        """Cycles with arrays as in the contract of ``xnor_sense``."""
        sense, steps = self.sense.contract, self.steps
        by_class = self.output is LayerOutput.CLASS
        # the words up to the first result, and the next one, which waits; its line is taken then
        words = (steps if by_class else self.layer.folds) + 1
        return Contract(
            "vector",
            {"activations": self.layer.folds, "sensed": steps},
            {"read": steps, "result": 1 if by_class else self.layer.groups},
            latency=(steps - 1) * sense.interval + sense.latency + RESULT_STAGES + by_class,
            interval=steps * sense.interval,
            start=sense.start,
            room={"activations": self.layer.taken_in(words + 1), "sensed": words},
        )

    def kept(self, name: str) -> Inventory:
        """Nobody asks for all of a word, and neurons share their activations."""
        if name != "sense":
            return super().kept(name)
        unread = self.sense.columns + self.sense.tag_bits - self.lines.tag_used
        return self.sense.inventory + register(-unread - (self.pe - 1) * self.simd)

    @property
    def inventory(self) -> Inventory:
        """The parts, and whether a read is under way."""
        return super().inventory + register(1)

    def cells(self, weights: Integers) -> Integers:
        """Weights (neurons, inputs) as bits of the cells that are read (steps, pe · simd), 0 where
        a cell belongs to no weight.
        """
        bits: Integers = self.layer.parameter_tokens(weights, None)["weights"]["bits"]
        return bits
