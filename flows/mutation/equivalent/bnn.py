"""Mutants of binarized networks that no bench can notice, and why."""

from neuroloom.flows.mutation.equivalent.reasons import PRECHARGED

EQUIVALENT: dict[tuple[str, str, str, str], str] = {
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
        "bnn.max_pool", "read.addr.eq(slot), read.en.eq(accept & last_across),",
        "accept & last_across", "accept",
    ): "reads that nothing looks at",
    (
        "bnn.argmax", "with m.If(self.enable & held_valid):",
        "self.enable & held_valid", "held_valid",
    ): "keeping the same winner twice changes nothing",
    (
        "bnn.xnor_sense", "m.d.sync += [word.valid.eq(1), lines.eq(0)]", "0", "1",
    ): PRECHARGED,
    (
        "bnn.xnor_sense", "with m.If(request.valid & request.ready):",
        "request.valid & request.ready", "request.ready",
    ): PRECHARGED,
}  # fmt: skip
