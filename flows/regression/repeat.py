"""The command that does one run again."""

import shlex
from dataclasses import dataclass

from neuroloom.flows.macros.catalogue import macro_of
from neuroloom.flows.macros.field_values import as_typed
from neuroloom.flows.simulation.names import TIME_LIMIT, SimulatorName
from neuroloom.golden.spec import Spec


@dataclass(frozen=True)
class Asked:
    """What was asked of every run beside its specification and seed."""

    operations: int | None = None
    """Random operations; the macro's own number when None."""
    simulator: SimulatorName = SimulatorName.AUTO
    seconds: float = TIME_LIMIT
    """Most that a simulation may take."""


def repeat_line(spec: Spec, seed: int, asked: Asked) -> str:
    """The command that verifies one specification alone, under one seed."""
    entry = macro_of(spec)
    words = ["neuroloom", "verify", entry.name, *as_typed(spec, entry.standard)]
    words += ["--only", "--seed", str(seed)]
    words += [] if asked.operations is None else ["--operations", str(asked.operations)]
    words += [] if asked.simulator is SimulatorName.AUTO else ["--simulator", asked.simulator.value]
    words += [] if asked.seconds == TIME_LIMIT else ["--time-limit", f"{asked.seconds:g}"]
    return shlex.join(words)


def proof_hint(spec: Spec) -> str:
    """The command of the proof that may show a failure in fewer cycles; empty without one."""
    entry = macro_of(spec)
    if not entry.has_properties:
        return ""
    return shlex.join(["neuroloom", "prove", entry.name, *as_typed(spec, entry.standard)])
