"""Binarized networks on differential resistive memory: Querlioz et al. 2019."""

from neuroloom.flows.reproduce.bnn.printed import PAPER
from neuroloom.flows.reproduce.record import System

SYSTEM = System(
    name="bnn",
    title="Binarized networks on differential resistive memory",
    paper=PAPER,
    needs=("a C++ compiler",),
    images=True,
    module=__name__,
)
