"""What the memories of a neuron core hold, and the tokens that write them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from neuroloom.golden.formats import Int64
from neuroloom.golden.neurons.event_sums import Truths
from neuroloom.golden.ports import Integers, Tokens

if TYPE_CHECKING:
    from neuroloom.golden.neurons.neuron_core import NeuronCoreSpec

SYNAPSES, PARAMETERS, ROWS = range(3)
"""Targets of a token."""


@dataclass(frozen=True)
class Rows:
    """The rows of some events, in order."""

    weights: Integers
    """(events, neurons)."""
    reached: Truths
    """Whether a neuron is in a group of the row, (events, neurons)."""
    steps: Integers
    """Cycles of each, (events,)."""


def load(
    spec: "NeuronCoreSpec", weights: Integers, thresholds: Integers | int, leaks: Integers | int
) -> Tokens:
    """The tokens that write all memories.

    Parameters: ``weights`` (axons, neurons), with binary weights +1 and -1; ``thresholds`` and
    ``leaks`` (neurons,) or one for all; what the neuron does not have is ignored. Compressed rows
    hold the groups with a weight other than zero. ValueError when those are more than ``entries``.
    """
    lanes = np.zeros((spec.axons, spec.groups * spec.banks), np.int64)
    lanes[:, : spec.neurons] = (weights > 0) if spec.binary_weights else weights
    words = lanes.reshape(spec.axons, spec.groups, spec.banks)
    parts: list[tuple[int, dict[str, Integers]]]
    if spec.compressed:
        parts = _compressed(spec, words)
    else:
        dense = words.swapaxes(0, 1).reshape(-1, spec.banks)
        parts = [(SYNAPSES, {"weights": dense})]
    if spec.neuron.parameters:
        parameters = {"threshold": thresholds, "leak": leaks}
        fields: dict[str, Integers] = {}
        for field in spec.neuron.parameters:
            values = np.zeros(spec.groups * spec.banks, np.int64)
            values[: spec.neurons] = parameters[field.name]
            fields[field.name] = values.reshape(-1, spec.banks) if spec.per_neuron else values[:1]
        parts.append((PARAMETERS, fields))
    return _tokens(spec, parts)


def _compressed(spec: "NeuronCoreSpec", words: Integers) -> list[tuple[int, dict[str, Integers]]]:
    axon, group = np.nonzero((words != 0).any(axis=2))
    if len(axon) > spec.entries:
        raise ValueError(f"the rows have {len(axon)} groups: give entries of that many or more")
    length = np.bincount(axon, minlength=spec.axons)
    first = np.minimum(np.cumsum(length) - length, spec.entries - 1)  # of empty rows: any
    return [
        (SYNAPSES, {"weights": words[axon, group], "group": group}),
        (ROWS, {"first": first, "length": length}),
    ]


def _tokens(spec: "NeuronCoreSpec", parts: list[tuple[int, dict[str, Integers]]]) -> Tokens:
    """One after the other, addresses from 0; fields of other targets are zero."""
    counts = [len(next(iter(fields.values()))) for _, fields in parts]
    total = sum(counts)
    tokens = {field.name: np.zeros(field.shape(total), np.int64) for field in spec.program_fields}
    begin = 0
    for (target, fields), count in zip(parts, counts, strict=True):
        here = slice(begin, begin + count)
        tokens["target"][here] = target
        tokens["address"][here] = np.arange(count)
        for name, values in fields.items():
            tokens[name][here] = values
        begin += count
    tokens["last"][-1] = 1
    return tokens


class CoreMemories:
    """The contents, and which words were written."""

    def __init__(self, spec: "NeuronCoreSpec") -> None:
        self.spec = spec
        self._complete = False
        narrow = np.int8 if spec.weight_bits <= 8 else np.int32
        self._weights = np.zeros((spec.words, spec.banks), narrow)
        self._weights_written = np.zeros(spec.words, bool)
        self._group = np.zeros(spec.words, np.int64)
        rows = spec.groups if spec.per_neuron else 1
        lanes = spec.banks if spec.per_neuron else 1
        self._parameters = {
            field.name: np.zeros((rows, lanes), np.int64) for field in spec.neuron.parameters
        }
        self._parameters_written = np.zeros(rows, bool)
        self._first = np.zeros(spec.axons, np.int64)
        self._length = np.full(spec.axons, -1, np.int64)

    def write(self, tokens: Tokens) -> None:
        """Take the tokens of whole loads."""
        last = np.asarray(tokens["last"])
        if not len(last):
            return
        if not last[-1]:
            raise ValueError("tokens after the last one of a load leave a part of a load over")
        self._complete = True
        target, address = np.asarray(tokens["target"]), np.asarray(tokens["address"])
        here = target == SYNAPSES
        self._weights[address[here]] = tokens["weights"][here]
        self._weights_written[address[here]] = True
        if self.spec.compressed:
            self._group[address[here]] = tokens["group"][here]
            rows = target == ROWS
            self._first[address[rows]] = tokens["first"][rows]
            self._length[address[rows]] = tokens["length"][rows]
        here = target == PARAMETERS
        for name, memory in self._parameters.items():
            memory[address[here]] = np.asarray(tokens[name])[here].reshape(-1, memory.shape[1])
        self._parameters_written[address[here]] = True
        self._decode()

    def _decode(self) -> None:
        """Rows as a matrix, parameters a neuron each."""
        spec = self.spec
        values = 2 * self._weights - 1 if spec.binary_weights else self._weights
        matrix = np.zeros((spec.axons, spec.groups, spec.banks), values.dtype)
        reached: Truths = np.broadcast_to(np.ones(1, bool), (spec.axons, spec.neurons))
        if spec.compressed:
            length = np.maximum(self._length, 0)
            axon = np.repeat(np.arange(spec.axons), length)
            offset = np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length)
            word = np.repeat(self._first, length) + offset
            if word.size and word.max() >= spec.entries:
                raise ValueError(f"a row reaches beyond the {spec.entries} entries")
            group = self._group[word]
            if ((np.diff(group) <= 0) & (np.diff(axon) == 0)).any():
                raise ValueError("the entries of a row go in order of their groups, each once")
            if group.size and group.max() >= spec.groups:
                raise ValueError(f"group {group.max()} is not there: there are {spec.groups}")
            groups = np.zeros((spec.axons, spec.groups), bool)
            groups[axon, group] = True
            reached = np.repeat(groups, spec.banks, axis=1)[:, : spec.neurons]
            matrix[axon, group] = values[word]
            written = np.ones(spec.axons, bool)
            np.logical_and.at(written, axon, self._weights_written[word])
            self._usable = written & (self._length >= 0)
            self._steps = np.maximum(length, 1)
        else:
            matrix[:] = values.reshape(spec.groups, spec.axons, -1).swapaxes(0, 1)
            every = self._weights_written.reshape(spec.groups, spec.axons).all(axis=0)
            self._usable = np.asarray(every, bool)
            self._steps = np.full(spec.axons, spec.groups)
        self._matrix = matrix.reshape(spec.axons, -1)[:, : spec.neurons]
        self._reached = reached

    @property
    def weights(self) -> Int64:
        """Weights of dense synapses, (axons, neurons); ValueError before a load has ended."""
        if not self._complete:
            raise ValueError("the core has no weights yet: load them before the first event")
        return self._matrix.astype(np.int64)

    def replace_weights(self, weights: Int64) -> None:
        """Take ``weights`` (axons, neurons) for those of dense synapses that were written."""
        spec = self.spec
        lanes = np.zeros((spec.axons, spec.groups * spec.banks), self._weights.dtype)
        lanes[:, : spec.neurons] = weights
        words = lanes.reshape(spec.axons, spec.groups, spec.banks)
        self._weights = words.swapaxes(0, 1).reshape(-1, spec.banks).copy()
        self._matrix = lanes[:, : spec.neurons]

    @property
    def parameters(self) -> dict[str, Int64]:
        """One a neuron, (neurons,)."""
        if self._parameters and not self._parameters_written.all():
            raise ValueError("the core has no parameters yet: load them before the first event")
        neurons = self.spec.neurons
        if not self.spec.per_neuron:
            return {
                name: np.full(neurons, parameter) for name, parameter in self._parameters.items()
            }
        return {name: parameter.ravel()[:neurons] for name, parameter in self._parameters.items()}

    def rows(self, axons: Integers) -> Rows:
        """Those of events at ``axons``."""
        if not self._complete:
            raise ValueError("the core has no weights yet: load them before the first event")
        if axons.size and axons.max() >= self.spec.axons:
            raise ValueError(f"axon {axons.max()} is not there: there are {self.spec.axons}")
        if not self._usable[axons].all():
            missing = int(axons[~self._usable[axons]][0])
            raise ValueError(f"the row of axon {missing} was not loaded completely")
        return Rows(self._matrix[axons], self._reached[axons], self._steps[axons])
