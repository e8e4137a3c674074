"""Stimulus for ``aer_link``."""

import numpy as np

from neuroloom.golden.events.aer_link import AerLinkSpec, LinkEnd, LinkProtocol
from neuroloom.golden.ports import Integers, Traffic
from neuroloom.verif.stimulus import Cover, Rng, Stimulus, pick


class AerLinkStimulus(Stimulus[AerLinkSpec]):
    """Addresses in which each wire changes alone, and all of them at once."""

    def corners(self) -> Traffic:
        alone = 1 << np.arange(self.spec.bits, dtype=np.int64)
        greatest = 2 * int(alone[-1]) - 1
        return self._events(np.concatenate([[0, greatest, greatest, 0], alone, greatest - alone]))

    def random(self, rng: Rng, operations: int) -> Traffic:
        greatest = 2**self.spec.bits - 1
        return self._events(rng.integers(0, greatest, operations, np.int64, endpoint=True))

    def _events(self, address: Integers) -> Traffic:
        return {self.spec.streams[0].name: {"address": address}}

    def coverage(self) -> list[Cover]:
        greatest = 2**self.spec.bits - 1
        name = self.spec.streams[1].name
        return [
            Cover("least address", lambda _, got: (got[name]["address"] == 0).any()),
            Cover("greatest address", lambda _, got: (got[name]["address"] == greatest).any()),
        ]

    @classmethod
    def random_spec(cls, rng: Rng) -> AerLinkSpec:
        """Links of both ends, which all flows can drive."""
        return cls._link(rng, LinkEnd.BOTH)

    @classmethod
    def random_variant(cls, rng: Rng) -> AerLinkSpec:
        return cls._link(rng, pick(rng, LinkEnd))

    @staticmethod
    def _link(rng: Rng, end: LinkEnd) -> AerLinkSpec:
        return AerLinkSpec(
            bits=int(rng.integers(1, 20)),
            protocol=pick(rng, LinkProtocol),
            end=end,
            synchronizer=int(rng.integers(2, 5)),
            setup=int(rng.integers(0, 5)),
            pulse=int(rng.integers(5, 8)),
            gap=int(rng.integers(1, 5)),
        )
