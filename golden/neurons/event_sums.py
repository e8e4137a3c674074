"""Many events added to many neurons, as if one update came after the other."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from neuroloom.golden.formats import Int64, Overflow
from neuroloom.golden.neurons.lif_options import Fire, LifOptions, Reset
from neuroloom.golden.neurons.lif_update import update
from neuroloom.golden.ports import Integers

Truths = NDArray[np.bool_]


class EventSums:
    """States of neurons with shared or own parameters.

    Neurons whose sums stay inside their range and, where inputs can fire, below their threshold
    take all events at once: nothing but the sum depends on them. The others go event by event.
    """

    def __init__(
        self, options: LifOptions, states: Mapping[str, Int64], parameters: Mapping[str, Int64]
    ) -> None:
        self.options = options
        self.states = {name: values.copy() for name, values in states.items()}
        self.parameters = parameters

    def add(self, weights: Integers, reached: Truths) -> list[Integers]:
        """Take events with ``weights`` (events, neurons) at the neurons ``reached`` by them.

        Returns the neurons that fire, in order, for each event in which any does.
        """
        if not len(weights):
            return []
        options = self.options
        name = "current" if options.current_bits else "membrane"
        fmt = options.current_format if options.current_bits else options.membrane_format
        addends = weights
        if options.refractory and not options.refractory_input and not options.current_bits:
            addends = np.where(self.states["refractory"] > 0, 0, weights)
        begin = self.states[name]
        sums = begin + np.cumsum(addends, axis=0, dtype=np.int64)
        high = np.full(len(begin), fmt.maximum)
        if options.fire is Fire.INPUT and options.reset is not Reset.WRAP:
            theta = self.states.get("adaptation", 0)
            high = np.minimum(high, self.parameters["threshold"] + theta - 1)
        low = fmt.minimum
        if fmt.overflow is Overflow.WRAP and options.fire is Fire.TICK:
            plain = np.ones(len(begin), bool)  # modulo its range the order does not matter
        else:
            plain = (sums.min(axis=0) >= low) & (np.maximum(sums.max(axis=0), begin) <= high)
        # those that are plain fit, or wrap
        self.states[name] = np.where(plain, fmt.fit(sums[-1]), begin)
        others = np.flatnonzero(~plain)
        if options.fire is Fire.TICK:  # nothing but the overflow happens on the way
            total = begin[others]
            for row in addends[:, others]:
                total = fmt.fit(total + row)
            self.states[name][others] = total
            return []
        return self._one_by_one(others, weights[:, others], reached[:, others])

    def tick(self) -> Integers:
        """The neurons that fire at the end of the tick."""
        neurons = np.arange(len(self.states["membrane"]))
        spikes = self._update(neurons, np.zeros(len(neurons), np.int64), tick=1)
        return np.flatnonzero(spikes)

    def _one_by_one(self, neurons: Integers, weights: Integers, reached: Truths) -> list[Integers]:
        fired = []
        for row, here in zip(weights, reached, strict=True):
            spikes = self._update(neurons[here], row[here], tick=0)
            if spikes.any():
                fired.append(neurons[here][spikes == 1])
        return fired

    def _update(self, neurons: Integers, inputs: Integers, tick: int) -> Integers:
        operands = {name: values[neurons] for name, values in self.states.items()}
        operands.update({name: values[neurons] for name, values in self.parameters.items()})
        operands.update(input=np.asarray(inputs, np.int64), tick=np.full(len(neurons), tick))
        after = update(self.options, operands)
        for name in self.states:
            self.states[name][neurons] = after[name]
        return after["spike"]
