"""What learning keeps of axons and neurons, and what it does to synapses, by either rule.

Each quotes the macro that defines a single update: :mod:`neuroloom.golden.learning.stdp` and
:mod:`neuroloom.golden.learning.calcium_synapse`.
"""

from abc import ABC, abstractmethod

import numpy as np

from neuroloom.golden.formats import Int64
from neuroloom.golden.learning.calcium_synapse import CalciumSynapseSpec, SynapseEvent
from neuroloom.golden.learning.stdp import StdpSpec
from neuroloom.golden.learning.stdp_options import StdpEvent
from neuroloom.golden.ports import Integers


class LearningRule(ABC):
    """``axons`` (axons,) and ``neurons`` (neurons,) are kept, all zero after reset."""

    one_by_one: bool
    """Whether an event's update depends on the membranes, and so on each event before it."""

    def __init__(self, axons: int, neurons: int) -> None:
        self.axons: Int64 = np.zeros(axons, np.int64)
        self.neurons: Int64 = np.zeros(neurons, np.int64)

    def clear(self) -> None:
        self.axons[:] = 0
        self.neurons[:] = 0

    @abstractmethod
    def events(self, axons: Integers, rows: Int64, membranes: Int64) -> Int64:
        """The rows (events, neurons) after events of different ``axons`` (events,)."""

    @abstractmethod
    def tick(self, matrix: Int64, fired: Integers) -> None:
        """A tick ends in which the neurons ``fired``; ``matrix`` (axons, neurons) is updated."""

    @abstractmethod
    def drift(self, matrix: Int64) -> None:
        """All synapses drift."""


class PairRule(LearningRule):
    """An event is a presynaptic spike of its row, a spike a postsynaptic one of its column, and
    then the tick ends for all traces.
    """

    one_by_one = False

    def __init__(self, spec: StdpSpec, axons: int, neurons: int) -> None:
        super().__init__(axons, neurons)
        self._model = spec.model()

    def events(self, axons: Integers, rows: Int64, membranes: Int64) -> Int64:
        rows, _, _ = self._updated(StdpEvent.PRE, rows, 0, self.neurons)
        _, self.axons[axons], _ = self._updated(StdpEvent.PRE, 0, self.axons[axons], 0)
        return rows

    def tick(self, matrix: Int64, fired: Integers) -> None:
        column = self.axons[:, np.newaxis]
        matrix[:, fired], _, _ = self._updated(StdpEvent.POST, matrix[:, fired], column, 0)
        _, _, self.neurons[fired] = self._updated(StdpEvent.POST, 0, 0, self.neurons[fired])
        _, self.axons, _ = self._updated(StdpEvent.TICK, 0, self.axons, 0)
        _, _, self.neurons = self._updated(StdpEvent.TICK, 0, 0, self.neurons)

    def drift(self, matrix: Int64) -> None:
        """Synapses of this rule stay as they are."""

    def _updated(
        self, kind: StdpEvent, weight: Int64 | int, pre: Int64 | int, post: Int64 | int
    ) -> tuple[Int64, Int64, Int64]:
        """Weight and traces after one event of all elements."""
        columns = np.broadcast_arrays(np.int64(kind), weight, pre, post)
        names = ("kind", "weight", "pre_trace", "post_trace")
        after = self._model.run({"event": dict(zip(names, columns, strict=True))})["update"]
        weight, pre, post = (np.asarray(after[name], np.int64) for name in names[1:])
        return weight, pre, post


class CalciumRule(LearningRule):
    """An event is a presynaptic spike that finds the membranes as they were before it. A spike
    raises calcium, then the tick leaks it.
    """

    one_by_one = True

    def __init__(self, spec: CalciumSynapseSpec, axons: int, neurons: int) -> None:
        super().__init__(axons, neurons)
        self._model = spec.model()

    def events(self, axons: Integers, rows: Int64, membranes: Int64) -> Int64:
        return self._updated(SynapseEvent.PRE, rows, membranes, self.neurons)[0]

    def tick(self, matrix: Int64, fired: Integers) -> None:
        calcium = self.neurons
        calcium[fired] = self._updated(SynapseEvent.POST, 0, 0, calcium[fired])[1]
        self.neurons = self._updated(SynapseEvent.TICK, 0, 0, calcium)[1]

    def drift(self, matrix: Int64) -> None:
        matrix[:] = self._updated(SynapseEvent.TICK, matrix, 0, 0)[0]

    def _updated(
        self, kind: SynapseEvent, weight: Int64 | int, membrane: Int64 | int, calcium: Int64 | int
    ) -> tuple[Int64, Int64]:
        columns = np.broadcast_arrays(np.int64(kind), weight, membrane, calcium)
        names = ("kind", "weight", "membrane", "calcium")
        after = self._model.run({"event": dict(zip(names, columns, strict=True))})["update"]
        return np.asarray(after["weight"], np.int64), np.asarray(after["calcium"], np.int64)
