"""ResNet-32 on in-memory-computing cores: Dazzi et al. 2021."""

from neuroloom.flows.reproduce.imc_dataflow.printed import PAPER
from neuroloom.flows.reproduce.record import System

SYSTEM = System(
    name="imc-dataflow",
    title="ResNet-32 on in-memory-computing cores",
    paper=PAPER,
    needs=("a C++ compiler",),
    images=True,
    module=__name__,
)
