"""Delay, transition, energy and leakage of a cell, from its networks and a node's figures.

Resistance and capacitance of a path make a time constant (Elmore 1948); a slow input adds to it
(Horowitz 1984):  ``delay = tau * sqrt(ln(2)^2 + b * ramp / tau)``, ramp being the whole input edge.
The few constants of the model below are the same for all cells. They were chosen by hand to lie
between what the cells of sky130, sg13g2 and ASAP7 show, which are therefore no blind test of it;
gf180 had no part in the choice.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from neuroloom.flows.cells.networks import PullStage, depth, leak, path, terminals
from neuroloom.flows.cells.nodes import OFF_CURRENT, ProcessNode
from neuroloom.flows.cells.topology import CellTopology

EDGES = ("rise", "fall")
RAMP = 0.6
"""Share of an edge between the slew thresholds, 20 and 80 %."""
SLEW_WEIGHT = 0.6
"""Horowitz' b: how much of a slow input edge shows in the delay."""
SLEW_OF_TAU = 1.05
"""Output slew over time constant; 1.39 for an exponential, 0.83 for a constant current."""
SLEW_OF_SLEW = 0.35
"""How much of the input slew shows in the output slew."""
DIFFUSION = {False: 1.0, True: 0.9}
"""Capacitance of a contacted drain over that of the gate beside it, planar and FinFET: the
inverter's parasitic delay of about 1 (Sutherland et al. 1999)."""
UNCONTACTED = 0.5
"""The same between two gates of a series, without a contact."""
STACKED = {False: (0.6, 1.2), True: (0.63, 0.85)}
"""What each further transistor of a series (N, P) adds to the resistance, in resistances of one.
Below 1 where each of them sees less voltage and is less velocity-saturated; the P series of
sky130's NOR gates show more than 1."""
INNER_WIDTH = {False: 0.75, True: 1.0}
"""Width of the transistors in front of the output stage [finger]. Planar libraries draw them
narrower (sky130 0.65, sg13g2 0.85), fins come in whole numbers."""
UNSTACKED = {False: 1.0, True: 2 / 3}
"""Width of transistors that are alone on their path in a gate of several inputs, over the others.
FinFET libraries give them fewer fins, which balances both edges (ASAP7: 2 of 3)."""
SHORT_CIRCUIT = 0.1
"""Short-circuit over switched energy for equal input and output slews (Weste and Harris 2011)."""
LARGEST_LOAD = 64
"""Largest load of an output in input capacitances of an equally strong inverter."""


def delay(tau: float, slew: float) -> float:
    """Time from half the input edge to half the output edge [ps]."""
    return tau * math.sqrt(math.log(2) ** 2 + SLEW_WEIGHT * slew / RAMP / tau)


def transition(tau: float, slew: float) -> float:
    """Output slew, 20 … 80 % [ps]."""
    return math.hypot(SLEW_OF_TAU * tau, SLEW_OF_SLEW * slew)


@dataclass(frozen=True)
class Edge:
    """When and how steeply a signal changes [ps]."""

    arrival: float
    slew: float


Events = dict[tuple[str, str], Edge]
"""The latest edge of each (signal, "rise" or "fall")."""


@dataclass(frozen=True)
class SizedCell:
    """A cell of one drive strength in a node; ``slowness`` scales all its times."""

    cell: CellTopology
    drive: int
    node: ProcessNode
    slowness: float = 1.0

    @cached_property
    def pitches(self) -> int:
        """Width in gate pitches: a strip of diffusion ends in half a pitch on either side, in a
        whole one where FinFETs need dummy gates (Clark et al. 2016). Three pitches at least."""
        ends = 2 if self.node.finfet else 1
        return max(3, self.cell.columns(self.drive) + ends * self.cell.strips)

    @property
    def area(self) -> float:
        """[µm²]"""
        return self.pitches * self.node.pitch * self.node.cell_height

    def fingers(self, stage: PullStage) -> int:
        return self.cell.fingers(stage, self.drive)

    def width(self, stage: PullStage, edge: str, transistors: int) -> float:
        """Width of a finger on a path of so many transistors, in the widest that fits the cell."""
        width = 1.0 if stage is self.cell.stages[-1] else INNER_WIDTH[self.node.finfet]
        if transistors == 1 and stage.columns > 1:
            width *= UNSTACKED[self.node.finfet]
        return width * (self.node.nmos_width if edge == "fall" else self.node.pmos_width)

    def gate_load(self, signal: str) -> float:
        """Gate capacitance on a signal [fF]."""
        return self.node.gate_capacitance * sum(
            self.fingers(stage)
            * stage.gates(edge)[signal]
            * self.width(stage, edge, len(path(stage.network(edge), signal)))
            for stage in self.cell.stages
            for edge in EDGES
            if signal in stage.gates(edge)
        )

    def _diffusion(self, touching: int, fingers: int, width: float) -> float:
        """Capacitance of a node that so many transistors touch: two fingers share a region [fF]."""
        regions = -(-touching * fingers // 2)
        share = DIFFUSION[self.node.finfet]
        return regions * share * self.node.gate_capacitance * width

    def diffusion(self, signal: str) -> float:
        """Diffusion capacitance of a stage output [fF]."""
        return sum(
            self._diffusion(
                terminals(stage.network(edge), True),
                self.fingers(stage),
                self.width(stage, edge, depth(stage.network(edge))),
            )
            for stage in self.cell.stages
            for edge in EDGES
            if stage.output == signal
        )

    def node_load(self, signal: str) -> float:
        """Capacitance of a stage output without what is outside the cell [fF]."""
        return self.gate_load(signal) + self.diffusion(signal)

    def _path(self, stage: PullStage, edge: str, through: str) -> tuple[float, float]:
        """Resistance to the rail [kΩ], and time constant without a load outside [ps]."""
        fingers, links = self.fingers(stage), path(stage.network(edge), through)
        width = self.width(stage, edge, len(links))
        added = STACKED[self.node.finfet][edge == "rise"]
        single = self.node.resistance(pmos=edge == "rise") / width / fingers
        total = single * (1 + added * (len(links) - 1)) * self.slowness
        switching = next(i for i, link in enumerate(links) if link.signal == through)
        inner = sum(
            UNCONTACTED
            * self._diffusion(link.touching, fingers, width)
            * total
            * (len(links) - 1 - i)
            / len(links)
            for i, link in enumerate(links[:switching])
        )
        return total, inner + total * self.node_load(stage.output)

    @cached_property
    def _paths(self) -> dict[tuple[str, bool, str, str], tuple[float, float]]:
        return {
            (stage.output, stage.keeper, edge, signal): self._path(stage, edge, signal)
            for stage in self.cell.stages
            for edge in EDGES
            for signal in stage.gates(edge)
        }

    def tau(self, stage: PullStage, edge: str, through: str, load: float) -> float:
        """Time constant of an output edge caused by a signal, with a load outside [ps]."""
        resistance, own = self._paths[stage.output, stage.keeper, edge, through]
        return own + resistance * load

    def events(self, source: str, edge: str, slew: float, load: float) -> Events:
        """What one edge of an input makes of all signals; ``load`` [fF] is at the output."""
        events: Events = {(source, edge): Edge(0.0, slew)}
        for stage in self.cell.stages:
            if stage.keeper:
                continue
            outside = load if stage.output == self.cell.output else 0.0
            for output_edge, cause in (("fall", "rise"), ("rise", "fall")):
                found = [
                    self._after(events[signal, cause], stage, output_edge, signal, outside)
                    for signal in stage.gates(output_edge)
                    if (signal, cause) in events
                ]
                if found:
                    events[stage.output, output_edge] = max(found, key=lambda each: each.arrival)
        return events

    def _after(self, cause: Edge, stage: PullStage, edge: str, signal: str, load: float) -> Edge:
        tau = self.tau(stage, edge, signal, load)
        return Edge(cause.arrival + delay(tau, cause.slew), transition(tau, cause.slew))

    def causes(self, source: str) -> dict[str, str]:
        """Input edge that makes the output rise, for each timing_sense of an input."""
        if source == self.cell.clock:
            return {"non_unate": "rise"}
        senses = {"positive_unate": "rise", "negative_unate": "fall"}
        return {
            sense: edge
            for sense, edge in senses.items()
            if (self.cell.output, "rise") in self.events(source, edge, 1.0, 1.0)
        }

    def arc(self, source: str, sense: str, edge: str, slew: float, load: float) -> Edge:
        """The output's edge that an input makes."""
        cause = self.senses[source][sense]
        if edge == "fall" and sense != "non_unate":
            cause = EDGES[cause == "rise"]
        return self.events(source, cause, slew, load)[self.cell.output, edge]

    @cached_property
    def senses(self) -> dict[str, dict[str, str]]:
        return {source: self.causes(source) for source in self.cell.inputs}

    @cached_property
    def largest_load(self) -> float:
        """What the weaker network of the output may drive [fF]."""
        last = self.cell.stages[-1]
        stacked = max(depth(last.pull_down), depth(last.pull_up))
        return LARGEST_LOAD * self.drive * self.node.pair_capacitance / stacked

    def switched(self, signals: Iterator[str] | tuple[str, ...]) -> float:
        """Energy of one edge of each of these stage outputs, nothing outside the cell [fJ]."""
        return sum(self.node_load(signal) for signal in signals) * self.node.supply**2 / 2

    def short_circuit(self, slew: float, load: float) -> float:
        """Energy of one output edge through both networks at once [fJ]."""
        last = self.cell.stages[-1]
        source = next(iter(last.n_gates))
        output = transition(self.tau(last, "fall", source, load), slew)
        charged = self.node_load(last.output) + load
        return SHORT_CIRCUIT * min(slew / output, 1.0) * charged * self.node.supply**2 / 2

    @cached_property
    def leakage(self) -> float:
        """Mean over both states of every stage [nW]."""

        total = sum(
            self.fingers(stage)
            * leak(stage.network(edge))
            * self.width(stage, edge, depth(stage.network(edge)))
            for stage in self.cell.stages
            for edge in EDGES
        )
        return total / 2 * OFF_CURRENT * self.node.supply
