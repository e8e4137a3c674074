"""Transistor networks of standard cells: what conducts, what is in series, what shares a node.

A stage is a static CMOS gate: a network of N transistors from its output to ground and one of
P transistors to the supply. Transistors carry the name of the signal at their gate. The parts of
a series are given from the output towards the rail.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Series:
    """Conducts when all parts do."""

    parts: tuple["TransistorNetwork", ...]


@dataclass(frozen=True)
class Parallel:
    """Conducts when one part does."""

    parts: tuple["TransistorNetwork", ...]


TransistorNetwork = str | Series | Parallel


def series(*parts: TransistorNetwork) -> Series:
    return Series(parts)


def parallel(*parts: TransistorNetwork) -> Parallel:
    return Parallel(parts)


def signals(network: TransistorNetwork) -> Iterator[str]:
    """The gate signal of every transistor, from the output to the rail."""
    if isinstance(network, str):
        yield network
    else:
        for part in network.parts:
            yield from signals(part)


def dual(network: TransistorNetwork) -> TransistorNetwork:
    """The network that conducts for inverted inputs exactly when this one does not.

    The order of a series is reversed, so that no input is the slow one of both networks.
    """
    if isinstance(network, str):
        return network
    kind = Parallel if isinstance(network, Series) else Series
    return kind(tuple(dual(part) for part in reversed(network.parts)))


def conducts(network: TransistorNetwork, on: Callable[[str], bool]) -> bool:
    if isinstance(network, str):
        return on(network)
    states = (conducts(part, on) for part in network.parts)
    return all(states) if isinstance(network, Series) else any(states)


def depth(network: TransistorNetwork) -> int:
    """Transistors on the longest path."""
    if isinstance(network, str):
        return 1
    depths = [depth(part) for part in network.parts]
    return sum(depths) if isinstance(network, Series) else max(depths)


def leak(network: TransistorNetwork) -> float:
    """Current when off, in currents of one transistor: n in series let through an n-th."""
    if isinstance(network, str):
        return 1.0
    currents = [leak(part) for part in network.parts]
    return min(currents) / len(currents) if isinstance(network, Series) else sum(currents)


def terminals(network: TransistorNetwork, outer: bool) -> int:
    """Transistors that touch the node towards the output (``outer``) or towards the rail."""
    if isinstance(network, str):
        return 1
    if isinstance(network, Series):
        return terminals(network.parts[0 if outer else -1], outer)
    return sum(terminals(part, outer) for part in network.parts)


@dataclass(frozen=True)
class TransistorLink:
    """A transistor on a path, and how many transistors touch the node below it."""

    signal: str
    touching: int


def path(network: TransistorNetwork, through: str | None = None) -> list[TransistorLink]:
    """The longest path from the output to the rail, through a transistor of that signal."""
    if isinstance(network, str):
        return [TransistorLink(network, 0)]
    if isinstance(network, Parallel):
        inside = [part for part in network.parts if through in set(signals(part))]
        return max((path(part, through) for part in inside or network.parts), key=len)
    links: list[TransistorLink] = []
    for part, below in zip(network.parts, (*network.parts[1:], None), strict=True):
        *upper, last = path(part, through)
        touching = terminals(part, False) + terminals(below, True) if below else 0
        links += [*upper, TransistorLink(last.signal, touching)]
    return links


@dataclass(frozen=True)
class PullStage:
    """``output = !pull_down``; with a clock in it, the stage drives for one phase only."""

    output: str
    pull_down: TransistorNetwork
    clocked: TransistorNetwork | None = None
    """The P network, where it is not the dual: two clock phases gate a clocked inverter."""
    keeper: bool = False
    """Holds a state; its output is driven by another stage, which sets the timing."""

    @cached_property
    def pull_up(self) -> TransistorNetwork:
        return self.clocked or dual(self.pull_down)

    @cached_property
    def n_gates(self) -> Counter[str]:
        return Counter(signals(self.pull_down))

    @cached_property
    def p_gates(self) -> Counter[str]:
        return Counter(signals(self.pull_up))

    def network(self, edge: str) -> TransistorNetwork:
        """The network that makes an output edge, "rise" or "fall"."""
        return self.pull_down if edge == "fall" else self.pull_up

    def gates(self, edge: str) -> Counter[str]:
        """Its gate signals and how many transistors each has."""
        return self.n_gates if edge == "fall" else self.p_gates

    @property
    def columns(self) -> int:
        """Gate lines, each over one N and one P transistor."""
        return max(self.n_gates.total(), self.p_gates.total())


def expression(network: TransistorNetwork, names: Mapping[str, str]) -> str:
    """Liberty expression of when the network conducts; ``names`` says what its signals are."""
    if isinstance(network, str):
        return names.get(network, network)
    sign = " * " if isinstance(network, Series) else " + "
    return f"({sign.join(expression(part, names) for part in network.parts)})"


def functions(stages: tuple[PullStage, ...]) -> dict[str, str]:
    """Liberty expression of every stage's output in terms of the cell's inputs."""
    names: dict[str, str] = {}
    for stage in stages:
        inner = expression(stage.pull_down, names)
        names[stage.output] = inner[1:] if inner.startswith("!") else f"!{inner}"
    return names


def logical_effort(stage: PullStage, signal: str, ratio: float = 2.0) -> float:
    """Input capacitance over that of an inverter of the same drive (Sutherland et al. 1999).

    Every transistor is as wide as makes its longest path conduct like the inverter's; ``ratio``
    is the width of the inverter's P transistor over that of its N transistor.
    """
    n_width = stage.n_gates[signal] * len(path(stage.pull_down, signal))
    p_width = stage.p_gates[signal] * len(path(stage.pull_up, signal)) * ratio
    return (n_width + p_width) / (1 + ratio)
