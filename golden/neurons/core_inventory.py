"""What a neuron core consists of."""

from typing import TYPE_CHECKING

from neuroloom.golden.inventory import (
    Inventory,
    adder,
    comparator,
    counter,
    index_bits,
    memory,
    register,
)
from neuroloom.golden.neurons.lif_inventory import firing, integration
from neuroloom.golden.neurons.lif_options import Fire

if TYPE_CHECKING:
    from neuroloom.golden.neurons.neuron_core import NeuronCoreSpec


def core_inventory(spec: "NeuronCoreSpec") -> Inventory:
    """Rows, states, parameters, updates, spikes, and the admission of events and loads."""
    rows = _lists(spec) if spec.compressed else _whole_rows(spec)
    return rows + _states(spec) + _parameters(spec) + _updates(spec) + _output(spec) + register(2)


def _whole_rows(spec: "NeuronCoreSpec") -> Inventory:
    words = memory(spec.weight_bits * spec.banks, spec.words)
    kept = register(spec.axon_bits + 2) if spec.groups > 1 else Inventory()
    walk = counter(spec.groups) + kept + Inventory(multiplexers=spec.axon_bits + 2, gates=8)
    if spec.axons & (spec.axons - 1) and spec.groups > 1:
        place = index_bits(spec.words) - (spec.axons & -spec.axons).bit_length() + 1  # multiples
        walk += register(place) + 2 * adder(place, place, place)
    return words + walk + register(1)


def _lists(spec: "NeuronCoreSpec") -> Inventory:
    place, length, group = index_bits(spec.words), spec.length_bits, spec.group_bits
    weights = spec.weight_bits * spec.banks
    memories = memory(weights + group, spec.words) + memory(place + length, spec.axons)
    walk = register(4 + 1 + place + length) + counter(spec.groups)
    walk += Inventory(half_adders=place + length, multiplexers=place + length, gates=16)
    return memories + walk + register(6 + group + weights) + Inventory(multiplexers=group)


def _states(spec: "NeuronCoreSpec") -> Inventory:
    bits = spec.state_bits * spec.banks
    if spec.groups == 1:
        return register(bits)
    passed = Inventory()
    if spec.compressed:
        passed = register(bits + 1) + Inventory(multiplexers=bits, gates=2 * spec.group_bits)
    return memory(bits, spec.groups) + passed


def _parameters(spec: "NeuronCoreSpec") -> Inventory:
    if not spec.per_neuron:
        return register(spec.parameter_bits)
    return memory(spec.parameter_bits * spec.banks, spec.groups)


def _updates(spec: "NeuronCoreSpec") -> Inventory:
    between = register(sum(field.bits for field in spec.held) if spec.pipeline else 0)
    if spec.pipeline == 2:
        own = spec.parameter_bits if spec.per_neuron else 0
        between += register(spec.state_bits + spec.weight_bits + own)
    lane = integration(spec.neuron).then(firing(spec.neuron)) + between
    flags = 6 + spec.group_bits - (not spec.compressed)
    unused = spec.pipeline > 0 and spec.neuron.fire is Fire.INPUT  # a tick is no different
    clearing = Inventory(gates=spec.state_bits * spec.banks)
    return spec.banks * lane + register((1 + spec.pipeline) * flags - unused) + clearing


def _output(spec: "NeuronCoreSpec") -> Inventory:
    waiting = register(spec.banks + spec.group_bits + 2)
    search = Inventory(gates=4 * spec.banks + spec.group_bits)
    if not spec.cycles_limit:
        return waiting + search
    bits = spec.cycles_limit.bit_length()
    count = register(bits) + Inventory(half_adders=bits, gates=2 * bits, adder_depth=bits)
    return waiting + search + count + (comparator(bits) if spec.cycles_per_tick else Inventory())
