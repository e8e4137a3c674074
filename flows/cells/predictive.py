"""The built-in predictive library: Liberty text for 130 … 7 nm without any PDK."""

from collections.abc import Callable, Sequence
from functools import cache

from neuroloom.flows.cells.electrical import EDGES, Events, SizedCell
from neuroloom.flows.cells.liberty import LibertyGroup
from neuroloom.flows.cells.nodes import Calibration, ProcessNode, calibration, node_of
from neuroloom.flows.cells.topology import CELLS

SLEWS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
"""Slews of the tables, in delays of an inverter with four of its kind as load."""
LOADS = (1 / 128, 1 / 64, 1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0)
"""Loads of the tables, in largest loads."""
CONSTRAINT_SLEWS = (0.25, 1.0, 4.0)
UNCALIBRATED = Calibration(1.0, 1.0)


def predictive_library(node: int, calibrated: bool = True) -> LibertyGroup:
    """The Liberty library of a node, in ps, fF, fJ, nW and µm².

    ``calibrated`` applies the node's area and delay factors (``nodes.calibration``): measured at
    130 and 7 nm, interpolated between. UsageError names the nearest node when there is none.
    """
    figures = node_of(node)
    factors = calibration(node) if calibrated else UNCALIBRATED
    inverter = SizedCell(CELLS[0], 1, figures, factors.delay)
    load = 4 * figures.pair_capacitance
    slew = _settled(inverter, load)
    unit = sum(inverter.arc("A", "negative_unate", edge, slew, load).arrival for edge in EDGES) / 2
    library = _header(figures, factors, unit, calibrated)
    for cell in CELLS:
        for drive in cell.drives:
            sized = SizedCell(cell, drive, figures, factors.delay)
            library.groups.append(_Writer(sized, unit, factors.area).cell())
    library.groups += [_tie(figures, value, factors.area) for value in "01"]
    return library


@cache
def predictive_text(node: int, calibrated: bool = True) -> str:
    """The same as text; equal calls give equal text."""
    return "\n".join(predictive_library(node, calibrated).write()) + "\n"


def _settled(inverter: SizedCell, load: float) -> float:
    """Slew that an inverter with this load makes of itself, mean of both edges."""
    slew = 0.0
    for _ in range(20):
        slew = sum(inverter.arc("A", "negative_unate", edge, slew, load).slew for edge in EDGES) / 2
    return slew


def _header(node: ProcessNode, factors: Calibration, unit: float, calibrated: bool) -> LibertyGroup:
    library = LibertyGroup("library", (f"predictive{node.nanometres}",))
    library.complexes = [("technology", "cmos"), ("capacitive_load_unit", "1, ff")]
    origin = (
        f"calibrated, area x {factors.area:.3f}, delay x {factors.delay:.3f}"
        if calibrated
        else "not calibrated"
    )
    library.attributes = {
        "comment": f"Predicted from cell sizes and logical effort, {origin}",
        "delay_model": "table_lookup",
        "time_unit": "1ps",
        "voltage_unit": "1V",
        "current_unit": "1uA",
        "pulling_resistance_unit": "1kohm",
        "leakage_power_unit": "1nW",
        "nom_process": "1",
        "nom_temperature": "25",
        "nom_voltage": _number(node.supply),
        "input_threshold_pct_rise": "50",
        "input_threshold_pct_fall": "50",
        "output_threshold_pct_rise": "50",
        "output_threshold_pct_fall": "50",
        "slew_lower_threshold_pct_rise": "20",
        "slew_lower_threshold_pct_fall": "20",
        "slew_upper_threshold_pct_rise": "80",
        "slew_upper_threshold_pct_fall": "80",
        "slew_derate_from_library": "1",
        "default_max_transition": _number(SLEWS[-1] * unit),
        "default_fanout_load": "1",
        "default_inout_pin_cap": "0",
        "default_input_pin_cap": "0",
        "default_output_pin_cap": "0",
    }
    conditions = LibertyGroup("operating_conditions", ("typical",))
    conditions.attributes = {"process": "1", "temperature": "25", "voltage": _number(node.supply)}
    library.groups = [
        conditions,
        _template(
            "lu_table_template",
            "timing",
            "input_net_transition",
            "total_output_net_capacitance",
            [slew * unit for slew in SLEWS],
            LOADS,
        ),
        _template(
            "power_lut_template",
            "energy",
            "input_transition_time",
            "total_output_net_capacitance",
            [slew * unit for slew in SLEWS],
            LOADS,
        ),
        _template(
            "lu_table_template",
            "constraint",
            "related_pin_transition",
            "constrained_pin_transition",
            *2 * [[slew * unit for slew in CONSTRAINT_SLEWS]],
        ),
    ]
    return library


def _template(
    kind: str, name: str, first: str, second: str, rows: Sequence[float], columns: Sequence[float]
) -> LibertyGroup:
    template = LibertyGroup(kind, (name,))
    template.attributes = {"variable_1": first, "variable_2": second}
    template.complexes = [("index_1", _list(rows)), ("index_2", _list(columns))]
    return template


def _number(value: float) -> str:
    return f"{value:.6g}"


def _list(values: Sequence[float]) -> str:
    return '"' + ", ".join(map(_number, values)) + '"'


def _table(
    kind: str,
    template: str,
    rows: Sequence[float],
    columns: Sequence[float],
    value: Callable[[float, float], float],
) -> LibertyGroup:
    table = LibertyGroup(kind, (template,))
    lines = (_list([value(row, column) for column in columns]) for row in rows)
    table.complexes = [
        ("index_1", _list(rows)),
        ("index_2", _list(columns)),
        ("values", ", ".join(lines)),
    ]
    return table


def _tie(node: ProcessNode, value: str, area: float) -> LibertyGroup:
    cell = LibertyGroup("cell", (f"predictive{node.nanometres}_tie{value}",))
    cell.attributes["area"] = _number(3 * node.pitch * node.cell_height * area)
    pin = LibertyGroup("pin", ("Y",))
    pin.attributes = {"direction": "output", "function": value}
    cell.groups.append(pin)
    return cell


class _Writer:
    """One cell as a Liberty group."""

    def __init__(self, sized: SizedCell, unit: float, area: float) -> None:
        self.sized, self.topology, self.area = sized, sized.cell, area
        self.slews = [slew * unit for slew in SLEWS]
        self.corners = [slew * unit for slew in CONSTRAINT_SLEWS]
        self.loads = [load * sized.largest_load for load in LOADS]

    def cell(self) -> LibertyGroup:
        sized, topology = self.sized, self.topology
        name = f"predictive{sized.node.nanometres}_{topology.name}_x{sized.drive}"
        cell = LibertyGroup("cell", (name,))
        cell.attributes = {
            "area": _number(sized.area * self.area),
            "cell_leakage_power": _number(sized.leakage),
        }
        if topology.clock:
            state = LibertyGroup("ff", ("IQ", "IQN"))
            state.attributes = {"next_state": "D", "clocked_on": topology.clock}
            cell.groups.append(state)
        cell.groups += [self._input(name) for name in topology.inputs]
        cell.groups.append(self._output())
        return cell

    def _input(self, name: str) -> LibertyGroup:
        pin = LibertyGroup("pin", (name,))
        pin.attributes = {"direction": "input", "capacitance": _number(self.sized.gate_load(name))}
        if name == self.topology.clock:
            pin.attributes["clock"] = "true"
            pin.groups.append(self._energy(("cn", "c")))
        elif self.topology.clock:
            pin.groups.append(self._energy(("m", "mi")))
            pin.groups += [self._constraint("setup_rising"), self._constraint("hold_rising")]
        return pin

    def _energy(self, signals: tuple[str, ...]) -> LibertyGroup:
        """Energy of the nodes inside that follow an input."""
        power = LibertyGroup("internal_power")
        for edge in EDGES:
            table = LibertyGroup(f"{edge}_power", ("scalar",))
            table.complexes = [("values", _list([self.sized.switched(signals)]))]
            power.groups.append(table)
        return power

    def _constraint(self, kind: str) -> LibertyGroup:
        timing = LibertyGroup("timing")
        timing.attributes = {"related_pin": self.topology.clock, "timing_type": kind}
        for edge in EDGES:

            def value(clock: float, data: float, edge: str = edge) -> float:
                closing = self.sized.events("CLK", "rise", clock, 0.0)
                driven = self.sized.events("D", edge, data, 0.0)
                if kind == "setup_rising":
                    return _latest(driven, "mi") - closing["cn", "fall"].arrival
                return closing["c", "rise"].arrival - _latest(driven, "m")

            name = f"{edge}_constraint"
            timing.groups.append(_table(name, "constraint", self.corners, self.corners, value))
        return timing

    def _output(self) -> LibertyGroup:
        sized, topology = self.sized, self.topology
        pin = LibertyGroup("pin", (topology.output,))
        pin.attributes = {
            "direction": "output",
            "function": "IQ" if topology.clock else topology.function,
            "max_capacitance": _number(sized.largest_load),
        }
        sources = (topology.clock,) if topology.clock else topology.inputs
        for source in sources:
            pin.groups += [self._timing(source, sense) for sense in sized.senses[source]]
        for source in sources:
            pin.groups.append(self._power(source))
        return pin

    def _timing(self, source: str, sense: str) -> LibertyGroup:
        timing = LibertyGroup("timing")
        timing.attributes = {
            "related_pin": source,
            "timing_sense": sense,
            "timing_type": "rising_edge" if self.topology.clock else "combinational",
        }
        for edge in EDGES:

            def delay(slew: float, load: float, edge: str = edge) -> float:
                return self.sized.arc(source, sense, edge, slew, load).arrival

            def slope(slew: float, load: float, edge: str = edge) -> float:
                return self.sized.arc(source, sense, edge, slew, load).slew

            timing.groups += [
                _table(f"cell_{edge}", "timing", self.slews, self.loads, delay),
                _table(f"{edge}_transition", "timing", self.slews, self.loads, slope),
            ]
        return timing

    def _power(self, source: str) -> LibertyGroup:
        power = LibertyGroup("internal_power")
        power.attributes["related_pin"] = source
        sized = self.sized
        inner = {stage.output for stage in self.topology.stages}
        if self.topology.clock:
            inner = {"s", "si", self.topology.output}
        own = sized.switched(tuple(sorted(inner)))
        for edge in EDGES:
            table = _table(
                f"{edge}_power",
                "energy",
                self.slews,
                self.loads,
                lambda slew, load: own + sized.short_circuit(slew, load),
            )
            power.groups.append(table)
        return power


def _latest(events: Events, signal: str) -> float:
    edges = (events.get((signal, edge)) for edge in EDGES)
    return max(edge.arrival for edge in edges if edge)
