"""What a neuron core that learns consists of."""

from typing import TYPE_CHECKING

from neuroloom.golden.inventory import (
    Inventory,
    adder,
    counter,
    index_bits,
    memory,
    register,
    saturation,
)
from neuroloom.golden.learning.stdp import StdpSpec
from neuroloom.golden.learning.stdp_options import Pairing
from neuroloom.golden.learning.stdp_window import decay_shift
from neuroloom.golden.neurons.lif_inventory import firing, integration

if TYPE_CHECKING:
    from neuroloom.golden.learning.plastic_core import PlasticCoreSpec


def plastic_inventory(spec: "PlasticCoreSpec") -> Inventory:
    """Walk, stage, memories, lanes, spikes, and the admission of events and loads."""
    lane = integration(spec.neuron).then(firing(spec.neuron)) + _learning(spec)
    parts = _walk(spec) + _stage(spec) + _memories(spec) + spec.banks * lane
    return parts + register(spec.core.parameter_bits) + _output(spec) + register(2)


def _walk(spec: "PlasticCoreSpec") -> Inventory:
    """The token, its group and axon, and what comes next."""
    kept = 4 + (not spec.by_pairs) + spec.axon_bits
    walk = register(kept + 2 + 1 + spec.by_pairs) + counter(spec.groups) + counter(spec.axons)
    walk += Inventory(multiplexers=kept + spec.axon_bits, gates=24)
    if _places_are_counted(spec):
        place = spec.place_bits - (spec.axons & -spec.axons).bit_length() + 1  # multiples of A
        walk += register(place) + 2 * adder(place, place, place)
    return walk


def _places_are_counted(spec: "PlasticCoreSpec") -> bool:
    return spec.groups > 1 and spec.axons & (spec.axons - 1) > 0


def _stage(spec: "PlasticCoreSpec") -> Inventory:
    """What is said about a step while its words are updated."""
    flags = 9 + spec.by_pairs
    axon = spec.axon_bits
    places = spec.group_bits + axon
    if _places_are_counted(spec):  # the low bits of a place are those of its axon
        multiple = (spec.axons & -spec.axons).bit_length() - 1
        places += spec.place_bits - (multiple if spec.by_pairs else axon)
    columns = spec.banks if spec.by_pairs else 0
    return register(flags + places + columns) + Inventory(gates=8)


def _memories(spec: "PlasticCoreSpec") -> Inventory:
    neuron = spec.core.state_bits + spec.learned_bits
    parts = _updated(spec.banks * neuron, spec.groups)
    parts += _updated(spec.banks * spec.weight_bits, spec.words, spec.groups == 1)
    parts += Inventory(multiplexers=spec.banks * spec.weight_bits + spec.place_bits)
    if spec.by_pairs:
        parts += _updated(spec.stdp.trace_bits, spec.axons, spec.summed_traces)
    return parts + Inventory(gates=spec.banks * neuron)


def _updated(bits: int, depth: int, passes: bool = False) -> Inventory:
    """A memory, and what passes on a word that is written while it is read."""
    if depth == 1:
        return register(bits)
    passing = register(bits + 1) + Inventory(multiplexers=bits, gates=2 * index_bits(depth))
    return memory(bits, depth) + (passing if passes else Inventory())


def _learning(spec: "PlasticCoreSpec") -> Inventory:
    """A lane's update of its synapse and of what is kept of its neuron."""
    if not spec.by_pairs:
        calcium = spec.calcium.calcium_bits
        twice = spec.calcium.inventory + adder(calcium, calcium, calcium + 1)
        return twice.then(saturation(calcium + 1, calcium, 2))
    stdp: StdpSpec = spec.stdp
    trace = stdp.trace_bits
    refresh = Inventory(multiplexers=2 * trace)
    if stdp.pairing is Pairing.ALL:
        refresh += adder(trace, trace, trace + 1)
    wide = trace + decay_shift(stdp.depression_tau)
    synapse = stdp.inventory + Inventory(multiplexers=spec.weight_bits)
    return synapse + refresh.then(adder(trace, wide, wide))


def _output(spec: "PlasticCoreSpec") -> Inventory:
    waiting = register(spec.banks + spec.group_bits + 2)
    return waiting + Inventory(gates=4 * spec.banks + spec.group_bits + spec.weight.port_bits)
