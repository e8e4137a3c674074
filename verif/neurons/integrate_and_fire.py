"""Stimulus for ``integrate_and_fire``."""

from neuroloom.golden.formats import Overflow
from neuroloom.golden.neurons.integrate_and_fire import IntegrateAndFireSpec
from neuroloom.golden.neurons.lif_options import Reset
from neuroloom.golden.ports import Traffic
from neuroloom.verif.neurons.lif import corner_updates, random_updates, update_coverage
from neuroloom.verif.stimulus import Cover, Rng, Stimulus, pick


class IntegrateAndFireStimulus(Stimulus[IntegrateAndFireSpec]):
    """Ends of every format in all mixtures; membranes beside their thresholds."""

    def corners(self) -> Traffic:
        return {"update": corner_updates(self.spec.options)}

    def random(self, rng: Rng, operations: int) -> Traffic:
        return {"update": random_updates(self.spec.options, rng, operations)}

    def coverage(self) -> list[Cover]:
        return update_coverage(self.spec.options)

    @classmethod
    def random_spec(cls, rng: Rng) -> IntegrateAndFireSpec:
        reset = pick(rng, Reset)
        bits = int(rng.integers(2, 10))
        wrap = reset is Reset.WRAP
        return IntegrateAndFireSpec(
            membrane_bits=bits,
            input_bits=int(rng.integers(2, bits + 2)),
            reset=reset,
            membrane_signed=not wrap and bool(rng.integers(2)),
            overflow=Overflow.SATURATE if wrap else pick(rng, [Overflow.SATURATE, Overflow.WRAP]),
            reset_value=int(rng.integers(0, 2)) if reset is Reset.TO_VALUE else 0,
            pipeline=int(rng.integers(3)),
        )
