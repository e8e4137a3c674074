"""Golden model of the time-multiplexed neuron core."""

from typing import TYPE_CHECKING

import numpy as np

from neuroloom.golden.neurons.core_memories import CoreMemories
from neuroloom.golden.neurons.event_sums import EventSums
from neuroloom.golden.ports import Integers, Traffic
from neuroloom.golden.spec import Model

if TYPE_CHECKING:
    from neuroloom.golden.neurons.neuron_core import NeuronCoreSpec

CYCLES_LIMIT = (1 << 24) - 1
"""Greatest count of a tick's cycles."""


class NeuronCoreModel(Model["NeuronCoreSpec"]):
    """Every event adds the row of its axon to the membranes, in order; the end of a tick leaks.

    Each is an update of :func:`neuroloom.golden.neurons.lif_update.update`: of all neurons, or
    with compressed synapses of those in the groups of the row. Spikes come in the order of updates,
    neurons of one update in order. An end with ``clear`` makes all states zero after its spikes.
    A tick's cycles are the steps of its rows and of the sweep, its spikes and its end; they
    overrun when they are more than ``cycles_per_tick``.

    States are zero after reset, and memories hold nothing: ValueError for events before a load
    has ended, for an axon that is not there, and for a word that no load has written.
    """

    def __init__(self, spec: "NeuronCoreSpec") -> None:
        super().__init__(spec)
        self.reset()

    def reset(self) -> None:
        self._memories = CoreMemories(self.spec)
        self._clear()

    def _clear(self) -> None:
        neurons = self.spec.neurons
        self._states = {f.name: np.zeros(neurons, np.int64) for f in self.spec.neuron.state}

    @property
    def states(self) -> dict[str, Integers]:
        """Every field of the neurons' states, (neurons,)."""
        return {name: values.copy() for name, values in self._states.items()}

    def run(self, traffic: Traffic) -> Traffic:
        if "program" in traffic:
            self._memories.write(traffic["program"])
        empty = {"axon": np.zeros(0, np.int64), "end": np.zeros(0, np.int64)}
        events = traffic.get("events", empty)
        axons, ends = np.asarray(events["axon"], np.int64), np.asarray(events["end"])
        if len(ends) and not ends[-1]:
            raise ValueError("events after the last end: a tick is not complete")
        begin, ticks = 0, []
        for end in np.flatnonzero(ends).tolist():
            ticks.append(self._tick(axons[begin:end], bool(events["clear"][end])))
            begin = end + 1
        fields = self.spec.output_streams[0].fields
        none = {field.name: np.zeros(0, np.int64) for field in fields}
        return {
            "spikes": {
                name: np.concatenate([none[name], *(tick[name] for tick in ticks)]) for name in none
            }
        }

    def _tick(self, axons: Integers, clear: bool) -> dict[str, Integers]:
        """The tokens of a tick."""
        spec, memories = self.spec, self._memories
        rows = memories.rows(axons)
        sums = EventSums(spec.neuron, self._states, memories.parameters)
        fired = sums.add(rows.weights, rows.reached)
        fired.append(sums.tick())
        self._states = sums.states
        if clear:
            self._clear()
        neurons = np.concatenate(fired)
        last = len(neurons)
        cycles = int(rows.steps.sum()) + spec.groups + last + 1

        def at_end(value: int) -> Integers:
            return np.append(np.zeros(last, np.int64), value)

        tokens = {"neuron": np.append(neurons, 0), "end": at_end(1), "clear": at_end(int(clear))}
        if spec.compressed:
            tokens["cycles"] = at_end(min(cycles, CYCLES_LIMIT))
        if spec.cycles_per_tick:
            tokens["overrun"] = at_end(int(cycles > spec.cycles_per_tick))
        return tokens
