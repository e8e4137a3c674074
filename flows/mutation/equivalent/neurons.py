"""Mutants of neurons, and of memory maps that no bench can notice, and why."""

from neuroloom.flows.mutation.equivalent.reasons import EQUAL_END, Key

EQUIVALENT: dict[Key, str] = {
    (
        "neurons.lif_update",
        "Integration._current",
        "decayed + arriving",
        "decayed - arriving",
        0,
    ): "a signal of the same shape",
    (
        "neurons.lif_update",
        "Integration._membrane",
        "leaked + added",
        "leaked - added",
        0,
    ): "a signal of the same shape",
    (
        "neurons.lif_update",
        "Integration._refractory",
        "difference < 0",
        "difference <= 0",
        0,
    ): EQUAL_END,
    (
        "neurons.core_rows",
        "CoreRows._place",
        "axons & axons - 1",
        "axons | axons - 1",
        0,
    ): "an address that is counted instead of put together, the same",
    (
        "neurons.core_rows",
        "CoreRows._place",
        "axons & axons - 1",
        "axons",
        0,
    ): "an address that is counted instead of put together, the same",
    (
        "neurons.core_rows",
        "CoreRows._place",
        "axons & axons - 1",
        "axons - 1",
        0,
    ): "an address that is counted instead of put together, the same",
    (
        "neurons.core_rows",
        "CoreRows._lists",
        "self.advance & self.go & self.valid & (~held | done) & ~fresh",
        "self.advance & self.go & self.valid & (~held | done)",
        0,
    ): "a load waits for the sweep after reset, all but a token that comes in its first cycle",
    (
        "neurons.core_rows",
        "CoreRows._whole_rows",
        "move & ~self.write",
        "move",
        0,
    ): "a load meets reads in the sweep after reset alone, and those weights go nowhere",
    (
        "neurons.neuron_core",
        "NeuronCore.elaborate",
        "advance & rows.step",
        "advance",
        0,
    ): "a word is read that no step uses",
    (
        "neurons.spike_output",
        "SpikeOutput.__init__",
        "spec.cycles_limit + 1",
        "spec.cycles_limit - 1",
        0,
    ): "a count that is no output where it is narrower",
    (
        "neurons.crossbar_core",
        "CrossbarCore.elaborate",
        "advance & busy",
        "advance",
        0,
    ): "reads that nobody uses; without them synthesis sees that they never meet a load",
    (
        "neurons.crossbar_core",
        "CrossbarCore._output",
        "packet & advance",
        "advance",
        0,
    ): "a destination that is read for no packet is not shown",
}
