"""A fully connected binarized layer, folded over processing elements and SIMD lanes."""

from typing import ClassVar, Self

import numpy as np
from pydantic import Field as Parameter
from pydantic import model_validator

from neuroloom.golden.arith.adder_networks import AdderNetwork
from neuroloom.golden.arith.popcount import PopcountStyle
from neuroloom.golden.arith.running_sum import running_sum
from neuroloom.golden.bnn.coding import InputCoding, greatest_input, summing_network
from neuroloom.golden.bnn.layer_model import BnnLayerModel
from neuroloom.golden.bnn.layer_options import LayerOutput, ParameterSource
from neuroloom.golden.bnn.parts import fold_buffer, running_argmax
from neuroloom.golden.contract import Contract
from neuroloom.golden.formats import IntegerFormat, from_hexadecimal, unsigned_bits
from neuroloom.golden.inventory import (
    Inventory,
    comparator,
    counter,
    index_bits,
    register,
    stream_output,
)
from neuroloom.golden.memories.parameters import parameter_memory
from neuroloom.golden.ports import Field, Integers, Stream, Tokens, Traffic
from neuroloom.golden.spec import Spec
from neuroloom.golden.streams.width_adapter import to_tokens
from neuroloom.golden.unused import unless

MAX_ROW_BITS = 1 << 15
"""Weights read at once: half of what the hardware description can hold in one signal."""
MAX_LANES = 4096
"""Bits of an input token."""
MAX_BINARY_BITS = 16
"""Bits of an input that is an integer."""


class BnnLayerSpec(Spec):
    """Parameters of ``bnn_layer``.

    ``weights`` holds one hexadecimal number a neuron, whose bit i is the weight of input i.

    Inputs of one bit are +1 and -1, and p counts those that agree with their weights. Inputs of
    more bits are unsigned numbers x of at most X, and p sums x where the weight is +1 and X - x,
    which has the inverted bits, where it is -1: the sum of weights times inputs is p - X·Z for Z
    weights of -1, so that a threshold on it is one on p.
    """

    macro: ClassVar[str] = "bnn_layer"
    summary: ClassVar[str] = "fully connected binarized layer, folded by PE and SIMD"
    """folded layer; weights fixed, loaded, streamed; one or many bits in; bits, scores or class"""
    source: ClassVar[str] = (
        "XNOR, popcount, threshold: Querlioz et al. 2019; folding over processing elements and "
        "SIMD lanes: Umuroglu et al. 2017"
    )

    inputs: int = Parameter(default=64, ge=1, le=65536, description="inputs N")
    neurons: int = Parameter(default=64, ge=1, le=65536, description="neurons M")
    pe: int = Parameter(default=8, ge=1, le=1024, description="neurons computed at once")
    simd: int = Parameter(default=32, ge=1, le=4096, description="inputs of a neuron at once")
    input_bits: int = Parameter(default=1, ge=1, le=1024, description="width of an input [bit]")
    coding: InputCoding = Parameter(
        default=InputCoding.BINARY, description="what the bits of an input count"
    )
    output: LayerOutput = Parameter(default=LayerOutput.BITS, description="what the layer gives")
    parameters: ParameterSource = Parameter(
        default=ParameterSource.LOADED, description="where weights and thresholds come from"
    )
    weights: tuple[str, ...] | None = Parameter(
        default=None, description="a hexadecimal row a neuron, for parameters=fixed"
    )
    thresholds: tuple[int, ...] | None = Parameter(
        default=None, description="least p that gives 1, a neuron, for parameters=fixed"
    )
    style: PopcountStyle = Parameter(
        default=PopcountStyle.COUNTER, description="structure of the counting trees"
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.pe > self.neurons:
            raise ValueError(f"pe={self.pe} is more than the {self.neurons} neurons")
        if self.simd > self.inputs:
            raise ValueError(f"simd={self.simd} is more than the {self.inputs} inputs")
        if self.pe * self.simd > MAX_ROW_BITS:
            raise ValueError(
                f"pe={self.pe} by simd={self.simd} makes a row of {self.pe * self.simd} weights; "
                f"a row holds at most {MAX_ROW_BITS}"
            )
        if self.input_lanes > MAX_LANES:
            raise ValueError(
                f"simd={self.simd} inputs of {self.input_bits} bits make tokens of "
                f"{self.input_lanes} bits; a token has at most {MAX_LANES}"
            )
        if self.coding is InputCoding.BINARY and self.input_bits > MAX_BINARY_BITS:
            raise ValueError(
                f"input_bits={self.input_bits} is more than the {MAX_BINARY_BITS} of an integer: "
                "longer codes are unary"
            )
        fixed = self.parameters is ParameterSource.FIXED
        if fixed is not (self.weights is not None):
            raise ValueError(
                "parameters=fixed needs weights" if fixed else "weights go with parameters=fixed"
            )
        if (fixed and self.output is LayerOutput.BITS) is not (self.thresholds is not None):
            raise ValueError("thresholds go with parameters=fixed and output=bits, and only there")
        if self.weights is not None:
            self._check_weights(self.weights)
        if self.thresholds is not None:
            self._check_thresholds(self.thresholds)
        return self

    def _check_weights(self, rows: tuple[str, ...]) -> None:
        if len(rows) != self.neurons:
            raise ValueError(f"weights has {len(rows)} rows for {self.neurons} neurons")
        for index, row in enumerate(rows):
            try:
                value = from_hexadecimal(row)
            except ValueError as error:
                raise ValueError(f"weights row {index} is not {error}") from None
            if value >> self.inputs:
                raise ValueError(f"weights row {index} does not fit in {self.inputs} bits")

    def _check_thresholds(self, thresholds: tuple[int, ...]) -> None:
        if len(thresholds) != self.neurons:
            raise ValueError(f"thresholds has {len(thresholds)} values for {self.neurons} neurons")
        for index, threshold in enumerate(thresholds):
            if not 0 <= threshold <= self.greatest_sum + 1:
                raise ValueError(
                    f"threshold {index} is {threshold}; it lies in 0 (always) to "
                    f"{self.greatest_sum + 1} (never)"
                )

    @classmethod
    def with_weights(
        cls,
        weights: Integers,
        thresholds: Integers | None,
        pe: int,
        simd: int,
        output: LayerOutput,
        input_bits: int = 1,
        coding: InputCoding = InputCoding.BINARY,
    ) -> Self:
        """A layer with fixed parameters from a bit matrix (neurons, inputs)."""
        neurons, inputs = weights.shape
        packed = Field("weights", 1, "", lanes=inputs).pack(weights)
        return cls(
            inputs=inputs,
            neurons=neurons,
            pe=pe,
            simd=simd,
            output=output,
            input_bits=input_bits,
            coding=coding,
            parameters=ParameterSource.FIXED,
            weights=tuple(f"{row:0{-(-inputs // 4)}x}" for row in packed),
            thresholds=None if thresholds is None else tuple(map(int, thresholds)),
        )

    @property
    def weight_matrix(self) -> Integers:
        """Fixed weights as bits (neurons, inputs)."""
        rows = [int(row, 16) for row in self.weights or ()]
        return Field("weights", 1, "", lanes=self.inputs).unpack(rows)

    @property
    def folds(self) -> int:
        """Tokens of ``simd`` inputs in a vector."""
        return -(-self.inputs // self.simd)

    @property
    def groups(self) -> int:
        """Groups of ``pe`` neurons, computed one after the other."""
        return -(-self.neurons // self.pe)

    @property
    def input_lanes(self) -> int:
        """Bits of an input token."""
        return self.simd * self.input_bits

    @property
    def greatest_input(self) -> int:
        return greatest_input(self.input_bits, self.coding)

    @property
    def greatest_sum(self) -> int:
        """The greatest p."""
        return self.inputs * self.greatest_input

    @property
    def matches_bits(self) -> int:
        return unsigned_bits(self.greatest_sum)

    @property
    def threshold_bits(self) -> int:
        return unsigned_bits(self.greatest_sum + 1)

    @property
    def index_bits(self) -> int:
        return unsigned_bits(self.neurons - 1)

    @property
    def weight_stream(self) -> Stream:
        row = Field("bits", 1, "lane p·simd + s: input s of neuron p", lanes=self.pe * self.simd)
        return Stream("weights", "in", (row,), "folds of group 0, then of group 1, …")

    @property
    def threshold_stream(self) -> Stream:
        row = Field("values", self.threshold_bits, "least p that gives 1", lanes=self.pe)
        return Stream("thresholds", "in", (row,), "one token a group of neurons")

    @property
    def unused(self) -> frozenset[str]:
        return unless(
            coding=self.input_bits > 1,
            style=self.simd > 1 or (self.input_bits > 1 and self.coding is InputCoding.UNARY),
            weights=self.parameters is ParameterSource.FIXED,
            thresholds=self.parameters is ParameterSource.FIXED and self.output is LayerOutput.BITS,
        )

    @property
    def streams(self) -> tuple[Stream, ...]:
        doc = "inputs in order; 1 is +1, 0 is -1"
        if self.input_bits > 1:
            doc = f"inputs in order, {self.input_bits} bits each, the lowest first"
        bits = Field("bits", 1, doc, lanes=self.input_lanes)
        streams = [Stream("activations", "in", (bits,), "vectors, folds tokens each")]
        if self.parameters is not ParameterSource.FIXED:
            streams.append(self.weight_stream)
            if self.output is LayerOutput.BITS:
                streams.append(self.threshold_stream)
        meaning = "p; the bipolar sum is 2·p - N" if self.input_bits == 1 else "p"
        matches = Field("matches", self.matches_bits, meaning)
        fields: tuple[Field, ...]
        match self.output:
            case LayerOutput.BITS:
                fields = (Field("bits", 1, "neurons in order, then zeros", lanes=self.pe),)
            case LayerOutput.SCORES:
                doc = f"in order of neurons, then zeros: {meaning}"
                fields = (Field("matches", self.matches_bits, doc, lanes=self.pe),)
            case LayerOutput.CLASS:
                fields = (Field("index", self.index_bits, "the winning neuron"), matches)
        return (*streams, Stream("result", "out", fields, f"{self.output} of every vector"))

    @property
    def contract(self) -> Contract:
        steps = self.folds * self.groups
        consumes = {"activations": self.folds}
        if self.parameters is ParameterSource.STREAMED:
            consumes["weights"] = steps
            if self.output is LayerOutput.BITS:
                consumes["thresholds"] = self.groups
        by_class = self.output is LayerOutput.CLASS
        return Contract(
            "vector",
            consumes,
            {"result": 1 if by_class else self.groups},
            latency=steps + (3 if by_class else 2),
            interval=steps,
            room={"activations": self.taken_in(steps + 3 if by_class else self.folds + 2)},
        )

    def taken_in(self, steps: int) -> int:
        """Tokens of activations: those of a vector come in the steps of its first group."""
        vectors, left = divmod(steps, self.folds * self.groups)
        return vectors * self.folds + min(left, self.folds)

    @property
    def network(self) -> AdderNetwork:
        """What adds the inputs of a token, inverted where the weight is -1."""
        return summing_network(self.simd, self.input_bits, self.coding, self.style)

    @property
    def inventory(self) -> Inventory:
        padding = (self.folds * self.simd - self.inputs) * self.input_bits
        agreement = Inventory(xors=self.input_lanes, gates=padding)
        buffer = fold_buffer(self.input_lanes, self.folds, self.groups)
        return self.sums_inventory(agreement) + buffer + self._control + self._parameters

    def sums_inventory(self, agreement: Inventory) -> Inventory:
        """Counts, sums and results; ``agreement`` is what gives a neuron's agreeing bits."""
        count_bits = (self.simd * self.greatest_input).bit_length()
        count = agreement.then(self.network.inventory)
        # the hardware does not rely on a sum of one fold only
        total = running_sum(count_bits, IntegerFormat(bits=self.matches_bits), addends=2)
        lanes = self.pe * (count + register(count_bits) + total.then(self._decision))
        return lanes + self._result

    @property
    def _decision(self) -> Inventory:
        by_threshold = self.output is LayerOutput.BITS
        return comparator(self.threshold_bits) if by_threshold else Inventory()

    @property
    def _control(self) -> Inventory:
        """Counters of the steps; three stages, each with its flags and its group."""
        group_bits = index_bits(self.groups)
        streamed = self.parameters is ParameterSource.STREAMED
        position = Inventory() if streamed else counter(self.folds * self.groups)
        addressed = self.output is LayerOutput.BITS and not streamed
        stages = register(4 + group_bits * (self.group_shown + (self.group_shown or addressed)))
        return counter(self.folds) + counter(self.groups) + position + stages + Inventory(gates=8)

    @property
    def group_shown(self) -> bool:
        """Whether a result depends on the number of its group."""
        return self.output is LayerOutput.CLASS or self.neurons % self.pe > 0

    @property
    def _parameters(self) -> Inventory:
        threshold_bits = self.pe * self.threshold_bits if self.output is LayerOutput.BITS else 0
        if self.parameters is ParameterSource.STREAMED:
            return register(self.pe * self.simd + 2 * threshold_bits)
        loadable = self.parameters is ParameterSource.LOADED
        steps = self.folds * self.groups
        rows = parameter_memory(self.pe * self.simd, steps, loadable)
        if threshold_bits:
            rows += parameter_memory(threshold_bits, self.groups, loadable)
        return rows

    @property
    def _result(self) -> Inventory:
        if self.output is LayerOutput.CLASS:
            winner = running_argmax(self.pe, self.groups, self.matches_bits, self.neurons)
            return winner + stream_output(index_bits(self.neurons) + self.matches_bits)
        bits = self.pe * (1 if self.output is LayerOutput.BITS else self.matches_bits)
        padding = Inventory(gates=-self.neurons % self.pe * (bits // self.pe))
        return stream_output(bits) + padding

    def parameter_tokens(self, weights: Integers, thresholds: Integers | None) -> Traffic:
        """The tokens that carry these parameters, in the order the layer reads them.

        ``weights`` are bits (neurons, inputs), ``thresholds`` integers (neurons,). Padding beyond
        the last input and neuron is ignored by the layer; here it is zero.
        """
        padded = np.zeros((self.groups * self.pe, self.folds * self.simd), np.int64)
        padded[: self.neurons, : self.inputs] = weights
        tiles = padded.reshape(self.groups, self.pe, self.folds, self.simd).swapaxes(1, 2)
        traffic: dict[str, Tokens] = {"weights": {"bits": tiles.reshape(-1, self.pe * self.simd)}}
        if thresholds is not None:
            rows = to_tokens(np.asarray(thresholds)[np.newaxis], self.pe)
            traffic["thresholds"] = {"values": rows}
        return traffic

    def model(self) -> BnnLayerModel:
        return BnnLayerModel(self)
