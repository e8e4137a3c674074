"""A neuron core as dictionaries of words, and one neuron after the other updated."""

from typing import Any

from neuroloom.golden.neurons.neuron_core import NeuronCoreSpec
from references.neurons.lif import parameter_names, slow_update, state_names
from references.plain import Lists, rows

KIND = "exact fractions, neuron by neuron"
Token = dict[str, Any]
LONGEST = 2**24 - 1
"""Where the count of a tick's cycles stays."""


class SlowCore:
    """Reads the tokens of loads into dictionaries and updates one neuron after the other."""

    def __init__(self, spec: NeuronCoreSpec, program: list[Token]) -> None:
        self.spec = spec
        self.groups = -(-spec.neurons // spec.banks)
        self.sparse, self.own = spec.synapses == "compressed", spec.sharing == "per-neuron"
        self.words: dict[int, Token] = {}
        self.parameters: dict[int, Token] = {}
        self.rows: dict[int, Token] = {}
        for token in program:
            (self.words, self.parameters, self.rows)[token["target"]][token["address"]] = token
        self.clear()

    def clear(self) -> None:
        names = state_names(self.spec.neuron)
        self.states = [dict.fromkeys(names, 0) for _ in range(self.spec.neurons)]

    def row(self, axon: int) -> list[tuple[int, list[int]]]:
        """Groups and their weights."""
        axons = self.spec.axons
        if not self.sparse:
            return [(g, self.words[g * axons + axon]["weights"]) for g in range(self.groups)]
        first, length = self.rows[axon]["first"], self.rows[axon]["length"]
        words = [self.words[first + offset] for offset in range(length)]
        return [(word["group"], word["weights"]) for word in words]

    def update(self, neuron: int, tick: int, weight: int) -> bool:
        group, lane = divmod(neuron, self.spec.banks)
        update = {**self.states[neuron], "tick": tick, "input": weight}
        for name in parameter_names(self.spec.neuron):
            value = self.parameters[group if self.own else 0][name]
            update[name] = value[lane] if self.own else value
        after = slow_update(self.spec.neuron, update)
        spike = after.pop("spike")
        self.states[neuron] = after
        return spike == 1

    def group(self, group: int, tick: int, weights: list[int]) -> list[int]:
        """The neurons of a group that fire."""
        spec = self.spec
        fired = []
        for lane in range(spec.banks):
            neuron = group * spec.banks + lane
            if neuron < spec.neurons:
                weight = 2 * weights[lane] - 1 if spec.binary_weights else weights[lane]
                if self.update(neuron, tick, weight):
                    fired.append(neuron)
        return fired

    def run(self, events: list[Token]) -> list[Token]:
        """Spikes and ends, with all fields that there may be."""
        tokens: list[Token] = []
        cycles, limit = 0, self.spec.cycles_per_tick
        longest = LONGEST if self.sparse else limit + 1
        silent = [(g, [0] * self.spec.banks) for g in range(self.groups)]
        for event in events:
            row = silent if event["end"] else self.row(event["axon"])
            cycles += max(1, len(row))
            for group, weights in row:
                for neuron in self.group(group, event["end"], weights):
                    tokens.append({"neuron": neuron, "end": 0, "clear": 0})
                    cycles += 1
            if not event["end"]:
                continue
            cycles = min(cycles + 1, longest)
            tokens.append({"neuron": 0, "end": 1, "clear": event["clear"]})
            tokens[-1].update(cycles=cycles, overrun=int(cycles > limit))
            cycles = 0
            if event["clear"]:
                self.clear()
        return tokens


def expected(spec: NeuronCoreSpec, setup: Lists, sent: Lists) -> Lists:
    core = SlowCore(spec, rows(setup["program"]))
    tokens = core.run(rows(sent["events"]))
    names = ["neuron", "end", "clear"] + ["cycles"] * core.sparse
    names += ["overrun"] * (spec.cycles_per_tick > 0)
    return {"spikes": {name: [token.get(name, 0) for token in tokens] for name in names}}
