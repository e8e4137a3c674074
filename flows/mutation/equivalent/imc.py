"""Mutants of cores for in-memory computing that no bench can notice, and why."""

from neuroloom.flows.mutation.equivalent.reasons import (
    EQUAL_END,
    EQUAL_VALUES,
    OVERLAP,
    WIDER,
)

EQUIVALENT: dict[tuple[str, str, str, str], str] = {
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
        "composition", "for source, takers in wiring.takers.items() if len(takers) > 1",
        "len(takers) > 1", "len(takers) >= 1",
    ): "a fork for one taker is a wire",
    (
        "imc.dataflow_controller", "if spec.patches > 1:", "spec.patches > 1",
        "spec.patches >= 1",
    ): "a register that is high from the start",
}  # fmt: skip
