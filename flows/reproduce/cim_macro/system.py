"""The digital periphery of a macro of resistive memory: Lu et al. 2021."""

from neuroloom.flows.reproduce.cim_macro.printed import PAPER
from neuroloom.flows.reproduce.record import System

SYSTEM = System(
    name="cim-macro",
    title="Digital periphery of a 40-nm RRAM compute-in-memory macro",
    paper=PAPER,
    needs=("a C++ compiler",),
    module=__name__,
)
