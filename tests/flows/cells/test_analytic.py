"""Analytic prices: the figures of the article they are from, and how near synthesis comes."""

import pytest
from support.effort import effort

from neuroloom.flows.analytic.compare import compare_area, compare_gates, two_input_gates
from neuroloom.flows.analytic.neurosim import (
    DATAPATH_ACTIVITY,
    FLIP_FLOP,
    FULL_ADDER,
    GATE,
    MULTIPLEXER,
    REGISTER_ACTIVITY,
    Cells,
    chain_delay,
    control,
    datapath,
    nand2_delay,
    price,
)
from neuroloom.flows.cells.nodes import NODES
from neuroloom.flows.designs import yosys
from neuroloom.flows.macros.catalogue import macros
from neuroloom.flows.reproduce.cim_macro.scaling import node_40
from neuroloom.flows.synthesis.targets import TARGETS
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.verilog.emit import emit
from neuroloom.golden.arith.popcount import PopcountSpec, PopcountStyle
from neuroloom.golden.arith.requantize import RequantizeSpec
from neuroloom.golden.bnn.layer import BnnLayerSpec
from neuroloom.golden.bnn.layer_options import LayerOutput, ParameterSource
from neuroloom.golden.bnn.xnor_popcount import XnorPopcountSpec
from neuroloom.golden.formats import Rounding
from neuroloom.golden.inventory import Inventory, memory
from neuroloom.golden.neurons.neuron_core import NeuronCoreSpec
from neuroloom.golden.spec import Spec
from neuroloom.golden.streams.width_adapter import WidthAdapterSpec

GATES = TARGETS["gates"]


@pytest.mark.parametrize(
    ("number", "cell", "area"),
    [
        (176, FLIP_FLOP, 719),
        (144, FULL_ADDER, 662),
        (1216, FLIP_FLOP, 4968),
        (672, FULL_ADDER, 3089),
        (1.84 * 2133, Cells(inverters=1), 1336),
        (1.84 * 10485, Cells(inverters=1), 6569),
    ],
)
def test_areas_are_those_of_table_5(number: float, cell: Cells, area: float) -> None:
    assert round((number * cell).area(node_40())) == area


@pytest.mark.parametrize("node", [130, 90, 65, 45, 32, 22])
def test_planar_cells_are_squares_of_the_node(node: int) -> None:
    cell = NODES[node].cell_width * NODES[node].cell_height
    assert cell == pytest.approx(7.6 * 28 * (node / 1000) ** 2, rel=2e-3)


@pytest.mark.parametrize(
    ("number", "cell", "activity", "picojoules"),
    [
        (176, FLIP_FLOP, REGISTER_ACTIVITY, 1.25),
        (1216, FLIP_FLOP, REGISTER_ACTIVITY, 8.65),
        (144, FULL_ADDER, DATAPATH_ACTIVITY, 0.12),
        (672, FULL_ADDER, DATAPATH_ACTIVITY, 0.60),
        (10485, Cells(inverters=1), 0.05, 0.81),
    ],
)
def test_energies_are_those_of_table_5(
    number: int, cell: Cells, activity: float, picojoules: float
) -> None:
    # two digits in the article, and one energy a cell here for all of its modules
    energy = activity * (number * cell).energy(node_40()) / 1000
    assert energy == pytest.approx(picojoules, rel=0.06)


def test_transistors() -> None:
    assert FULL_ADDER.transistors == 36
    assert FLIP_FLOP.transistors == 24
    # 8 bits by carry-save: 4 full adders; 3 half adders of four NAND2 and an inverter
    eight = price(PopcountSpec(width=8, style=PopcountStyle.COMPRESSOR), NODES[45])
    assert eight.transistors == 4 * 36 + 3 * 18
    assert eight.nand2_equivalents == eight.transistors / 4
    assert eight.register_area == eight.register_energy == 0
    assert eight.area == eight.logic_area == (4 * FULL_ADDER + 3 * Cells(4, 1)).area(NODES[45])


def test_enables_and_resets_are_control() -> None:
    assert control(Inventory(flip_flops=5, gates=2)) == 7 * GATE + 5 * MULTIPLEXER
    assert control(Inventory(flip_flops=5), without_reset=4) == GATE + 5 * MULTIPLEXER


def test_an_operation_costs_the_energy_of_its_cycles() -> None:
    layer = BnnLayerSpec(inputs=64, neurons=64, pe=8, simd=32)
    priced = price(layer, NODES[45])
    cycle = priced.register_energy + priced.logic_energy
    assert priced.operation_energy == pytest.approx(16 * cycle / 1000)
    assert priced.memory_bits == layer.inventory.memory_bits


def test_delay_grows_by_two_gates_an_adder() -> None:
    node = NODES[45]
    assert chain_delay(0, node) == 0
    assert chain_delay(1, node) == pytest.approx(6 * nand2_delay(node))
    assert chain_delay(9, node) - chain_delay(8, node) == pytest.approx(2 * nand2_delay(node))


def test_a_node_less_is_smaller_and_within_a_family_faster() -> None:
    spec = RequantizeSpec()
    nodes = list(NODES.values())
    priced = [price(spec, node) for node in nodes]
    assert [each.node for each in priced] == sorted(NODES, reverse=True)
    for (above, first), (below, second) in zip(
        zip(nodes, priced, strict=True), list(zip(nodes, priced, strict=True))[1:], strict=False
    ):
        assert second.area < first.area
        if above.finfet == below.finfet:
            assert second.adder_delay < first.adder_delay
            assert second.operation_energy < first.operation_energy


def test_gates_of_an_inventory() -> None:
    parts = Inventory(
        full_adders=1,
        half_adders=10,
        comparator_bits=100,
        multiplexers=1000,
        xors=10000,
        gates=100000,
        flip_flops=7,
    )
    assert two_input_gates(parts) == 5 + 20 + 400 + 1000 + 10000 + 100000


def test_a_memory_in_registers() -> None:
    built = (Inventory(gates=1) + memory(8, 16)).memories_in_registers()
    assert built == Inventory(flip_flops=8 * 16 + 8, multiplexers=8 * 15, gates=1 + 2 * 16)
    table = memory(8, 16, write_ports=0).memories_in_registers()
    assert table == Inventory(flip_flops=8, multiplexers=8 * 15)


def test_rows_of_a_comparison() -> None:
    spec = PopcountSpec(width=8, style=PopcountStyle.COMPRESSOR, pipeline=1)
    rows = compare_gates(spec, {"gates": 14, "FF": 5, "memory bits": 0})
    assert [(row.name, row.analytic, row.synthesized) for row in rows] == [
        ("gates", 4 * 5 + 3 * 2 + 2, 14),
        ("FF", 5, 5),
        ("memory bits", 0, 0),
    ]
    assert [row.ratio for row in rows] == [2.0, 1.0, None]

    node = NODES[130]
    areas = compare_area(spec, node, 100.0, 50.0)
    assert [row.synthesized for row in areas] == [100.0, 50.0, 150.0]
    assert areas[0].analytic == pytest.approx(5 * 12 * node.cell_width * node.cell_height)
    assert areas[2].analytic == areas[0].analytic + areas[1].analytic

    layer = BnnLayerSpec(inputs=64, neurons=64, pe=8, simd=32)
    state, logic, _ = compare_area(layer, node, 1.0, 1.0)
    built, alone = layer.inventory.memories_in_registers(), layer.inventory
    assert state.analytic == pytest.approx((built.flip_flops * FLIP_FLOP).area(node))
    kept = built.flip_flops * MULTIPLEXER + alone.flip_flops * GATE
    expected = datapath(built) + built.gates * GATE + kept
    assert logic.analytic == pytest.approx(expected.area(node))


def test_resources_of_another_target_are_refused() -> None:
    with pytest.raises(UsageError, match=r"without gates, memory bits .* the target gates"):
        compare_gates(PopcountSpec(), {"LUT4": 79, "FF": 0})


BAND = (0.80, 1.35)
"""Analytic over synthesized gates. Above one where a tree is written as a sum, which synthesis
builds of carry-save adders, and where an operand is constant; below one where control weighs."""

DESIGNS: dict[str, Spec] = {
    # the default chip does nothing: most of it falls away
    **{name: each.spec() for name, each in macros().items() if name != "crossbar_chip"},
    "neuron_core": NeuronCoreSpec(neurons=64, axons=32),
    **{
        f"popcount {width}, {style}": PopcountSpec(width=width, style=style)
        for width in (64, 256)
        for style in PopcountStyle
    },
    "popcount 256, 3 stages": PopcountSpec(width=256, pipeline=3),
    "popcount 1024": PopcountSpec(width=1024),
    "requantize, stochastic": RequantizeSpec(rounding=Rounding.STOCHASTIC),
    "xnor_popcount 64, 12 bits": XnorPopcountSpec(lanes=64, folds=63, accumulator_bits=12),
    "width_adapter 32 to 8": WidthAdapterSpec(input_lanes=32, output_lanes=8),
    "bnn_layer, streamed": BnnLayerSpec(parameters=ParameterSource.STREAMED),
    "bnn_layer, class": BnnLayerSpec(output=LayerOutput.CLASS),
}


@pytest.mark.flow
@pytest.mark.parametrize("name", list(DESIGNS)[:: effort(2, 1)])
def test_formulas_stay_near_synthesis(name: str) -> None:
    spec = DESIGNS[name]
    emitted = emit(spec)
    cells = yosys.synthesize(emitted.verilog, emitted.name, GATES.script).cells
    gates, flip_flops, memory_bits = compare_gates(spec, GATES.count(cells))
    print(
        f"{name}: {gates.analytic:.0f} / {gates.synthesized:.0f} gates = {gates.ratio:.2f}, "
        f"{flip_flops.analytic:.0f} / {flip_flops.synthesized:.0f} FF, "
        f"{memory_bits.analytic:.0f} / {memory_bits.synthesized:.0f} bits"
    )
    assert gates.ratio is not None
    assert BAND[0] < gates.ratio < BAND[1]
    assert flip_flops.analytic == flip_flops.synthesized
    assert memory_bits.analytic == memory_bits.synthesized


@pytest.mark.flow
def test_memories_built_of_flip_flops() -> None:
    spec = BnnLayerSpec(inputs=64, neurons=64, pe=8, simd=32)
    emitted = emit(spec)
    cells = yosys.synthesize(emitted.verilog, emitted.name, ("synth -flatten -top {top}",)).cells
    expected = spec.inventory.memories_in_registers().flip_flops
    assert GATES.count(cells)["FF"] == expected
