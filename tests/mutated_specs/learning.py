"""Small specifications of learning."""

from typing import Any

from neuroloom.golden.learning.plastic_core import PlasticCoreSpec
from neuroloom.golden.learning.stdp import StdpSpec
from neuroloom.golden.spec import Spec


def stdp(bits: int, **others: Any) -> Spec:
    fields = {"potentiation_tau": 3, "depression_tau": 2, "time_bits": 4, "trace_bits": 4, **others}
    return StdpSpec.model_validate({"weight_bits": bits, **fields})


def plastic(neurons: int, axons: int, banks: int, **others: Any) -> Spec:
    neuron = {"fire": "tick", "membrane_bits": 5, "input_bits": 4, "leak": "none"}
    pairs = {
        "window": "trace",
        "weight_bits": 3,
        "trace_bits": 4,
        "fraction_bits": 2,
        "potentiation": 9,
        "depression": 14,
        "potentiation_tau": 3,
        "depression_tau": 2,
        **others.pop("stdp", {}),
    }
    calcium = {
        "weight_bits": 3,
        "membrane_bits": 5,
        "membrane_signed": False,
        "calcium_bits": 3,
        "jump_up": 2,
        "jump_down": 3,
        "calcium_jump": 3,
        "membrane_threshold": 6,
        "calcium_thresholds": (1, 4, 6),
    }
    return PlasticCoreSpec.model_validate(
        {
            "neurons": neurons,
            "axons": axons,
            "banks": banks,
            "neuron": neuron,
            "stdp": pairs,
            "calcium": calcium,
            **others,
        }
    )


PLASTIC = (
    plastic(5, 3, 4),
    plastic(2, 4, 2, stdp={"pairing": "all", "potentiation": 6}),
    plastic(5, 3, 2, rule="calcium"),
    plastic(2, 3, 2, rule="calcium"),
    plastic(3, 4, 2, stdp={"weight_signed": True, "pairing": "all", "potentiation": 3}),
    plastic(3, 1, 1),
)

SPECS: dict[str, tuple[Spec, ...]] = {
    "learning.plastic_core": PLASTIC,
    "learning.plastic_lane": PLASTIC,
    "learning.plastic_walk": PLASTIC,
    "learning.stdp": (
        stdp(3, potentiation=20, depression=25, fraction_bits=3),
        stdp(
            3,
            potentiation=12,
            depression=9,
            potentiation_tau=2,
            depression_tau=3,
            time_bits=4,
            pairing="reduced-symmetric",
            fraction_bits=2,
        ),
        stdp(3, window="trace", pairing="presynaptic-centred", potentiation=9, depression=6),
        stdp(3, window="trace", pairing="reduced-symmetric", potentiation=9, depression=6),
        stdp(
            3,
            weight_signed=True,
            window="shift",
            dependence="multiplicative",
            fraction_bits=3,
            potentiation=7,
            depression=9,
            rounding="stochastic",
        ),
        stdp(3, window="trace", pairing="all", potentiation=9, depression=6, fraction_bits=2),
        stdp(8, window="trace", potentiation=9, depression=6, fraction_bits=0),
    ),
}
