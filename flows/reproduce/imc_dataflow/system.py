"""ResNet-32 on in-memory-computing cores: Dazzi et al. 2021."""

from pathlib import Path
from typing import TYPE_CHECKING

from neuroloom.flows.reproduce.imc_dataflow.printed import PAPER
from neuroloom.flows.reproduce.record import Progress, System

if TYPE_CHECKING:
    from neuroloom.flows.reports.published import Reproduction


def run(progress: Progress, mnist: Path | None) -> "Reproduction":
    from neuroloom.flows.reproduce.imc_dataflow.rebuild import reproduce

    return reproduce(progress, mnist)


SYSTEM = System(
    name="imc-dataflow",
    title="ResNet-32 on in-memory-computing cores",
    paper=PAPER,
    needs=("a C++ compiler",),
    images=True,
    run=run,
)
