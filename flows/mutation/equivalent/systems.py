"""Mutants of systems that no bench can notice, and why."""

from neuroloom.flows.mutation.equivalent.reasons import OBSERVED, WIDER

EQUIVALENT: dict[tuple[str, str, str, str], str] = {
    (
        "systems.core_network", "delivers = Cat(end.valid & end.ready for end in ends)",
        "end.valid & end.ready", "end.valid | end.ready",
    ): OBSERVED,
    (
        "systems.core_network", "delivers = Cat(end.valid & end.ready for end in ends)",
        "end.valid & end.ready", "end.valid",
    ): OBSERVED,
    (
        "systems.core_network", "delivers = Cat(end.valid & end.ready for end in ends)",
        "end.valid & end.ready", "end.ready",
    ): OBSERVED,
    (
        "systems.crossbar_chip", "flying = Signal(range(spec.most_in_flight + 1))",
        "spec.most_in_flight + 1", "spec.most_in_flight - 1",
    ): WIDER,
    (
        "systems.crossbar_chip", "came.append(door.valid & door.ready)", "door.valid & door.ready",
        "door.valid",
    ): "events are alone in the mesh, one a cycle, to cores that take them: they never wait",
    (
        "systems.crossbar_chip",
        "went += [getattr(mesh, name).valid & getattr(mesh, name).ready for name in spec.ports]",
        "getattr(mesh, name).valid & getattr(mesh, name).ready", "getattr(mesh, name).ready",
    ): "an edge is ready only if it is the first one that is valid",
}  # fmt: skip
