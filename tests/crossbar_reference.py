"""A crossbar core as the equations of Cassidy et al. 2013 say it, one number after the other.

Written from the equations and the layout of the load, without the model: integers of any size,
no arrays. Random numbers come from a shift register written out here.
"""

from dataclasses import dataclass, field

from neuroloom.golden.neurons.crossbar_core import CrossbarCoreSpec
from neuroloom.golden.ports import Traffic


def bits_for(values: int) -> int:
    bits = 0
    while 1 << bits < values:
        bits += 1
    return bits


def signed(code: int, bits: int) -> int:
    return code - (1 << bits) if code >> (bits - 1) else code


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

    def __init__(self, spec: CrossbarCoreSpec) -> None:
        self.spec = spec
        self.neurons = [Neuron([0] * spec.axons) for _ in range(spec.neurons)]
        self.types = [0] * spec.axons
        self.ring: list[set[int]] = [set() for _ in range(spec.slots)]
        self.now = 0
        self.chances = Register(spec.seed)
        self.noise = Register(spec.seed ^ 0xFFFF_FFFF)
        self.seen: set[str] = set()
        """What has happened: overflow, negative weight, each kind of reset."""

    def load(self, tokens: list[tuple[int, int, int, int]]) -> None:
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
            signed(data & ((1 << dx) - 1), dx), signed(data >> dx & ((1 << dy) - 1), dy),
            data >> dx + dy & ((1 << axon) - 1), data >> dx + dy + axon,
        )  # fmt: skip

    def run(self, sent: Traffic) -> list[tuple[int, ...]]:
        spec = self.spec
        given: list[tuple[int, ...]] = []
        names = ("tick", "axon", "delay")
        columns = [sent["events"][name].tolist() for name in names]
        for tick, axon, delay in zip(*columns, strict=True):
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
