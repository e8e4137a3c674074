"""All-digital compute-in-memory: products of integers, gates of a column."""

import itertools

import numpy as np
import pytest
from references.cim.digital_cim import sums as by_hand
from support.agreement import listed
from support.digital_traffic import SMALL, cim, exhaustive, numbers, shown, sums_of, traffic, xnor
from support.effort import effort

from neuroloom.flows.designs import yosys
from neuroloom.flows.macros.catalogue import macros
from neuroloom.flows.macros.specification import validate
from neuroloom.flows.synthesis.targets import TARGETS
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.verify import verify
from neuroloom.flows.verilog.emit import emit
from neuroloom.golden.arith.adder_tree import AdderTreeStyle
from neuroloom.golden.cim.digital_cim import DigitalCimSpec
from neuroloom.hdl.cim.digital_cim import DigitalCim
from neuroloom.hdl.ports.flat import FlatPorts
from neuroloom.verif.bench import Bench
from neuroloom.verif.simulator import Simulator, simulate

GATES = TARGETS["gates"]
SIGNS = pytest.mark.parametrize(
    ("weight_signed", "input_signed"), list(itertools.product([False, True], repeat=2))
)


@pytest.mark.parametrize("spec", SMALL, ids=shown)
def test_every_sum_of_a_small_column_and_its_range(spec: DigitalCimSpec) -> None:
    sent = exhaustive(spec)
    sums = sums_of(spec, sent)
    assert sums.tolist() == by_hand(spec, listed(sent))
    assert (sums.min(), sums.max()) == spec.range
    total = spec.sum_format
    assert total.minimum <= sums.min() and sums.max() <= total.maximum
    half = total.model_copy(update={"bits": total.bits - 1})
    assert total.bits == 1 or sums.min() < half.minimum or sums.max() > half.maximum


@pytest.mark.parametrize("spec", SMALL, ids=shown)
def test_every_sum_in_hardware(spec: DigitalCimSpec) -> None:
    async def bench(sim: Simulator) -> None:
        bench = Bench(spec, sim, 1)
        await bench.reset()
        await bench.send(exhaustive(spec))

    simulate(FlatPorts(DigitalCim(spec)), bench)


@SIGNS
@pytest.mark.parametrize("seed", range(5))
def test_products_of_integers(seed: int, weight_signed: bool, input_signed: bool) -> None:
    rng = np.random.default_rng(seed)
    spec = cim(
        int(rng.integers(1, 70)),
        int(rng.integers(1, 9)),
        int(rng.integers(1, 17)),
        int(rng.integers(1, 17)),
        weight_signed=weight_signed,
        input_signed=input_signed,
    )
    sent = numbers(spec, rng, loads=4, vectors=20)
    assert sums_of(spec, sent).tolist() == by_hand(spec, listed(sent)), f"seed {seed}: {spec}"


def test_the_largest_sums_are_exact() -> None:
    spec = cim(2048, 1, 16, 16, weight_signed=False)
    ends = np.array([[-(1 << 15)], [(1 << 15) - 1]]).repeat(2048, axis=1)
    loads = np.full((1, 2048, 1), (1 << 16) - 1)
    sums = sums_of(spec, traffic(ends, np.array([1, 0]), loads))
    assert sums.ravel().tolist() == list(spec.range)
    assert spec.range == (-2048 * 0x8000 * 0xFFFF, 2048 * 0x7FFF * 0xFFFF)


@pytest.mark.parametrize("rows", [1, 2, 33, 64])
def test_agreements_are_the_bipolar_product(rows: int) -> None:
    spec = xnor(rows, 5)
    rng = np.random.default_rng(rows)
    bits, weights = rng.integers(0, 2, (40, rows)), rng.integers(0, 2, (rows, 5))
    sums = sums_of(spec, traffic(bits, np.zeros(40, int), weights[np.newaxis]))
    assert (2 * sums - rows == (2 * bits - 1) @ (2 * weights - 1)).all()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"cell": "xnor"}, "give weight_bits=1 input_bits=1 weight_signed=false input_signed=fal"),
        ({"cell": "xnor", "weight_bits": 1, "input_bits": 1}, "weights and inputs of .1 and -1"),
        (
            {"cell": "xnor", "weight_bits": 1, "input_bits": 1, "weight_signed": False},
            "weights and inputs of .1 and -1",
        ),
        (
            {
                "cell": "xnor",
                "weight_bits": 2,
                "input_bits": 1,
                "weight_signed": False,
                "input_signed": False,
            },
            "weights and inputs of .1 and -1",
        ),
        ({"rows": 2049, "weight_bits": 16}, "a column of 32784 bits; it has at most 32768"),
        ({"rows": 1024, "columns": 257}, "a bank of 1052672 bits; it has at most 1048576"),
        ({"rows": 4096, "columns": 1, "weight_bits": 1, "input_bits": 16}, "have 65575 port bits"),
    ],
)
def test_fields_that_contradict_each_other(fields: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=f"digital_cim: .*{message}"):
        validate(macros()["digital_cim"], fields)


def test_fields_that_just_agree() -> None:
    assert cim(2048, 1, 16, 8).rows == 2048
    assert cim(1024, 256, 4, 4).columns == 256
    assert xnor(4096, 37).sum_format.bits == 13
    assert cim(4093, 1, 5, 16, input_signed=False).port_bits == 65535


@pytest.mark.parametrize("spec", SMALL, ids=shown)
def test_port_bits_are_counted(spec: DigitalCimSpec) -> None:
    assert sum(map(len, FlatPorts(DigitalCim(spec)).ports.values())) == spec.port_bits


def test_a_column_of_any_height_fits() -> None:
    # before the plane of the signs a sum of 63 signed bytes needs a bit more than the result
    assert (cim(64, 1, 8, 8).sum_format.bits, cim(64, 1, 8, 8).accumulator_bits) == (22, 22)
    assert (cim(63, 1, 8, 8).sum_format.bits, cim(63, 1, 8, 8).accumulator_bits) == (21, 22)
    unsigned = cim(63, 1, 8, 8, weight_signed=False, input_signed=False)
    assert (unsigned.sum_format.bits, unsigned.accumulator_bits) == (22, 22)


@pytest.mark.flow
@pytest.mark.parametrize(
    "spec",
    [
        cim(1, 1, 1, 1),
        cim(63, 2, 8, 8),
        cim(65, 3, 8, 8, style="compressor", pipeline=3),
        xnor(100, 7),
        cim(301, 11, 2, 2),
        *effort([], [cim(1000, 37, 2, 2)]),
    ],
    ids=shown,
)
def test_columns_equal_their_model(spec: DigitalCimSpec) -> None:
    done = verify(spec, seeds=(1,), operations=40)
    assert done.passed, done.outcomes[0].message


@pytest.mark.flow
@pytest.mark.parametrize(
    ("style", "tree"), [(AdderTreeStyle.RIPPLE, 3146), (AdderTreeStyle.COMPRESSOR, 3014)]
)
def test_accumulator_and_control_of_a_column(style: AdderTreeStyle, tree: int) -> None:
    spec = cim(64, 1, 8, 8, style=style)
    emitted = emit(spec)
    by_module = tuple(line.replace("-flatten ", "") for line in GATES.script)
    netlist = yosys.synthesize(emitted.verilog, emitted.name, by_module)
    found = {
        name.removeprefix("digital_cim_"): GATES.count(cells)
        for name, cells in netlist.modules.items()
    }
    gates = {name: each["gates"] for name, each in found.items()}
    assert gates["plane_sum"] + gates["digital_cim"] < 195
    assert gates == {
        "plane_sum": 109,
        "digital_cim": 24,  # accumulator and control
        "cim_column": tree,
        "planes": 449,
        "word_lines": 107,
    }
    assert {name: each["FF"] for name, each in found.items()} == {
        "plane_sum": 22,
        "digital_cim": 7,
        "cim_column": 2 * 512,
        "planes": 512,
        "word_lines": 7,
    }
    assert spec.inventory.flip_flops == 22 + 7 + 2 * 512 + 512 + 7
