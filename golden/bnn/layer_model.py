"""Golden model of the binarized layer."""

from typing import TYPE_CHECKING

import numpy as np

from neuroloom.golden.bnn.coding import input_values
from neuroloom.golden.bnn.layer_options import LayerOutput, ParameterSource
from neuroloom.golden.ports import Integers, Traffic
from neuroloom.golden.spec import Model
from neuroloom.golden.streams.width_adapter import to_frames, to_tokens

if TYPE_CHECKING:
    from neuroloom.golden.bnn.layer import BnnLayerSpec


class BnnLayerModel(Model["BnnLayerSpec"]):
    """``p[m] = sum over n of a[n] XNOR w[m, n]`` for every neuron m, then what ``output`` says.

    The weight's bit meets every bit of the input: ``a[n] XNOR 0`` is the greatest input less a[n].

    - ``bits``: 1 where ``p[m] >= threshold[m]``.
    - ``scores``: p. - ``class``: the first m with the greatest p, and that p.
    """

    def __init__(self, spec: "BnnLayerSpec") -> None:
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
