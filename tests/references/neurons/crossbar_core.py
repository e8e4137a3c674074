"""A crossbar core as the equations of Cassidy et al. 2013 say it, one number after the other.

Written from the equations and the layout of the load, without the model: integers of any size,
no arrays. Random numbers come from a shift register written out here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from neuroloom.golden.neurons.crossbar_core import CrossbarCoreSpec
from references.plain import Lists, bits_for, columns
from references.plain import signed_code as signed

KIND = "equations of Cassidy et al. 2013"


@dataclass
class Register:
    """x^32 + x^22 + x^2 + x + 1 in Galois form, shifting right."""

    state: int

    def draw(self, bits: int) -> int:
        word = self.state & ((1 << bits) - 1)
        for _ in range(bits):
            leaving = self.state & 1
            self.state >>= 1
            if leaving:
                self.state ^= 0x8020_0003
        return word


@dataclass
class Neuron:
    synapses: list[int]
    weights: list[int] = field(default_factory=list)
    random: list[int] = field(default_factory=list)
    reversal: int = 0
    positive: int = 0
    negative: int = 0
    mask: int = 0
    reset: int = 0
    mode: int = 0
    floor: int = 0
    destination: tuple[int, ...] = ()
    membrane: int = 0


class ReferenceCore:
    """The core after reset; ``run`` gives a tuple a token, as the output stream has them."""

    def __init__(self, spec: CrossbarCoreSpec, seed: int | None = None) -> None:
        self.spec = spec
        seed = spec.seed if seed is None else seed
        self.neurons = [Neuron([0] * spec.axons) for _ in range(spec.neurons)]
        self.types = [0] * spec.axons
        self.ring: list[set[int]] = [set() for _ in range(spec.slots)]
        self.now = 0
        self.chances = Register(seed)
        self.noise = Register(seed ^ 0xFFFF_FFFF)
        self.seen: set[str] = set()
        """What has happened: overflow, negative weight, each kind of reset."""

    def load(self, tokens: Sequence[tuple[int, ...]]) -> None:
        spec = self.spec
        lanes = min(spec.word, 1 << bits_for(spec.axons))
        words, type_bits = bits_for(-(-spec.axons // lanes)), bits_for(spec.types + 1)
        kinds = ["crossbar", "types", "weights", "thresholds", "resets", "destinations"]
        if spec.types == 1:
            kinds.remove("types")
        for kind, address, data, _ in tokens:
            name = kinds[kind]
            if name == "types":
                self.types[address] = data
                continue
            below = {"crossbar": words, "weights": type_bits}.get(name, 0)
            neuron, part = self.neurons[address >> below], address & ((1 << below) - 1)
            getattr(self, f"_{name}")(neuron, part, data, lanes)

    def hold(self, contents: Any) -> None:
        """What the memories hold from the start, by the names of the fields."""
        spec = self.spec
        modes, nothing = {"value": 0, "subtract": 1, "none": 2}, [0] * spec.neurons
        self.types = list(contents.types)
        chance = contents.random_weights or [[0] * spec.types] * spec.neurons
        random_leak = contents.random_leak or nothing
        reversal, masks = contents.leak_reversal or nothing, contents.noise_mask or nothing
        for n, neuron in enumerate(self.neurons):
            row = int(contents.crossbar[n], 16)
            neuron.synapses = [row >> axon & 1 for axon in range(spec.axons)]
            neuron.weights = [*contents.weights[n], contents.leak[n]]
            neuron.random = [*chance[n], random_leak[n]]
            neuron.reversal, neuron.mask = reversal[n], masks[n]
            neuron.positive = contents.positive_threshold[n]
            neuron.negative = contents.negative_threshold[n]
            neuron.reset, neuron.mode = contents.reset_value[n], modes[contents.reset_mode[n]]
            neuron.floor = int(contents.floor[n] == "saturate")
            places = (contents.dx, contents.dy, contents.axon, contents.delay)
            neuron.destination = tuple(column[n] for column in places)

    def _crossbar(self, neuron: Neuron, part: int, data: int, lanes: int) -> None:
        for lane in range(lanes):
            if part * lanes + lane < self.spec.axons:
                neuron.synapses[part * lanes + lane] = data >> lane & 1

    def _weights(self, neuron: Neuron, part: int, data: int, _: int) -> None:
        spec = self.spec
        number = spec.types + 1
        neuron.weights = neuron.weights or [0] * number
        neuron.random = neuron.random or [0] * number
        bits = spec.weight_bits
        neuron.weights[part] = signed(data & ((1 << bits) - 1), bits)
        data >>= bits
        if spec.stochastic:
            neuron.random[part] = data & 1
            data >>= 1
        if spec.leak_reversal and part == spec.types:
            neuron.reversal = data & 1

    def _thresholds(self, neuron: Neuron, part: int, data: int, _: int) -> None:
        bits = self.spec.threshold_bits
        every = (1 << bits) - 1
        neuron.positive, neuron.negative = data & every, data >> bits & every
        neuron.mask = data >> 2 * bits

    def _resets(self, neuron: Neuron, part: int, data: int, _: int) -> None:
        bits = self.spec.membrane_bits
        neuron.reset = signed(data & ((1 << bits) - 1), bits)
        neuron.mode, neuron.floor = data >> bits & 3, data >> bits + 2

    def _destinations(self, neuron: Neuron, part: int, data: int, _: int) -> None:
        spec = self.spec
        dx, dy = spec.dx_bits, spec.dy_bits
        axon = max(1, bits_for(spec.axons))
        neuron.destination = (
            signed(data & ((1 << dx) - 1), dx),
            signed(data >> dx & ((1 << dy) - 1), dy),
            data >> dx + dy & ((1 << axon) - 1),
            data >> dx + dy + axon,
        )

    def run(self, events: Sequence[tuple[int, ...]]) -> list[tuple[int, ...]]:
        """``events`` are ticks (1, 0, 0), or an axon and a delay behind a 0."""
        spec = self.spec
        given: list[tuple[int, ...]] = []
        for tick, axon, delay in events:
            if not tick:
                self.ring[(self.now + delay) % spec.slots].add(axon)
                continue
            self.now = (self.now + 1) % spec.slots
            active = sorted(self.ring[self.now])
            self.ring[self.now] = set()
            for neuron in self.neurons:
                if self._update(neuron, active):
                    given.append((0, *neuron.destination))
            given.append((1, 0, 0, 0, 0))
        return given

    def _fit(self, value: int) -> int:
        half = 1 << (self.spec.membrane_bits - 1)
        if -half <= value < half:
            return value
        self.seen.add("above" if value > 0 else "below")
        if self.spec.overflow == "wrap":
            return (value + half) % (2 * half) - half
        return half - 1 if value > 0 else -half

    def _acts(self, weight: int, random: int) -> int:
        if weight < 0:
            self.seen.add("negative weight")
        if not random:
            return weight
        level = self.chances.draw(self.spec.weight_bits - 1)
        sign = (weight > 0) - (weight < 0)
        self.seen.add("by chance")
        return sign if abs(weight) >= level else 0

    def _update(self, neuron: Neuron, active: list[int]) -> bool:
        membrane = neuron.membrane
        for axon in active:
            if neuron.synapses[axon]:
                kind = self.types[axon]
                membrane += self._acts(neuron.weights[kind], neuron.random[kind])
        if self.spec.overflow == "wrap":
            membrane = self._fit(membrane)
        leak = self._acts(neuron.weights[-1], neuron.random[-1])
        if neuron.reversal:
            leak *= (membrane > 0) - (membrane < 0)
        membrane = self._fit(membrane + leak)
        return self._thresholded(neuron, membrane)

    def _thresholded(self, neuron: Neuron, membrane: int) -> bool:
        spec = self.spec
        noise = self.noise.draw(spec.noise_bits) & neuron.mask if spec.noise_bits else 0
        fires = membrane >= neuron.positive + noise
        if fires:
            self.seen.add(f"fires {neuron.mode}")
            after = {0: neuron.reset, 1: membrane - neuron.positive - noise}
            membrane = after.get(neuron.mode, membrane)
        elif neuron.floor:
            if membrane < -neuron.negative:
                self.seen.add("saturates")
                membrane = -neuron.negative
        elif membrane < -(neuron.negative + noise):
            self.seen.add(f"falls {neuron.mode}")
            lowest = -(1 << (spec.membrane_bits - 1))
            opposite = lowest if neuron.reset == lowest else -neuron.reset
            after = {0: opposite, 1: membrane + neuron.negative + noise}
            membrane = after.get(neuron.mode, membrane)
        neuron.membrane = membrane
        return fires


def expected(spec: CrossbarCoreSpec, setup: Lists, sent: Lists) -> Lists:
    core = ReferenceCore(spec)
    if spec.contents is not None:
        core.hold(spec.contents)
    else:
        core.load(list(zip(*setup["program"].values(), strict=True)))
    events = [sent["events"][name] for name in ("tick", "axon", "delay")]
    packets = core.run(list(zip(*events, strict=True)))
    return {"packets": columns(list(packets), "tick", "dx", "dy", "axon", "delay")}
