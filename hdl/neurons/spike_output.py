"""Spikes of a step, given one after the other."""

from typing import Any

from amaranth.hdl import Cat, Module, Mux, Signal, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from neuroloom.golden.neurons.neuron_core import NeuronCoreSpec
from neuroloom.hdl.arith.one_hot import lowest, number_of
from neuroloom.hdl.parts import handed_over


class SpikeOutput(wiring.Component):
    """Holds the spikes of a step, and whether it is the last of a tick, until all are taken.

    Interface: with ``advance`` it is empty and takes ``fired`` of the neurons of ``group`` and
    ``last`` with ``clear``, where there is a ``step``. ``neuron``, ``end``, ``cleared``,
    ``cycles`` and ``overrun`` are those of the token that is ``valid`` until ``ready``.
    """

    def __init__(self, spec: NeuronCoreSpec) -> None:
        self.spec = spec
        super().__init__(
            {
                "advance": Out(1),
                "step": In(1),
                "fired": In(spec.banks),
                "group": In(unsigned(spec.group_bits)),
                "last": In(1),
                "clear": In(1),
                "valid": Out(1),
                "ready": In(1),
                "end": Out(1),
                "cleared": Out(1),
                "neuron": Out(spec.group_bits + len(Signal(range(spec.banks)))),
                "cycles": Out(range(spec.cycles_limit + 1)),
                "overrun": Out(1),
            }
        )

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        waiting = Signal(self.spec.banks)
        group = Signal.like(self.group)
        end = Signal()
        clear = Signal()
        any_waits = Signal()
        first = Signal.like(waiting)
        m.d.comb += any_waits.eq(waiting.any())
        m.d.comb += first.eq(lowest(m, waiting))
        m.d.comb += [self.valid.eq(any_waits | end), self.advance.eq(~self.valid)]
        m.d.comb += [self.end.eq(~any_waits), self.cleared.eq(self.end & clear)]
        m.d.comb += self.neuron.eq(Mux(any_waits, Cat(number_of(m, first), group), 0))
        with m.If(self.advance):
            m.d.sync += waiting.eq(self.fired & self.step.replicate(len(waiting)))
            m.d.sync += [end.eq(self.last & self.step), group.eq(self.group), clear.eq(self.clear)]
        with m.Elif(self.ready):
            m.d.sync += waiting.eq(waiting & ~first)
            with m.If(~any_waits):
                m.d.sync += end.eq(0)
        if self.spec.cycles_limit:
            self._count(m, any_waits)
        return m

    def _count(self, m: Module, any_waits: Signal) -> None:
        """Cycles of the tick: steps, spikes, and the end itself."""
        limit = self.spec.cycles_limit
        counted = Signal(range(limit + 1))
        more = Signal.like(counted)
        m.d.comb += more.eq(Mux(counted == limit, limit, counted + 1))
        m.d.comb += self.cycles.eq(Mux(any_waits, 0, more))
        m.d.comb += self.overrun.eq(~any_waits & (counted >= self.spec.cycles_per_tick))
        with m.If(Mux(self.valid, self.ready, self.step)):
            m.d.sync += counted.eq(more)
        with m.If(handed_over(self) & ~any_waits):
            m.d.sync += counted.eq(0)
