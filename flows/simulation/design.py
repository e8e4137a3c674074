"""A design ready to be built, and one built for a simulator."""

from dataclasses import dataclass

TIMESCALE = "1ns/1ps"


@dataclass(frozen=True)
class VerilogDesign:
    """Verilog text, complete in itself, and the name of its top module."""

    verilog: str
    top: str
    waves: bool = False
    coverage: bool = False
    """Whether lines, branches and toggles are counted; Verilator alone does."""


@dataclass(frozen=True)
class Build:
    """A design built for one simulator under cocotb."""

    command: tuple[str, ...]
    top: str
    wave_options: tuple[str, ...]
    """Further words that ask for waves; ``{file}`` stands for the file."""
    inertial_writes: bool
    """Whether writes made at a clock edge take effect after it. In Icarus 11 they may take effect
    before; cocotb must then hold them back itself."""
    random_start: tuple[str, ...] = ()
    """Words that let memories and registers start with random contents; ``{seed}`` stands for the
    seed. Other simulators start them unknown."""
