"""Static timing of a mapped netlist: nonlinear delay tables, setup and hold, ideal clock.

Delays come from slew and load as in the Liberty file; a net's load is the sum of its pins', wires
have none (pre-layout). The clock is ideal: no skew, edges of no length. OpenSTA gives the same
within a fraction of a percent; this one needs nothing installed and serves the search for the
period and the energies as well.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from neuroloom.flows.cells.library import Arc, Pin, Sense
from neuroloom.flows.cells.netlist import CellInstance, MappedNetlist
from neuroloom.flows.tools.errors import ToolFailed

RISE, FALL = 0, 1
INPUT_EDGES = {
    Sense.POSITIVE: ((RISE,), (FALL,)),
    Sense.NEGATIVE: ((FALL,), (RISE,)),
    Sense.EITHER: ((RISE, FALL), (RISE, FALL)),
}
"""Input edges that cause a rise and a fall of the output."""
Edges = tuple[float, float]


@dataclass(frozen=True)
class TimedStep:
    """A cell on a path, or the register at its end."""

    instance: str
    cell: str
    net: str
    """The net that the step drives; for the last step, the register's own output or the port that
    it stands at."""
    delay: float
    """[ns]"""


@dataclass(frozen=True)
class CellTiming:
    """What limits the clock of a netlist."""

    period: float
    """Shortest period at which no path is late [ns]."""
    hold_slack: float
    """Slack of the fastest path [ns]; negative where a register would see the next value."""
    path: tuple[TimedStep, ...]
    slews: dict[int, Edges]
    """Transition times of every net [ns], rising and falling."""
    loads: dict[int, Edges]
    """Capacitance of the pins on every net [pF], for its rising and its falling edge."""


@dataclass
class _Arrival:
    latest: float
    earliest: float
    before: tuple[int, int] | None
    """Net and edge that the latest edge came from."""
    delay: float


def time_netlist(netlist: MappedNetlist) -> CellTiming:
    """The shortest period between registers, frame included.

    ToolFailed on a combinational loop, and when no path is there to time.
    """
    loads = {
        net: (
            sum(instance.cell.pins[pin].rise_capacitance for instance, pin in pins),
            sum(instance.cell.pins[pin].fall_capacitance for instance, pin in pins),
        )
        for net, pins in netlist.loads.items()
    }
    order = _in_order(netlist)
    slews, arrivals = _arrivals(order, loads, half_cycle=False)
    period, hold_slack, end = _ends(netlist, slews, arrivals)
    if end is not None and any(_gives_late(each) for each in order):
        # memories that give their word half a cycle later leave half a cycle to what follows
        _, late = _arrivals(order, loads, half_cycle=True)
        half, _, late_end = _ends(netlist, slews, late)
        if late_end is not None and 2 * half > period:
            period, end, arrivals = 2 * half, late_end, late
    if end is None:
        raise ToolFailed("there is nothing to time: no path ends at a register or an output")
    path = _trace(netlist, arrivals, *end)
    return CellTiming(period, hold_slack, path, slews, loads)


def _gives_late(instance: CellInstance) -> bool:
    """Whether it is a memory that gives its word at the falling edge of its clock."""
    return instance.cell.is_memory and any(
        arc.falling for pin in instance.cell.outputs for arc in pin.arcs
    )


def _arrivals(
    order: Sequence[CellInstance], loads: Mapping[int, Edges], half_cycle: bool
) -> tuple[dict[int, Edges], dict[tuple[int, int], _Arrival]]:
    """Slews of all nets, and arrivals of the paths that begin at memories which give their word
    half a cycle later, or of all others.
    """
    slews: dict[int, Edges] = {}
    arrivals: dict[tuple[int, int], _Arrival] = {}
    for instance in order:
        begins = not instance.cell.is_clocked or _gives_late(instance) is half_cycle
        for pin in instance.cell.outputs:
            net = instance.nets.get(pin.name)
            if net is not None:
                load = loads.get(net, (0.0, 0.0))
                _propagate(instance, pin, net, load, slews, arrivals, begins)
    return slews, arrivals


End = tuple[CellInstance, int, int, float]
"""Register at which a path ends, net and edge there, and the register's setup time."""


def _ends(
    netlist: MappedNetlist, slews: Mapping[int, Edges], arrivals: Mapping[tuple[int, int], _Arrival]
) -> tuple[float, float, End | None]:
    """Latest arrival with its setup time, least slack of hold, and where the latest path ends."""
    period, hold_slack = 0.0, float("inf")
    end: End | None = None
    for instance in netlist.instances:
        if not instance.cell.is_clocked:
            continue
        for name in instance.cell.data:
            net = instance.nets.get(name)
            if net is None or net not in slews:
                continue
            for check in instance.cell.pins[name].checks:
                for edge, table in ((RISE, check.rise), (FALL, check.fall)):
                    arrival = arrivals.get((net, edge))
                    if table is None or arrival is None:
                        continue
                    margin = table.at(slews[net][edge], 0.0)
                    if check.setup and arrival.latest + margin > period:
                        period, end = arrival.latest + margin, (instance, net, edge, margin)
                    elif not check.setup:
                        hold_slack = min(hold_slack, arrival.earliest - margin)
    return period, hold_slack, end


def _in_order(netlist: MappedNetlist) -> list[CellInstance]:
    """Flip-flops, then each cell after those that drive it."""
    by_name = {instance.name: instance for instance in netlist.instances}
    graph: dict[str, set[str]] = {}
    for instance in netlist.instances:
        before: set[str] = set()
        if not instance.cell.is_clocked:
            for pin, net in instance.nets.items():
                if net is not None and not instance.cell.pins[pin].output and net in netlist.driver:
                    before.add(netlist.driver[net][0].name)
        graph[instance.name] = before
    try:
        return [by_name[name] for name in TopologicalSorter(graph).static_order()]
    except CycleError as error:
        nets = [
            netlist.names.get(net, str(net))
            for name in error.args[1][:-1]
            for pin, net in by_name[name].nets.items()
            if net is not None and by_name[name].cell.pins[pin].output
        ]
        known = [name for name in dict.fromkeys(nets) if "$" not in name] or nets
        raise ToolFailed(
            f"the design has a combinational loop through {', '.join(known[:8])}; "
            "put a register into it"
        ) from None


def _propagate(
    instance: CellInstance,
    pin: Pin,
    net: int,
    loads: Edges,
    slews: dict[int, Edges],
    arrivals: dict[tuple[int, int], _Arrival],
    begins: bool = True,
) -> None:
    """Slew and arrival of both edges of an output; without ``begins`` no path begins here."""
    longest = [0.0, 0.0]
    reached = False
    for arc in pin.arcs:
        source = instance.nets.get(arc.related)
        if not arc.clocked and (source is None or source not in slews):
            continue
        for edge in (RISE, FALL):
            rising = edge == RISE
            delays, transitions = (arc.rise, arc.rise_slew) if rising else (arc.fall, arc.fall_slew)
            load = loads[edge]
            for cause in _causes(arc, edge):
                slew = 0.0 if arc.clocked or source is None else slews[source][cause]
                delay = delays.at(slew, load)
                longest[edge] = max(longest[edge], transitions.at(slew, load))
                before = None if arc.clocked or source is None else (source, cause)
                begin = arrivals.get(before) if before else _Arrival(0.0, 0.0, None, 0.0)
                reached = True
                if begin is None or not begins:
                    continue
                latest, earliest = begin.latest + delay, begin.earliest + delay
                known = arrivals.get((net, edge))
                if known is None:
                    arrivals[net, edge] = _Arrival(latest, earliest, before, delay)
                    continue
                known.earliest = min(known.earliest, earliest)
                if latest > known.latest:
                    known.latest, known.before, known.delay = latest, before, delay
    if reached:
        slews[net] = (longest[RISE], longest[FALL])


def _causes(arc: Arc, edge: int) -> tuple[int, ...]:
    return (RISE,) if arc.clocked else INPUT_EDGES[arc.sense][edge]


def _trace(
    netlist: MappedNetlist,
    arrivals: Mapping[tuple[int, int], _Arrival],
    register: CellInstance,
    net: int,
    edge: int,
    margin: float,
) -> tuple[TimedStep, ...]:
    outputs = [register.nets.get(pin.name) for pin in register.cell.outputs]
    ending = register.port or next((netlist.names[at] for at in outputs if at in netlist.names), "")
    steps = [TimedStep(register.name, register.cell.name, ending, margin)]
    at: tuple[int, int] | None = (net, edge)
    while at is not None:
        arrival = arrivals[at]
        driver, _ = netlist.driver[at[0]]
        name = netlist.names.get(at[0], str(at[0]))
        steps.append(TimedStep(driver.name, driver.cell.name, name, arrival.delay))
        at = arrival.before
    return tuple(reversed(steps))
