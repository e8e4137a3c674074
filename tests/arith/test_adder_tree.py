"""Adders of two words, networks of adders, and the macro ``adder_tree``."""

from itertools import pairwise, product
from typing import Any

import numpy as np
import pytest
from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.sim import Simulator

from neuroloom.flows.designs import yosys
from neuroloom.flows.macros.catalogue import macro
from neuroloom.flows.macros.specification import validate
from neuroloom.flows.synthesis.targets import TARGETS
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.verify import verify
from neuroloom.flows.verilog.emit import emit
from neuroloom.golden.arith.adder_networks import WordAdder
from neuroloom.golden.arith.adder_tree import AdderTreeSpec, AdderTreeStyle
from neuroloom.golden.arith.adder_trees import ripple_tree_adders, sum_bits
from neuroloom.golden.arith.adders import AdderStyle, prefix_levels, select_blocks
from neuroloom.golden.spec import Spec
from neuroloom.hdl.arith.adders import add_words

ICE40 = TARGETS["ice40-hx8k"]
SIGNS = pytest.mark.parametrize("signed", [False, True], ids=["unsigned", "signed"])
TREES = [
    {"style": "sum"},
    {"style": "ripple"},
    *({"style": "compressor", "final": final} for final in AdderStyle),
]


class OneAdder(wiring.Component):
    """``total = left + right`` in one style."""

    def __init__(self, left: int, right: int, width: int, style: AdderStyle) -> None:
        self.style = style
        super().__init__({"left": In(left), "right": In(right), "total": Out(width)})

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        total = add_words(m, self.left, self.right, len(self.total), self.style)
        m.d.comb += self.total.eq(total)
        return m


def totals(adder: OneAdder, pairs: list[tuple[int, int]]) -> list[int]:
    seen: list[int] = []

    async def feed(context: Any) -> None:
        for left, right in pairs:
            context.set(adder.left, left)
            context.set(adder.right, right)
            seen.append(context.get(adder.total))

    simulator = Simulator(adder)
    simulator.add_testbench(feed)
    simulator.run()
    return seen


@pytest.mark.parametrize("style", AdderStyle)
def test_small_adders_add_every_pair(style: AdderStyle) -> None:
    for left, right in product(range(1, 6), repeat=2):
        pairs = list(product(range(1 << left), range(1 << right)))
        for width in (max(left, right), max(left, right) + 1):
            found = totals(OneAdder(left, right, width, style), pairs)
            assert found == [(a + b) % (1 << width) for a, b in pairs], (left, right, width)


@pytest.mark.parametrize("style", AdderStyle)
@pytest.mark.parametrize("seed", range(6))
def test_wide_adders_add_random_numbers(style: AdderStyle, seed: int) -> None:
    rng = np.random.default_rng(seed)
    left, right = (int(bits) for bits in rng.integers(1, 64, 2))
    width = max(left, right) + 1
    # a run of ones beside a one makes the longest carries
    sparse = [1 << int(bit) for bit in rng.integers(0, right, 20)]
    full = (1 << left) - 1
    pairs = [(full, bit) for bit in sparse]
    draws = rng.integers(0, 1 << 63, (60, 2), dtype=np.int64).tolist()
    pairs += [(a % (1 << left), b % (1 << right)) for a, b in draws]
    found = totals(OneAdder(left, right, width, style), pairs)
    assert found == [a + b for a, b in pairs], f"seed {seed}: {left} and {right} bits"


@pytest.mark.parametrize("width", range(1, 70))
def test_prefix_levels_reach_down_to_bit_0(width: int) -> None:
    known = [{bit} for bit in range(width)]
    levels = prefix_levels(width)
    assert len(levels) == (width - 1).bit_length()
    for pairs in levels:
        before = list(known)
        for bit, lower in pairs:
            assert min(before[bit]) == max(before[lower]) + 1, "groups touch and do not overlap"
            known[bit] = before[bit] | before[lower]
    assert known == [set(range(bit + 1)) for bit in range(width)]


def test_blocks_of_a_carry_select_adder() -> None:
    assert select_blocks(1) == [1]
    assert select_blocks(14) == [2, 2, 3, 4, 3]
    assert all(sum(select_blocks(width)) == width for width in range(1, 70))


def bits_of(spec: AdderTreeSpec, numbers: np.ndarray) -> np.ndarray:
    planes = numbers[:, :, np.newaxis] >> np.arange(spec.bits) & 1
    return planes.reshape(len(numbers), -1).astype(np.uint8)


def drawn(spec: AdderTreeSpec, rng: np.random.Generator, rows: int) -> np.ndarray:
    """Random rows; the first two are both ends of the range."""
    field = spec.input_streams[0].fields[0]
    numbers = rng.integers(field.minimum, field.maximum, (rows, spec.operands), endpoint=True)
    numbers[0], numbers[1] = field.minimum, field.maximum
    return numbers


@SIGNS
@pytest.mark.parametrize("tree", TREES, ids=lambda tree: "-".join(map(str, tree.values())))
def test_networks_add_any_number_of_operands(tree: dict[str, str], signed: bool) -> None:
    rng = np.random.default_rng(7)
    for operands in (*range(1, 66), 100, 127, 129):
        for bits in (1, 2, 5):
            fields = {"operands": operands, "bits": bits, "signed": signed, **tree}
            spec = AdderTreeSpec.model_validate(fields)
            numbers = drawn(spec, rng, 12)
            network = spec.network
            assert len(network.outputs) == spec.sum_bits
            found = network.evaluate(bits_of(spec, numbers))
            expected = numbers.sum(axis=1) % (1 << spec.sum_bits)
            assert (found == expected).all(), (operands, bits)


@SIGNS
def test_the_sum_is_exactly_as_wide_as_it_must_be(signed: bool) -> None:
    for operands, bits in product(range(1, 70), (1, 2, 8, 32)):
        low = -(1 << (bits - 1)) if signed else 0
        high = (1 << (bits - int(signed))) - 1
        width = sum_bits(operands, bits, signed)
        for end in (operands * low, operands * high):
            lowest = -(1 << (width - 1)) if signed else 0
            assert lowest <= end <= lowest + (1 << width) - 1
        narrower = width - 1
        lowest = -(1 << (narrower - 1)) if signed and narrower else 0
        fits = lowest <= operands * low and operands * high < lowest + (1 << narrower)
        assert not fits, (operands, bits)


def adders(operands: int, bits: int, signed: bool, style: AdderTreeStyle) -> int:
    """Full and half adders, those of the adder behind a carry-save tree included."""
    spec = AdderTreeSpec(operands=operands, bits=bits, signed=signed, style=style)
    return sum(adder.carry is not None for adder in spec.network.adders)


@SIGNS
@pytest.mark.parametrize("bits", [1, 4, 8, 12])
def test_no_tree_has_more_adders_than_a_ripple_tree(bits: int, signed: bool) -> None:
    for operands in range(2, 65):
        ripple = adders(operands, bits, signed, AdderTreeStyle.RIPPLE)
        if not operands & (operands - 1):
            assert ripple == ripple_tree_adders(operands, bits)
        assert adders(operands, bits, signed, AdderTreeStyle.SUM) == ripple
        assert adders(operands, bits, signed, AdderTreeStyle.COMPRESSOR) <= ripple, operands


def test_hardware_of_a_network_has_its_word_adders() -> None:
    network = AdderTreeSpec(operands=5, bits=3, style=AdderTreeStyle.COMPRESSOR).network
    words = [element for element in network.elements if isinstance(element, WordAdder)]
    assert [word.style for word in words] == [AdderStyle.PREFIX]
    assert "generate" in emit(AdderTreeSpec(operands=5, style=AdderTreeStyle.COMPRESSOR)).verilog


@pytest.mark.regression
@pytest.mark.parametrize("tree", TREES, ids=lambda tree: "-".join(map(str, tree.values())))
def test_adder_tree_equals_its_model(tree: dict[str, str]) -> None:
    spec = AdderTreeSpec.model_validate({"operands": 7, "bits": 5, "pipeline": 2, **tree})
    verified = verify(spec, seeds=(1, 2))
    assert verified.passed, verified.outcomes[0].message


@pytest.mark.parametrize("tree", TREES, ids=lambda tree: "-".join(map(str, tree.values())))
def test_registers_by_levels(tree: dict[str, str]) -> None:
    """No path between registers has more levels than were asked for, none has a register more."""
    for operands, levels in product((1, 2, 7, 33, 64), range(1, 12)):
        fields = {"operands": operands, "bits": 4, "stage_levels": levels, **tree}
        spec = AdderTreeSpec.model_validate(fields)
        depth = spec.network.depth
        places = sorted(spec.network.cuts(spec.stages).elements())
        gaps = [after - before for before, after in pairwise([0, *places])]
        assert sum(gaps) == depth and all(1 <= gap <= levels for gap in gaps), (fields, gaps)
        assert spec.contract.latency == len(gaps) == -(-depth // levels)


def test_registers_are_said_once() -> None:
    with pytest.raises(UsageError, match="pipeline=2 and stage_levels=3 both say how many"):
        validate(macro("adder_tree"), {"pipeline": 2, "stage_levels": 3})


@pytest.mark.regression
@pytest.mark.parametrize("levels", [1, 2])
def test_adder_tree_with_registers_by_levels_equals_its_model(levels: int) -> None:
    spec = AdderTreeSpec(operands=9, bits=5, style=AdderTreeStyle.COMPRESSOR, stage_levels=levels)
    verified = verify(spec, seeds=(1, 2))
    assert verified.passed, verified.outcomes[0].message


def luts(spec: Spec) -> int:
    emitted = emit(spec)
    cells = yosys.synthesize(emitted.verilog, emitted.name, ICE40.script).cells
    return ICE40.count(cells)["LUT4"]


@pytest.mark.flow
@SIGNS
def test_a_ripple_tree_is_one_lut_a_bit_of_every_sum(signed: bool) -> None:
    assert luts(AdderTreeSpec(signed=signed)) == 32 * 9 + 16 * 10 + 8 * 11 + 4 * 12 + 2 * 13 + 14
    # seven operands: three pairs, then a pair and one beside it, then both
    seven = luts(AdderTreeSpec(operands=7, signed=signed))
    assert seven <= 3 * 9 + (10 + 10) + 11
