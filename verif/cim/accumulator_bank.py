"""Stimulus for ``accumulator_bank``."""

from collections.abc import Callable

import numpy as np

from neuroloom.golden.cim.accumulator_bank import AccumulatorBankSpec, Command
from neuroloom.golden.formats import Overflow
from neuroloom.golden.ports import Field, Integers, Traffic
from neuroloom.verif.stimulus import Cover, Rng, Stimulus, joined, pick, random_values


class AccumulatorBankStimulus(Stimulus[AccumulatorBankSpec]):
    """Every word of every precision driven beyond both ends; commands and precisions at random."""

    operations = 300

    def corners(self) -> Traffic:
        spec = self.spec
        parts = []
        for precision, words in enumerate(spec.words):
            for index in range(words):
                parts.append(self._add_ends(precision, index))
            everywhere = np.arange(words)
            parts.append(self._tokens(Command.READ, precision, everywhere))
            parts.append(self._tokens(Command.CLEAR, precision, everywhere[:1]))
            parts.append(self._tokens(Command.READ, precision, everywhere))
            parts.append(self._tokens(Command.CLEAR_ALL, precision, everywhere[:1]))
        return joined(*parts)

    def _add_ends(self, precision: int, index: int) -> Traffic:
        """Steps up beyond the end of the range, then down beyond the other."""
        fmt = self._values.format
        span = self.spec.word_format(precision).maximum
        steps = min(20, span // max(1, fmt.maximum) + 2)
        values = [fmt.maximum] * steps + [fmt.minimum] * 2 * steps
        return self._tokens(Command.ADD, precision, np.full(len(values), index), np.array(values))

    def _tokens(
        self, command: Command, precision: int, index: Integers, values: Integers | None = None
    ) -> Traffic:
        shape = (len(index), self.spec.units)
        every = {
            "command": np.full(len(index), command),
            "precision": np.full(len(index), precision),
            "index": index,
            "values": np.broadcast_to(
                np.zeros((1, 1), np.int64) if values is None else values[:, np.newaxis], shape
            ),
        }
        names = [field.name for field in self.spec.input_streams[0].fields]
        return {"commands": {name: every[name] for name in names}}

    @property
    def _values(self) -> Field:
        return self.spec.input_streams[0].fields[-1]

    def random(self, rng: Rng, operations: int) -> Traffic:
        spec = self.spec
        # a precision stays for a while; what it leaves behind is seen by the next
        changes = rng.random(operations) < 0.1
        chosen = rng.integers(0, len(spec.words), operations)
        last = np.maximum.accumulate(np.where(changes, np.arange(operations), 0))
        precision = chosen[last]
        index = rng.integers(0, np.array(spec.words)[precision])
        odds = [0.75, 0.1, 0.1, 0.05]
        tokens = {
            "command": rng.choice(4, operations, p=odds),
            "precision": precision,
            "index": index,
            "values": random_values(self._values, rng, operations),
        }
        names = [field.name for field in spec.input_streams[0].fields]
        return {"commands": {name: tokens[name] for name in names}}

    def coverage(self) -> list[Cover]:
        points = [
            Cover(f"{command.name.lower()} came", self._held("command", command))
            for command in Command
        ]
        for precision in range(len(self.spec.words) if len(self.spec.words) > 1 else 0):
            points.append(Cover(f"precision {precision}", self._held("precision", precision)))
        return points

    def _held(self, field: str, value: int) -> Callable[[Traffic, Traffic], bool]:
        return lambda sent, _: bool((sent["commands"][field] == value).any())

    @classmethod
    def random_spec(cls, rng: Rng) -> AccumulatorBankSpec:
        precisions, signed = int(rng.integers(1, 4)), bool(rng.integers(2))
        widths = np.sort(rng.choice(np.arange(1 + signed, 10), precisions, replace=False))
        words = -np.sort(-rng.integers(1, 7, precisions))
        return AccumulatorBankSpec(
            units=int(rng.integers(1, 4)),
            words=tuple(int(word) for word in words),
            widths=tuple(int(width) for width in widths),
            value_bits=int(rng.integers(1 + signed, 11)),
            signed=signed,
            overflow=pick(rng, [Overflow.WRAP, Overflow.SATURATE]),
        )
