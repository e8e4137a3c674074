"""Names of the simulators, for those who only name them."""

from enum import StrEnum


class SimulatorName(StrEnum):
    """A simulator, or ``auto`` for the best one on this machine."""

    AUTO = "auto"
    VERILATOR = "verilator"
    ICARUS = "icarus"
    AMARANTH = "amaranth"
