"""Stimulus for ``rram_layer``: the loop is closed through a model of the arrays."""

import numpy as np

from neuroloom.golden.arith.popcount import PopcountStyle
from neuroloom.golden.bnn.layer_options import LayerOutput
from neuroloom.golden.bnn.rram_layer import RramLayerSpec
from neuroloom.golden.bnn.rram_tile import SensedTile
from neuroloom.golden.devices.differential_array import DifferentialArray
from neuroloom.golden.ports import Integers, Traffic
from neuroloom.golden.streams.width_adapter import to_frames
from neuroloom.verif.bnn.layer import no_vectors, random_thresholds, vector_tokens
from neuroloom.verif.bnn.xnor_sense import POOR, SLOW
from neuroloom.verif.stimulus import Cover, Rng, Stimulus, pick


class RramLayerStimulus(Stimulus[RramLayerSpec]):
    """Random vectors against random weights in poor devices with slow amplifiers; thresholds close
    to where the counts lie.
    """

    operations = 12
    loads_in_flight = True

    def setup(self, rng: Rng) -> Traffic | None:
        if not self.spec.loaded:
            return None
        layer = self.spec.layer
        values = random_thresholds(rng, layer, layer.groups * layer.pe).reshape(-1, layer.pe)
        nothing = np.zeros((0, self.spec.sense.amplifiers), np.int64)
        return {
            **no_vectors(layer),
            "sensed": {"left": nothing, "right": nothing},
            "thresholds": {"values": values},
        }

    def corners(self) -> Traffic:
        inputs = self.spec.inputs
        vectors = np.array([np.zeros(inputs), np.ones(inputs), np.arange(inputs) % 2])
        return self._traffic(vectors.astype(np.int64), np.random.default_rng(0))

    def random(self, rng: Rng, operations: int) -> Traffic:
        return self._traffic(rng.integers(0, 2, (operations, self.spec.inputs)), rng)

    def _traffic(self, vectors: Integers, rng: Rng) -> Traffic:
        spec, sense = self.spec, self.spec.sense
        array = DifferentialArray(
            sense.rows, sense.columns, POOR, SLOW, seed=int(rng.integers(1 << 32))
        )
        array.program(spec.cells(rng.integers(0, 2, (spec.neurons, spec.inputs))))
        activations = {"bits": vector_tokens(vectors, spec.simd, rng)}
        requests = spec.lines.model().run({"activations": activations})["request"]
        sensed = SensedTile(sense, array).traffic(requests)["sensed"]
        return {"activations": activations, "sensed": sensed}

    def coverage(self) -> list[Cover]:
        spec = self.spec
        points = [Cover("every input was 0 and 1", self._inputs_toggled)]
        if spec.loaded:
            bits = "bits"
            points += [
                Cover("a neuron fired", lambda _, got: (got["result"][bits] == 1).any()),
                Cover("a neuron stayed silent", lambda _, got: (got["result"][bits] == 0).any()),
            ]
        return points

    def _inputs_toggled(self, sent: Traffic, _: Traffic) -> bool:
        vectors = to_frames(sent["activations"]["bits"], self.spec.inputs)
        return bool((vectors.min(axis=0) == 0).all() and (vectors.max(axis=0) == 1).all())

    @classmethod
    def random_spec(cls, rng: Rng) -> RramLayerSpec:
        inputs, neurons = int(rng.integers(1, 24)), int(rng.integers(1, 12))
        synchronizer = int(rng.integers(0, 3))
        return RramLayerSpec(
            inputs=inputs,
            neurons=neurons,
            pe=int(rng.integers(1, min(neurons, 4) + 1)),
            simd=int(rng.integers(1, inputs + 1)),
            output=pick(rng, LayerOutput),
            style=pick(rng, PopcountStyle),
            tile_rows=int(rng.integers(1, 9)),
            tile_columns=int(rng.integers(1, 9)),
            precharge_cycles=int(rng.integers(1, 6)),
            evaluate_cycles=synchronizer + int(rng.integers(1, 4)),
            synchronizer=synchronizer,
        )
