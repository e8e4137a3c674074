"""Cycles of a latency core by core, and what other widths of the cores would give."""

from collections.abc import Mapping
from itertools import groupby

from neuroloom.flows.mapping.imc.assemble import Style, divisor
from neuroloom.flows.mapping.imc.simulate import SystemRun
from neuroloom.flows.reports.figures import measured
from neuroloom.flows.reports.published import OpenChoice, PublishedRow, PublishedTable
from neuroloom.golden.systems.network_node import Node

WIDTHS = {"2 and 4": (2, 4), "all at once": (1024, 1024)}
"""Columns and channels a cycle of the other choices that are worked out."""


def path(run: SystemRun) -> tuple[Node, ...]:
    """Nodes that take one after the other from the image to the scores; those that resample
    residuals and those that give partial sums are aside.
    """
    nodes = run.system.spec.nodes
    aside = {tap.node for node in nodes for tap in node.residual if not tap.forwarded}
    aside |= {node.partial for node in nodes}
    return tuple(node for node in nodes if node.name not in aside)


def on_the_way(run: SystemRun) -> int:
    """Cycles that all nodes of the path take one after the other."""
    return sum(run.lag(node.name) for node in path(run))


def left_over(run: SystemRun, unhindered: int) -> int:
    """Cycles of the latency for which there is no account; ``unhindered`` are the timesteps of
    the event model without transfers.
    """
    known = (unhindered - 1) * run.system.style.timestep + on_the_way(run) + run.system.burst
    return int(run.finished[0]) + 1 - known


def rest(run: SystemRun) -> float:
    """Timesteps by which sums would come later if every crossbar took a whole one for them."""
    step = run.system.style.timestep
    crossbars = [node.crossbar for node in path(run) if node.crossbar is not None]
    return sum(step - each.contract.latency for each in crossbars) / step


def lag_table(runs: Mapping[str, SystemRun]) -> PublishedTable:
    """Cycles of every layer on the way, those alike in a row, and of the layers beside it."""
    each_run = tuple(runs.values())
    nodes = path(each_run[0])

    def lags(node: Node) -> tuple[int, ...]:
        return tuple(run.lag(node.name) for run in each_run)

    rows = []
    for cycles, some in groupby(nodes, key=lags):
        alike = list(some)
        name = _layer(alike[0])
        if len(alike) > 1:
            name += f" to {_layer(alike[-1])}, each of {len(alike)}"
        rows.append(PublishedRow(name=name, unit="cycle", ours=measured(*cycles)))
    sums = measured(*(on_the_way(run) for run in each_run))
    rows.append(PublishedRow(name="all on the way", unit="cycle", ours=sums))
    aside = [node for node in each_run[0].system.spec.nodes if node not in nodes]
    for node in aside:
        if node.name == _layer(node):
            name = f"{node.name}, beside the way"
            ours = measured(*lags(node))
            rows.append(PublishedRow(name=name, unit="cycle", ours=ours))
    return PublishedTable(
        title="Cycles from the last pixel needed to the result",
        source="RTL simulation",
        ours=tuple(runs),
        rows=tuple(rows),
        note="Of a timestep's 50 cycles. With several pixels a timestep, from the last of those "
        "that come together to the last of those that are computed together. A result is there "
        "when the next node takes it: the average takes a pixel when it has added all of its "
        "channels, which makes the last convolution later than those before it.",
    )


def _layer(node: Node) -> str:
    """Name of its layer: without the number of its part."""
    return node.name.partition(".")[0]


def one_by_one(run: SystemRun) -> bool:
    """Whether every layer computes one pixel a timestep."""
    crossbars = [node.crossbar for node in path(run) if node.crossbar is not None]
    return all(crossbar.windows == 1 for crossbar in crossbars)


def worked_out(run: SystemRun, columns: int, channels: int) -> tuple[float, int]:
    """Latency [timestep] with so many columns and channels a cycle, and the most cycles for which
    one of the cores is busy with the pixels of a timestep.

    Exact where every layer computes one pixel a timestep. Of several, sums and channels overlap.
    """
    cycles, busiest = int(run.finished[0]) + 1, 0
    for node in path(run):
        windows = 1 if node.crossbar is None else node.crossbar.windows
        if node.crossbar is not None:
            array = node.crossbar
            taken = array.columns // divisor(array.columns, columns)
            cycles += taken - array.folds
            busiest = max(busiest, taken)
        work = node.core.processor if node.core is not None else node.pool
        if work is not None:
            taken = windows * (work.channels // divisor(work.channels, channels))
            cycles += taken - windows * (work.channels // work.units)
            busiest = max(busiest, taken)
    return cycles / run.system.style.timestep, busiest


def open_choices(runs: Mapping[str, SystemRun]) -> tuple[OpenChoice, ...]:
    """How wide cores are and when sums are there, with what others give."""
    style = Style()

    single = [run for run in runs.values() if one_by_one(run)]

    def latencies(columns: int, channels: int) -> str:
        found = [worked_out(run, columns, channels) for run in single]
        told = " and ".join(f"{latency:,.1f}" for latency, _ in found)
        most = max(busy for _, busy in found)
        step = next(iter(runs.values())).system.style.timestep
        return told if most <= step else f"{most} cycles of a timestep's {step}: too slow"

    shown = " and ".join(f"{run.latency:,.1f}" for run in runs.values())
    later = " and ".join(f"{run.latency + rest(run):,.1f}" for run in runs.values())
    crossbars = [
        node.crossbar.contract.latency
        for run in runs.values()
        for node in path(run)
        if node.crossbar is not None
    ]
    others = "; ".join(f"{name}: {latencies(*widths)}" for name, widths in WIDTHS.items())
    return (
        OpenChoice(
            name="columns of a crossbar and channels of a digital processor that are computed in a "
            "cycle",
            taken=f"{style.columns_a_cycle} of each kernel and {style.channels_a_cycle}: latencies "
            f"of {shown} timesteps",
            otherwise=f"worked out of one pixel a timestep: {others}; 1 and 1: {latencies(1, 1)}",
        ),
        OpenChoice(
            name="when a crossbar's sums are there",
            taken="an operation starts every 50 cycles; its sums are there after "
            f"{min(crossbars)} to {max(crossbars)} of them",
            otherwise=f"at the end of a whole timestep of 100 ns, worked out: {later} timesteps",
        ),
    )
