"""Golden model of the crossbar core."""

from typing import TYPE_CHECKING

import numpy as np

from neuroloom.golden.arith.lfsr import LfsrModel
from neuroloom.golden.formats import Int64, IntegerFormat, Overflow
from neuroloom.golden.memories.memory_map import Words, programmed
from neuroloom.golden.neurons.crossbar_contents import MODES, ResetMode
from neuroloom.golden.ports import Integers, Tokens, Traffic
from neuroloom.golden.spec import Model

if TYPE_CHECKING:
    from neuroloom.golden.neurons.crossbar_core import CrossbarCoreSpec

LFSR_DEGREE = 32


class CrossbarCoreModel(Model["CrossbarCoreSpec"]):
    """Ticks of a crossbar core: for every neuron with membrane V and in this order:

    1. V + the weights w(type of a) of the active axons a that its crossbar row has. A random
       weight counts sign(w) where ``|w| >= r`` and nothing elsewhere, r uniform.
    2. The leak, random in the same way; with reversal times sign(V). Then V is brought into its
       format, once: sums that only leave the range on the way are exact.
    3. With ``positive + n`` reached, n the masked noise, a packet goes to the destination, and V
       becomes the reset value, loses what was reached, or stays.
    4. Below ``-(negative + n)`` V becomes minus the reset value, gains ``negative + n``, or stays;
       with ``floor`` saturate, V below ``-negative`` becomes that. Minus the lowest number is
       that number.

    Equations 1 to 11 of Cassidy et al. 2013. Random numbers are drawn for neurons in order, and
    of each for its random weights in the order of axons, then for its leak; noise for each neuron
    from a register of its own. After reset all membranes are zero, and memories hold nothing:
    ValueError for a tick before every word has been loaded, or in the middle of a load.
    """

    def __init__(self, spec: "CrossbarCoreSpec") -> None:
        super().__init__(spec)
        self.memories = spec.memories
        self.scheduler = spec.scheduler.model()
        self.chances = LfsrModel(LFSR_DEGREE, spec.seed)
        self.noise = LfsrModel(LFSR_DEGREE, spec.seed ^ ((1 << LFSR_DEGREE) - 1))
        self.reset()

    def reset(self) -> None:
        spec = self.spec
        self.scheduler.reset()
        self.chances.reset()
        self.noise.reset()
        self.membrane: Int64 = np.zeros(spec.neurons, np.int64)
        self.overflowed = 0
        """How often a membrane left its range."""
        self.loaded = spec.contents is not None
        self.words: Words = {
            memory.name: np.zeros(memory.depth, np.int64) for memory in self.memories
        }
        self.written = {memory.name: np.zeros(memory.depth, bool) for memory in self.memories}
        self.missing = ""
        """A word that is not written yet, once something was loaded."""
        if spec.contents is not None:
            self.words = spec.contents.words(spec)
        self._decode()

    def run(self, traffic: Traffic) -> Traffic:
        if "program" in traffic:
            self._load(traffic["program"])
        active = self.scheduler.run({"events": traffic["events"]})["active"]
        ends = np.flatnonzero(active["end"])
        if len(ends) and not self.loaded:
            raise ValueError("the core is not loaded: the last word of a load says so")
        if len(ends) and self.missing:
            raise ValueError(f"the core is not loaded: nothing was written to {self.missing}")
        axons = np.split(active["axon"], ends + 1)[: len(ends)]
        fired = [self._tick(np.sort(axon[:-1])) for axon in axons]
        return {"packets": self._packets(fired)}

    def _load(self, tokens: Tokens) -> None:
        last = np.asarray(tokens["last"])
        if last.size:
            programmed(self.memories, self.words, tokens)
            self.missing = self._missing(tokens)
            self.loaded = bool(last[-1])
            self._decode()

    def _missing(self, tokens: Tokens) -> str:
        """The first word that neither ``tokens`` nor a load before them wrote, or nothing."""
        kind, address = np.asarray(tokens["kind"]), np.asarray(tokens["address"])
        first = ""
        for memory in self.memories:
            written = self.written[memory.name]
            written[address[kind == memory.kind]] = True
            unwritten = memory.addresses[~written[memory.addresses]]
            if unwritten.size and not first:
                first = f"word {unwritten.flat[0]} of {memory.name}"
        return first

    def _decode(self) -> None:
        spec = self.spec
        maps = {memory.name: memory.unpack(self.words[memory.name]) for memory in self.memories}
        lanes = np.arange(spec.scheduler.lanes)
        rows = maps["crossbar"]["synapses"][..., np.newaxis] >> lanes & 1
        self.crossbar = rows.reshape(spec.neurons, -1)[:, : spec.axons]
        self.types: Integers = np.zeros(spec.axons, np.int64)
        if "types" in maps:
            self.types = maps["types"]["type"]
        weights = maps["weights"]
        nothing = np.zeros_like(weights["weight"])
        self.weights = weights["weight"]
        self.random = weights.get("random", nothing)
        self.reversal = weights.get("reversal", nothing)[:, -1]
        self.thresholds, self.resets = maps["thresholds"], maps["resets"]
        self.destinations = maps["destinations"]

    def _tick(self, axons: Integers) -> Integers:
        """The neurons that fire, in order."""
        spec, fmt = self.spec, self.spec.membrane_format
        kinds = np.append(self.types[axons], spec.types)
        present = np.column_stack([self.crossbar[:, axons], np.ones(spec.neurons, np.int64)])
        added = self._by_chance(self.weights[:, kinds], self.random[:, kinds] * present) * present
        total = self.membrane + added[:, :-1].sum(axis=1)
        if spec.overflow is Overflow.WRAP:
            self.overflowed += int((fmt.fit(total) != total).sum())
            total = fmt.fit(total)
        leak = np.where(self.reversal == 1, np.sign(total), 1) * added[:, -1]
        membrane = fmt.fit(total + leak)
        self.overflowed += int((membrane != total + leak).sum())
        return self._cross(membrane)

    def _by_chance(self, weight: Integers, random: Integers) -> Integers:
        """Weights where ``random`` is 0, and elsewhere steps of their sign or nothing."""
        if not random.any():
            return weight
        step = np.sign(weight)
        drawn = self.chances.words(int(random.sum()), self.spec.weight_bits - 1)
        level = np.zeros_like(weight)
        level[random == 1] = drawn
        return np.where(random == 1, np.where(abs(weight) >= level, step, 0), weight)

    def _cross(self, membrane: Int64) -> Integers:
        """Thresholds and resets; the neurons that fire."""
        spec = self.spec
        noise = np.zeros(spec.neurons, np.int64)
        if spec.noise_bits:
            noise = self.noise.words(spec.neurons, spec.noise_bits) & self.thresholds["noise"]
        saturates, mode = self.resets["floor"] == 1, self.resets["mode"]
        positive = self.thresholds["positive"] + noise
        negative = self.thresholds["negative"] + np.where(saturates, 0, noise)
        fires, below = membrane >= positive, membrane < -negative
        value = self.resets["value"]
        wrap = IntegerFormat(bits=spec.membrane_bits, signed=True, overflow=Overflow.WRAP)

        def reset(to: Integers, distance: Integers) -> Integers:
            by = [mode == MODES.index(kind) for kind in (ResetMode.VALUE, ResetMode.SUBTRACT)]
            return np.select(by, [to, membrane + distance], membrane)

        floored = np.where(saturates, -negative, reset(wrap.fit(-value), negative))
        after = np.where(fires, reset(value, -positive), membrane)
        self.membrane = np.where(below, floored, after)
        return np.flatnonzero(fires)

    def _packets(self, fired: list[Integers]) -> Tokens:
        number = np.array([len(fired_now) for fired_now in fired], np.int64)
        neuron = np.concatenate([np.zeros(0, np.int64), *fired])
        ends = np.cumsum(number) + np.arange(len(fired))
        tick = np.zeros(int(number.sum()) + len(fired), np.int64)
        tick[ends] = 1
        tokens = {"tick": tick}
        for name, values in self.destinations.items():
            tokens[name] = np.zeros_like(tick)
            tokens[name][tick == 0] = values[neuron]
        return tokens
