"""Mutants of systems that no bench can notice, and why."""

from neuroloom.flows.mutation.equivalent.reasons import OBSERVED, WIDER, Key

EQUIVALENT: dict[Key, str] = {
    (
        "systems.core_network",
        "CoreNetwork.elaborate",
        "end.valid & end.ready",
        "end.valid | end.ready",
        0,
    ): OBSERVED,
    (
        "systems.core_network",
        "CoreNetwork.elaborate",
        "end.valid & end.ready",
        "end.valid",
        0,
    ): OBSERVED,
    (
        "systems.core_network",
        "CoreNetwork.elaborate",
        "end.valid & end.ready",
        "end.ready",
        0,
    ): OBSERVED,
    (
        "systems.crossbar_chip",
        "CrossbarChip.elaborate",
        "spec.most_in_flight + 1",
        "spec.most_in_flight - 1",
        0,
    ): WIDER,
    (
        "systems.crossbar_chip",
        "CrossbarChip.elaborate",
        "door.valid & door.ready",
        "door.valid",
        0,
    ): "events are alone in the mesh, one a cycle, to cores that take them: they never wait",
    (
        "systems.crossbar_chip",
        "CrossbarChip.elaborate",
        "getattr(mesh, name).valid & getattr(mesh, name).ready",
        "getattr(mesh, name).ready",
        0,
    ): "an edge is ready only if it is the first one that is valid",
}
