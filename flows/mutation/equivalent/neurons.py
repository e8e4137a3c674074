"""Mutants of neurons, and of memory maps that no bench can notice, and why."""

from neuroloom.flows.mutation.equivalent.reasons import EQUAL_END

EQUIVALENT: dict[tuple[str, str, str, str], str] = {
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
        "neurons.neuron_core", "m.d.comb += read.eq(advance & rows.step)",
        "advance & rows.step", "advance",
    ): "a word is read that no step uses",
    (
        "neurons.spike_output",
        '"cycles": Out(range(spec.cycles_limit + 1)), "overrun": Out(1),',
        "spec.cycles_limit + 1", "spec.cycles_limit - 1",
    ): "a count that is no output where it is narrower",
    (
        "neurons.crossbar_core", "m.d.comb += step.eq(advance & busy)", "advance & busy", "advance",
    ): "reads that nobody uses; without them synthesis sees that they never meet a load",
    (
        "neurons.crossbar_core", "m.d.comb += destinations.enable.eq(packet & advance)",
        "packet & advance", "advance",
    ): "a destination that is read for no packet is not shown",
}  # fmt: skip
