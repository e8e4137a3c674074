"""A fully connected binarized layer, folded over processing elements and SIMD lanes."""

from enum import StrEnum
from typing import ClassVar, Self

import numpy as np
from pydantic import Field as Parameter
from pydantic import model_validator

from neuroloom.golden.arith.adder_networks import AdderNetwork
from neuroloom.golden.arith.popcount import PopcountStyle
from neuroloom.golden.arith.running_sum import running_sum
from neuroloom.golden.bnn.coding import (
    InputCoding,
    greatest_input,
    input_values,
    summing_network,
)
from neuroloom.golden.bnn.parts import fold_buffer, parameter_memory, running_argmax
from neuroloom.golden.contract import Contract
from neuroloom.golden.events.width_adapter import to_frames, to_tokens
from neuroloom.golden.formats import IntegerFormat, unsigned_bits
from neuroloom.golden.inventory import (
    Inventory,
    comparator,
    counter,
    index_bits,
    register,
    stream_output,
)
from neuroloom.golden.ports import Field, Integers, Stream, Tokens, Traffic
from neuroloom.golden.spec import Model, Spec

MAX_ROW_BITS = 1 << 15
"""Weights read at once: half of what the hardware description can hold in one signal."""
MAX_LANES = 4096
"""Bits of an input token."""
MAX_BINARY_BITS = 16
"""Bits of an input that is an integer."""


class ParameterSource(StrEnum):
    """Where the layer's weights and thresholds come from."""

    FIXED = "fixed"
    """Given in the Spec: block RAM with contents, read only."""
    LOADED = "loaded"
    """Written into block RAM through streams; vectors wait for the first complete load."""
    STREAMED = "streamed"
    """Read from streams fold by fold, nothing is stored."""


class LayerOutput(StrEnum):
    """What the layer gives."""

    BITS = "bits"
    """One activation bit a neuron: p >= threshold."""
    SCORES = "scores"
    """The sum p of every neuron."""
    CLASS = "class"
    """The neuron with the greatest p; the lowest index wins a tie."""


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
                value = int(row, 16)
            except ValueError:
                raise ValueError(f"weights row {index} is not hexadecimal: {row[:20]!r}") from None
            if not 0 <= value < 1 << self.inputs:
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
        cls, weights: Integers, thresholds: Integers | None, pe: int, simd: int,
        output: LayerOutput, input_bits: int = 1, coding: InputCoding = InputCoding.BINARY,
    ) -> Self:  # fmt: skip
        """A layer with fixed parameters from a bit matrix (neurons, inputs)."""
        neurons, inputs = weights.shape
        packed = Field("weights", 1, "", lanes=inputs).pack(weights)
        return cls(
            inputs=inputs, neurons=neurons, pe=pe, simd=simd, output=output,
            input_bits=input_bits, coding=coding, parameters=ParameterSource.FIXED,
            weights=tuple(f"{row:0{-(-inputs // 4)}x}" for row in packed),
            thresholds=None if thresholds is None else tuple(int(each) for each in thresholds),
        )  # fmt: skip

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
            "vector", consumes, {"result": 1 if by_class else self.groups},
            latency=steps + (3 if by_class else 2), interval=steps,
        )  # fmt: skip

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

    def model(self) -> "BnnLayerModel":
        return BnnLayerModel(self)


class BnnLayerModel(Model[BnnLayerSpec]):
    """``p[m] = sum over n of a[n] XNOR w[m, n]`` for every neuron m, then what ``output`` says.

    The weight's bit meets every bit of the input: ``a[n] XNOR 0`` is the greatest input less a[n].

    - ``bits``: 1 where ``p[m] >= threshold[m]``.
    - ``scores``: p. - ``class``: the first m with the greatest p, and that p.
    """

    def __init__(self, spec: BnnLayerSpec) -> None:
        super().__init__(spec)
        self.reset()

    def reset(self) -> None:
        spec = self.spec
        self._weights = spec.weight_matrix if spec.weights is not None else None
        self._thresholds = np.array(spec.thresholds) if spec.thresholds is not None else None

    def run(self, traffic: Traffic) -> Traffic:
        spec = self.spec
        tokens = self.operations("activations", np.asarray(traffic["activations"]["bits"]))
        codes = to_frames(tokens.reshape(-1, spec.input_lanes), spec.inputs * spec.input_bits)
        vectors = input_values(codes, spec.input_bits, spec.coding)
        if spec.parameters is ParameterSource.STREAMED:
            return self._run_streamed(vectors, traffic)
        if "weights" in traffic and len(loads := self._read_weights(traffic)):
            self._weights = loads[-1]
        self.load_thresholds(traffic)
        if not len(vectors):
            return self.results(np.zeros((0, spec.neurons), np.int64))
        if self._weights is None:
            raise ValueError("the layer has no weights yet: load them before the first vector")
        matches = count_matches(vectors, self._weights, spec.greatest_input)
        return self.results(matches)

    def load_thresholds(self, traffic: Traffic) -> None:
        """The last load of thresholds in ``traffic``, where there is one, is kept."""
        if "thresholds" in traffic and len(loads := self._read_thresholds(traffic)):
            self._thresholds = loads[-1]

    def results(self, matches: Integers) -> Traffic:
        """The tokens of ``result`` for p (vectors, neurons). ValueError without thresholds."""
        return self._result(matches, self._thresholds)

    def _run_streamed(self, vectors: Integers, traffic: Traffic) -> Traffic:
        empty = np.zeros((0, self.spec.neurons), np.int64)
        if not len(vectors):
            return self._result(empty, None)
        rows = zip(vectors, self._read_weights(traffic), strict=True)
        greatest = self.spec.greatest_input
        matches = [count_matches(vector[np.newaxis], weights, greatest) for vector, weights in rows]
        thresholds = self._read_thresholds(traffic) if "thresholds" in traffic else None
        return self._result(np.concatenate([empty, *matches]), thresholds)

    def _read_weights(self, traffic: Traffic) -> Integers:
        """The weights of each load, or of each vector: (loads, neurons, inputs)."""
        spec = self.spec
        tiles = np.asarray(traffic["weights"]["bits"]).reshape(
            -1, spec.groups, spec.folds, spec.pe, spec.simd
        )
        rows = tiles.swapaxes(2, 3).reshape(
            len(tiles), spec.groups * spec.pe, spec.folds * spec.simd
        )
        return rows[:, : spec.neurons, : spec.inputs]

    def _read_thresholds(self, traffic: Traffic) -> Integers:
        """The thresholds of each load, or of each vector: (loads, neurons)."""
        return to_frames(np.asarray(traffic["thresholds"]["values"]), self.spec.neurons)

    def _result(self, matches: Integers, thresholds: Integers | None) -> Traffic:
        spec = self.spec
        match spec.output:
            case LayerOutput.BITS:
                if not len(matches):
                    return {"result": {"bits": np.zeros((0, spec.pe), np.int64)}}
                if thresholds is None:
                    raise ValueError("the layer has no thresholds yet: load them first")
                fired = (matches >= thresholds).astype(np.int64)
                return {"result": {"bits": to_tokens(fired, spec.pe)}}
            case LayerOutput.SCORES:
                return {"result": {"matches": to_tokens(matches, spec.pe)}}
            case LayerOutput.CLASS:
                winner = matches.argmax(axis=1)
                best = matches.max(axis=1, initial=0)
                return {"result": {"index": winner, "matches": best}}


def count_matches(vectors: Integers, weights: Integers, greatest: int = 1) -> Integers:
    """p of every vector and neuron: numbers 0 … ``greatest`` (batch, N) and bits (M, N) to
    integers (batch, M).

    A product of 2·a - greatest and ±1 is 2·p - greatest·N. Single precision holds that exactly
    below 2**24, and N is at most 65,536; double precision holds it for any numbers.
    """
    precision = np.float32 if vectors.shape[1] * greatest < 1 << 24 else np.float64
    signs = 2 * vectors.astype(precision) - greatest
    products = np.matmul(signs, (2 * weights.astype(precision) - 1).T)
    matches: Integers = (products.astype(np.int64) + greatest * vectors.shape[1]) // 2
    return matches
