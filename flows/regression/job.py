"""One run of the bench as a job of a list: a specification and a seed."""

import hashlib
import os
from importlib import metadata
from typing import Any, ClassVar

from pydantic import BaseModel

from neuroloom.flows.batch.job import BatchJob, Limits
from neuroloom.flows.macros import catalogue
from neuroloom.flows.macros.by_code import code_digest
from neuroloom.flows.macros.specification import validate
from neuroloom.flows.simulation.job import BenchOutcome
from neuroloom.flows.simulation.names import SimulatorName
from neuroloom.flows.tools.errors import ToolFailed
from neuroloom.flows.verify import verify

OWN_CODE = (
    "neuroloom.golden",
    "neuroloom.hdl",
    "neuroloom.verif",
    "neuroloom.flows.verilog",
    "neuroloom.flows.simulation",
)
"""Packages whose text takes part in a key."""
TOOLS = ("cocotb", "verilator")
"""Tools beside those that the digest of the code has."""
BUILD_SECONDS = 3600.0
"""What a run may take beside its simulation: compilers have limits of their own."""


class RunJob(BatchJob[BenchOutcome]):
    """A run to do; its report is the outcome."""

    report_type: ClassVar[type[BaseModel]] = BenchOutcome
    seed: int
    operations: int | None
    simulator: SimulatorName
    seconds: float
    """Most that the simulation may take."""
    verilog: str | None = None
    """A text to test instead of the generated one."""

    @property
    def label(self) -> str:
        return f"{super().label} seed {self.seed}"

    def work(self) -> BenchOutcome:
        """Run the bench. ToolFailed where other code would run than the one asked for."""
        if run_key(self.model_dump()) != self.key:
            raise ToolFailed(
                f"{os.uname().nodename} has another version of neuroloom or of its tools than what "
                "asks: install the same ones there, and leave the sources alone meanwhile"
            )
        spec = validate(catalogue.macro(self.macro), self.spec)
        (outcome,) = verify(
            spec,
            (self.seed,),
            self.operations,
            self.simulator,
            seconds=self.seconds,
            verilog=self.verilog,
            workers=1,
        ).outcomes
        return outcome

    def lasting(self, report: BenchOutcome) -> bool:
        """What failed is run again: its waves, or another try, may be wanted."""
        return report.status == "passed"


def run_job(
    macro: str,
    spec: dict[str, Any],
    seed: int,
    operations: int | None,
    simulator: SimulatorName,
    seconds: float,
    megabytes: int | None = None,
    verilog: str | None = None,
) -> RunJob:
    """The job for a run; ``simulator`` is one that was chosen, not ``auto``."""
    fields: dict[str, Any] = {
        "macro": macro,
        "spec": spec,
        "seed": seed,
        "operations": operations,
        "simulator": simulator,
        "seconds": seconds,
        "verilog": verilog,
    }
    limits = Limits(seconds=seconds + BUILD_SECONDS, megabytes=megabytes)
    return RunJob(**fields, key=run_key(fields), limits=limits)


def run_key(fields: dict[str, Any]) -> str:
    """The key of a run: all that decides its outcome, and neither limits nor places."""
    parts = (
        *(fields[name] for name in ("macro", "spec", "seed", "operations", "verilog")),
        str(fields["simulator"]),
        [metadata.version(name) for name in TOOLS],
        code_digest(OWN_CODE),
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:24]
