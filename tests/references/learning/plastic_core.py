"""A core that learns: neuron by neuron and synapse by synapse, in exact fractions."""

from math import floor
from typing import Any

from neuroloom.golden.learning.plastic_core import PlasticCoreSpec
from references.learning.stdp import changed, left_by_a_tick
from references.neurons.lif import parameter_names, slow_update, state_names
from references.plain import Lists, columns, rows

KIND = "exact fractions and exp(-1/tau), synapse by synapse"
Token = dict[str, Any]


class SlowCore:
    """Neuron by neuron and synapse by synapse, in exact fractions."""

    def __init__(self, spec: PlasticCoreSpec, program: list[Token]) -> None:
        self.spec = spec
        self.groups, self.by_pairs = -(-spec.neurons // spec.banks), spec.rule == "stdp"
        self.parameters: dict[str, int] = {}
        self.weights: dict[tuple[int, int], int] = {}
        for token in program:
            if token["target"]:
                self.parameters = {name: token[name] for name in parameter_names(spec.neuron)}
                continue
            group, axon = divmod(token["address"], spec.axons)
            for lane, weight in enumerate(token["weights"]):
                self.weights[axon, group * spec.banks + lane] = weight
        self.clear()

    def clear(self) -> None:
        spec = self.spec
        names = state_names(spec.neuron)
        self.states = [dict.fromkeys(names, 0) for _ in range(spec.neurons)]
        self.axons = [0] * spec.axons
        self.kept = [0] * spec.neurons

    def update(self, neuron: int, tick: int, weight: int) -> bool:
        given = {**self.states[neuron], **self.parameters, "tick": tick, "input": weight}
        after = slow_update(self.spec.neuron, given)
        spike = after.pop("spike")
        self.states[neuron] = after
        return spike == 1

    def by_pair(self, place: tuple[int, int], trace: int, up: bool) -> None:
        self.weights[place] = changed(self.spec.stdp, self.weights[place], trace, up)

    def moved(self, place: tuple[int, int], by: int) -> None:
        high = 2**self.spec.calcium.weight_bits - 1
        self.weights[place] = max(0, min(high, self.weights[place] + by))

    def refreshed(self, trace: int, peak: int) -> int:
        stdp = self.spec.stdp
        return peak if stdp.pairing == "nearest" else min(trace + peak, 2**stdp.trace_bits - 1)

    def event(self, axon: int, learns: bool) -> None:
        spec, rule = self.spec, self.spec.calcium
        for neuron in range(spec.neurons):
            place = (axon, neuron)
            weight, membrane = self.weights[place], self.states[neuron]["membrane"]
            self.update(neuron, 0, weight)
            if learns and self.by_pairs:
                self.by_pair(place, self.kept[neuron], up=False)
            elif learns:
                level, thresholds = rule.membrane_threshold, rule.calcium_thresholds
                assert level is not None and thresholds is not None  # constants in a core
                first, down, up = thresholds
                if membrane >= level:
                    if first <= self.kept[neuron] < up:
                        self.moved(place, rule.jump_up)
                elif first <= self.kept[neuron] < down:
                    self.moved(place, -rule.jump_down)
        if learns and self.by_pairs:
            self.axons[axon] = self.refreshed(self.axons[axon], spec.stdp.potentiation)

    def end(self, learns: bool, drifts: bool) -> list[int]:
        spec, stdp, rule = self.spec, self.spec.stdp, self.spec.calcium
        fired = [neuron for neuron in range(spec.neurons) if self.update(neuron, 1, 0)]
        if learns and self.by_pairs:
            for neuron in fired:
                for axon in range(spec.axons):
                    self.by_pair((axon, neuron), self.axons[axon], up=True)
                self.kept[neuron] = self.refreshed(self.kept[neuron], stdp.depression)
            up, down = (left_by_a_tick(tau) for tau in (stdp.potentiation_tau, stdp.depression_tau))
            self.axons = [floor(trace * up) for trace in self.axons]
            self.kept = [floor(trace * down) for trace in self.kept]
        elif learns:
            top = 2**rule.calcium_bits - 1
            for neuron in fired:
                self.kept[neuron] = min(top, self.kept[neuron] + rule.calcium_jump)
            self.kept = [max(0, calcium - rule.calcium_leak) for calcium in self.kept]
        if drifts:
            for axon in range(spec.axons):
                for neuron in range(spec.neurons):
                    upper = self.weights[axon, neuron] >= 2 ** (rule.weight_bits - 1)
                    by = rule.drift_up if upper else -rule.drift_down
                    self.moved((axon, neuron), by)
        return fired

    def run(self, events: list[Token]) -> tuple[list[tuple[int, int, int]], list[list[int]]]:
        """Spikes and ends as (neuron, end, clear), and the words of axons that were read."""
        spec = self.spec
        spikes, words = [], []
        for token in events:
            if token["end"]:
                fired = self.end(token["learn"] == 1, token.get("drift") == 1)
                spikes += [(neuron, 0, 0) for neuron in fired] + [(0, 1, token["clear"])]
                if token["clear"]:
                    self.clear()
            elif token["read"]:
                lanes = [self.weights[token["axon"], neuron] for neuron in range(spec.neurons)]
                lanes += [0] * (self.groups * spec.banks - spec.neurons)
                words += [lanes[k : k + spec.banks] for k in range(0, len(lanes), spec.banks)]
            else:
                self.event(token["axon"], token["learn"] == 1)
        return spikes, words


def expected(spec: PlasticCoreSpec, setup: Lists, sent: Lists) -> Lists:
    spikes, words = SlowCore(spec, rows(setup["program"])).run(rows(sent["events"]))
    return {"spikes": columns(list(spikes), "neuron", "end", "clear"), "row": {"weights": words}}
