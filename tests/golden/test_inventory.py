"""What a Spec says it consists of, against the adders it constructs and against synthesis."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.effort import effort
from support.places import RESULTS

from neuroloom.flows.benchmarks.adder_trees import adder_trees_markdown, trees
from neuroloom.flows.benchmarks.measure import TREES as TABLE
from neuroloom.flows.designs import yosys
from neuroloom.flows.macros.catalogue import macros
from neuroloom.flows.synthesis.targets import TARGETS
from neuroloom.flows.verilog.emit import emit
from neuroloom.golden.arith.adder_networks import AdderNetwork
from neuroloom.golden.arith.adder_trees import (
    carry_save_tree,
    counter_tree,
    counting_adders,
    full_adders_needed,
    ripple_tree,
    ripple_tree_adders,
    summed_words,
)
from neuroloom.golden.arith.popcount import PopcountSpec, PopcountStyle, counting_tree
from neuroloom.golden.arith.requantize import RequantizeSpec
from neuroloom.golden.bnn.layer import BnnLayerSpec
from neuroloom.golden.bnn.layer_options import LayerOutput, ParameterSource
from neuroloom.golden.formats import Rounding
from neuroloom.golden.inventory import (
    Inventory,
    Memory,
    adder,
    comparator,
    counter,
    index_bits,
    memory,
    register,
    stream_output,
)
from neuroloom.golden.spec import Spec
from neuroloom.golden.systems.bnn_conv_network import BnnConvNetworkSpec
from neuroloom.golden.systems.bnn_network import BnnNetworkSpec

GATES = TARGETS["gates"]
SETTLED = (*GATES.script, "opt -full", GATES.script[-2], "opt -full", "opt_clean")
"""The target's script with its flip-flops optimised again once its logic is: `abc` finds constant
and equal inputs of flip-flops that the passes before it do not see."""
TREES = {"ripple": ripple_tree, "carry-save": carry_save_tree}
POWERS = [1 << exponent for exponent in range(11)]


def every_word(bits: int) -> np.ndarray:
    return (np.arange(1 << bits)[:, np.newaxis] >> np.arange(bits) & 1).astype(np.uint8)


def sums(network: AdderNetwork, bits: int, inputs: np.ndarray) -> np.ndarray:
    """What the network should give: the operands added by numpy."""
    weights = 1 << np.arange(bits, dtype=np.int64)
    return inputs.reshape(len(inputs), -1, bits).astype(np.int64).dot(weights).sum(axis=1)


@pytest.mark.parametrize("bits", range(1, 17))
def test_the_closed_form_counts_the_positions_of_a_ripple_tree(bits: int) -> None:
    for operands in POWERS:
        inventory = ripple_tree(operands, bits).inventory
        positions = inventory.full_adders + inventory.half_adders
        assert positions == ripple_tree_adders(operands, bits), operands
        assert inventory.half_adders == operands - 1, "one a two-operand adder: its lowest bit"


def test_the_closed_form_of_four_bits() -> None:
    assert ripple_tree_adders(4, 1) == 4
    assert ripple_tree(4, 1).inventory == Inventory(full_adders=1, half_adders=3, adder_depth=3)


@pytest.mark.parametrize("operands", [0, 3, 5, 6, 1000])
def test_the_closed_form_is_refused_outside_its_range(operands: int) -> None:
    with pytest.raises(ValueError, match=f"powers of two, not for {operands} operands"):
        ripple_tree_adders(operands, 8)


def test_the_closed_form_of_a_counting_tree() -> None:
    for width in (*range(1, 300), 511, 512, 1000, 1024):
        inventory = carry_save_tree(width, 1).inventory
        assert (inventory.full_adders, inventory.half_adders) == counting_adders(width), width


@pytest.mark.parametrize("name", TREES)
@pytest.mark.parametrize("bits", [1, 2, 3])
def test_small_trees_add_all_operands(name: str, bits: int) -> None:
    for operands in range(1, 14 // bits + 1):
        network = TREES[name](operands, bits)
        inputs = every_word(operands * bits)
        assert (network.evaluate(inputs) == sums(network, bits, inputs)).all(), operands


@pytest.mark.parametrize("name", TREES)
@pytest.mark.parametrize("seed", range(20))
def test_random_trees_add_random_operands(name: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    operands, bits = int(rng.integers(1, 130)), int(rng.integers(1, 17))
    network = TREES[name](operands, bits)
    inputs = rng.integers(0, 2, (64, operands * bits), dtype=np.uint8)
    inputs[:2] = [[0], [1]]
    found = network.evaluate(inputs)
    assert (found == sums(network, bits, inputs)).all(), f"seed {seed}: {operands} of {bits} bits"


@pytest.mark.parametrize("style", PopcountStyle)
@pytest.mark.parametrize("width", [*range(1, 15), 63, 64, 65, 200])
def test_counting_trees_count(style: PopcountStyle, width: int) -> None:
    random = np.random.default_rng(width).integers(0, 2, (64, width), dtype=np.uint8)
    inputs = every_word(width) if width < 15 else random
    assert (counting_tree(width, style).evaluate(inputs) == inputs.sum(axis=1)).all()


def test_an_operand_more_always_costs_more() -> None:
    def gates(network: AdderNetwork) -> int:
        return 5 * network.inventory.full_adders + 2 * network.inventory.half_adders

    for bits in (1, 2, 4, 8, 16):
        for tree in TREES.values():
            costs = [gates(tree(operands, bits)) for operands in range(2, 65)]
            assert costs == sorted(set(costs)), (tree, bits)
    for count in (partial(summed_words, bits=1), counter_tree):
        costs = [gates(count(width)) for width in range(2, 65)]
        assert costs == sorted(set(costs)), count


def test_five_operands_of_eight_bits_cost_an_adder_more_than_four() -> None:
    four, five = ripple_tree(4, 8).inventory, ripple_tree(5, 8).inventory
    assert (four.full_adders, four.half_adders) == (22, 3)
    # the fifth operand meets a sum of ten bits: the carry runs on through the upper two
    assert (five.full_adders, five.half_adders) == (22 + 7, 3 + 3)


counts = st.integers(0, 1000)
inventories = st.builds(
    Inventory,
    full_adders=counts,
    half_adders=counts,
    flip_flops=counts,
    multiplexers=counts,
    xors=counts,
    gates=counts,
    comparator_bits=counts,
    adder_depth=counts,
    memories=st.lists(st.builds(Memory, counts, counts, counts, counts), max_size=3).map(tuple),
)


@given(inventories, inventories, st.integers(0, 9))
def test_inventories_add_and_scale(left: Inventory, right: Inventory, copies: int) -> None:
    both = left + right
    for name in (
        "full_adders",
        "half_adders",
        "flip_flops",
        "multiplexers",
        "xors",
        "gates",
        "comparator_bits",
        "memory_bits",
    ):
        assert getattr(both, name) == getattr(left, name) + getattr(right, name)
        assert getattr(copies * left, name) == copies * getattr(left, name)
    assert both.adder_depth == max(left.adder_depth, right.adder_depth)
    assert left.then(right) == replace(both, adder_depth=left.adder_depth + right.adder_depth)
    assert copies * left == left * copies == sum([left] * copies, Inventory())


def test_no_inventory_is_there_a_negative_number_of_times() -> None:
    with pytest.raises(ValueError, match="-1 times"):
        _ = -1 * register(3)


def test_helpers_count_what_they_say() -> None:
    assert [index_bits(values) for values in (1, 2, 3, 4, 5)] == [0, 1, 2, 2, 3]
    assert adder(8, 8, 8) == Inventory(full_adders=7, half_adders=1, adder_depth=8)
    assert adder(8, 3, 9) == Inventory(full_adders=2, half_adders=6, adder_depth=8)
    assert adder(8, 0, 8) == Inventory(half_adders=8, adder_depth=8)
    assert counter(1) == Inventory()
    assert counter(10) == Inventory(flip_flops=4, half_adders=4, gates=3, adder_depth=4)
    assert comparator(5) == Inventory(comparator_bits=5, adder_depth=5)
    assert memory(8, 16).memory_bits == 128
    assert memory(8, 1) == register(16)


def test_a_result_that_is_always_zero_needs_no_rounding() -> None:
    spec = RequantizeSpec(
        input_bits=10, input_signed=False, shift=4, output_bits=1, rounding=Rounding.STOCHASTIC
    )
    assert spec.inventory == stream_output(0)


def test_an_index_is_as_wide_as_the_neurons_need() -> None:
    layer = BnnLayerSpec(inputs=8, neurons=6, pe=5, simd=5, output=LayerOutput.CLASS)
    wider = layer.model_copy(update={"neurons": 9})
    # kept beside the best score and shown in the result; the memory's rows are as many
    assert wider.inventory.flip_flops - layer.inventory.flip_flops == 2 * (4 - 3)


def test_inventories_follow_the_parameters() -> None:
    layer = BnnLayerSpec(inputs=64, neurons=64, pe=8, simd=32)
    streamed = layer.model_copy(update={"parameters": ParameterSource.STREAMED})
    assert layer.inventory.memory_bits == 64 * 64 + 64 * layer.threshold_bits
    assert streamed.inventory.memory_bits == 0
    assert streamed.inventory.xors == 8 * 32
    by_class = layer.model_copy(update={"output": LayerOutput.CLASS})
    assert layer.inventory.comparator_bits == 8 * layer.threshold_bits
    assert by_class.inventory.comparator_bits == 8 * layer.matches_bits  # 7 in the tree, 1 behind
    compressor = PopcountSpec(width=255, style=PopcountStyle.COMPRESSOR).inventory
    assert (compressor.full_adders, compressor.half_adders) == (247, 0)
    assert RequantizeSpec(rounding=Rounding.FLOOR).inventory.half_adders == 0
    assert RequantizeSpec(rounding=Rounding.STOCHASTIC).inventory.flip_flops == 32 + 8 + 1
    shallow = PopcountSpec(width=64, pipeline=4).inventory.adder_depth
    assert shallow < PopcountSpec(width=64).inventory.adder_depth


CONTENTS = (
    "weights",
    "thresholds",
    "biases",
    "multipliers",
    "shifts",
    "slopes",
    "ceiling",
    "contents",
)
"""Fields of constants: what they hold constant, or equal to something else, falls away."""


def contents_are_fixed(spec: Spec) -> bool:
    parts: tuple[object, ...] = (spec,)
    if isinstance(spec, BnnNetworkSpec):
        parts = spec.layers
    if isinstance(spec, BnnConvNetworkSpec):
        parts = tuple(stage.layer for stage in spec.stages)
    return any(getattr(each, name, None) is not None for each in parts for name in CONTENTS)


SPECS = [
    pytest.param(name, seed, id=f"{name}-{'default' if seed is None else seed}")
    for name in macros()
    for seed in effort(
        (3000,), (None, *range(3000, 3006))
    )  # defaults: tests/flows/cells/test_analytic.py
]


@pytest.mark.flow
@pytest.mark.parametrize(("name", "seed"), SPECS)
def test_flip_flops_and_memory_bits_are_those_of_synthesis(name: str, seed: int | None) -> None:
    macro = macros()[name]
    random = macro.stimulus_type.random_spec
    spec = macro.spec() if seed is None else random(np.random.default_rng(seed))
    emitted = emit(spec)
    cells = yosys.synthesize(emitted.verilog, emitted.name, SETTLED).cells
    found = GATES.count(cells)
    inventory = spec.inventory
    state = inventory.flip_flops, inventory.memory_bits
    shown = f"seed {seed}: {spec.model_dump_json(exclude_none=True)}"
    if contents_are_fixed(spec):  # constant columns of a memory, and what they feed, fall away
        assert found["FF"] <= state[0], shown
        assert found["memory bits"] <= state[1], shown
    else:
        assert (found["FF"], found["memory bits"]) == state, shown


@pytest.mark.parametrize("operands", range(2, 65))
def test_no_tree_has_more_full_adders_than_are_needed(operands: int) -> None:
    for bits in (1, 2, 4, 8):
        needed = full_adders_needed(operands, bits)
        found = {name: each.inventory.full_adders for name, each in trees(operands, bits).items()}
        assert max(found.values()) <= needed
        assert found["carry-save"] == needed


def test_the_table_of_trees_is_committed() -> None:
    committed = RESULTS / f"{TABLE}.md"
    assert committed.read_text() == adder_trees_markdown()
