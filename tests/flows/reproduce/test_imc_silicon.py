"""The dataflow controller in standard cells: its memory apart, area, power, tables."""

import re
from dataclasses import replace

import pytest
from support.machine import NEEDS_COMPILER

from neuroloom.flows.cells.library import Cell, Pin
from neuroloom.flows.cells.mapping import RELAXED_PS, map_design
from neuroloom.flows.cells.netlist import CellInstance, MappedNetlist, PortBit
from neuroloom.flows.cells.outside_memories import (
    READ,
    OutsideMemories,
    OutsideMemory,
    outside_memories,
    with_memories,
)
from neuroloom.flows.cells.sources import WorkingLibrary
from neuroloom.flows.mapping.imc.cores import Chip, map_network
from neuroloom.flows.networks.resnet import resnet
from neuroloom.flows.reports.published import PublishedRow, PublishedTable
from neuroloom.flows.reproduce.imc_dataflow import printed, silicon
from neuroloom.flows.reproduce.imc_dataflow.controllers import Controller, Load, Registers
from neuroloom.flows.reproduce.imc_dataflow.power_split import split_table
from neuroloom.flows.reproduce.imc_dataflow.silicon_tables import (
    area_table,
    node_table,
    power_table,
)
from neuroloom.flows.simulation.bulk.activity import record_activity
from neuroloom.flows.simulation.bulk.run import Pace
from neuroloom.flows.synthesis.targets import TARGETS
from neuroloom.flows.tools.errors import UsageError, VerificationFailed
from neuroloom.flows.verilog.emit import emit
from neuroloom.golden.arith.popcount import PopcountSpec
from neuroloom.golden.imc.dataflow_controller import DataflowControllerSpec
from neuroloom.golden.imc.memory_mapping import Mapping

SMALL = DataflowControllerSpec(
    height=4, width=4, channels=3, bits=4, kernel=3, padding=1, word_bits=8, residual=True
)
"""Pixels of 12 bits in two words each."""
MASKED = DataflowControllerSpec(
    height=3, width=3, channels=1, bits=4, kernel=2, mapping=Mapping.IWAP, word_bits=8
)
"""Two pixels in a word: parts of words are written."""
MADE = Controller(
    memories=(OutsideMemory(128, 48),),
    cells=6,
    buffer=Registers(3, 40.0),
    held=Registers(1, 10.0),
    control=Registers(2, 20.0),
    combinational_um2=30.0,
    feeding_um2=25.0,
    volts=1.0,
    reached_mhz=600.0,
    fastest_mhz=800.0,
    clock_mhz=500.0,
    leakage_mw=0.5,
    loads=(
        Load(4.0, 0.75, 1.25, 3.0, 50.0, 0.25, 0.5, 0.125, 0.25),
        Load(4.0, 2.25, 2.0, 3.5, 6.5, 0.5, 0.75, 0.125, 0.25),
    ),
)


@pytest.fixture(scope="module")
def working() -> WorkingLibrary:
    cells = TARGETS[silicon.LIBRARY].cells
    assert cells is not None
    return cells(())


def taken_out(spec: DataflowControllerSpec) -> OutsideMemories:
    return outside_memories(emit(spec).verilog, spec.macro)


@pytest.mark.parametrize("spec", [SMALL, MASKED], ids=["words", "masked"])
def test_memories_are_taken_out_whole(spec: DataflowControllerSpec) -> None:
    parts = taken_out(spec)
    assert parts.memories == (OutsideMemory(spec.stored_bits, spec.memory.words),)
    assert parts.memories[0].bits == spec.stored_bits * spec.memory.words
    assert "$mem" not in parts.rest
    ports = re.findall(r"wire width (\d+) (input|output) \d+ \\outside_memories\.", parts.rest)
    bits = spec.stored_bits
    # data both ways; what enables and addresses them is up to yosys
    assert (str(bits), "input") in ports
    assert (str(bits), "output") in ports
    assert sum(direction == "input" for _, direction in ports) == 1


def test_a_design_without_memory_is_refused() -> None:
    with pytest.raises(UsageError, match="popcount has no memory that could stand outside"):
        outside_memories(emit(PopcountSpec(width=9)).verilog, "popcount")


def test_layers_are_those_of_the_cores() -> None:
    layers = {each.name: each for each in map_network(resnet(), Chip())}
    specs = [silicon.controller_spec(layers[name], Chip()) for name in silicon.LAYERS.values()]
    assert [(each.height, each.channels, each.patch_rows) for each in specs] == [
        (32, 16, 144),
        (16, 28, 252),
        (8, 28, 252),
    ]
    for each in specs:
        assert (each.mapping, each.word_bits, each.padding, each.residual) == (
            Mapping.PLIP,
            128,
            1,
            True,
        )


def test_table_4_adds_up() -> None:
    rows = (printed.SEQUENTIAL, printed.SRAM, printed.COMBINATIONAL, printed.CLOCK_NETWORK)
    for each in rows:
        assert each.internal + each.switching + each.leakage == pytest.approx(each.total, rel=1e-3)
    assert sum(each.total for each in rows) == pytest.approx(printed.POWER_MW, rel=1e-3)


def rows(table: PublishedTable) -> dict[tuple[str, str], PublishedRow]:
    found = {(row.name, row.unit): row for row in table.rows}
    assert len(found) == len(table.rows)
    return found


def test_area() -> None:
    area = rows(area_table({"a": MADE, "b": MADE}))
    assert area["controller", "mm²"].ours == pytest.approx((100e-6, 100e-6))
    assert area["controller × (14/45)²", "mm²"].ours[0] == pytest.approx(1e-4 * 196 / 2025)
    assert area["bits of the SRAM", ""].ours == (6144, 6144)
    assert area["bits of the SRAM", ""].published == (8 * 8 * 1024,)
    assert area["SRAM", "mm²"].ours == (None, None)
    assert area["flip-flops", ""].ours == (6, 6)
    assert area["combinational", "µm²"].ours == (30, 30)


def test_power() -> None:
    power = rows(power_table({"a": MADE}, 50))
    assert power["sequential", "mW"].ours == (0.75,)
    assert power["clock", "mW"].ours == (4,)
    assert power["combinational", "mW"].ours == (1.25,)
    assert power["controller", "mW"].ours == (6,)
    assert power["controller, pixels without pause", "mW"].ours == (8.25,)
    assert power["controller", "mW"].published[0] == pytest.approx(7.941)
    share = power["share of sequential and clock", "%"]
    assert share.ours == pytest.approx((475 / 6,))
    assert share.published == pytest.approx((100 * 5.716 / 7.941,))
    assert power["leakage", "mW"].published == pytest.approx((0.1061,), abs=1e-4)


def test_power_is_not_compared() -> None:
    """Another node, no clock tree, no wires: that sums come near each other is chance."""
    for table in (power_table({"a": MADE}, 50), split_table({"a": MADE})):
        assert not any(any(table.pairs(row)) for row in table.rows), table.title


def test_area_is_not_compared() -> None:
    """Another node, one layer, and a word as wide as the paper's."""
    for table in (area_table({"a": MADE}), node_table("layer 9", {"a": MADE})):
        assert not any(any(table.pairs(row)) for row in table.rows), table.title
    assert all(each is None or each.circular for each in area_table({"a": MADE}).rows[0].ours)


def test_the_columns_of_table_4() -> None:
    split = rows(split_table({"a": MADE}))
    ours = {name: row.ours[0] for (name, _), row in split.items() if row.ours[0] is not None}
    assert ours == {
        "sequential internal": 0.375,
        "sequential switching": 0.25,
        "sequential leakage": 0.125,
        "combinational internal": 0.5,
        "combinational switching": 0.5,
        "combinational leakage": 0.25,
        "clock internal": 0,
        "clock switching": 4,
        "clock leakage": 0,
    }
    published = [row.published[0] for row in split.values()]
    assert sum(each or 0 for each in published) == pytest.approx(printed.POWER_MW, rel=1e-3)
    assert all(row.ours == (None,) for row in split_table({"a": replace(MADE, loads=None)}).rows)


def test_nodes() -> None:
    nodes = rows(node_table("layer 9", {"small": replace(MADE, volts=0.7), "large": MADE}))
    assert nodes["supply", "V"].ours == (0.7, 1.0)
    assert nodes["power of the controller", "mW"].ours == (6, 6)
    assert nodes["power of the controller", "mW"].published == pytest.approx((7.941,))


def test_without_a_simulation_there_is_no_power() -> None:
    power = rows(power_table({"a": replace(MADE, loads=None)}, 50))
    known = {name for (name, _), row in power.items() if row.ours != (None,)}
    assert known == {"supply", "frequency", "leakage"}


def test_what_is_missing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def measured(spec: DataflowControllerSpec, *others: object) -> Controller:
        asked.append((spec.height, *others[1:]))
        return MADE

    monkeypatch.setattr(silicon, "measure", measured)
    monkeypatch.setattr(silicon, "has_tool", lambda _: False)
    monkeypatch.delenv("PDK_ROOT", raising=False)
    layers = map_network(resnet(), Chip())
    tables, method = silicon.silicon_tables(layers, Chip(), lambda _: None)
    assert asked == [(height, 50, 500, False) for height in (32, 16, 8)]
    assert len(tables) == 3
    assert "Power is left out: install g++" in method
    assert "Cells of asap7 are left out: set PDK_ROOT" in method


@pytest.mark.flow
@NEEDS_COMPILER
def test_a_small_controller_whole(working: WorkingLibrary) -> None:
    found = silicon.measure(SMALL, working, beat=50, clock_mhz=500)
    assert found.buffer.number == 3 * 3 * 12
    # the words of a row but the last, two a pixel
    assert found.held.number == 5 * 8
    total = sum(each.number for each in found.registers)
    assert total == SMALL.inventory.flip_flops
    flip_flop = min(cell.area for cell in working.library.cells.values() if cell.is_flip_flop)
    for each in found.registers:
        assert each.um2 == pytest.approx(each.number * flip_flop)
    assert 0 < found.feeding_um2 < found.combinational_um2
    assert found.fastest_mhz >= found.reached_mhz > found.clock_mhz == 500
    assert found.loads is not None
    slow, fast = found.loads
    # every flip-flop is clocked in every cycle, whatever comes
    assert slow.clock == pytest.approx(fast.clock)
    assert 0 < slow.combinational < fast.combinational
    assert 0 < slow.sequential < fast.sequential
    clocked = slow.clock * found.buffer.number / total
    assert clocked < slow.buffer < slow.registers
    for load in found.loads:
        assert 0 < load.sequential_switching < load.sequential - load.sequential_leakage
        assert 0 < load.combinational_switching < load.combinational - load.combinational_leakage
    assert slow.sequential_leakage + slow.combinational_leakage == pytest.approx(found.leakage_mw)
    contract = SMALL.contract
    pixels = contract.consumes["pixels"]
    assert fast.cycles * pixels == pytest.approx(contract.latency, abs=2)
    assert slow.cycles * pixels > 50 * (pixels - 1)


def test_gates_that_serve_one_register_alone() -> None:
    low = Pin("A", False, 0.0, 0.0, "")
    made = Pin("Y", True, 0.0, 0.0, "!A")
    gate = Cell("NOT", 1.0, 0.0, {"A": low, "Y": made})
    flip_flop = Cell(
        "DFF",
        4.0,
        0.0,
        {name: replace(low, name=name) for name in ("D", "C")} | {"Q": replace(made, name="Q")},
        clock="C",
        data=("D",),
    )
    instances = [
        CellInstance("shared", gate, {"A": 1, "Y": 2}),
        CellInstance("own", gate, {"A": 2, "Y": 3}),
        CellInstance("inner", gate, {"A": 2, "Y": 4}),
        CellInstance("outer", gate, {"A": 4, "Y": 5}),
        CellInstance("first", flip_flop, {"D": 3, "C": 0, "Q": 6}),
        CellInstance("second", flip_flop, {"D": 5, "C": 0, "Q": 7}),
        CellInstance("moved", flip_flop, {"D": 6, "C": 0, "Q": None}),
    ]
    netlist = MappedNetlist(
        "x", instances, {}, {PortBit("a"): 1, PortBit("clk"): 0}, {PortBit("q"): 7}
    )
    found = silicon.feeding(netlist, instances[4:])
    assert [each.name for each in found] == ["own", "outer", "inner"]


@pytest.mark.flow
def test_a_controller_that_is_not_simulated(working: WorkingLibrary) -> None:
    fast = 1e6
    found = silicon.measure(SMALL, working, beat=50, clock_mhz=fast, simulated=False)
    assert found.loads is None
    # no mapping keeps up: the clock is the fastest one
    assert found.clock_mhz == found.reached_mhz < fast


@pytest.mark.flow
@NEEDS_COMPILER
@pytest.mark.parametrize("spec", [SMALL, MASKED], ids=["words", "masked"])
def test_the_netlist_works_with_its_memory_alone(
    spec: DataflowControllerSpec, working: WorkingLibrary
) -> None:
    parts = taken_out(spec)
    points = (("area", RELAXED_PS),)
    netlist = map_design(parts.rest, spec.macro, working, points, read=READ).points[0].netlist
    traffic = silicon.image(spec)
    right = with_memories(netlist, working, parts.model)
    activity = record_activity(spec, traffic, verilog=right, top=spec.macro, pace=Pace(beat=9))
    assert activity.cycles >= 9 * (spec.height * spec.width - 1)
    assert activity.operations == 1
    wrong = with_memories(netlist, working, parts.model.replace(" <= n", " <= ~n"))
    assert wrong != right
    with pytest.raises(VerificationFailed):
        record_activity(spec, traffic, verilog=wrong, top=spec.macro)
