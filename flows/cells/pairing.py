"""Cells of two libraries side by side, paired by function: the predictive and a real one."""

from dataclasses import dataclass

from neuroloom.flows.cells.boolean import canonical, truth_table
from neuroloom.flows.cells.frame import plain_flip_flop
from neuroloom.flows.cells.library import Arc, Cell, Library

FANOUT = 4
SETTLING = 20
"""Stages after which an edge has the slew that a chain of inverters gives it."""


@dataclass(frozen=True)
class Pair:
    """A predicted and a real cell of the same function, each the smallest of its library."""

    predicted: Cell
    real: Cell
    area: float
    """Real over predicted."""
    delay: float
    """The same of the delay into four of its own inputs; of a flip-flop, of clock to output plus
    setup."""


def pairs(predicted: Library, real: Library) -> list[Pair]:
    """One pair for each function that both libraries have, and the flip-flops."""
    ours, theirs = _by_function(predicted), _by_function(real)
    ours_slew, theirs_slew = chain_slew(predicted), chain_slew(real)
    found = [
        Pair(
            mine,
            theirs[function],
            theirs[function].area / mine.area,
            gate_delay(theirs[function], theirs_slew) / gate_delay(mine, ours_slew),
        )
        for function, mine in ours.items()
        if function in theirs
    ]
    mine, other = plain_flip_flop(predicted), plain_flip_flop(real)
    delay = _clocked_delay(other, real, theirs_slew) / _clocked_delay(mine, predicted, ours_slew)
    return [*found, Pair(mine, other, other.area / mine.area, delay)]


def _inputs(cell: Cell) -> list[str]:
    return [pin.name for pin in cell.pins.values() if not pin.output]


def _by_function(library: Library) -> dict[tuple[int, int], Cell]:
    """The smallest cell of each function: number of inputs and table without their order."""
    found: dict[tuple[int, int], Cell] = {}
    for cell in sorted(library.cells.values(), key=lambda one: (one.area, one.name)):
        inputs = _inputs(cell)
        if not cell.is_flip_flop and len(cell.outputs) == 1 and 0 < len(inputs) <= 5:
            table = truth_table(cell.outputs[0].function, inputs)
            found.setdefault((len(inputs), canonical(table, len(inputs))), cell)
    return found


def input_capacitance(cell: Cell) -> float:
    """Mean over the inputs [pF]."""
    inputs = _inputs(cell)
    return sum(cell.pins[name].capacitance for name in inputs) / len(inputs)


def inverter(library: Library) -> Cell:
    """The smallest inverter."""
    return _by_function(library)[1, 0b01]


def chain_slew(library: Library) -> float:
    """Mean slew in a long chain of the smallest inverters, four as load of each [ns]."""
    cell = inverter(library)
    (arc,) = cell.outputs[0].arcs[:1]
    load = FANOUT * input_capacitance(cell)
    slew = 0.0
    for _ in range(SETTLING):
        slew = (arc.rise_slew.at(slew, load) + arc.fall_slew.at(slew, load)) / 2
    return slew


def gate_delay(cell: Cell, slew: float, load: float | None = None) -> float:
    """Delay of the slowest arc of an input, mean over inputs and edges [ns].

    ``load`` [pF]; without it, four of the cell's own inputs.
    """
    charge = FANOUT * input_capacitance(cell) if load is None else load
    slowest: dict[str, tuple[float, float]] = {}
    for arc in cell.outputs[0].arcs:
        rise, fall = slowest.get(arc.related, (0.0, 0.0))
        at = _at(arc, slew, charge)
        slowest[arc.related] = max(rise, at[0]), max(fall, at[1])
    return sum(map(sum, slowest.values())) / 2 / len(slowest)


def _at(arc: Arc, slew: float, load: float) -> tuple[float, float]:
    return arc.rise.at(slew, load), arc.fall.at(slew, load)


def _clocked_delay(cell: Cell, library: Library, slew: float) -> float:
    """Clock to output into four inverters, plus setup; mean of both edges [ns]."""
    clocked = [arc for arc in cell.outputs[0].arcs if arc.clocked]
    load = FANOUT * input_capacitance(inverter(library))
    through = sum(sum(_at(arc, slew, load)) / 2 for arc in clocked) / len(clocked)
    tables = [
        table
        for check in cell.pins[cell.data[0]].checks
        if check.setup
        for table in (check.rise, check.fall)
        if table
    ]
    return through + sum(table.at(slew, slew) for table in tables) / len(tables)
