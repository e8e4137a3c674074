"""Time-multiplexed neuron core."""

from typing import Any

from amaranth.hdl import C, Cat, Module, Mux, Signal, Value, unsigned

from neuroloom.golden.neurons.core_memories import PARAMETERS, ROWS, SYNAPSES
from neuroloom.golden.neurons.neuron_core import NeuronCoreSpec
from neuroloom.hdl.component import Component
from neuroloom.hdl.memory_contents import written_first
from neuroloom.hdl.neurons.core_rows import CoreRows
from neuroloom.hdl.neurons.lif_update import cut, fire, integrate, signals
from neuroloom.hdl.neurons.spike_output import SpikeOutput
from neuroloom.hdl.neurons.updated_memory import UpdatedMemory
from neuroloom.hdl.parts import handed_over, register


class NeuronCore(Component[NeuronCoreSpec]):
    """Steps go through a pipeline: read state, weights and parameters; integrate; fire and write.

    All stages wait while spikes of a step are given. A load is taken between two ticks only, and
    goes before the next one.
    """

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec = self.spec
        m.submodules.rows = rows = CoreRows(spec)
        bits = spec.state_bits * spec.banks
        m.submodules.states = states = UpdatedMemory(bits, spec.groups, passes=spec.compressed)
        m.submodules.output = output = SpikeOutput(spec)
        advance = output.advance
        read = Signal()
        m.d.comb += read.eq(advance & rows.step)
        m.d.comb += [rows.advance.eq(advance), states.read.eq(read)]
        m.d.comb += states.read_address.eq(rows.group)

        flags = Cat(rows.tick, rows.clear, rows.silent, rows.last, rows.empty, rows.group)
        stage = self._stage(m, advance, rows.step, flags, "read")
        busy = stage[0]
        word, weights = states.word, rows.weights
        parameters = self._parameters(m, read, rows.group)
        if spec.pipeline == 2:
            stage = self._stage(m, advance, *stage, "fetched")
            busy = busy | stage[0]
            word, weights = (register(m, each, advance, "fetched") for each in (word, weights))
            if spec.per_neuron:
                parameters = register(m, parameters, advance, "fetched")
        results: list[dict[str, Value]] = [
            self._integrated(m, word, weights, stage[1][0], lane, parameters)
            for lane in range(spec.banks)
        ]
        if spec.pipeline:
            stage = self._stage(m, advance, *stage, "integrated")
            busy = busy | stage[0]
            tick = stage[1][0]
            results = [self._latched(m, advance, *each, tick) for each in enumerate(results)]
        self._finish(m, states, output, stage, results)
        self._admit(m, rows, busy)
        return m

    def _stage(
        self, m: Module, advance: Value, valid: Value, flags: Value, name: str
    ) -> tuple[Signal, Signal]:
        """What is said about a step, a stage later."""
        return (
            register(m, valid, advance, f"{name}_valid"),
            register(m, flags, advance, f"{name}_flags"),
        )

    def _latched(
        self, m: Module, advance: Value, lane: int, values: dict[str, Signal], tick: Value
    ) -> dict[str, Value]:
        """An integrated neuron, a stage later; what all share need not be held."""
        spec = self.spec
        held: dict[str, Value] = dict(signals(spec.held, f"held{lane}_"))
        with m.If(advance):
            m.d.sync += [each.eq(values[name]) for name, each in held.items()]
        return {**values, **held, "checked": tick}

    def _integrated(
        self, m: Module, word: Value, weights: Value, tick: Value, lane: int, parameters: Value
    ) -> dict[str, Value]:
        """The first half of an update, of one neuron of the group."""
        spec = self.spec
        given = cut(word.word_select(lane, spec.state_bits), spec.neuron.state)
        own = lane if spec.per_neuron else 0
        given |= cut(parameters.word_select(own, spec.parameter_bits), spec.neuron.parameters)
        weight = weights.word_select(lane, spec.weight_bits)
        signs = Mux(weight[0], C(1, 2), C(3, 2)) if spec.binary_weights else weight
        given.update(input=signs.as_signed(), tick=tick)
        return dict(integrate(m, spec.neuron, given))

    def _parameters(self, m: Module, read: Value, group: Value) -> Value:
        """Those of the group that was read; they are written by the program."""
        spec, program = self.spec, self.program.payload
        bits = spec.parameter_bits
        if not bits:
            return C(0, 0)
        lanes = spec.banks if spec.per_neuron else 1
        fields = [(Value.cast(program[f.name]), f.bits) for f in spec.neuron.parameters]
        word = Cat(
            value.word_select(lane, width) for lane in range(lanes) for value, width in fields
        )
        written = Signal(name="write_parameters")
        m.d.comb += written.eq(handed_over(self.program) & (program.target == PARAMETERS))
        if not spec.per_neuron:
            shared: Value = register(m, word, written, "shared_parameters")
            return shared
        m.submodules.parameters = storage = written_first(unsigned(lanes * bits), spec.groups)
        port, write = storage.read_port(), storage.write_port()
        m.d.comb += [port.addr.eq(group), port.en.eq(read)]
        m.d.comb += [write.addr.eq(program.address), write.data.eq(word), write.en.eq(written)]
        return port.data

    def _finish(
        self,
        m: Module,
        states: UpdatedMemory,
        output: SpikeOutput,
        stage: tuple[Signal, Signal],
        integrated: list[dict[str, Value]],
    ) -> None:
        """The second half: new states are written, spikes given."""
        spec = self.spec
        valid, flags = stage
        _, clear, silent, last, empty = flags[:5]
        group = flags[5:]
        filled = (spec.neurons - 1) % spec.banks + 1
        spikes, words = [], []
        for lane, each in enumerate(integrated):
            after = fire(m, spec.neuron, each)
            there = group != spec.groups - 1 if lane >= filled else C(1)
            spikes.append(after["spike"] & there)
            state = Cat(after[field.name] for field in spec.neuron.state)
            words.append(Mux(clear, 0, state))
        m.d.comb += states.write.eq(output.advance & valid & ~empty)
        m.d.comb += [states.write_address.eq(group), states.written.eq(Cat(words))]
        m.d.comb += output.step.eq(valid & ~silent)
        m.d.comb += output.fired.eq(Cat(spikes) & ~empty.replicate(spec.banks))
        m.d.comb += [output.group.eq(group), output.last.eq(last), output.clear.eq(clear)]

        result = self.spikes
        m.d.comb += [result.valid.eq(output.valid), output.ready.eq(result.ready)]
        m.d.comb += [result.payload.neuron.eq(output.neuron), result.payload.end.eq(output.end)]
        m.d.comb += result.payload.clear.eq(output.cleared)
        if spec.compressed:
            m.d.comb += result.payload.cycles.eq(output.cycles)
        if spec.cycles_per_tick:
            m.d.comb += result.payload.overrun.eq(output.overrun)

    def _admit(self, m: Module, rows: CoreRows, busy: Value) -> None:
        """Events after a load that is complete, loads between two ticks."""
        events, program, spec = self.events, self.program, self.spec
        loaded = Signal()
        within_tick = Signal()
        m.d.comb += rows.go.eq(loaded & (within_tick | ~program.valid))
        m.d.comb += [rows.valid.eq(events.valid), events.ready.eq(rows.taken)]
        m.d.comb += [rows.axon.eq(events.payload.axon), rows.end.eq(events.payload.end)]
        m.d.comb += rows.clear_after.eq(events.payload.clear)
        m.d.comb += program.ready.eq(~within_tick & rows.idle & ~busy)
        with m.If(rows.taken):
            m.d.sync += within_tick.eq(~events.payload.end)
        accept = handed_over(program)
        with m.If(accept):
            m.d.sync += loaded.eq(program.payload.last)

        payload = program.payload
        m.d.comb += rows.write.eq(accept & (payload.target == SYNAPSES))
        m.d.comb += rows.address.eq(payload.address)
        word = Value.cast(payload.weights)
        if spec.compressed:
            m.d.comb += rows.write_row.eq(accept & (payload.target == ROWS))
            m.d.comb += rows.row.eq(Cat(payload.first[: spec.place_bits], payload.length))
            word = Cat(word, payload.group)
        m.d.comb += rows.word.eq(word)
