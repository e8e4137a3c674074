"""What a neuron core does in each cycle: the steps of rows and of sweeps, with their weights."""

from typing import Any

from amaranth.hdl import Cat, Module, Mux, Signal, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from neuroloom.golden.neurons.neuron_core import NeuronCoreSpec
from neuroloom.hdl.memory_contents import written_first
from neuroloom.hdl.parts import counter, following


class CoreRows(wiring.Component):
    """Takes events and gives steps; reads the synapses.

    Interface: a token is ``taken`` when it is ``valid`` and ``go``. While there is ``step`` one
    ``group`` is to be read, and with the next ``advance`` its ``weights`` are there. ``tick`` marks
    a sweep, ``last`` its end, ``clear`` that states become zero, ``empty`` a step of a row without
    groups. ``silent`` is the sweep after reset, of which nothing is seen. ``idle``: no token
    waits for its first step.

    Synapses are written with ``write``, ``address`` and ``word``, rows with ``write_row`` and
    ``row``.
    """

    def __init__(self, spec: NeuronCoreSpec) -> None:
        self.spec = spec
        words = spec.weight_bits * spec.banks
        members = {
            "advance": In(1),
            "go": In(1),
            "valid": In(1),
            "axon": In(unsigned(spec.axon_bits)),
            "end": In(1),
            "clear_after": In(1),
            "taken": Out(1),
            "step": Out(1),
            "tick": Out(1),
            "clear": Out(1),
            "silent": Out(1),
            "last": Out(1),
            "empty": Out(1),
            "group": Out(unsigned(spec.group_bits)),
            "weights": Out(words),
            "idle": Out(1),
            "write": In(1),
            "address": In(range(max(spec.words, spec.axons))),
            "word": In(words + (spec.group_bits if spec.compressed else 0)),
        }
        if spec.compressed:
            members.update(write_row=In(1), row=In(spec.place_bits + spec.length_bits))
        super().__init__(members)

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        if self.spec.compressed:
            self._lists(m)
        else:
            self._whole_rows(m)
        return m

    def _storage(self, m: Module, words: int, depth: int, name: str) -> tuple[Any, Any]:
        storage = written_first(unsigned(words), depth)
        m.submodules[name] = storage
        return storage.read_port(), storage.write_port()

    def _whole_rows(self, m: Module) -> None:
        """Every row has all groups: its address is that of the axon and of the group."""
        spec = self.spec
        fresh = Signal(init=1)
        going_on = Signal()
        kept_axon = Signal(spec.axon_bits)
        kept_tick = Signal()
        kept_clear = Signal()
        axon = Signal(spec.axon_bits)
        group = Signal(spec.group_bits)
        at_end = Signal()
        move = Signal()

        m.d.comb += going_on.eq(group != 0)
        m.d.comb += at_end.eq(group == spec.groups - 1)
        m.d.comb += self.taken.eq(self.advance & self.go & self.valid & ~going_on)
        m.d.comb += self.step.eq(going_on | fresh | (self.go & self.valid))
        m.d.comb += self.tick.eq(Mux(going_on, kept_tick, self.end) | fresh)
        m.d.comb += self.clear.eq(Mux(going_on, kept_clear, self.end & self.clear_after) | fresh)
        m.d.comb += axon.eq(Mux(going_on, kept_axon, self.axon))
        m.d.comb += [self.silent.eq(fresh), self.last.eq(at_end & self.tick)]
        m.d.comb += [self.group.eq(group), self.idle.eq(1)]
        m.d.comb += move.eq(self.advance & self.step)
        with m.If(self.taken):
            m.d.sync += [kept_axon.eq(self.axon), kept_tick.eq(self.end)]
            m.d.sync += kept_clear.eq(self.end & self.clear_after)
        counter(m, group, move, at_end)
        with m.If(move), m.If(at_end):
            m.d.sync += fresh.eq(0)

        read, write = self._storage(m, len(self.word), spec.words, "synapses")
        m.d.comb += read.addr.eq(self._place(m, axon, group, move, at_end))
        # a load meets the sweep after reset alone, which needs no weights: one port is enough
        m.d.comb += read.en.eq(move & ~self.write)
        m.d.comb += [write.addr.eq(self.address), write.data.eq(self.word)]
        m.d.comb += [write.en.eq(self.write), self.weights.eq(read.data)]

    def _place(self, m: Module, axon: Signal, group: Signal, move: Signal, at_end: Signal) -> Any:
        """``group · A + axon``."""
        axons = self.spec.axons
        if not axons & (axons - 1):
            return Cat(axon, group)
        before = Signal(range(self.spec.words))
        with m.If(move):
            m.d.sync += before.eq(Mux(at_end, 0, before + axons))
        return before + axon

    def _lists(self, m: Module) -> None:
        """A row is a list of words with their groups; the table of rows says where it lies.

        A token waits in ``held`` for its row, and a step a cycle for its word.
        """
        spec = self.spec
        fresh = Signal(init=1)
        held = Signal()
        held_tick = Signal()
        held_clear = Signal()
        done = Signal()
        move = Signal()
        read_row, write_row = self._storage(m, len(self.row), spec.axons, "row_table")
        m.d.comb += self.taken.eq(self.advance & self.go & self.valid & (~held | done) & ~fresh)
        m.d.comb += [read_row.addr.eq(self.axon), read_row.en.eq(self.taken)]
        m.d.comb += [write_row.addr.eq(self.address), write_row.data.eq(self.row)]
        m.d.comb += write_row.en.eq(self.write_row)

        inside = Signal()
        next_place = Signal(spec.place_bits)
        rest = Signal(spec.length_bits)
        place = Signal(spec.place_bits)
        left = Signal(spec.length_bits)
        sweep_group = Signal(spec.group_bits)
        tick = Signal()
        sweep_end = Signal()
        m.d.comb += place.eq(Mux(inside, next_place, read_row.data[: spec.place_bits]))
        m.d.comb += left.eq(Mux(inside, rest, read_row.data[spec.place_bits :]))
        m.d.comb += tick.eq(held_tick | fresh)
        m.d.comb += sweep_end.eq(sweep_group == spec.groups - 1)
        m.d.comb += done.eq(Mux(tick, sweep_end, left <= 1) & ~fresh)
        m.d.comb += move.eq(self.advance & (held | fresh))
        with m.If(self.taken):
            m.d.sync += [
                held.eq(1),
                held_tick.eq(self.end),
                held_clear.eq(self.end & self.clear_after),
            ]
        with m.Elif(move & done):
            m.d.sync += held.eq(0)
        with m.If(move):
            with m.If(tick):
                m.d.sync += sweep_group.eq(following(sweep_group, sweep_end))
                with m.If(sweep_end):
                    m.d.sync += fresh.eq(0)
            with m.Else():
                m.d.sync += [inside.eq(left > 1), next_place.eq(place + 1), rest.eq(left - 1)]

        read, write = self._storage(m, len(self.word), spec.words, "synapses")
        m.d.comb += [read.addr.eq(place), read.en.eq(move & ~tick)]
        m.d.comb += [write.addr.eq(self.address), write.data.eq(self.word)]
        m.d.comb += write.en.eq(self.write)

        word_group = read.data[len(self.weights) :]
        swept = Signal(spec.group_bits)
        with m.If(self.advance):
            m.d.sync += [self.step.eq(held | fresh), self.tick.eq(tick), swept.eq(sweep_group)]
            m.d.sync += [self.clear.eq(held_clear | fresh), self.silent.eq(fresh)]
            m.d.sync += [self.last.eq(tick & sweep_end), self.empty.eq(~tick & (left == 0))]
            m.d.sync += self.weights.eq(read.data)
        m.d.comb += self.group.eq(Mux(self.tick, swept, word_group))
        m.d.comb += self.idle.eq(~held & ~self.step)
