"""Mutants of learning that no bench can notice, and why."""

from neuroloom.flows.mutation.equivalent.reasons import Key

EQUIVALENT: dict[Key, str] = {
    (
        "learning.stdp",
        "_looked_up.chosen",
        "len(amplitudes) <= half",
        "len(amplitudes) < half",
        0,
    ): "behind the window nothing is read",
    (
        "learning.plastic_core",
        "PlasticCore.elaborate",
        "busy & step.read",
        "step.read",
        0,
    ): "waits for rows that are not read: only its own test never takes any",
    (
        "learning.plastic_core",
        "PlasticCore.elaborate",
        "advance & walk.step",
        "advance",
        0,
    ): "words are read that no step uses",
    (
        "learning.plastic_core",
        "PlasticCore._write_synapses",
        "step.row & step.learn",
        "step.learn",
        1,
    ): "a word of synapses is written back as it was",
    (
        "learning.plastic_walk",
        "PlasticWalk._place",
        "axons & axons - 1",
        "axons | axons - 1",
        0,
    ): "a place that is counted instead of put together, the same",
    (
        "learning.plastic_walk",
        "PlasticWalk._place",
        "axons & axons - 1",
        "axons",
        0,
    ): "a place that is counted instead of put together, the same",
    (
        "learning.plastic_walk",
        "PlasticWalk._place",
        "axons & axons - 1",
        "axons - 1",
        0,
    ): "a place that is counted instead of put together, the same",
}
