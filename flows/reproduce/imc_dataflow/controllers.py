"""Controllers in standard cells: what they take, and what an image costs."""

from collections.abc import Mapping
from dataclasses import dataclass

from neuroloom.flows.cells.outside_memories import OutsideMemory


@dataclass(frozen=True)
class Registers:
    """Flip-flops and their area [µm²]."""

    number: int
    um2: float


@dataclass(frozen=True)
class Load:
    """Power of a run by what spends it, as Table 4 has it [mW].

    Clock charges the flip-flops' pins; what its edges cost inside of them is sequential. Leakage is
    with its cells.
    """

    clock: float
    sequential: float
    combinational: float
    buffer: float
    """Part of the row buffer's flip-flops, without leakage; clock and sequential have it in them.
    """
    cycles: float
    """Cycles of a pixel."""
    sequential_switching: float
    combinational_switching: float
    """Parts that charge nets."""
    sequential_leakage: float
    combinational_leakage: float

    @property
    def registers(self) -> float:
        return self.clock + self.sequential

    @property
    def total(self) -> float:
        return self.registers + self.combinational


@dataclass(frozen=True)
class Controller:
    """A controller without its memories, mapped, and what an image costs."""

    memories: tuple[OutsideMemory, ...]
    cells: int
    buffer: Registers
    """The rows of a patch, at the crossbar."""
    held: Registers
    """The words of a row until its last one is there."""
    control: Registers
    combinational_um2: float
    feeding_um2: float
    """Part of it that is gates that serve one flip-flop alone [µm²]."""
    volts: float
    reached_mhz: float
    """The fastest clock that its mapping keeps up with."""
    fastest_mhz: float
    """That of any mapping that was tried."""
    clock_mhz: float
    """Clock at which it spends its power [MHz]."""
    leakage_mw: float
    loads: tuple[Load, Load] | None
    """Loads with a pixel every timestep, and without gaps; None where nothing could be simulated.
    """

    @property
    def registers(self) -> tuple[Registers, ...]:
        return self.buffer, self.held, self.control

    @property
    def area_mm2(self) -> float:
        return 1e-6 * (sum(register.um2 for register in self.registers) + self.combinational_um2)


Found = Mapping[str, Controller]
"""Controllers by column."""
