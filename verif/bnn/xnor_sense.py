"""Stimulus for ``xnor_sense``: the loop is closed through a model of the array."""

import numpy as np

from neuroloom.golden.bnn.rram_tile import SensedTile
from neuroloom.golden.bnn.xnor_sense import XnorSenseSpec
from neuroloom.golden.devices.differential import ResistiveDevice, SenseAmplifier
from neuroloom.golden.devices.differential_array import DifferentialArray
from neuroloom.golden.ports import Integers, Tokens, Traffic
from neuroloom.verif.stimulus import Cover, Rng, Stimulus, random_tokens

POOR = ResistiveDevice(hrs_sigma=1.5, read_noise=0.2)
SLOW = SenseAmplifier(offset=0.2, dead_zone=0.4)


class XnorSenseStimulus(Stimulus[XnorSenseSpec]):
    """Reads of an array with stuck devices and slow amplifiers, of rows that are not there, too;
    for some requests any outputs, both low among them.
    """

    operations = 30

    def corners(self) -> Traffic:
        """The first and the last row, and one that is not there, with all activations alike; all
        outputs high, all low, and each side alone.
        """
        spec = self.spec
        rows = np.array([0, spec.rows - 1, (1 << spec.row_bits) - 1])
        row = np.repeat(rows, 2)
        activations = np.tile(np.repeat([[0], [1]], spec.columns, axis=1), (3, 1))
        directed = self._answered(self._requests(row, activations), np.random.default_rng(0))
        count = 8 * spec.columns_per_amplifier
        sides = np.arange(count) // (2 * spec.columns_per_amplifier)
        row = np.zeros(8, np.int64)
        activations = np.repeat(np.arange(8)[:, np.newaxis] % 2, spec.columns, axis=1)
        sensed = {
            side: np.repeat((sides >> bit & 1)[:, np.newaxis], spec.amplifiers, axis=1)
            for bit, side in enumerate(("left", "right"))
        }
        requests = self._requests(row, activations)
        return {
            "request": {
                name: np.concatenate([directed["request"][name], requests[name]])
                for name in requests
            },
            "sensed": {
                name: np.concatenate([directed["sensed"][name], sensed[name]]) for name in sensed
            },
        }

    def random(self, rng: Rng, operations: int) -> Traffic:
        requests = random_tokens(self.spec.input_streams[0], rng, operations)
        traffic = self._answered(requests, rng)
        steps = self.spec.columns_per_amplifier
        anything = random_tokens(self.spec.input_streams[1], rng, operations * steps)
        anywhere = np.repeat(rng.random((operations, 1)) < 0.3, steps, axis=0)
        sensed = {
            side: np.where(anywhere, anything[side], values)
            for side, values in traffic["sensed"].items()
        }
        return {"request": requests, "sensed": sensed}

    def _requests(self, row: Integers, activations: Integers) -> Tokens:
        requests = {"row": row, "activations": activations}
        if self.spec.tag_bits:
            requests["tag"] = np.arange(len(row)) * 5 % (1 << self.spec.tag_bits)
        return requests

    def _answered(self, requests: Tokens, rng: Rng) -> Traffic:
        spec = self.spec
        stuck = rng.choice([0, 1, 2], (spec.rows, spec.columns, 2), p=[0.9, 0.05, 0.05])
        array = DifferentialArray(
            spec.rows,
            spec.columns,
            POOR,
            SLOW,
            spec.columns_per_amplifier,
            stuck=stuck,
            seed=int(rng.integers(1 << 32)),
        )
        array.program(rng.integers(0, 2, (spec.rows, spec.columns)))
        return SensedTile(spec, array).traffic(requests)

    def coverage(self) -> list[Cover]:
        rows, there = self.spec.rows, 1 << self.spec.row_bits
        points = [
            Cover("every column agrees", lambda _, got: got["word"]["bits"].any(axis=0).all()),
            Cover("every column differs", lambda _, got: self._differs(got).any(axis=0).all()),
            Cover("all unresolved", lambda _, got: got["word"]["unresolved"].all(axis=1).any()),
            Cover("both high", lambda sent, _: self._both(sent, 1).any()),
            Cover("both low", lambda sent, _: self._both(sent, 0).any()),
            Cover("the last row", lambda sent, _: (sent["request"]["row"] == rows - 1).any()),
        ]
        if rows < there:
            points.append(
                Cover("no such row", lambda sent, _: (sent["request"]["row"] >= rows).any())
            )
        return points

    def _differs(self, got: Traffic) -> Integers:
        return np.asarray((got["word"]["bits"] == 0) & (got["word"]["unresolved"] == 0))

    def _both(self, sent: Traffic, level: int) -> Integers:
        left, right = sent["sensed"]["left"], sent["sensed"]["right"]
        return np.asarray((left == level) & (right == level))

    @classmethod
    def random_spec(cls, rng: Rng) -> XnorSenseSpec:
        columns, synchronizer = int(rng.integers(1, 12)), int(rng.integers(0, 4))
        return XnorSenseSpec(
            rows=int(rng.integers(1, 10)),
            columns=columns,
            columns_per_amplifier=int(rng.integers(1, min(columns, 4) + 1)),
            precharge_cycles=int(rng.integers(1, 8)),
            evaluate_cycles=synchronizer + int(rng.integers(1, 4)),
            synchronizer=synchronizer,
            tag_bits=int(rng.choice([0, 0, 1, 3])),
        )
