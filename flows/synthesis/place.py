"""Place and route with nextpnr, several seeds, and what its report says."""

import json
import re
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from types import MappingProxyType
from typing import Any

from neuroloom.flows.synthesis.harness import INSTANCE
from neuroloom.flows.synthesis.targets import PlaceAndRoute
from neuroloom.flows.tools.errors import ToolFailed, ToolTimeout
from neuroloom.flows.tools.owned import scratch_folder
from neuroloom.flows.tools.process import run

ARCS = re.compile(r"Routing (\d+) arcs")
UTILISATION = re.compile(r"(\w+):\s+(\d+)/\s*(\d+)\s+\d+%")
ITERATIONS = re.compile(r"Info: +(\d+) \|")
MAPPED_SUFFIX = re.compile(
    r"(?:_D)?(?:_(?:SB_|DFF|ALU_|LUT\d|MUX2|FD1P3|DFFLC|LC$|LUT4|TRELLIS|CCU2C|PFUMX|L6MUX|RDATA|RAM$)|\$)"
)
SEPARATOR = re.compile(r"(?=[_$])")
WORKER = "import sys, {package} as tool; sys.exit(tool._run_{entry}_argv())"


@dataclass(frozen=True)
class PathStep:
    """A step of the critical path."""

    kind: str
    source: str
    target: str
    nanoseconds: float


@dataclass(frozen=True)
class Placed:
    """One placed and routed design."""

    seed: int
    megahertz: float
    utilisation: dict[str, tuple[int, int]]
    """Resource to how many are used and how many the device has."""
    path: tuple[PathStep, ...]


@dataclass(frozen=True)
class PlacedSeeds:
    """All seeds of one design."""

    runs: tuple[Placed, ...]

    @property
    def megahertz(self) -> float:
        """Median over the seeds."""
        return statistics.median(run.megahertz for run in self.runs)

    @property
    def spread(self) -> tuple[float, float]:
        return min(r.megahertz for r in self.runs), max(r.megahertz for r in self.runs)

    @property
    def typical(self) -> Placed:
        """The run nearest to the median."""
        return min(self.runs, key=lambda each: abs(each.megahertz - self.megahertz))


def place(
    netlist: str,
    placement: PlaceAndRoute,
    seeds: Sequence[int],
    progress: Callable[[Placed], None] = lambda _: None,
    workers: int = 2,
    registers: Mapping[str, str] = MappingProxyType({}),
) -> PlacedSeeds:
    """Place and route yosys JSON for every seed.

    ``registers`` are those of the frame, with what they and the logic beside them are called.
    ToolFailed with nextpnr's own words when the design does not fit or a run does not end.
    """

    def one(seed: int) -> Placed:
        placed = _place_once(netlist, placement, seed, registers)
        progress(placed)
        return placed

    with ThreadPoolExecutor(workers) as pool:
        return PlacedSeeds(tuple(pool.map(one, seeds)))


def _place_once(
    netlist: str, placement: PlaceAndRoute, seed: int, registers: Mapping[str, str]
) -> Placed:
    with scratch_folder() as folder:
        (folder / "design.json").write_text(netlist)
        command = [
            *nextpnr(placement),
            "--report",
            "report.json",
            "--seed",
            str(seed),
            "--freq",
            str(placement.frequency),
            "--timing-allow-fail",
        ]
        if placement.constraints:
            file, text, option = placement.constraints
            (folder / file).write_text(text)
            command.append(option)
        try:
            _route(command, placement, folder)
        except ToolFailed as error:
            overfull = _overfull((folder / "log").read_text(errors="replace"))
            if overfull:
                raise ToolFailed(f"the design does not fit the device: {overfull}") from None
            raise type(error)(f"place and route, seed {seed}: {error}") from None
        report = json.loads((folder / "report.json").read_text())
    return _read(seed, report, registers)


def nextpnr(placement: PlaceAndRoute) -> list[str]:
    """The command that reads ``design.json`` of its folder for a device."""
    worker = WORKER.format(
        package=placement.package, entry=placement.package.removeprefix("yowasp_")
    )
    return [sys.executable, "-c", worker, *placement.options, "--json", "design.json"]


def _route(command: list[str], placement: PlaceAndRoute, folder: Path) -> None:
    log = folder / "log"
    try:
        run(command, log, placement.seconds, folder=folder, hopeless=_goes_in_circles)
    except ToolTimeout:
        if not placement.second_router:
            raise
        run([*command, *placement.second_router], log, placement.seconds, folder=folder)


def _overfull(log: str) -> str:
    """The resources of which the design needs more than the device has."""
    return ", ".join(
        f"{used} {kind} of {available}"
        for kind, used, available in UTILISATION.findall(log)
        if int(used) > int(available)
    )


def _goes_in_circles(log: Path) -> bool:
    """Whether nextpnr's first router, as now and then on some seed, rips up what it routed forever.

    It needs one to three iterations an arc; thirty are never seen on a run that ends.
    """
    text = log.read_text(errors="replace")
    arcs = max(map(int, ARCS.findall(text)), default=0)
    iterations = ITERATIONS.findall(text[-1000:])
    return bool(arcs and iterations and int(iterations[-1]) > 30 * arcs)


def _read(seed: int, report: dict[str, Any], registers: Mapping[str, str]) -> Placed:
    clocks = report["fmax"]
    if not clocks:
        raise ToolFailed("place and route found no clock to time: nothing is between registers")
    megahertz = min(clock["achieved"] for clock in clocks.values())
    utilisation = {
        kind: (entry["used"], entry["available"])
        for kind, entry in report["utilization"].items()
        if entry["used"]
    }
    inside = [path for path in report["critical_paths"] if path["from"] == path["to"]]
    steps = [
        PathStep(
            step["type"],
            signal_name(step["from"]["cell"], registers),
            signal_name(step["to"]["cell"], registers),
            step["delay"],
        )
        for step in (inside[0]["path"] if inside else [])
    ]
    return Placed(seed, megahertz, utilisation, tuple(steps))


def signal_name(cell: str, registers: Mapping[str, str]) -> str:
    """The source signal that a mapped cell was named after; empty where it is none of the design.

    A cell that is named after one of ``registers`` is called what that is.
    """
    if cell.startswith(f"{INSTANCE}."):
        return MAPPED_SUFFIX.split(cell, maxsplit=1)[0].removeprefix(f"{INSTANCE}.")
    words = SEPARATOR.split(cell)
    prefixes = ("".join(words[:end]) for end in range(len(words), 0, -1))
    known = next((prefix for prefix in prefixes if prefix in registers), None)
    return "" if known is None else registers[known]


def version(placement: PlaceAndRoute) -> str:
    package = placement.package.replace("_", "-")
    return f"{package.removeprefix('yowasp-')} {metadata.version(package)}"
