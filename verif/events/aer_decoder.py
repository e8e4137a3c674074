"""Stimulus for ``aer_decoder``."""

import numpy as np

from neuroloom.golden.events.aer_decoder import AerDecoderSpec, LineForm
from neuroloom.golden.ports import Integers, Traffic
from neuroloom.verif.stimulus import Cover, Rng, Stimulus, pick

EVERY_ADDRESS = 64


class AerDecoderStimulus(Stimulus[AerDecoderSpec]):
    """Each line alone, all lines in one vector, the same line again, none; more addresses without
    a line than can be counted.
    """

    def corners(self) -> Traffic:
        spec = self.spec
        addresses = 1 << spec.width
        number = min(addresses, EVERY_ADDRESS)
        some = np.unique(np.linspace(0, addresses - 1, number).astype(np.int64))
        ends = np.array([0, spec.lines - 1, min(spec.lines, addresses - 1), 0])
        offered = np.concatenate([ends, some])
        every = np.arange(spec.lines)
        outside = np.full(min(1 << spec.outside_bits, 300) + 2, addresses - 1)
        single, again = offered[:, np.newaxis], every[:1].repeat(3)
        parts = [[0], every, [], single, again, outside, every, [], []]
        rows: list[Integers] = []
        for part in parts:
            array = np.asarray(part, np.int64)
            rows += list(array) if array.ndim == 2 else [array]
        return self._tokens(rows)

    def random(self, rng: Rng, operations: int) -> Traffic:
        greatest = (1 << self.spec.width) - 1
        address = rng.integers(0, greatest, operations, np.int64, endpoint=True)
        near = rng.integers(0, self.spec.lines, operations)
        tokens = {"address": np.where(rng.random(operations) < 0.7, near, address)}
        if self.spec.gathers:
            tokens["last"] = (rng.random(operations) < 0.3).astype(np.int64)
            tokens["empty"] = (rng.random(operations) < 0.1).astype(np.int64)
        return {"events": tokens}

    def uncontended(self, rng: Rng, operations: int) -> Traffic:
        """Vectors of one event."""
        events = {**self.random(rng, operations)["events"]}
        if self.spec.gathers:
            events["last"] = np.ones(operations, np.int64)
        return {"events": events}

    def _tokens(self, vectors: list[Integers]) -> Traffic:
        """The addresses of each vector; an ``empty`` token where there are none."""
        address = np.concatenate([vector if len(vector) else [0] for vector in vectors]).astype(
            np.int64
        )
        if not self.spec.gathers:
            return {"events": {"address": address}}
        lengths = np.array([max(1, len(vector)) for vector in vectors])
        ends = np.cumsum(lengths) - 1
        last, empty = np.zeros((2, len(address)), np.int64)
        last[ends] = 1
        empty[ends[[not len(vector) for vector in vectors]]] = 1
        return {"events": {"address": address, "last": last, "empty": empty}}

    def coverage(self) -> list[Cover]:
        spec = self.spec
        points = [
            Cover("the first line", lambda _, got: got["vector"]["lines"][:, 0].any()),
            Cover("the last line", lambda _, got: got["vector"]["lines"][:, -1].any()),
        ]
        if spec.gathers:
            points += [
                Cover("no line", lambda _, got: (~got["vector"]["lines"].any(axis=1)).any()),
                Cover("every line", lambda _, got: got["vector"]["lines"].all(axis=1).any()),
            ]
        if spec.can_be_outside:
            greatest = min((1 << spec.outside_bits) - 1, 300)
            points += [
                Cover("outside", lambda _, got: (got["vector"]["outside"] >= greatest).any()),
                Cover("none outside", lambda _, got: (got["vector"]["outside"] == 0).any()),
            ]
        return points

    @classmethod
    def random_spec(cls, rng: Rng) -> AerDecoderSpec:
        lines = int(rng.integers(1, 40))
        form = pick(rng, LineForm)
        least = max(1, (lines - 1).bit_length())
        return AerDecoderSpec(
            lines=lines,
            address_bits=pick(rng, [None, least, least + 1, least + 3]),
            form=form,
            outside_bits=int(rng.integers(1, 5)) if form is LineForm.VECTOR else 1,
        )
