"""One packet watched on its way: what comes in first with bit 0 of its payload high.

Payloads change nothing about a packet's way, so what holds of this one holds of all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from amaranth.hdl import Cat, Signal, Value

from neuroloom.verif.formal import Proof, implies, one_hot_or_none


def mark(stream: Any) -> Value:
    """Whether the marked packet is offered on a stream."""
    offered: Value = stream.valid & stream.payload.payload[0]
    return offered


@dataclass(frozen=True)
class Watched:
    """What is known of the marked packet from outside."""

    taken: Signal
    """It is taken in this cycle."""
    before: Signal
    """It was taken before."""
    owed: Signal
    """Whether it still has to come there, for every output."""


def watch(
    proof: Proof, inputs: Mapping[str, Any], outputs: Mapping[str, Any], due: Mapping[str, Value]
) -> Watched:
    """Claim that the marked packet comes out only where it has to, and there once.

    ``due`` says for every output whether a packet that is taken now has to come there.
    """
    m = proof.m
    marks = Cat(mark(stream) for stream in inputs.values())
    taken = Signal(name="marked_taken")
    before = Signal(name="marked_before")
    owed = Signal(len(outputs), name="marked_owed")
    came = Signal(len(outputs), name="marked_came")
    m.d.comb += taken.eq(Cat(mark(port) & port.ready for port in inputs.values()).any())
    m.d.comb += came.eq(Cat(mark(output) & output.ready for output in outputs.values()))
    m.d.sync += before.eq(before | taken)
    with m.If(taken):
        m.d.sync += owed.eq(Cat(due.values()))
    with m.Else():
        m.d.sync += owed.eq(owed & ~came)
    proof.assume(one_hot_or_none(marks))
    proof.assume(implies(before, ~marks.any()))
    for number, (name, stream) in enumerate(outputs.items()):
        proof.always(
            f"{name}-once",
            f"a packet leaves at {name} only if it has to, and once",
            implies(mark(stream), owed[number]),
        )
        proof.can(f"{name}-used", f"a packet leaves at {name}", came[number])
    return Watched(taken, before, owed)
