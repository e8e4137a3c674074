"""Mutants of binarized networks that no bench can notice, and why."""

from neuroloom.flows.mutation.equivalent.reasons import PRECHARGED, Key

EQUIVALENT: dict[Key, str] = {
    (
        "bnn.layer",
        "BnnLayer.elaborate",
        "step & at.last_fold",
        "step",
        0,
    ): "thresholds are passed on in the step after the last fold, whatever is taken later",
    (
        "bnn.layer",
        "BnnLayer._load_offered",
        "offered | self.thresholds.valid",
        "offered & self.thresholds.valid",
        0,
    ): "weights and thresholds are loaded together, and the weights take as long or longer",
    (
        "bnn.fold_buffer",
        "FoldBuffer.elaborate",
        "self.bits * self.folds <= RING_BITS",
        "self.bits * self.folds < RING_BITS",
        0,
    ): "ring and memory behave alike",
    (
        "bnn.fold_buffer",
        "FoldBuffer._memory",
        "self.step & self.first_pass",
        "self.first_pass",
        0,
    ): "the step itself writes the same place last",
    (
        "bnn.sliding_window",
        "SlidingWindow.elaborate",
        "corner < 0",
        "corner <= 0",
        0,
    ): "zero is zero on both sides",
    (
        "bnn.max_pool",
        "MaxPool._collect",
        "accept & last_across",
        "accept",
        0,
    ): "reads that nothing looks at",
    (
        "bnn.argmax",
        "RunningArgmax.elaborate",
        "self.enable & held_valid",
        "held_valid",
        0,
    ): "keeping the same winner twice changes nothing",
    ("bnn.xnor_sense", "XnorSense.elaborate", "0", "1", 7): PRECHARGED,
}
