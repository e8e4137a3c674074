"""Binarized networks on differential resistive memory: Querlioz et al. 2019."""

from pathlib import Path
from typing import TYPE_CHECKING

from neuroloom.flows.reproduce.bnn.printed import PAPER
from neuroloom.flows.reproduce.record import Progress, System

if TYPE_CHECKING:
    from neuroloom.flows.reports.published import Reproduction


def run(progress: Progress, mnist: Path | None) -> "Reproduction":
    from neuroloom.flows.reproduce.bnn.rebuild import reproduce

    return reproduce(progress, mnist)


SYSTEM = System(
    name="bnn",
    title="Binarized networks on differential resistive memory",
    paper=PAPER,
    needs=("a C++ compiler",),
    images=True,
    run=run,
)
