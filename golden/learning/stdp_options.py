"""Pairs of spikes that change a synapse and by how much, and the events that it sees."""

from enum import IntEnum, StrEnum

LFSR_DEGREE = 32


class StdpEvent(IntEnum):
    """What happens at a synapse with traces."""

    PRE = 0
    POST = 1
    TICK = 2
    """Time goes on for both traces. A fourth code is a tick, too."""


class StampEvent(IntEnum):
    """What happens at a synapse with time stamps. Odd ones look at the presynaptic stamp, even ones
    at the postsynaptic one; a stamp that is found outside its window is forgotten.
    """

    PRE = 0
    POST = 1
    LOOK_AT_POST = 2
    LOOK_AT_PRE = 3


class Pairing(StrEnum):
    """Pairs of spikes that count: the schemes of Morrison, Diesmann and Gerstner 2008, Fig. 7."""

    NEAREST = "nearest"
    """Symmetric (A): each spike with the last one of the other side."""
    PRESYNAPTIC_CENTRED = "presynaptic-centred"
    """Each presynaptic spike with the last postsynaptic one and with the next (B): a postsynaptic
    spike counts for all presynaptic ones since the postsynaptic one before it."""
    REDUCED_SYMMETRIC = "reduced-symmetric"
    """Each spike with the one right before it, if that is of the other side (C)."""
    ALL = "all"
    """Each spike with every earlier one of the other side; the trace saturates."""

    def sums(self, side: StdpEvent) -> bool:
        """Whether several spikes of ``side`` add up, instead of the last one counting alone."""
        centred = self is Pairing.PRESYNAPTIC_CENTRED and side is StdpEvent.PRE
        return self is Pairing.ALL or centred

    def uses_up(self, side: StdpEvent) -> bool:
        """Whether spikes of ``side`` count for one spike of the other side only, the next."""
        centred = self is Pairing.PRESYNAPTIC_CENTRED and side is StdpEvent.PRE
        return self is Pairing.REDUCED_SYMMETRIC or centred

    @property
    def by_stamps(self) -> bool:
        """Whether a time stamp a side is enough: no spikes add up."""
        return not any(self.sums(side) for side in (StdpEvent.PRE, StdpEvent.POST))


class Dependence(StrEnum):
    """How a change depends on the weight."""

    ADDITIVE = "additive"
    """Not at all; the weight saturates."""
    MULTIPLICATIVE = "multiplicative"
    """Proportional to the distance from the end that it moves to: a soft bound."""
