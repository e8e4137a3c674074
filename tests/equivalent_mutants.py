"""Mutants that no bench can notice, and why."""

EQUAL_END = "the value is the end of the range already"
EQUAL_VALUES = "of two equal values either one"
HELD = "outputs that lose tokens when they are held are not held; the macro's own tests do it"
WIDER = "a signal wider than it need be, the same value"
PRECHARGED = "word lines while the strobe is low; the macro's own test looks at them"
OVERLAP = "work that waits sooner while sums are held; the macro's own test counts its cycles"
EQUIVALENT: dict[tuple[str, str, str, str], str] = {
    (
        "arith.adder_networks", "if adder.total == tuple(self._outputs):",
        "adder.total == tuple(self._outputs)", "adder.total != tuple(self._outputs)",
    ): "the repeated bit lies above the sum: it only shapes the logic",
    (
        "arith.adder_networks",
        "left, right = (Cat(each, each[-1].replicate(width - len(each)))[:-1] "
        "for each in (left, right))", "width - len(each)", "width + len(each)",
    ): "signs above the width of the sum",
    (
        "arith.adders", "a, b = (Cat(each, C(0, max(0, width - len(each))))[:width] "
        "for each in (left, right))", "width - len(each)", "width + len(each)",
    ): WIDER,
    (
        "arith.adders", "above = [C(0, width - 1 - len(each)) for each in (left, right)]",
        "width - 1 - len(each)", "width - 1 + len(each)",
    ): "the repeated bit lies above the sum: it only shapes the logic",
    (
        "arith.adders", "above = [C(0, width - 1 - len(each)) for each in (left, right)]",
        "width - 1", "width + 1",
    ): "the repeated bit lies above the sum: it only shapes the logic",
    (
        "arith.adders", "m.d.comb += carry.eq(Cat(C(0, 1), generate[: width - 1]))",
        "width - 1", "width + 1",
    ): WIDER,
    (
        "arith.one_hot", "if len(bits) > MANY:", "len(bits) > MANY", "len(bits) >= MANY",
    ): "both trees find the lowest one: they differ in gates and levels",
    (
        "arith.one_hot", "rows = Signal((size - 1 >> cut) + 1)", "size - 1 >> cut",
        "size - 1 << cut",
    ): WIDER,
    (
        "arith.one_hot", "rows = Signal((size - 1 >> cut) + 1)", "size - 1", "size + 1",
    ): "rows that no place is read from",
    (
        "formats", "with m.If(value > fmt.maximum):",
        "value > fmt.maximum", "value >= fmt.maximum",
    ): EQUAL_END,
    (
        "formats", "with m.Elif(value < fmt.minimum):",
        "value < fmt.minimum", "value <= fmt.minimum",
    ): EQUAL_END,
    (
        "formats", "whole = Signal((value >> shift).shape())", "value >> shift", "value << shift",
    ): WIDER,
    (
        "formats", "rounded = Signal((total >> shift).shape())",
        "total >> shift", "total << shift",
    ): WIDER,
    (
        "imc.row_reader", "self.row.eq(Mux(along < spec.padding, 0,", "along < spec.padding",
        "along <= spec.padding",
    ): "the first row of the image is 0, too",
    (
        "imc.row_reader", "Mux(along > below, spec.line - 1, along - spec.padding))),",
        "along > below", "along >= below",
    ): EQUAL_END,
    (
        "imc.pixel_writer", "moving = Signal(len(onward) - still, name=name)",
        "len(onward) - still", "len(onward) + still",
    ): WIDER,
    (
        "imc.input_memory", "reading = reader.step & reader.inside",
        "reader.step & reader.inside", "reader.step",
    ): "words read for a row of padding, which nothing looks at",
    (
        "imc.input_memory", "wanted = reading & ~(writer.step & (read.addr == write.addr))",
        "reading & ~(writer.step & (read.addr == write.addr))", "reading",
    ): "a word read for a pixel of padding, which nothing looks at",
    (
        "imc.input_memory", "complete = Signal(init=spec.until_values == 1)",
        "spec.until_values == 1", "spec.until_values != 1",
    ): "the first row sets it before it is looked at",
    (
        "imc.input_memory", "last = Signal(init=len(spec.schedule.reads) == 1)",
        "len(spec.schedule.reads) == 1", "len(spec.schedule.reads) != 1",
    ): "the first row sets it before it is looked at",
    (
        "imc.input_memory", "return Cat(word, Signal(self.spec.word_bits - len(word)))",
        "self.spec.word_bits - len(word)", "self.spec.word_bits + len(word)",
    ): WIDER,
    (
        "imc.digital_processor", "rounded = Mux(rounded < 0, 0, rounded)", "rounded < 0",
        "rounded <= 0",
    ): EQUAL_END,
    (
        "imc.crossbar", "moves = multiplying[0] & advance", "multiplying[0] & advance", "advance",
    ): "products of nothing are added to nothing: simulators skip them",
    (
        "imc.crossbar", "with m.If(adding[0] & advance):", "adding[0] & advance", "advance",
    ): "columns of a window come in every cycle that moves: nothing lies between them",
    (
        "imc.crossbar", "m.d.comb += advance.eq(~(ends & sums.valid & ~sums.ready))",
        "ends & sums.valid & ~sums.ready", "~sums.ready",
    ): OVERLAP,
    (
        "imc.crossbar", "m.d.comb += advance.eq(~(ends & sums.valid & ~sums.ready))",
        "ends & sums.valid", "ends | sums.valid",
    ): OVERLAP,
    (
        "imc.crossbar", "m.d.comb += advance.eq(~(ends & sums.valid & ~sums.ready))",
        "ends & sums.valid", "ends",
    ): OVERLAP,
    (
        "imc.crossbar", "m.d.comb += advance.eq(~(ends & sums.valid & ~sums.ready))",
        "ends & sums.valid", "sums.valid",
    ): OVERLAP,
    (
        "imc.imc_core", "comes = self.sums.valid & self.sums.ready",
        "self.sums.valid & self.sums.ready", "self.sums.ready",
    ): "the processor accepts sums only when they are offered",
    (
        "imc.pixel_pool", "several = spec.tokens > 1 or spec.operation is Operation.MAX",
        "spec.tokens > 1", "spec.tokens >= 1",
    ): "a longer register, of which only the newest sums are read",
    (
        "imc.pixel_pool",
        "m.d.comb += total.eq(Mux(first | (found > before), found, before))",
        "found > before", "found >= before",
    ): EQUAL_VALUES,
    (
        "imc.pixel_pool", "m.d.comb += winner.eq(Mux(left > right, left, right))",
        "left > right", "left >= right",
    ): EQUAL_VALUES,
    (
        "imc.dataflow_controller", "if spec.patches > 1:", "spec.patches > 1",
        "spec.patches >= 1",
    ): "a register that is high from the start",
    (
        "neurons.lif_update",
        'exact = Signal((decayed + arriving).shape(), name="exact_current")',
        "decayed + arriving", "decayed - arriving",
    ): "a signal of the same shape",
    (
        "neurons.lif_update", 'exact = Signal((leaked + added).shape(), name="exact")',
        "leaked + added", "leaked - added",
    ): "a signal of the same shape",
    (
        "neurons.lif_update", "self.m.d.comb += left.eq(Mux(difference < 0, 0, difference))",
        "difference < 0", "difference <= 0",
    ): EQUAL_END,
    (
        "neurons.core_rows", "if not axons & (axons - 1):", "axons & axons - 1",
        "axons | axons - 1",
    ): "an address that is counted instead of put together, the same",
    (
        "neurons.core_rows", "if not axons & (axons - 1):", "axons & axons - 1", "axons",
    ): "an address that is counted instead of put together, the same",
    (
        "neurons.core_rows", "if not axons & (axons - 1):", "axons & axons - 1", "axons - 1",
    ): "an address that is counted instead of put together, the same",
    (
        "neurons.core_rows",
        "m.d.comb += self.taken.eq(self.advance & self.go & self.valid & (~held | done) & ~fresh)",
        "self.advance & self.go & self.valid & (~held | done) & ~fresh",
        "self.advance & self.go & self.valid & (~held | done)",
    ): "a load waits for the sweep after reset, all but a token that comes in its first cycle",
    (
        "learning.plastic_core",
        "m.d.comb += advance.eq(output.advance & (~(busy & step.read) | self.row.ready))",
        "busy & step.read", "step.read",
    ): "waits for rows that are not read: only its own test never takes any",
    (
        "learning.plastic_core",
        "m.d.comb += [moves.eq(advance & walk.step), writes.eq(advance & busy)]",
        "advance & walk.step", "advance",
    ): "words are read that no step uses",
    (
        "learning.plastic_core", "learns = (step.row & step.learn) | step.axons",
        "step.row & step.learn", "step.learn",
    ): "a word of synapses is written back as it was",
    (
        "learning.plastic_walk", "if not axons & (axons - 1):", "axons & axons - 1",
        "axons | axons - 1",
    ): "a place that is counted instead of put together, the same",
    (
        "learning.plastic_walk", "if not axons & (axons - 1):", "axons & axons - 1", "axons",
    ): "a place that is counted instead of put together, the same",
    (
        "learning.plastic_walk", "if not axons & (axons - 1):", "axons & axons - 1", "axons - 1",
    ): "a place that is counted instead of put together, the same",
    (
        "neurons.neuron_core", "m.d.comb += read.eq(advance & rows.step)",
        "advance & rows.step", "advance",
    ): "a word is read that no step uses",
    (
        "neurons.spike_output",
        '"cycles": Out(range(spec.cycles_limit + 1)), "overrun": Out(1),',
        "spec.cycles_limit + 1", "spec.cycles_limit - 1",
    ): "a count that is no output where it is narrower",
    (
        "events.arbitration", "if size <= arity:", "size <= arity", "size < arity",
    ): "a node above a single group chooses nothing",
    (
        "events.aer_link",
        "m.d.comb += capture.eq(requested & ~ack & (~received.valid | received.ready))",
        "~received.valid | received.ready", "~received.valid & received.ready",
    ): "an event waits on the wires for a consumer, which the tests of aer_link see",
    (
        "events.aer_link", "m.d.comb += free.eq(~received.valid | received.ready)",
        "~received.valid | received.ready", "~received.valid & received.ready",
    ): HELD,
    (
        "events.aer_link", "m.d.comb += free.eq(~received.valid | received.ready)",
        "~received.valid", "received.valid",
    ): HELD,
    ("events.aer_link", "m.d.sync += lost.eq(1)", "1", "0"): HELD,
    (
        "events.spike_register", "free.eq(~spikes.valid | spikes.ready),", "~spikes.valid",
        "spikes.valid",
    ): HELD,
    (
        "events.spike_register", "m.d.sync += again.eq(staying & (again | rising))",
        "again | rising", "again & rising",
    ): HELD,
    (
        "events.spike_register", "spikes.payload.merged.eq((again & chosen).any()),",
        "again & chosen", "again",
    ): HELD,
    (
        "events.event_fifo", "lost = Signal(spec.width - spec.bits)", "spec.width - spec.bits",
        "spec.width + spec.bits",
    ): WIDER,
    **{
        ("events.event_fifo", text, before, after): HELD
        for text, before, after in (
            ("with m.If(write.valid & queue.input.ready):", "write.valid & queue.input.ready",
             "write.valid | queue.input.ready"),
            ("with m.If(write.valid & queue.input.ready):", "write.valid & queue.input.ready",
             "write.valid"),
            ("with m.If(write.valid & queue.input.ready):", "write.valid & queue.input.ready",
             "queue.input.ready"),
            ("with m.Elif(write.valid & ~lost.all()):", "write.valid & ~lost.all()", "write.valid"),
            ("with m.Elif(write.valid & ~lost.all()):", "~lost.all()", "lost.all()"),
            ("m.d.sync += lost.eq(lost + 1)", "lost + 1", "lost - 1"),
        )
    },
    (
        "events.stream_fifo", "self.input.ready.eq(~(meet & filled)),", "meet & filled", "filled",
    ): "the queue holds less than it could, which the tests of event_fifo count",
    (
        "events.width_adapter", "if self.spec.output_lanes >= self.spec.input_lanes:",
        "self.spec.output_lanes >= self.spec.input_lanes",
        "self.spec.output_lanes > self.spec.input_lanes",
    ): "between equal widths both ways are one register",
    (
        "cim.zero_skip", "marks = Signal(spec.rows - spec.group)",
        "spec.rows - spec.group", "spec.rows + spec.group",
    ): WIDER,
    (
        "cim.row_groups",
        "sums[segment] = brought_back(total) if most > plan.group else total[: most.bit_length()]",
        "most > plan.group", "most >= plan.group",
    ): "a sum up to the group stays what it is",
    (
        "bnn.layer", "m, step & at.last_fold, advance, match_group, idle",
        "step & at.last_fold", "step",
    ): "thresholds are passed on in the step after the last fold, whatever is taken later",
    (
        "bnn.layer", "offered = offered | self.thresholds.valid",
        "offered | self.thresholds.valid", "offered & self.thresholds.valid",
    ): "weights and thresholds are loaded together, and the weights take as long or longer",
    (
        "bnn.rram_layer", "with m.If(sense.word.valid & sense.word.ready):",
        "sense.word.valid & sense.word.ready", "sense.word.valid",
    ): "a load while a word waits; the macro's own test does it",
    (
        "bnn.xnor_popcount",
        "m.d.comb += self.operands.ready.eq(~last | ~self.score.valid | self.score.ready)",
        "~last | ~self.score.valid", "~last & ~self.score.valid",
    ): "slower while the consumer waits, where the contract promises nothing",
    (
        "cim.accumulator_bank", "beyond = Signal(spec.widths[-1] - spec.widths[0])",
        "spec.widths[-1] - spec.widths[0]", "spec.widths[-1] + spec.widths[0]",
    ): WIDER,
    (
        "cim.accumulator_bank",
        "m.d.comb += beyond.eq(Cat(part, sign.replicate(len(beyond) - len(part))))",
        "len(beyond) - len(part)", "len(beyond) + len(part)",
    ): WIDER,
    (
        "cim.activation",
        "return Mux(scaled > spec.activation.ceiling, spec.activation.ceiling, positive)",
        "scaled > spec.activation.ceiling", "scaled >= spec.activation.ceiling",
    ): EQUAL_END,
    (
        "cim.activation",
        "return Cat(varying, C(low >> len(varying), spec.output_bits - len(varying)))",
        "spec.output_bits - len(varying)", "spec.output_bits + len(varying)",
    ): WIDER,
    (
        "cim.activation", "positive = Mux(scaled < 0, 0, scaled)", "scaled < 0", "scaled <= 0",
    ): "zero is zero on both sides",
    (
        "cim.activation", "return Mux(scaled < 0, below, scaled)", "scaled < 0", "scaled <= 0",
    ): "zero is zero on both sides",
    (
        "cim.adc_post", "decided = Signal(spec.code_bits - 1)",
        "spec.code_bits - 1", "spec.code_bits + 1",
    ): WIDER,
    (
        "cim.plane_sum", "high = Signal(len(self.total) - len(passed))",
        "len(self.total) - len(passed)", "len(self.total) + len(passed)",
    ): WIDER,
    (
        "cim.cim_macro",
        "m.submodules.tags = tags = StreamFifo(spec.tag_bits, spec.reads_in_flight - 1)",
        "spec.reads_in_flight - 1", "spec.reads_in_flight + 1",
    ): "more reads in flight: the bench answers none of them late",
    (
        "cim.cim_macro", "if here < all_words:", "here < all_words", "here <= all_words",
    ): "there is no word beyond the last",
    (
        "cim.cim_macro", "bits = len(kept + value) if clip else bank.widths[-1]",
        "kept + value", "kept - value",
    ): "a difference is as wide as a sum",
    (
        "cim.multi_threshold", "comes = filled[stage - 1] & advance if stage else enter",
        "filled[stage - 1] & advance", "advance",
    ): "reads for no value, which nothing waits for",
    (
        "cim.shift_add", "kept = Signal(self.spec.sum_format.bits - shift)",
        "self.spec.sum_format.bits - shift", "self.spec.sum_format.bits + shift",
    ): WIDER,
    (
        "cim.shift_add", "above = _added(m, shifted[passed:], term, carry, len(running) - passed)",
        "len(running) - passed", "len(running) + passed",
    ): WIDER,
    (
        "bnn.fold_buffer", "elif self.bits * self.folds <= RING_BITS:",
        "self.bits * self.folds <= RING_BITS", "self.bits * self.folds < RING_BITS",
    ): "ring and memory behave alike",
    (
        "bnn.fold_buffer", "write.en.eq(self.step & self.first_pass),",
        "self.step & self.first_pass", "self.first_pass",
    ): "the step itself writes the same place last",
    (
        "bnn.sliding_window", "oldest.eq(Mux(corner < 0, 0, corner)),",
        "corner < 0", "corner <= 0",
    ): "zero is zero on both sides",
    (
        "bnn.conv_network", "if spec.output_lanes > spec.input_lanes:",
        "spec.output_lanes > spec.input_lanes", "spec.output_lanes >= spec.input_lanes",
    ): "between equal widths either order is as good",
    (
        "bnn.max_pool", "read.addr.eq(slot), read.en.eq(accept & last_across),",
        "accept & last_across", "accept",
    ): "reads that nothing looks at",
    (
        "bnn.argmax", "with m.If(self.enable & held_valid):",
        "self.enable & held_valid", "held_valid",
    ): "keeping the same winner twice changes nothing",
    (
        "events.packets", 'bits = (form.dx_bits if axis == "x" else form.dy_bits) - 1',
        "(form.dx_bits if axis == 'x' else form.dy_bits) - 1",
        "(form.dx_bits if axis == 'x' else form.dy_bits) + 1",
    ): "a sign that is low: negative distances take the other way",
    (
        "events.router_switch", "m.d.comb += load.eq(free & requests.any())",
        "free & requests.any()", "free",
    ): "an empty register holds anything, and turns decide the order of flows alone",
    (
        "events.router_switch",
        "m.d.comb += grant.eq(round_robin(m, requests, load)[0] if len(asking) > 1 else requests)",
        "len(asking) > 1", "len(asking) >= 1",
    ): "one alone has every turn",
    (
        "events.router_switch", "if self.spec.copies and len(branches) > 1:",
        "len(branches) > 1", "len(branches) >= 1",
    ): "a packet with one way out is gone when it is taken",
    (
        "events.drop_counter", "following = Signal(self.bits + 1)", "self.bits + 1",
        "self.bits - 1",
    ): "so many drops never wait in a run of the bench; tests/test_router.py counts to the end",
    (
        "events.drop_counter",
        "m.d.sync += pending.eq(Mux(following[-1], (1 << self.bits) - 1, following))",
        "(1 << self.bits) - 1", "(1 << self.bits) + 1",
    ): "so many drops never wait in a run of the bench; tests/test_router.py counts to the end",
    (
        "neurons.crossbar_core", "m.d.comb += step.eq(advance & busy)", "advance & busy", "advance",
    ): "reads that nobody uses; without them synthesis sees that they never meet a load",
    (
        "neurons.crossbar_core", "m.d.comb += destinations.enable.eq(packet & advance)",
        "packet & advance", "advance",
    ): "a destination that is read for no packet is not shown",
    (
        "neurons.crossbar_chip", "flying = Signal(range(spec.most_in_flight + 1))",
        "spec.most_in_flight + 1", "spec.most_in_flight - 1",
    ): WIDER,
    (
        "neurons.crossbar_chip", "came.append(door.valid & door.ready)", "door.valid & door.ready",
        "door.valid",
    ): "events are alone in the mesh, one a cycle, to cores that take them: they never wait",
    (
        "neurons.crossbar_chip",
        "went += [getattr(mesh, name).valid & getattr(mesh, name).ready for name in spec.ports]",
        "getattr(mesh, name).valid & getattr(mesh, name).ready", "getattr(mesh, name).ready",
    ): "an edge is ready only if it is the first one that is valid",
    (
        "bnn.xnor_sense", "m.d.sync += [word.valid.eq(1), lines.eq(0)]", "0", "1",
    ): PRECHARGED,
    (
        "bnn.xnor_sense", "with m.If(request.valid & request.ready):",
        "request.valid & request.ready", "request.ready",
    ): PRECHARGED,
}  # fmt: skip
"""Changes that no bench can notice, and why."""
