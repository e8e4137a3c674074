"""TrueNorth-style core: a sweep over neurons that visits the active axons of a tick."""

from itertools import pairwise
from typing import Any

from amaranth.hdl import C, Cat, Module, Mux, Signal, Value, signed

from neuroloom.golden.inventory import index_bits
from neuroloom.golden.neurons.crossbar_core import CrossbarCoreSpec
from neuroloom.golden.neurons.crossbar_model import LFSR_DEGREE
from neuroloom.hdl import formats
from neuroloom.hdl.arith.lfsr import Lfsr
from neuroloom.hdl.component import Component
from neuroloom.hdl.events.delay_scheduler import DelayScheduler
from neuroloom.hdl.memories.memory_map import ParameterStore
from neuroloom.hdl.memory_contents import written_first
from neuroloom.hdl.neurons.active_list import ActiveList
from neuroloom.hdl.neurons.crossbar_neuron import by_chance, crossed, leaked
from neuroloom.hdl.parts import handed_over, output_free, register


class CrossbarCore(Component[CrossbarCoreSpec]):
    """Scheduler, list of the tick's axons, and a pipeline that is given a slot for every neuron
    and active axon, one for every neuron's leak, and one for the end of the tick.

    All stages wait while a packet is held; what a slot is of goes along in ``neuron``, ``leak``,
    ``first`` and ``end``::

        0  slot         position in the list, neuron              -> axon read
        1  axon         active.entry                              -> synapses and weight read
        2  contribution weight where there is a synapse, or leak  -> addend, membrane read
        3  sum          first of its neuron: membrane, else total -> total, thresholds read
        4  comparison   total against threshold, one adder        -> distance, reset values
        5  outcome      packet, membrane written                  -> output register

    A neuron's leak is its last slot, so that the sum is whole when it is compared. After reset a
    silent sweep over the neurons clears their membranes.
    """

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec, output = self.spec, self.packets
        busy = Signal(init=1)
        fresh = Signal(init=1)
        advance = Signal()
        step = Signal()
        m.d.comb += advance.eq(output_free(output))
        m.d.comb += step.eq(advance & busy)
        stores = self._stores(m, busy)
        m.submodules.active = active = ActiveList(spec.axons, spec.types)
        begins, walked = self._events(m, active, stores, busy, fresh)
        sweeping = Signal(init=1)
        neuron, leak, first, end = self._slots(m, active, walked, sweeping, advance)

        # stage 1: the leak's weight is stored behind those of the axon types
        crossbar, weights = stores["crossbar"], stores["weights"]
        low = index_bits(spec.scheduler.lanes)
        lane = register(m, active.entry_axon, advance, "lane", low)
        kind = Signal(spec.type_bits)
        m.d.comb += [
            active.enable.eq(step),
            crossbar.enable.eq(step),
            weights.enable.eq(step),
            kind.eq(Mux(leak[1], spec.types, active.entry_type)),
            crossbar.address.eq(Cat(active.entry_axon[low:], neuron[1])),
            weights.address.eq(Cat(kind, neuron[1])),
        ]

        # stage 2: of the word of synapses that was read, the lane that the axon is in
        present = Signal()
        m.d.comb += present.eq(leak[2] | crossbar.word.bit_select(lane, 1))
        weight = self._weight(m, weights, present, sweeping & ~fresh, advance)
        addend = register(m, Mux(present, weight, 0), advance, "addend", signed(spec.weight_bits))

        # stage 3: the total stands for the membrane while its neuron is swept: it is read once and
        # written once, and a read that counts never meets a write
        membranes = written_first(signed(spec.membrane_bits), spec.neurons)
        m.submodules.membranes = membranes
        read, write = membranes.read_port(), membranes.write_port()
        total = Signal(signed(spec.sum_bits))
        base = Signal.like(total)
        m.d.comb += [
            read.addr.eq(neuron[2]),
            read.en.eq(step),
            base.eq(Mux(first[3], read.data, total)),
        ]
        for name in ("thresholds", "resets"):
            m.d.comb += [stores[name].address.eq(neuron[3]), stores[name].enable.eq(step)]
        reversal: Value = C(0, 1)
        if spec.leak_reversal:
            reverses = leak[2] & weights.fields["reversal"]
            reversal = register(m, reverses, advance, "reversal", 1)
        with m.If(advance):
            m.d.sync += total.eq(leaked(m, base, addend, reversal))

        # stages 4 and 5: what is saturated is compared, as in the golden model
        fires, after = crossed(
            m,
            spec,
            formats.fit(m, total, spec.membrane_format),
            stores["thresholds"].fields,
            stores["resets"].fields,
            self._noise(m, leak[4] & advance & ~fresh),
            advance,
        )
        packet = Signal()
        m.d.comb += [
            packet.eq(leak[5] & fires & ~fresh),
            write.addr.eq(neuron[5]),
            write.data.eq(Mux(fresh, 0, after)),
            write.en.eq(leak[5]),
        ]
        with m.If(advance & end[5]):
            m.d.sync += [busy.eq(0), fresh.eq(0)]
        with m.If(begins):
            m.d.sync += busy.eq(1)
        self._output(m, stores["destinations"], neuron[5], packet, end[5] & ~fresh, advance)
        return m

    def _stores(self, m: Module, busy: Value) -> dict[str, ParameterStore]:
        """The memories of parameters, programmed while no tick is in progress."""
        spec = self.spec
        words = spec.contents.words(spec) if spec.contents else {}
        stores = {each.name: ParameterStore(each, words.get(each.name)) for each in spec.memories}
        for name, store in stores.items():
            m.submodules[name] = store
            if spec.contents is None:
                token = self.program.payload
                chosen = self.program.valid & ~busy & (token.kind == store.layout.kind)
                m.d.comb += [
                    store.write.eq(chosen),
                    store.at.eq(token.address),
                    store.data.eq(token.data),
                ]
        return stores

    def _events(
        self,
        m: Module,
        active: ActiveList,
        stores: dict[str, ParameterStore],
        busy: Value,
        fresh: Value,
    ) -> tuple[Value, Value]:
        """Whether a tick begins, and whether all its axons have been found.

        A tick waits for the one before it, and for a load, which waits for that, too.
        """
        events = self.events
        m.submodules.scheduler = scheduler = DelayScheduler(self.spec.scheduler)
        free = Signal()
        admitted = Signal()
        begins = Signal()
        found = scheduler.active
        m.d.comb += free.eq(~busy)
        if self.spec.contents is None:
            loaded = Signal()
            m.d.comb += [
                self.program.ready.eq(~busy),
                free.eq(~busy & loaded & ~self.program.valid),
            ]
            with m.If(self.program.valid):  # and stays until it is taken
                m.d.sync += loaded.eq(self.program.payload.last)
        m.d.comb += [
            admitted.eq(~fresh & (free | ~events.payload.tick)),
            scheduler.events.payload.eq(events.payload),
            scheduler.events.valid.eq(events.valid & admitted),
            events.ready.eq(scheduler.events.ready & admitted),
            begins.eq(handed_over(scheduler.events) & events.payload.tick),
            found.ready.eq(1),
            active.clear.eq(begins),
            active.found.eq(found.valid & ~found.payload.end),
            active.axon.eq(found.payload.axon),
        ]
        if "types" in stores:
            types = stores["types"]
            m.d.comb += [types.address.eq(active.axon), types.enable.eq(active.found)]
            m.d.comb += active.type.eq(types.word)
        return begins, found.valid & found.payload.end

    def _slots(
        self, m: Module, active: ActiveList, walked: Value, sweeping: Signal, advance: Value
    ) -> tuple[list[Signal], list[Signal], list[Signal], list[Signal]]:
        """Neuron, leak, first of its neuron and end of the tick, in stages 0 to 5."""
        spec = self.spec
        position = Signal(range(spec.axons + 1))
        neuron = [Signal(range(spec.neurons), name=f"neuron_{stage}") for stage in range(6)]
        leak = [Signal(name=f"leak_{stage}") for stage in range(6)]
        first = [Signal(name=f"first_{stage}") for stage in range(4)]
        end = [Signal(name=f"end_{stage}") for stage in range(6)]
        last = Signal()
        m.d.comb += [
            active.position.eq(position),
            leak[0].eq(sweeping & (position == active.count)),
            first[0].eq(position == 0),
            last.eq(leak[0] & (neuron[0] == spec.neurons - 1)),
        ]
        with m.If(advance):
            with m.If(sweeping):
                m.d.sync += position.eq(position + 1)
            with m.If(leak[0]):
                m.d.sync += [position.eq(0), neuron[0].eq(neuron[0] + 1)]
            with m.If(last):
                m.d.sync += [neuron[0].eq(0), sweeping.eq(0)]
            m.d.sync += end[0].eq(last)
            for flow in (neuron, leak, first, end):
                m.d.sync += [late.eq(early) for early, late in pairwise(flow)]
        with m.If(walked):
            m.d.sync += sweeping.eq(1)
        return neuron, leak, first, end

    def _weight(
        self, m: Module, weights: ParameterStore, present: Value, issued: Value, advance: Value
    ) -> Value:
        """The weight of stage 2, by chance where it is flagged; ``issued`` is of stage 0."""
        weight = weights.fields["weight"]
        if not self.spec.stochastic:
            return weight
        random = weights.fields["random"]
        slot = Signal(2)
        bits = self.spec.weight_bits - 1
        m.submodules.chances = chances = Lfsr(LFSR_DEGREE, self.spec.seed, bits)
        m.d.comb += chances.take.eq(slot[1] & present & random & advance)
        with m.If(advance):
            m.d.sync += slot.eq(Cat(issued, slot[0]))
        return by_chance(m, weight, random, chances.word)

    def _noise(self, m: Module, take: Value) -> Value:
        """Fresh bits for the thresholds of every neuron."""
        if not self.spec.noise_bits:
            return C(0, 1)
        seed = self.spec.seed ^ ((1 << LFSR_DEGREE) - 1)
        m.submodules.noise = noise = Lfsr(LFSR_DEGREE, seed, self.spec.noise_bits)
        m.d.comb += noise.take.eq(take)
        return noise.word

    def _output(
        self,
        m: Module,
        destinations: ParameterStore,
        neuron: Value,
        packet: Value,
        end: Value,
        advance: Value,
    ) -> None:
        """A packet's destination is read into the output; the token that ends a tick is zero."""
        output = self.packets
        m.d.comb += destinations.address.eq(neuron)
        m.d.comb += destinations.enable.eq(packet & advance)
        with m.If(advance):
            m.d.sync += output.valid.eq(packet | end)
            m.d.sync += output.payload.tick.eq(end)
        for field in self.spec.destination_fields:
            value = destinations.fields[field.name]
            m.d.comb += output.payload[field.name].eq(Mux(output.payload.tick, 0, value))
