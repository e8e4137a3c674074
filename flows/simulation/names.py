"""What the command line knows of simulation before it loads any of it."""

from enum import StrEnum

LEAST_PROBABILITY = 0.001
"""That a token is offered, or accepted, in a cycle: with less a run hardly moves."""

TIME_LIMIT = 600.0
"""Seconds after which a simulation is stopped, unless the caller says otherwise."""


class SimulatorName(StrEnum):
    """A simulator, or ``auto`` for the best one on this machine."""

    AUTO = "auto"
    VERILATOR = "verilator"
    ICARUS = "icarus"
    AMARANTH = "amaranth"
