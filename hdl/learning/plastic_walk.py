"""What a neuron core that learns does in each cycle."""

from enum import IntEnum
from typing import Any

from amaranth.hdl import C, Cat, Module, Mux, Signal, Value, unsigned
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from neuroloom.golden.learning.plastic_core import PlasticCoreSpec
from neuroloom.hdl.parts import counter

TOKEN = ("axon", "end", "clear", "learn", "read", "drift")


class Phase(IntEnum):
    """Place of a token. The low bit: axons are counted."""

    GROUPS = 0
    """Steps go through the groups, of a row or of the sweep."""
    AXONS = 1
    """All axons' traces decay, or all synapses drift."""
    JUDGED = 2
    """The step before is looked at: has a neuron fired?"""
    COLUMN = 3
    """Steps go through the axons, for the neurons of a group that fired."""


def step_layout(spec: PlasticCoreSpec) -> data.StructLayout:
    """What is done with a word of synapses or of neurons."""
    flags = ("row", "read", "sweep", "column", "axons", "learn", "clear", "silent", "last")
    return data.StructLayout(
        {
            **dict.fromkeys(flags, unsigned(1)),
            "group": unsigned(spec.group_bits),
            "axon": unsigned(spec.axon_bits),
            "place": unsigned(spec.place_bits),
        }
    )


class PlasticWalk(wiring.Component):
    """Takes tokens and gives steps.

    Interface: a token is ``taken`` when it is ``valid`` and ``go`` and the one before is done.
    While there is a ``step``, ``now`` says which; the next one comes with ``advance``. A step
    without flags does nothing. ``fired``: the step before is one of a sweep in which a neuron
    fires. ``silent`` steps clear all after reset; nothing is seen of them.
    ``last`` ends a tick.
    """

    def __init__(self, spec: PlasticCoreSpec) -> None:
        self.spec = spec
        super().__init__(
            {
                "advance": In(1),
                "go": In(1),
                "valid": In(1),
                "axon": In(unsigned(spec.axon_bits)),
                "end": In(1),
                "clear": In(1),
                "learn": In(1),
                "read": In(1),
                "drift": In(1),
                "fired": In(1),
                "taken": Out(1),
                "step": Out(1),
                "now": Out(step_layout(spec)),
                "idle": Out(1),
            }
        )

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec = self.spec
        phase = Signal(Phase)
        inside = Signal(init=1)  # after reset as in an end that clears
        silent = Signal(init=1)
        group = Signal(spec.group_bits)
        counted = Signal(spec.axon_bits)
        starts, move, turn, enters, done = Signal(), Signal(), Signal(), Signal(), Signal()
        last_group, last_axon, judges, goes_on = Signal(), Signal(), Signal(), Signal()
        groups, axons = Signal(), Signal()
        m.d.comb += [groups.eq(phase == Phase.GROUPS), axons.eq(phase == Phase.AXONS)]
        counts = phase[0]

        m.d.comb += starts.eq(self.go & self.valid & ~inside)
        m.d.comb += [self.taken.eq(starts), self.idle.eq(~inside)]
        m.d.comb += self.step.eq(inside | starts)
        m.d.comb += move.eq(self.advance & self.step)
        token = {name: self._token(m, inside, name) for name in TOKEN}
        end = token["end"]
        if spec.by_pairs:
            m.d.comb += judges.eq(end & token["learn"])
            m.d.comb += goes_on.eq(end & (token["learn"] | token["clear"]))
        else:
            m.d.comb += goes_on.eq(end & token["drift"])

        m.d.comb += last_group.eq(group == spec.groups - 1)
        m.d.comb += last_axon.eq(counted == spec.axons - 1)
        with m.If(counts):
            m.d.comb += turn.eq(move & last_axon)
        with m.Elif(groups):
            m.d.comb += turn.eq(move & ~judges)
        with m.Else():
            m.d.comb += turn.eq(self.advance & ~self.fired)
        m.d.comb += enters.eq(goes_on & last_group & ~axons)
        m.d.comb += done.eq(turn & last_group & ~enters)

        counter(m, counted, move & counts, last_axon)
        with m.If(turn):
            m.d.sync += phase.eq(Mux(enters | (axons & ~last_group), Phase.AXONS, Phase.GROUPS))
        if spec.by_pairs:
            with m.Elif(groups & move):
                m.d.sync += phase.eq(Phase.JUDGED)
            with m.Elif((phase == Phase.JUDGED) & self.advance):
                m.d.sync += phase.eq(Phase.COLUMN)
        with m.If(self.taken):
            m.d.sync += inside.eq(1)
        with m.If(done):
            m.d.sync += [inside.eq(0), silent.eq(0)]

        # traces decay in the last group, synapses drift in all of them
        next_group = turn & ~enters if spec.by_pairs else turn
        counter(m, group, next_group, last_group)
        axon = Signal(spec.axon_bits)
        m.d.comb += axon.eq(Mux(counts, counted, token["axon"]))
        now = {
            "row": ~end & ~token["read"],
            "read": ~end & token["read"],
            "sweep": groups & end,
            "column": phase == Phase.COLUMN,
            "axons": axons,
            "learn": token["learn"],
            "clear": end & token["clear"],
            "silent": silent,
            "last": done & end,
            "group": group,
            "axon": axon,
            "place": self._place(m, axon, group, next_group, last_group)[: spec.place_bits],
        }
        m.d.comb += Value.cast(self.now).eq(Cat(now[name] for name in step_layout(spec).members))
        return m

    def _token(self, m: Module, inside: Signal, name: str) -> Value:
        """A field of the token: as it comes, then as it was."""
        given = getattr(self, name)
        if name == "drift" and self.spec.by_pairs:
            return C(0)
        kept = Signal.like(given, name=f"kept_{name}", init=name in ("end", "clear"))
        with m.If(self.taken):
            m.d.sync += kept.eq(given)
        return Mux(inside, kept, given)

    def _place(
        self, m: Module, axon: Signal, group: Signal, next_group: Value, last_group: Value
    ) -> Value:
        """``group · A + axon``."""
        axons = self.spec.axons
        if not axons & (axons - 1):
            return Cat(axon, group)
        before = Signal(self.spec.place_bits)
        with m.If(next_group):
            m.d.sync += before.eq(Mux(last_group, 0, before + axons))
        return before + axon
