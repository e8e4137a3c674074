"""Small specifications of neurons, and of memory maps."""

from typing import Any

import numpy as np

from mutated_specs.learning import PLASTIC
from neuroloom.golden.neurons.crossbar_contents import CoreContents
from neuroloom.golden.neurons.crossbar_core import CrossbarCoreSpec
from neuroloom.golden.neurons.integrate_and_fire import IntegrateAndFireSpec
from neuroloom.golden.neurons.izhikevich import IzhikevichSpec
from neuroloom.golden.neurons.lif import LifSpec
from neuroloom.golden.neurons.neuron_core import NeuronCoreSpec
from neuroloom.golden.spec import Spec
from neuroloom.golden.systems.crossbar_chip import CrossbarChipSpec
from neuroloom.verif.systems.crossbar_chip import random_chip


def lif(bits: int, leak: str, signed: bool = False, **others: Any) -> LifSpec:
    fields = {"membrane_bits": bits, "membrane_signed": signed, "leak": leak, "leak_bits": 2}
    return LifSpec.model_validate({**fields, "input_bits": 3, **others})


def crossbar(axons: int, neurons: int, **others: Any) -> CrossbarCoreSpec:
    fields = {
        "weight_bits": 3,
        "membrane_bits": 4,
        "threshold_bits": 2,
        "slots": 2,
        "word": 2,
        "dx_bits": 2,
        "dy_bits": 2,
        "types": 2,
        **others,
    }
    return CrossbarCoreSpec.model_validate({"axons": axons, "neurons": neurons, **fields})


def crowded_chip(core: CrossbarCoreSpec) -> CrossbarChipSpec:
    """Two cores, most of whose neurons fire in every tick, all beyond the east edge but one: the
    first one of the west fires for the core in the east, which may still look for its axons.
    """
    chip = random_chip(2, 1, core, np.random.default_rng(3), eager=True)
    contents = []
    for columns, each in zip((2, 1), chip.contents, strict=True):
        number = core.neurons - 1
        steady = {
            "weights": (0,) * core.types,
            "leak": 1,
            "positive_threshold": 1,
            "reset_value": 0,
            "reset_mode": "value",
        }
        fields = {
            name: (getattr(each, name)[-1], *[value] * number) for name, value in steady.items()
        }
        fields |= {"dx": (1, *[columns] * number), "dy": (0,) * core.neurons}
        contents.append(CoreContents.model_validate({**dict(each), **fields}))
    return CrossbarChipSpec.model_validate({**dict(chip), "contents": tuple(contents)})


def core(neurons: int, axons: int, banks: int, **others: Any) -> NeuronCoreSpec:
    small = {"membrane_bits": 5, "input_bits": 3, "leak": "none", "fire": "tick"}
    neuron = {**small, **others.pop("neuron", {})}
    sizes = {"neurons": neurons, "axons": axons, "banks": banks}
    return NeuronCoreSpec.model_validate({**sizes, "neuron": neuron, **others})


TICKS = lif(
    4, "shift", fire="tick", current_bits=4, current_shift=1, refractory=2, rounding="toward-zero"
)
EXACT = lif(4, "constant", signed=True, reset="subtract", adaptation_bits=3, adaptation_shift=1)
SIGNED = lif(
    4,
    "shift",
    signed=True,
    rounding="toward-zero",
    refractory=3,
    refractory_input=True,
    noise_bits=2,
    pipeline=1,
)
STAMPED = lif(5, "constant", signed=True, step="time-stamped", time_bits=2, refractory=3)
TABLES = lif(
    5,
    "shift",
    step="time-stamped",
    time_bits=2,
    multiplier_bits=4,
    adaptation_bits=3,
    adaptation_shift=1,
    adaptation_jump=5,
)
PRODUCT = lif(4, "multiplicative", signed=True, noise_bits=2, noise="lfsr", pipeline=2)
CLOCKED = lif(5, "constant", step="clocked", current_bits=4, refractory=3, reset_value=3)
WRAPPING = IntegrateAndFireSpec(membrane_bits=4, input_bits=4)
TAKEN_OFF = lif(
    4, "shift", signed=True, step="clocked", reset="subtract-next", rounding="nearest-even"
)
AT_TICKS = lif(4, "shift", signed=True, fire="tick", reset="subtract-next", rounding="nearest-away")
NEURONS = (TAKEN_OFF, AT_TICKS, TICKS, EXACT, SIGNED, STAMPED, TABLES, PRODUCT, CLOCKED, WRAPPING)

CROSSBARS = (
    crossbar(3, 2, overflow="wrap"),
    crossbar(5, 6, leak_reversal=True, stochastic=True, threshold_bits=3, noise_bits=2, slots=1),
    crossbar(1, 1, types=1),
)
CHIP = crowded_chip(
    CrossbarCoreSpec(
        axons=16,
        neurons=9,
        types=1,
        weight_bits=2,
        membrane_bits=3,
        threshold_bits=1,
        slots=2,
        word=16,
        dx_bits=3,
        dy_bits=2,
    )
)

DENSE = core(6, 4, 2, neuron={"refractory": 2, "reset": "subtract"})
OWN = core(
    5,
    3,
    4,
    sharing="per-neuron",
    pipeline=0,
    cycles_per_tick=9,
    neuron={"fire": "input", "leak": "constant", "leak_bits": 2},
)
LISTS = core(5, 3, 2, synapses="compressed", entries=7, pipeline=0, cycles_per_tick=8)
BINARY = core(3, 2, 2, pipeline=0, binary_weights=True, neuron={"input_bits": 2})
ONE_GROUP = core(2, 3, 2, pipeline=0, neuron={"reset": "wrap", "fire": "input"})
PAIRS = core(4, 4, 2, synapses="compressed", entries=3, pipeline=0, neuron={"fire": "input"})
DEEP_CORE = core(9, 2, 2, sharing="per-neuron", pipeline=2, neuron={"refractory": 2})
CORES = (DENSE, OWN, LISTS, BINARY, ONE_GROUP, PAIRS, DEEP_CORE)

SPECS: dict[str, tuple[Spec, ...]] = {
    "neurons.core_rows": CORES,
    "memory_contents": CORES,
    "neurons.neuron_core": CORES,
    "neurons.spike_output": CORES,
    "neurons.updated_memory": (*CORES, *PLASTIC),
    "neurons.lif": (EXACT, SIGNED, PRODUCT),
    "neurons.lif_update": (*NEURONS, core(3, 2, 1)),
    "neurons.izhikevich": (
        IzhikevichSpec(membrane_bits=5, weight_bits=3, step_bits=2, timer_bits=2, burst_bits=2),
        IzhikevichSpec(membrane_bits=3, weight_bits=2, step_bits=4, timer_bits=1, burst_bits=1),
    ),
    "neurons.crossbar_core": (*CROSSBARS, CHIP.core_at(1)),
    "neurons.crossbar_neuron": CROSSBARS,
}
