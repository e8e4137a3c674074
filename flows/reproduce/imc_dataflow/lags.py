"""Cycles of a latency core by core."""

from collections.abc import Mapping
from itertools import groupby
from typing import NamedTuple

from neuroloom.flows.mapping.imc.simulate import SystemRun
from neuroloom.flows.reports.figures import measured
from neuroloom.flows.reports.published import PublishedRow, PublishedTable
from neuroloom.golden.systems.network_node import Node


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


class Latencies(NamedTuple):
    """Latencies in RTL [timestep], by speed."""

    found: Mapping[str, float]
    whole: Mapping[str, float]
    """Those if crossbars took the whole of a timestep."""
    answers: tuple[int, int]
    """Cycles of the fastest and of the slowest crossbar's operation."""
    timestep: int
    """[cycle]"""


def latencies(runs: Mapping[str, SystemRun]) -> Latencies:
    """Latencies and what moves them."""
    answers = [
        node.crossbar.contract.latency
        for run in runs.values()
        for node in path(run)
        if node.crossbar is not None
    ]
    return Latencies(
        {name: run.latency for name, run in runs.items()},
        {name: run.latency + rest(run) for name, run in runs.items()},
        (min(answers), max(answers)),
        next(iter(runs.values())).system.style.timestep,
    )
