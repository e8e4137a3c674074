"""Ring of time slots that holds events until they are due."""

from typing import Any

from amaranth.hdl import Cat, Module, Mux, Signal, Value, unsigned

from neuroloom.golden.events.delay_scheduler import ActiveForm, DelaySchedulerSpec
from neuroloom.golden.inventory import index_bits
from neuroloom.hdl.arith.one_hot import lowest, number_of
from neuroloom.hdl.component import Component
from neuroloom.hdl.memory_contents import written_first


class DelayScheduler(Component[DelaySchedulerSpec]):
    """Every word that is read is written in the next cycle: with an event in it, or cleared.

    An event reads its word; a tick reads the first word of the next slot and the walk over the
    slot the others, and one more, which is clear or not used. After reset every slot is walked over
    once, in silence.
    """

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec, events = self.spec, self.events
        m.submodules.ring = ring = written_first(unsigned(spec.lanes), spec.depth)
        write = ring.write_port()
        read = ring.read_port(transparent_for=(write,))
        now = Signal(range(spec.slots))
        silent = Signal(init=1)
        walking = Signal()
        index = Signal(range(spec.words))
        stored = Signal()
        erased = Signal()
        place = Signal(len(read.addr))
        bit = Signal(index_bits(spec.lanes))

        tick = Signal()
        take = Signal()
        fetch = Signal()
        done = Signal()
        slot = self._slot(m, now, walking, tick)
        word = Signal(spec.word_bits)
        next_index = Signal(spec.word_bits)
        m.d.comb += [
            events.ready.eq(~walking & ~silent),
            tick.eq(silent | events.payload.tick),
            take.eq(~walking & (silent | events.valid)),
            next_index.eq(index + 1),
            word.eq(Mux(walking, next_index, Mux(tick, 0, events.payload.axon[len(bit) :]))),
            read.addr.eq(Cat(word, slot)),
            read.en.eq(take | fetch),
            write.addr.eq(place),
            write.data.eq(Mux(erased, 0, read.data | (1 << bit))),
            write.en.eq(stored),
        ]
        m.d.sync += stored.eq(read.en)
        m.d.sync += erased.eq(walking | tick)
        m.d.sync += place.eq(read.addr)
        m.d.sync += bit.eq(events.payload.axon)
        with m.If(take & tick):
            m.d.sync += [now.eq(slot), index.eq(0), walking.eq(1)]
        with m.If(fetch):
            m.d.sync += index.eq(next_index)
        with m.If(done):
            m.d.sync += walking.eq(0)
            with m.If(now == 0):
                m.d.sync += silent.eq(0)

        last = index == spec.words - 1
        if spec.form is ActiveForm.WORDS:
            self._words(m, read.data, walking, silent, last, fetch, done)
        else:
            self._addresses(m, read.data, walking, silent, last, index, fetch, done)
        if spec.merged_bits:
            found = stored & ~erased & read.data.bit_select(bit, 1)
            self._count(m, found, done)
        return m

    def _slot(self, m: Module, now: Value, walking: Value, tick: Value) -> Signal:
        """The current slot in a walk, the next one for a tick, that of an event."""
        slots = self.spec.slots
        ahead = Signal(range(slots))
        m.d.comb += ahead.eq(Mux(walking, 0, Mux(tick, 1, self.events.payload.delay)))
        exact = Signal(len(now) + 1)
        slot = Signal(range(slots))
        m.d.comb += exact.eq(now + ahead)
        m.d.comb += slot.eq(exact)
        if not self.spec.turns_by_itself:
            with m.If(exact >= slots):
                m.d.comb += slot.eq(exact - slots)
        return slot

    def _words(
        self,
        m: Module,
        data: Value,
        walking: Value,
        silent: Value,
        last: Value,
        fetch: Value,
        done: Value,
    ) -> None:
        """The word that was read is the token."""
        step = Signal()
        m.d.comb += [
            self.active.valid.eq(walking & ~silent),
            self.active.payload.bits.eq(data),
            self.active.payload.last.eq(last),
            step.eq(walking & (silent | self.active.ready)),
            fetch.eq(step),
            done.eq(step & last),
        ]

    def _addresses(
        self,
        m: Module,
        data: Value,
        walking: Value,
        silent: Value,
        last: Value,
        index: Value,
        fetch: Value,
        done: Value,
    ) -> None:
        """One word is served from a register while the next one is there already."""
        spec, payload = self.spec, self.active.payload
        remaining = Signal(spec.lanes)
        base = Signal(spec.word_bits)
        served_last = Signal()
        some = Signal()
        rest = Signal(spec.lanes)
        only = lowest(m, remaining)
        load = Signal()
        m.d.comb += [
            some.eq(remaining.any()),
            rest.eq(remaining ^ only),
            self.active.valid.eq(~silent & (some | served_last)),
            payload.end.eq(~some),
            payload.axon.eq(Cat(number_of(m, only), Mux(some, base, 0))),
            load.eq(walking & ~served_last & ~rest.any() & (~some | self.active.ready)),
            fetch.eq(load),
            done.eq(served_last & ~some & (silent | self.active.ready)),
        ]
        with m.If(self.active.ready):
            m.d.sync += remaining.eq(rest)
        with m.If(load):
            m.d.sync += [remaining.eq(data), base.eq(index), served_last.eq(last)]
        with m.If(silent):
            m.d.sync += remaining.eq(0)
        with m.If(done):
            m.d.sync += served_last.eq(0)

    def _count(self, m: Module, found: Value, done: Value) -> None:
        merged = Signal(self.spec.merged_bits)
        m.d.comb += self.active.payload.merged.eq(merged)
        with m.If(found & ~merged.all()):
            m.d.sync += merged.eq(merged + 1)
        with m.If(done):
            m.d.sync += merged.eq(0)
