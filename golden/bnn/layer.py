"""A fully connected binarized layer, folded over processing elements and SIMD lanes."""

from enum import StrEnum
from typing import ClassVar, Self

import numpy as np
from pydantic import Field as Parameter
from pydantic import model_validator

from neuroloom.golden.arith.popcount import PopcountStyle, counting_tree
from neuroloom.golden.arith.running_sum import running_sum
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
    """The number of matches p of every neuron."""
    CLASS = "class"
    """The neuron with most matches; the lowest index wins a tie."""


class BnnLayerSpec(Spec):
    """Parameters of ``bnn_layer``.

    ``weights`` holds one hexadecimal number a neuron, whose bit i is the weight of input i.
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
            if not 0 <= threshold <= self.inputs + 1:
                raise ValueError(
                    f"threshold {index} is {threshold}; it lies in 0 (always) to "
                    f"{self.inputs + 1} (never)"
                )

    @classmethod
    def with_weights(
        cls, weights: Integers, thresholds: Integers | None, pe: int, simd: int, output: LayerOutput
    ) -> Self:
        """A layer with fixed parameters from a bit matrix (neurons, inputs)."""
        neurons, inputs = weights.shape
        packed = Field("weights", 1, "", lanes=inputs).pack(weights)
        return cls(
            inputs=inputs, neurons=neurons, pe=pe, simd=simd, output=output,
            parameters=ParameterSource.FIXED,
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
    def matches_bits(self) -> int:
        return unsigned_bits(self.inputs)

    @property
    def threshold_bits(self) -> int:
        return unsigned_bits(self.inputs + 1)

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
        bits = Field("bits", 1, "inputs in order; 1 is +1, 0 is -1", lanes=self.simd)
        streams = [Stream("activations", "in", (bits,), "vectors, folds tokens each")]
        if self.parameters is not ParameterSource.FIXED:
            streams.append(self.weight_stream)
            if self.output is LayerOutput.BITS:
                streams.append(self.threshold_stream)
        matches = Field("matches", self.matches_bits, "p; the bipolar sum is 2·p - N")
        fields: tuple[Field, ...]
        match self.output:
            case LayerOutput.BITS:
                fields = (Field("bits", 1, "neurons in order, then zeros", lanes=self.pe),)
            case LayerOutput.SCORES:
                doc = "p of neurons in order, then zeros; the bipolar sum is 2·p - N"
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
    def inventory(self) -> Inventory:
        count_bits = self.simd.bit_length()
        agreement = Inventory(xors=self.simd, gates=self.folds * self.simd - self.inputs)
        count = agreement.then(counting_tree(self.simd, self.style).inventory)
        # the hardware does not rely on a sum of one fold only
        total = running_sum(count_bits, IntegerFormat(bits=self.matches_bits), addends=2)
        lanes = self.pe * (count + register(count_bits) + total.then(self._decision))
        buffer = fold_buffer(self.simd, self.folds, self.groups)
        return lanes + buffer + self._control + self._parameters + self._result

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
        shown = self.output is LayerOutput.CLASS or self.neurons % self.pe > 0
        addressed = self.output is LayerOutput.BITS and not streamed
        stages = register(4 + group_bits * (shown + (shown or addressed)))
        return counter(self.folds) + counter(self.groups) + position + stages + Inventory(gates=8)

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
        vectors = to_frames(tokens.reshape(-1, spec.simd), spec.inputs)
        if spec.parameters is ParameterSource.STREAMED:
            return self._run_streamed(vectors, traffic)
        if "weights" in traffic and len(loads := self._read_weights(traffic)):
            self._weights = loads[-1]
        if "thresholds" in traffic and len(loads := self._read_thresholds(traffic)):
            self._thresholds = loads[-1]
        if not len(vectors):
            return self._result(np.zeros((0, spec.neurons), np.int64), self._thresholds)
        if self._weights is None:
            raise ValueError("the layer has no weights yet: load them before the first vector")
        return self._result(count_matches(vectors, self._weights), self._thresholds)

    def _run_streamed(self, vectors: Integers, traffic: Traffic) -> Traffic:
        empty = np.zeros((0, self.spec.neurons), np.int64)
        if not len(vectors):
            return self._result(empty, None)
        rows = zip(vectors, self._read_weights(traffic), strict=True)
        matches = [count_matches(vector[np.newaxis], weights) for vector, weights in rows]
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
                assert thresholds is not None
                fired = (matches >= thresholds).astype(np.int64)
                return {"result": {"bits": to_tokens(fired, spec.pe)}}
            case LayerOutput.SCORES:
                return {"result": {"matches": to_tokens(matches, spec.pe)}}
            case LayerOutput.CLASS:
                winner = matches.argmax(axis=1)
                best = matches.max(axis=1, initial=0)
                return {"result": {"index": winner, "matches": best}}


def count_matches(vectors: Integers, weights: Integers) -> Integers:
    """p of every vector and neuron: bits (batch, N) and (M, N) to integers (batch, M).

    A product of ±1 matrices is 2·p - N. Single precision holds it exactly: N <= 65,536 < 2**24.
    """
    signs = 2 * vectors.astype(np.float32) - 1
    products = signs @ (2 * weights.astype(np.float32) - 1).T
    matches: Integers = (products.astype(np.int64) + vectors.shape[1]) // 2
    return matches
