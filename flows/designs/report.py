"""What a design costs on a target, as data: every number with the method that gave it."""

from typing import Any

from pydantic import Field

from neuroloom.flows.designs.method import Method
from neuroloom.flows.tools.frozen import Frozen
from neuroloom.flows.tools.recorded import Recorded


class Timing(Frozen):
    """Clock frequency [MHz] with every port at a register, and the path that sets it.

    On an FPGA after place and route, the median over seeds; on standard cells before layout, where
    minimum and maximum are the same.
    """

    median_mhz: float
    minimum_mhz: float
    maximum_mhz: float
    seeds: int = 1
    critical_path: tuple[str, ...]
    """Source signals along the path; of the median run where there are several."""
    path_ns: float
    hold_slack_ns: float | None = None
    """Slack of the fastest path between registers [ns], for standard cells."""
    utilisation: dict[str, tuple[int, int]] = Field(default_factory=dict)
    """Device resources used and available, with the registers around the macro."""
    method: Method


class CurvePoint(Frozen):
    """One way to map a design to standard cells."""

    recipe: str
    area_um2: float
    mhz: float


class MemoryCost(Frozen):
    """A memory of the design on standard cells, what it became, and what that costs."""

    name: str
    words: int
    width: int
    """[bit]"""
    read_ports: int
    write_ports: int
    read_enable: bool
    write_parts: int
    """Parts of a word that are written alone."""
    becomes: str
    """``flip-flops``, ``outside`` or ``sram``."""
    reason: str = ""
    """Why flip-flops, where that was not asked for."""
    macros: dict[str, int] = Field(default_factory=dict)
    """Macros by name and their numbers."""
    ports: str = ""
    """``one port`` where reads and writes are proved never to come together."""
    registers: str = ""
    """What stands around the macros for reads of words that are being written."""
    area_um2: float | None = None
    """Sum of the macros' areas."""
    access_ns: float | None = None
    """Time from the clock to the output, the longest in the macros' tables."""
    read_pj: float | None = None
    write_pj: float | None = None
    leakage_uw: float | None = None
    corner: str = ""
    """Corner of the macros' tables."""


class CornerTiming(Frozen):
    """The mapped netlist in a corner of its library, by own static timing."""

    name: str
    """``slow``, ``typical`` or ``fast``."""
    corner: str
    """Library, voltage, temperature."""
    mhz: float
    setup_ns: float
    """Shortest period: arrival and setup of the latest path."""
    hold_slack_ns: float
    leakage_uw: float | None = None
    """Leakage of the cells, without memory macros."""
    without_memories_ns: float | None = None
    """Shortest period of the paths that begin and end at no memory macro, where there are some."""
    memory: str = ""
    """Corner of the memory macros, where it is another one."""


class Area(Frozen):
    """Area [µm²] of the design alone, before layout."""

    total_um2: float
    """Standard cells and memory macros."""
    sequential_um2: float
    combinational_um2: float
    memory_um2: float = 0.0
    """Memory macros, part of the total."""
    modules_um2: dict[str, float] = Field(default_factory=dict)
    """Each module with all its instances, without submodules, synthesized without flattening."""
    curve: tuple[CurvePoint, ...]
    """All mappings that were tried; the reported one is among them."""
    corner: str
    """Library, voltage, temperature."""


class Power(Frozen):
    """Power from switching recorded in the macro's own gate-level simulation.

    Energies are per operation and come from one run at full rate; leakage is a power. Nets carry
    the capacitance of the pins on them, wires have none; no clock tree; no glitches.
    """

    operation: str
    clock_pj: float
    sequential_pj: float
    combinational_pj: float
    memory_pj: float = 0.0
    """Memory macros: accesses, edges at their inputs, and the nets that they drive."""
    reads: float = 0.0
    writes: float = 0.0
    """Accesses to macros; one that several macros serve together counts for each of them."""
    leakage_uw: float
    clock_mhz: float = Field(ge=1e-9)
    """Frequency that the powers below hold for."""
    clock_asked: bool = False
    """Whether that is the clock that was asked for; Fmax otherwise."""
    dynamic_uw: float
    idle_uw: float
    """Clock and leakage of a macro that has nothing to do."""
    operations: int = Field(ge=1)
    """Operations in the run."""
    cycles: int = Field(ge=1, lt=1 << 63)
    method: Method

    @property
    def at(self) -> str:
        """Clock that is meant, in words."""
        return "the clock that was asked for" if self.clock_asked else "Fmax"

    @property
    def energy_pj(self) -> float:
        """Energy per operation [pJ], leakage included."""
        return (self.dynamic_uw + self.leakage_uw) / self.rate_mhz

    @property
    def rate_mhz(self) -> float:
        """Operations per microsecond."""
        return self.clock_mhz * self.operations / self.cycles


class Estimate(Frozen):
    """An analytic figure beside the synthesized one."""

    name: str
    analytic: float
    synthesized: float
    unit: str
    source: str

    @property
    def ratio(self) -> float | None:
        """Analytic over synthesized; None where nothing was synthesized."""
        return self.analytic / self.synthesized if self.synthesized else None


class TargetReport(Frozen):
    """One design on one target."""

    target: str
    resources: dict[str, int]
    """The design alone."""
    modules: dict[str, dict[str, int]]
    """Each module with all its instances, without submodules, synthesized without flattening."""
    cells: dict[str, int]
    method: Method
    area: Area | None = None
    timing: Timing | None = None
    power: Power | None = None
    memories: tuple[MemoryCost, ...] = ()
    """Memories of the design, on standard cells."""
    corners: tuple[CornerTiming, ...] = ()
    netlist: str = ""
    """SHA-256 of the mapped netlist's Verilog, on standard cells."""
    estimates: tuple[Estimate, ...] = ()
    warnings: tuple[str, ...] = ()
    operation: str = ""
    """Empty for a design without a contract."""
    interval: int | None = None
    operations_per_second: float | None = None


class SynthesisReport(Frozen, Recorded):
    """One design on several targets."""

    macro: str
    spec: dict[str, Any]
    """Empty for a design that is not of the catalogue."""
    targets: tuple[TargetReport, ...]
    warnings: tuple[str, ...] = ()
    """Warnings of the specification and of what was asked, whatever the target."""
    failures: dict[str, str] = Field(default_factory=dict)
    """Targets that gave no result, and why."""
