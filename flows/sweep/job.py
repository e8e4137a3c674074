"""One point of a sweep: a specification, synthesized for a target."""

import os
from pathlib import Path
from typing import ClassVar

from pydantic import BaseModel

from neuroloom.flows.batch.job import BatchJob
from neuroloom.flows.designs.design import of_spec
from neuroloom.flows.designs.report import TargetReport
from neuroloom.flows.macros import catalogue
from neuroloom.flows.macros.specification import validate
from neuroloom.flows.sweep.key import ground, point_key
from neuroloom.flows.synthesis.synthesize import Options, synthesize
from neuroloom.flows.synthesis.targets import liberty_target
from neuroloom.flows.synthesis.targets import target as find_target
from neuroloom.flows.tools.errors import ToolFailed
from neuroloom.flows.verilog.emit import Emitted


class PointJob(BatchJob[TargetReport]):
    """A point to compute."""

    report_type: ClassVar[type[BaseModel]] = TargetReport
    verilog: str
    target: str
    liberty: tuple[Path, ...] = ()
    """Liberty files that are the target, in place of one by name."""
    options: Options

    @property
    def label(self) -> str:
        return f"{super().label} {self.target}"

    def work(self) -> TargetReport:
        """Synthesize the point. ToolFailed where that would be another point than the one asked."""
        spec = validate(catalogue.macro(self.macro), self.spec)
        target = liberty_target(self.liberty) if self.liberty else find_target(self.target)
        target.check()
        design = of_spec(spec, Emitted(spec.macro, self.verilog, ""))
        if point_key(design, ground(target, self.options)) != self.key:
            raise ToolFailed(
                f"{os.uname().nodename} has another version of neuroloom, of its tools or of the "
                f"library of {target.name} than the machine that asks; install the same ones"
            )
        (report,) = synthesize(design, [target], self.options).targets
        return report
