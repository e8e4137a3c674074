"""The digital periphery of a macro of resistive memory: Lu et al. 2021."""

from pathlib import Path
from typing import TYPE_CHECKING

from neuroloom.flows.reproduce.cim_macro.printed import PAPER
from neuroloom.flows.reproduce.record import Progress, System

if TYPE_CHECKING:
    from neuroloom.flows.reports.published import Reproduction


def run(progress: Progress, mnist: Path | None) -> "Reproduction":
    from neuroloom.flows.reproduce.cim_macro.rebuild import reproduce

    return reproduce(progress, mnist)


SYSTEM = System(
    name="cim-macro",
    title="Digital periphery of a 40-nm RRAM compute-in-memory macro",
    paper=PAPER,
    needs=("a C++ compiler",),
    run=run,
)
