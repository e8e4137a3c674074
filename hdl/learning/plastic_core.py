"""Time-multiplexed neuron core that learns."""

from typing import Any

from amaranth.hdl import C, Cat, Module, Mux, Signal, Value

from neuroloom.golden.learning.plastic_core import PlasticCoreSpec
from neuroloom.golden.learning.stdp_options import StdpEvent
from neuroloom.golden.neurons.core_memories import PARAMETERS, SYNAPSES
from neuroloom.hdl.component import Component
from neuroloom.hdl.learning.plastic_lane import PlasticLane
from neuroloom.hdl.learning.plastic_walk import TOKEN, PlasticWalk, step_layout
from neuroloom.hdl.learning.stdp import decayed, refreshed
from neuroloom.hdl.neurons.lif_update import cut
from neuroloom.hdl.neurons.spike_output import SpikeOutput
from neuroloom.hdl.neurons.updated_memory import UpdatedMemory
from neuroloom.hdl.parts import handed_over, register


class PlasticCore(Component[PlasticCoreSpec]):
    """Steps in two stages: read synapses, states and traces; update them and write them back.

    A word that is read again in the cycle of its writing is passed on: synapses where a row is one
    word, traces where an event adds to them. Nothing else comes back so soon. Both stages wait
    while spikes of a step are given and until a word that is read is taken. A load is taken between
    two ticks only, and goes before the next one.
    """

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec = self.spec
        neuron_bits = (spec.core.state_bits + spec.learned_bits) * spec.banks
        m.submodules.walk = walk = PlasticWalk(spec)
        m.submodules.output = output = SpikeOutput(spec.core)
        m.submodules.states = states = UpdatedMemory(neuron_bits, spec.groups, passes=False)
        m.submodules.synapses = synapses = UpdatedMemory(
            spec.weight.port_bits, spec.words, passes=spec.groups == 1
        )
        advance, moves, writes = Signal(), Signal(), Signal()
        busy = register(m, walk.step, advance, "busy")
        step = register(m, walk.now, advance, "step", step_layout(spec))
        m.d.comb += advance.eq(output.advance & (~(busy & step.read) | self.row.ready))
        m.d.comb += [moves.eq(advance & walk.step), writes.eq(advance & busy)]
        m.d.comb += walk.advance.eq(advance)
        m.d.comb += [states.read.eq(moves), states.read_address.eq(walk.now.group)]
        m.d.comb += [synapses.read.eq(moves), synapses.read_address.eq(walk.now.place)]

        trace = self._traces(m, walk, step, moves, writes) if spec.by_pairs else C(0)
        lanes = self._lanes(m, step, states.word, synapses.word, trace)
        fired = self._spikes(m, walk, output, lanes, busy, step)
        m.d.comb += states.write.eq(writes & (step.row | step.sweep))
        m.d.comb += states.write_address.eq(step.group)
        m.d.comb += states.written.eq(
            Mux(step.clear, 0, Cat(Cat(lane.next_state, lane.next_learned) for lane in lanes))
        )
        self._write_synapses(m, synapses, lanes, fired, step, writes)
        self._give_rows(m, output, synapses, busy, step)
        self._admit(m, walk, busy)
        return m

    def _traces(
        self, m: Module, walk: PlasticWalk, step: Any, moves: Value, writes: Value
    ) -> Value:
        """That of the step's axon; an event refreshes it, the end of a tick decays all."""
        spec = self.spec
        m.submodules.traces = traces = UpdatedMemory(
            spec.stdp.trace_bits, spec.axons, passes=spec.summed_traces
        )
        first = Signal()
        m.d.comb += first.eq(step.row & step.learn & (step.group == 0))
        m.d.comb += [traces.read.eq(moves), traces.read_address.eq(walk.now.axon)]
        m.d.comb += traces.write.eq(writes & (first | step.axons))
        m.d.comb += traces.write_address.eq(step.axon)
        spiked, ticked = (
            change(m, spec.stdp, StdpEvent.PRE, traces.word) for change in (refreshed, decayed)
        )
        m.d.comb += traces.written.eq(Mux(step.clear, 0, Mux(step.axons, ticked, spiked)))
        return traces.word

    def _lanes(
        self, m: Module, step: Any, neurons: Value, weights: Value, trace: Value
    ) -> list[PlasticLane]:
        """What the step does to each neuron of its group."""
        spec = self.spec
        flags = {name: step[name] for name in ("row", "sweep", "column", "axons", "learn")}
        parameters = self._parameters(m)
        bits = spec.core.state_bits
        lanes = []
        for lane in range(spec.banks):
            word = neurons.word_select(lane, bits + spec.learned_bits)
            weight = weights.word_select(lane, spec.weight_bits)
            lanes.append(
                PlasticLane(
                    m,
                    spec,
                    flags,
                    cut(word[:bits], spec.neuron.state),
                    parameters,
                    word[bits:],
                    weight.as_signed() if spec.weight_signed else weight,
                    trace,
                )
            )
        return lanes

    def _parameters(self, m: Module) -> dict[str, Value]:
        """Threshold and leak, which all neurons share; written by the program."""
        fields, program = self.spec.neuron.parameters, self.program
        shared = {field.name: Signal(field.bits, name=f"shared_{field.name}") for field in fields}
        with m.If(handed_over(program) & (program.payload.target == PARAMETERS)):
            m.d.sync += [value.eq(program.payload[name]) for name, value in shared.items()]
        return dict(shared)

    def _spikes(
        self,
        m: Module,
        walk: PlasticWalk,
        output: SpikeOutput,
        lanes: list[PlasticLane],
        busy: Value,
        step: Any,
    ) -> Value:
        """Spikes, which only sweeps have, are given; returns the neurons of a column's walk."""
        spec = self.spec
        fired = Signal(spec.banks)
        columns = register(m, fired, step.sweep, "columns")
        m.d.comb += fired.eq(
            Cat(lane.spike & self._there(number, step.group) for number, lane in enumerate(lanes))
        )
        m.d.comb += walk.fired.eq(fired.any())
        m.d.comb += [output.step.eq(busy & ~step.silent), output.fired.eq(fired)]
        m.d.comb += [output.group.eq(step.group), output.last.eq(step.last)]
        m.d.comb += output.clear.eq(step.clear)
        spikes = self.spikes
        m.d.comb += [spikes.valid.eq(output.valid), output.ready.eq(spikes.ready)]
        m.d.comb += [spikes.payload.neuron.eq(output.neuron), spikes.payload.end.eq(output.end)]
        m.d.comb += spikes.payload.clear.eq(output.cleared)
        return columns

    def _there(self, lane: int, group: Value) -> Value:
        """Whether the lane is a neuron: the last group may not be full."""
        filled = (self.spec.neurons - 1) % self.spec.banks + 1
        return group != self.spec.groups - 1 if lane >= filled else C(1, 1)

    def _write_synapses(
        self,
        m: Module,
        synapses: UpdatedMemory,
        lanes: list[PlasticLane],
        columns: Value,
        step: Any,
        writes: Value,
    ) -> None:
        """What was learned, or what the program says; never both at once."""
        spec, program = self.spec, self.program
        weights = [
            Mux(step.column & ~columns[number], before, lane.next_weight)
            for number, lane in enumerate(lanes)
            for before in [synapses.word.word_select(number, spec.weight_bits)]
        ]
        learns = step.column | (step.row & step.learn)
        if not spec.by_pairs:
            learns = (step.row & step.learn) | step.axons
        loads = Signal()
        m.d.comb += loads.eq(handed_over(program) & (program.payload.target == SYNAPSES))
        m.d.comb += synapses.write.eq(loads | (writes & learns))
        m.d.comb += synapses.write_address.eq(Mux(loads, program.payload.address, step.place))
        m.d.comb += synapses.written.eq(
            Mux(loads, Value.cast(program.payload.weights), Cat(weights))
        )

    def _give_rows(
        self, m: Module, output: SpikeOutput, synapses: UpdatedMemory, busy: Value, step: Any
    ) -> None:
        """Words of an axon that is read."""
        bits = self.spec.weight_bits
        there = Cat(
            self._there(lane, step.group).replicate(bits) for lane in range(self.spec.banks)
        )
        m.d.comb += self.row.valid.eq(busy & step.read & output.advance)
        m.d.comb += Value.cast(self.row.payload.weights).eq(synapses.word & there)

    def _admit(self, m: Module, walk: PlasticWalk, busy: Value) -> None:
        """Tokens after a load that is complete, loads between two ticks."""
        events, program = self.events, self.program
        loaded, within_tick = Signal(), Signal()
        m.d.comb += walk.go.eq(loaded & (within_tick | ~program.valid))
        m.d.comb += [walk.valid.eq(events.valid), events.ready.eq(walk.taken)]
        given = [field.name for field in self.spec.input_streams[0].fields]
        m.d.comb += [
            getattr(walk, name).eq(events.payload[name]) for name in TOKEN if name in given
        ]
        m.d.comb += program.ready.eq(~within_tick & walk.idle & ~busy)
        with m.If(walk.taken):
            m.d.sync += within_tick.eq(~events.payload.end)
        with m.If(handed_over(program)):
            m.d.sync += loaded.eq(program.payload.last)
