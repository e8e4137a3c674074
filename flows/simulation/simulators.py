"""Simulators that there are, and which one is used when nobody says."""

import time
from dataclasses import dataclass
from io import StringIO
from math import inf
from pathlib import Path
from typing import Any

import find_libpython

from neuroloom.flows.macros.catalogue import macro
from neuroloom.flows.simulation.bench_run import run_job
from neuroloom.flows.simulation.job import BenchJob, BenchOutcome
from neuroloom.flows.simulation.names import SimulatorName as SimulatorName
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.tools.process import has_tool, out_of_time, tool
from neuroloom.hdl.component import Component
from neuroloom.hdl.ports.flat import FlatPorts
from neuroloom.verif.simulator import OutOfTime, Simulator, simulate


@dataclass(frozen=True)
class Choice:
    """A simulator and, where it is not the usual one, the reason."""

    name: SimulatorName
    reason: str = ""


def choose(asked: SimulatorName, code_coverage: bool = False) -> Choice:
    """The simulator to use: Verilator, else Icarus, else amaranth.sim, which needs no tools.

    ``code_coverage`` is counted by Verilator alone: UsageError where another is asked for,
    ToolMissing without its compiler.
    """
    if code_coverage:
        if asked not in (SimulatorName.AUTO, SimulatorName.VERILATOR):
            raise UsageError(
                f"code coverage is counted by Verilator, not by {asked.value}: "
                "leave --simulator out"
            )
        tool("g++")
        return Choice(SimulatorName.VERILATOR)
    if asked is not SimulatorName.AUTO:
        return Choice(asked)
    if find_libpython.find_libpython() is None:
        return Choice(
            SimulatorName.AMARANTH,
            "this Python has no shared library for cocotb, so amaranth.sim is used; "
            "for Verilator: sudo apt-get install libpython3-dev",
        )
    if has_tool("g++"):
        return Choice(SimulatorName.VERILATOR)
    if has_tool("iverilog"):
        return Choice(
            SimulatorName.ICARUS,
            "there is no C++ compiler, so Icarus is used; for Verilator: sudo apt-get install g++",
        )
    return Choice(
        SimulatorName.AMARANTH,
        "there is no C++ compiler and no Icarus, so amaranth.sim is used, which runs the hardware "
        "description and not the Verilog; for Verilator: sudo apt-get install g++",
    )


def stopped(job: BenchJob, seconds: float) -> BenchOutcome:
    """The outcome of a job that came to its limit of time."""
    late = out_of_time("the simulation", seconds)
    return BenchOutcome(status="stopped", message=late, report={"seed": job.seed})


def run_amaranth(
    job: BenchJob, waves: Path | None = None, component: Any = None, seconds: float = inf
) -> BenchOutcome:
    """The job's outcome in amaranth.sim, in this process, stopped after ``seconds``.

    ``component`` stands in for the catalogue's own, for tests that break it.
    """
    entry = macro(job.macro)
    hardware: Component[Any] = component or entry.component(entry.spec.model_validate(job.spec))
    outcomes: list[BenchOutcome] = []

    async def bench(sim: Simulator) -> None:
        outcomes.append(await run_job(job, sim))

    begin = time.perf_counter()
    vcd = StringIO() if waves is not None else None
    try:
        simulate(FlatPorts(hardware), bench, vcd, seconds)
    except OutOfTime:
        outcomes.append(stopped(job, seconds))
    if waves is not None and vcd is not None:
        waves.write_text(vcd.getvalue())
    elapsed = time.perf_counter() - begin
    return outcomes[0].model_copy(
        update={"simulator": SimulatorName.AMARANTH.value, "seconds": elapsed}
    )
