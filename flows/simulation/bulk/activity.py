"""Switching activity: how often every net toggles over a window of a run.

Counts are those of a zero-delay simulation: in each cycle all nets settle once, glitches do not
exist. Verilator's own SAIF writer is not used: it leaves out nets that share a value with another
one and counts a first value of 1 as a toggle. Its VCD text has every net; it is counted inside of
the simulation as it is made, so that a long run leaves no file.
"""

from dataclasses import dataclass
from pathlib import Path

from neuroloom.flows.simulation.bulk.build import build
from neuroloom.flows.simulation.bulk.compare import TrafficComparison, compare, operations_in
from neuroloom.flows.simulation.bulk.run import SIMULATION_SECONDS, Pace, golden, run
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.tools.owned import scratch_folder
from neuroloom.golden.ports import Traffic
from neuroloom.golden.spec import Spec


@dataclass(frozen=True)
class Activity:
    """Toggles of nets over ``cycles`` clock cycles in which ``operations`` were begun."""

    cycles: int
    operations: int
    toggles: dict[str, int]
    """Net to the number of its rising and falling edges. A bit of a vector is named ``net[3]``, an
    escaped name stands without its backslash. The clock toggles twice a cycle. Words of memories
    and whatever lies inside of further modules are left out."""


def record_activity(
    spec: Spec,
    traffic: Traffic | None = None,
    setup: Traffic | None = None,
    verilog: str | None = None,
    top: str | None = None,
    pace: Pace | None = None,
    cycles: int | None = None,
    seconds: float = SIMULATION_SECONDS,
) -> Activity:
    """Toggles of the top module's nets while ``traffic`` is sent and taken.

    Parameters: ``setup`` the loads to be taken before; ``verilog`` a text with the same ports
    in place of the generated one, such as a netlist with its cells, and ``top`` its top module (by
    default the macro's name); ``pace`` the gaps, by default none; ``cycles`` the length of the
    window; ``seconds`` the time limit.

    The window begins when reset and loads are through, with the cycle that offers the first token.
    It is ``cycles`` long; by default operations · spacing, and without spacing until the last
    result was delivered. Without ``traffic``, ``cycles`` of idling are counted, those left out in
    which the macro still clears its memories after reset.

    UsageError when there is nothing to count. VerificationFailed when an output is not the
    model's: activity of a wrong netlist means nothing.
    """
    pace = pace or Pace()
    pace.check(spec)
    operations = operations_in(spec, traffic) if traffic is not None else 0
    window = cycles if cycles is not None else operations * (pace.spacing or 0)
    if window < 0 or not (window or operations):
        raise UsageError("there is nothing to count: give traffic or a number of cycles")
    before, work = golden(spec, traffic or {}, setup)
    harness = build(spec, verilog, top, traced=True)

    def count(window: int) -> Activity:
        with scratch_folder() as folder:
            counts = folder / "toggles"
            done = run(
                harness,
                work,
                before,
                pace,
                record=True,
                window=window,
                toggles=counts,
                seconds=seconds,
            )
            comparison: TrafficComparison = compare(spec, done, work, before, pace)
            comparison.raise_if_wrong(spec)
            return Activity(window or done.phases["work"].cycles, operations, _read(counts))

    start = spec.contract.start
    if traffic is not None or not start:
        return count(window)
    early, late = count(start), count(start + window)
    toggles = {net: number - early.toggles.get(net, 0) for net, number in late.toggles.items()}
    return Activity(window, 0, toggles)


def _read(file: Path) -> dict[str, int]:
    toggles = {}
    with file.open() as lines:
        for line in lines:
            number, _, net = line.rstrip("\n").partition(" ")
            toggles[net] = int(number)
    return toggles
