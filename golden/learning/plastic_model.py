"""Golden model of the neuron core that learns."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from neuroloom.golden.formats import Int64
from neuroloom.golden.learning.plastic_rules import CalciumRule, LearningRule, PairRule
from neuroloom.golden.neurons.core_memories import CoreMemories
from neuroloom.golden.neurons.event_sums import EventSums
from neuroloom.golden.ports import Tokens, Traffic
from neuroloom.golden.spec import Model

if TYPE_CHECKING:
    from neuroloom.golden.learning.plastic_core import PlasticCoreSpec


class PlasticCoreModel(Model["PlasticCoreSpec"]):
    """Neurons do what those of ``neuron_core`` do, with weights as they are before each event.

    An event with ``learn`` then updates its row. An end with ``learn`` updates what the rule keeps,
    and with STDP the columns of neurons that fired. Without ``learn`` all of that stands still.
    An end with ``drift`` lets every synapse drift, after all else. An end with ``clear`` makes
    states zero after its spikes, and what the rule keeps. A token with ``read`` gives the row of
    its axon as it is then.

    After reset all of it is zero, and memories hold nothing: ValueError for events before a load
    has ended and before all synapses are written, and for an axon that is not there.
    """

    def __init__(self, spec: "PlasticCoreSpec") -> None:
        super().__init__(spec)
        self.reset()

    def reset(self) -> None:
        spec = self.spec
        self._memories = CoreMemories(spec.core)
        self._rule: LearningRule
        if spec.by_pairs:
            self._rule = PairRule(spec.stdp, spec.axons, spec.neurons)
        else:
            self._rule = CalciumRule(spec.calcium, spec.axons, spec.neurons)
        self._clear()

    def _clear(self) -> None:
        neurons = self.spec.neurons
        self._states = {f.name: np.zeros(neurons, np.int64) for f in self.spec.neuron.state}
        self._rule.clear()

    @property
    def weights(self) -> Int64:
        """Weights as they are now, (axons, neurons)."""
        return self._memories.weights

    @property
    def learned(self) -> tuple[Int64, Int64]:
        """Traces of axons and of neurons; with rule=calcium zeros, and the neurons' calcium."""
        return self._rule.axons.copy(), self._rule.neurons.copy()

    def run(self, traffic: Traffic) -> Traffic:
        spec = self.spec
        if "program" in traffic:
            self._memories.write(traffic["program"])
        names = [field.name for field in spec.input_streams[0].fields]
        events = traffic.get("events", dict.fromkeys(names, np.zeros(0, np.int64)))
        ends = np.flatnonzero(events["end"])
        if len(events["end"]) != (ends[-1] + 1 if len(ends) else 0):
            raise ValueError("events after the last end: a tick is not complete")
        spikes: list[Tokens] = []
        rows: list[Int64] = []
        if len(ends):
            self._memories.rows(np.arange(spec.axons))  # all must be there: any may be updated
            self._matrix = self._memories.weights
            for first, end in zip([0, *(ends[:-1] + 1)], ends, strict=True):
                tick = {
                    name: np.asarray(column)[first : end + 1] for name, column in events.items()
                }
                spikes.append(self._tick(tick, rows))
            self._memories.replace_weights(self._matrix)
        none = {field.name: np.zeros(0, np.int64) for field in spec.output_streams[0].fields}
        weights = np.concatenate([np.zeros((0, spec.banks), np.int64), *rows])
        return {
            "spikes": {
                name: np.concatenate([none[name], *(tick[name] for tick in spikes)])
                for name in none
            },
            "row": {"weights": weights},
        }

    def _tick(self, tokens: Tokens, rows: list[Int64]) -> Tokens:
        """The spikes of a tick; what is read is added to ``rows``."""
        spec, matrix, rule = self.spec, self._matrix, self._rule
        sums = EventSums(spec.neuron, self._states, self._memories.parameters)
        for run, learns, reads in self._runs(tokens):
            axons = tokens["axon"][run]
            if axons.max() >= spec.axons:
                raise ValueError(f"axon {axons.max()} is not there: there are {spec.axons}")
            weights = matrix[axons]
            if reads:
                rows.append(self._words(weights))
                continue
            if learns:
                matrix[axons] = rule.events(axons, weights, sums.states["membrane"])
            sums.add(weights, np.ones(weights.shape, bool))
        fired = sums.tick()
        self._states = sums.states
        end = {name: int(values[-1]) for name, values in tokens.items()}
        if end["learn"]:
            rule.tick(matrix, fired)
        if end.get("drift"):
            rule.drift(matrix)
        if end["clear"]:
            self._clear()
        last = np.zeros(len(fired) + 1, np.int64)
        last[-1] = 1
        return {"neuron": np.append(fired, 0), "end": last, "clear": end["clear"] * last}

    def _runs(self, tokens: Tokens) -> Iterator[tuple[slice, bool, bool]]:
        """Tokens before the end that go together, whether they learn, and whether they are read."""
        axons, learns, reads = (tokens[name][:-1].tolist() for name in ("axon", "learn", "read"))
        begin = 0
        seen: set[int] = set()
        for place, (axon, learn, read) in enumerate(zip(axons, learns, reads, strict=True)):
            same = (learn, read) == (learns[begin], reads[begin])
            again = learn and not read and (self._rule.one_by_one or axon in seen)
            if place > begin and (again or not same):
                yield slice(begin, place), bool(learns[begin]), bool(reads[begin])
                begin, seen = place, set()
            seen.add(axon)
        if axons:
            yield slice(begin, len(axons)), bool(learns[begin]), bool(reads[begin])

    def _words(self, weights: Int64) -> Int64:
        """Rows as words, group by group, with zeros behind the last neuron."""
        spec = self.spec
        lanes = np.zeros((len(weights), spec.groups * spec.banks), np.int64)
        lanes[:, : spec.neurons] = weights
        return lanes.reshape(-1, spec.banks)
