"""Mutants of learning that no bench can notice, and why."""

EQUIVALENT: dict[tuple[str, str, str, str], str] = {
    (
        "learning.stdp", "if len(amplitudes) <= half:", "len(amplitudes) <= half",
        "len(amplitudes) < half",
    ): "behind the window nothing is read",
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
}  # fmt: skip
