"""The cells of the predictive library: functions, areas, delays, energies and their trends."""

import math
from functools import cache
from itertools import pairwise

import pytest

from neuroloom.flows.cells.boolean import canonical, truth_table
from neuroloom.flows.cells.electrical import EDGES, SizedCell
from neuroloom.flows.cells.library import Library, library
from neuroloom.flows.cells.networks import conducts, logical_effort, path, series
from neuroloom.flows.cells.nodes import CALIBRATED, NODES, calibration
from neuroloom.flows.cells.pairing import gate_delay
from neuroloom.flows.cells.predictive import predictive_library
from neuroloom.flows.cells.topology import CELLS, CellTopology
from neuroloom.flows.tools.errors import UsageError

BY_NAME = {cell.name: cell for cell in CELLS}
GATES = [cell for cell in CELLS if not cell.clock]
STATED = {
    "inv": "!A",
    "buf": "A",
    "nand2": "!(A*B)",
    "nand3": "!(A*B*C)",
    "nand4": "!(A*B*C*D)",
    "nor2": "!(A+B)",
    "nor3": "!(A+B+C)",
    "nor4": "!(A+B+C+D)",
    "and2": "A*B",
    "and3": "A*B*C",
    "and4": "A*B*C*D",
    "or2": "A+B",
    "or3": "A+B+C",
    "or4": "A+B+C+D",
    "nand2b": "!(!A*B)",
    "nor2b": "!(!A+B)",
    "aoi21": "!(A*B+C)",
    "oai21": "!((A+B)*C)",
    "aoi22": "!(A*B+C*D)",
    "oai22": "!((A+B)*(C+D))",
    "aoi31": "!(A*B*C+D)",
    "oai31": "!((A+B+C)*D)",
    "aoi211": "!(A*B+C+D)",
    "oai211": "!((A+B)*C*D)",
    "aoi221": "!(A*B+C*D+E)",
    "oai221": "!((A+B)*(C+D)*E)",
    "ao21": "A*B+C",
    "oa21": "(A+B)*C",
    "ao22": "A*B+C*D",
    "oa22": "(A+B)*(C+D)",
    "xor2": "A^B",
    "xnor2": "!(A^B)",
    "mux2": "S*B+!S*A",
    "muxi2": "!(S*B+!S*A)",
    "maj3": "A*B+A*C+B*C",
    "maji3": "!(A*B+A*C+B*C)",
}


@cache
def predicted(node: int) -> Library:
    return library(predictive_library(node, calibrated=False))


def switched(cell: CellTopology, row: int) -> bool:
    """The output as its transistors make it; every stage must drive, and not fight."""
    values = {name: bool(row >> i & 1) for i, name in enumerate(cell.inputs)}
    for stage in cell.stages:
        down = conducts(stage.pull_down, lambda name: values[name])
        up = conducts(stage.pull_up, lambda name: not values[name])
        assert up != down
        values[stage.output] = up
    return values[cell.output]


@pytest.mark.parametrize("cell", GATES, ids=lambda cell: cell.name)
def test_the_function_is_what_the_transistors_do(cell: CellTopology) -> None:
    rows = 1 << len(cell.inputs)
    table = sum(switched(cell, row) << row for row in range(rows))
    assert table == truth_table(cell.function, cell.inputs)
    assert table == truth_table(STATED[cell.name], cell.inputs)


@pytest.mark.parametrize(
    "text, table",
    [
        ("A", 0b1010),
        ("!A", 0b0101),
        ("A'", 0b0101),
        ("A B", 0b1000),
        ("A & B | 0", 0b1000),
        ("A ^ B", 0b0110),
        ("(A)'+B", 0b1101),
        ("!(A*B)", 0b0111),
        ("A*B ^ 1", 0b0010),
    ],
)
def test_truth_tables(text: str, table: int) -> None:
    assert truth_table(text, ["A", "B"]) == table


def test_truth_tables_refuse_what_they_cannot_read() -> None:
    for text in ("A *", "(A", "A)", "C", ""):
        with pytest.raises(UsageError, match="cannot be read"):
            truth_table(text, ["A", "B"])
    first, second = truth_table("A*!B", ["A", "B"]), truth_table("B*!A", ["A", "B"])
    assert first != second
    assert canonical(first, 2) == canonical(second, 2)


@pytest.mark.parametrize(
    "name, signal, effort",
    [
        ("inv", "A", 1),
        ("nand2", "A", 4 / 3),
        ("nand3", "B", 5 / 3),
        ("nand4", "D", 2),
        ("nor2", "A", 5 / 3),
        ("nor3", "A", 7 / 3),
        ("aoi21", "A", 2),
        ("aoi21", "C", 5 / 3),
        ("aoi22", "A", 2),
        ("oai21", "C", 4 / 3),
    ],
)
def test_logical_effort_of_textbook_gates(name: str, signal: str, effort: float) -> None:
    """Sutherland, Sproull and Harris 1999, Table 1.1 and chapter 4."""
    stage = BY_NAME[name].stages[-1]
    assert logical_effort(stage, signal) == pytest.approx(effort)
    # with equal mobilities series and parallel are alike
    if name in ("nand2", "nor2"):
        assert logical_effort(stage, signal, ratio=1.0) == pytest.approx(1.5)


def test_paths_run_through_the_switching_transistor() -> None:
    stage = BY_NAME["aoi211"].stages[0]
    assert [link.signal for link in path(stage.pull_down, "C")] == ["C"]
    assert [link.signal for link in path(stage.pull_down, "A")] == ["A", "B"]
    assert len(path(stage.pull_up, "A")) == 3
    assert [link.touching for link in path(series("A", "B", "C"))] == [2, 2, 0]


@pytest.mark.parametrize(
    "name, drive, planar, finfet",
    [
        ("inv", 1, 3, 3),
        ("inv", 4, 5, 6),
        ("nand2", 1, 3, 4),
        ("nand3", 1, 4, 5),
        ("nand2", 2, 5, 6),
        ("aoi22", 1, 5, 6),
        ("buf", 2, 4, 5),
        ("and2", 2, 5, 6),
        ("xor2", 1, 7, 9),
        ("mux2", 1, 8, 10),
        ("dff", 1, 17, 21),
    ],
)
def test_widths_in_gate_pitches(name: str, drive: int, planar: int, finfet: int) -> None:
    """As sky130 and ASAP7 draw them but for and2_2 6, mux2_1 9, dfxtp_1 16 and DFFHQNx1 20."""
    assert SizedCell(BY_NAME[name], drive, NODES[130]).pitches == planar
    assert SizedCell(BY_NAME[name], drive, NODES[7]).pitches == finfet


@pytest.mark.parametrize("node", [130, 7])
def test_tables_rise_with_load_and_slew(node: int) -> None:
    for cell in predicted(node).cells.values():
        for pin in cell.outputs:
            for arc in pin.arcs:
                for table in (arc.rise, arc.fall, arc.rise_slew, arc.fall_slew):
                    assert len(table.rows) == 7
                    assert len(table.columns) == 8
                    assert all(a < b for row in table.values for a, b in pairwise(row)), cell.name
                    columns = zip(*table.values, strict=True)
                    assert all(a <= b for each in columns for a, b in pairwise(each)), cell.name
                    assert table.values[0][0] > 0


def test_a_stronger_cell_is_larger_and_faster() -> None:
    cells = predicted(45).cells
    load = 32 * NODES[45].pair_capacitance / 1000
    for cell in CELLS:
        sizes = [cells[f"predictive45_{cell.name}_x{drive}"] for drive in cell.drives]
        for small, large in pairwise(sizes):
            assert large.area >= small.area
            if not cell.clock:
                assert gate_delay(large, 0.02, load) < gate_delay(small, 0.02, load)
    inverters = [SizedCell(BY_NAME["inv"], drive, NODES[45]) for drive in (1, 2, 4, 8)]
    taus = [sized.tau(sized.cell.stages[0], "fall", "A", 10.0 * sized.drive) for sized in inverters]
    # twice the fingers into twice the load: only the shared drains make a difference
    assert taus[0] > taus[1] == pytest.approx(taus[2]) == pytest.approx(taus[3])


def figures(node: int) -> tuple[float, float, float]:
    """NAND2 area; delay and energy of an inverter with four as load, at a fixed shape of edge."""
    nand, inverter = (SizedCell(BY_NAME[name], 1, NODES[node]) for name in ("nand2", "inv"))
    load = 4 * NODES[node].pair_capacitance
    tau = sum(inverter.tau(inverter.cell.stages[0], edge, "A", load) for edge in EDGES) / 2
    energy = (inverter.node_load("Y") + load) * NODES[node].supply ** 2 / 2
    return nand.area, tau, energy


def test_area_delay_and_energy_fall_with_the_node() -> None:
    for family in ((130, 90, 65, 45, 32, 22), (14, 10, 7), (130, 65, 32, 10, 7)):
        for large, small in pairwise(figures(node) for node in family):
            assert all(a > b for a, b in zip(large, small, strict=True)), family
    planar, finfet = figures(22), figures(14)
    assert planar[0] > finfet[0]
    # the known seam between the two families of transistor models, as the documentation says
    assert finfet[1] / planar[1] == pytest.approx(1.25, abs=0.01)
    assert finfet[2] / planar[2] == pytest.approx(1.49, abs=0.01)


def test_area_and_delay_factors_scale_the_library_and_nothing_else() -> None:
    raw, scaled = predicted(45), library(predictive_library(45))
    factors = calibration(45)
    for name, cell in raw.cells.items():
        other = scaled.cells[name]
        assert other.area == pytest.approx(cell.area * factors.area, rel=1e-5)
        assert other.leakage == cell.leakage
        for pin in cell.pins:
            assert other.pins[pin].capacitance == cell.pins[pin].capacitance
            for arc, after in zip(cell.pins[pin].arcs, other.pins[pin].arcs, strict=True):
                assert after.rise.values[3][3] == pytest.approx(
                    arc.rise.values[3][3] * factors.delay, rel=1e-4
                )


def test_factors_between_the_anchors_are_interpolated() -> None:
    assert calibration(130) == CALIBRATED[130]
    assert calibration(7).area == pytest.approx(CALIBRATED[7].area)
    weight = math.log(130 / 45) / math.log(130 / 7)
    area = CALIBRATED[130].area ** (1 - weight) * CALIBRATED[7].area ** weight
    assert calibration(45).area == pytest.approx(area)


def test_flip_flop() -> None:
    cell = predicted(45).cells["predictive45_dff_x1"]
    assert cell.clock == "CLK"
    assert cell.data == ("D",)
    assert [(arc.clocked, arc.related) for arc in cell.outputs[0].arcs] == [(True, "CLK")]
    setup, hold = sorted(cell.pins["D"].checks, key=lambda check: not check.setup)
    for sense in ("rise", "fall"):
        setup_table, hold_table = getattr(setup, sense), getattr(hold, sense)
        # a later clock gives the data more time, a slower data edge takes it
        assert setup_table.at(0.01, 0.01) > 0
        assert setup_table.at(0.02, 0.01) > setup_table.at(0.01, 0.01)
        assert setup_table.at(0.01, 0.02) < setup_table.at(0.01, 0.01)
        assert hold_table.at(0.01, 0.01) > -setup_table.at(0.01, 0.01)
    assert cell.pins["CLK"].energies[0].largest > 0


def test_senses() -> None:
    sensed = {
        cell.name: {
            source: tuple(SizedCell(cell, 1, NODES[45]).senses[source]) for source in cell.inputs
        }
        for cell in GATES
    }
    both = ("positive_unate", "negative_unate")
    assert sensed["nand2b"] == {"A": both[:1], "B": both[1:]}
    assert sensed["xor2"] == {"A": both, "B": both}
    assert sensed["mux2"] == {"S": both, "B": both[:1], "A": both[:1]}
    assert sensed["or3"] == dict.fromkeys("ABC", both[:1])


def test_leakage_of_a_series_is_that_of_less_than_one_transistor() -> None:
    inverter, nand = (SizedCell(BY_NAME[name], 1, NODES[130]) for name in ("inv", "nand2"))
    node = NODES[130]
    off = 0.1 * node.supply / 2
    assert inverter.leakage == pytest.approx(off * (node.nmos_width + node.pmos_width))
    assert nand.leakage == pytest.approx(off * (node.nmos_width / 2 + 2 * node.pmos_width))


def test_short_circuit_energy_grows_with_slew_up_to_a_tenth() -> None:
    inverter = SizedCell(BY_NAME["inv"], 1, NODES[45])
    load = 4 * NODES[45].pair_capacitance
    charged = (inverter.node_load("Y") + load) / 2
    energies = [inverter.short_circuit(slew, load) for slew in (0.0, 5.0, 10.0)]
    assert energies[0] == 0.0
    assert energies[0] < energies[1] < energies[2]
    assert inverter.short_circuit(1e3, load) <= 0.1 * charged * NODES[45].supply ** 2


def test_every_input_edge_has_its_output_edge() -> None:
    for cell in GATES:
        sized = SizedCell(cell, 1, NODES[7])
        for source in cell.inputs:
            for sense in sized.senses[source]:
                for edge in EDGES:
                    assert sized.arc(source, sense, edge, 10.0, 1.0).arrival > 0
