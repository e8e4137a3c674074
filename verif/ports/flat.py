"""Who sends and accepts at flat ports, by the handshake of each stream."""

from random import Random

from neuroloom.golden.ports import Handshake, Stream
from neuroloom.verif.links import (
    FourPhaseConsumer,
    FourPhaseProducer,
    StrobeConsumer,
    StrobeProducer,
)
from neuroloom.verif.losses import FillingConsumer, LosingConsumer
from neuroloom.verif.partners import Consumer, Producer
from neuroloom.verif.simulator import Simulator


def producer_of(sim: Simulator, stream: Stream, random: Random) -> Producer:
    """What drives an input stream."""
    kinds = {Handshake.FOUR_PHASE: FourPhaseProducer, Handshake.STROBE: StrobeProducer}
    return kinds.get(stream.handshake, Producer)(sim, stream, random)


def consumer_of(sim: Simulator, stream: Stream, random: Random) -> Consumer:
    """What accepts from an output stream, with or without losses."""
    if stream.losses is not None:
        return LosingConsumer(sim, stream, random)
    if stream.waiting is not None:
        return FillingConsumer(sim, stream, random)
    kinds = {Handshake.FOUR_PHASE: FourPhaseConsumer, Handshake.STROBE: StrobeConsumer}
    return kinds.get(stream.handshake, Consumer)(sim, stream, random)
