"""Energy and power on the page of a synthesis."""

from collections.abc import Sequence

from neuroloom.flows.designs.report import Power, TargetReport
from neuroloom.flows.reports.page import Table
from neuroloom.flows.tools.numbers import significant

PARTS = ("clock", "sequential", "combinational", "memories", "leakage")


def power_table(reports: Sequence[TargetReport]) -> Table | None:
    """A row for each target whose power was measured; None where none was."""
    rows = [
        (
            each.target,
            significant(power.energy_pj),
            *map(significant, _energies(power)),
            significant(power.clock_mhz, 4),
            significant(power.dynamic_uw),
            significant(power.leakage_uw),
            significant(power.idle_uw),
        )
        for each in reports
        if (power := each.power)
    ]
    if not rows:
        return None
    first = next(each.power for each in reports if each.power)
    head = (
        "target",
        f"energy per {first.operation} [pJ]",
        *(f"{part} [pJ]" for part in PARTS),
        "at [MHz]",
        "dynamic [µW]",
        "leakage [µW]",
        "idle [µW]",
    )
    return Table(
        head,
        tuple(rows),
        numbers=tuple(range(1, len(head))),
        caption=f"Powers and leakage of an operation at {first.at}.",
    )


def _energies(power: Power) -> tuple[float, ...]:
    """Energy of an operation in the order of ``PARTS`` [pJ]."""
    leakage = power.leakage_uw / power.rate_mhz
    return (power.clock_pj, power.sequential_pj, power.combinational_pj, power.memory_pj, leakage)


def split(power: Power) -> tuple[float, ...]:
    """Shares of the energy in the order of ``PARTS``, summing to one."""
    parts = _energies(power)
    whole = sum(parts)
    return tuple(part / whole if whole else 0.0 for part in parts)
