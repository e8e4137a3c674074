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
        "systems.core_network",
        "CoreNetwork._digest",
        "total + (value.as_signed() if field.signed else value) * factor",
        "total - (value.as_signed() if field.signed else value) * factor",
        0,
    ): "digests are not of the bench; tests/flows/mapping/test_imc_hardware.py compares them",
    (
        "systems.crossbar_chip",
        "CrossbarChip.elaborate",
        "spec.most_in_flight + 1",
        "spec.most_in_flight - 1",
        0,
    ): WIDER,
}
