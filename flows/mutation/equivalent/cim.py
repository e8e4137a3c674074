"""Mutants of compute in memory that no bench can notice, and why."""

from neuroloom.flows.mutation.equivalent.reasons import EQUAL_END, WIDER

EQUIVALENT: dict[tuple[str, str, str, str], str] = {
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
}  # fmt: skip
