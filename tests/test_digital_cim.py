"""All-digital compute-in-memory: products of integers, loads among vectors, gates of a column."""

import itertools

import numpy as np
import pytest
from effort import effort

from neuroloom.flows.catalogue import macros
from neuroloom.flows.errors import UsageError
from neuroloom.flows.specification import validate
from neuroloom.flows.synthesis import yosys
from neuroloom.flows.synthesis.targets import TARGETS
from neuroloom.flows.verify import verify
from neuroloom.flows.verilog.emit import emit
from neuroloom.golden.arith.adder_tree import AdderTreeStyle
from neuroloom.golden.cim.digital_cim import Cell, DigitalCimSpec
from neuroloom.golden.ports import Integers, Traffic
from neuroloom.hdl.cim.digital_cim import DigitalCim
from neuroloom.hdl.component import FlatPorts
from neuroloom.verif.bench import Bench
from neuroloom.verif.simulator import Simulator, simulate

GATES = TARGETS["gates"]
SIGNS = pytest.mark.parametrize(
    ("weight_signed", "input_signed"), list(itertools.product([False, True], repeat=2))
)


def cim(
    rows: int, columns: int, weight_bits: int, input_bits: int, **others: object
) -> DigitalCimSpec:
    fields = {"rows": rows, "columns": columns, "weight_bits": weight_bits}
    return DigitalCimSpec.model_validate({**fields, "input_bits": input_bits, **others})


def xnor(rows: int, columns: int, **others: object) -> DigitalCimSpec:
    signs = {"weight_signed": False, "input_signed": False}
    return cim(rows, columns, 1, 1, cell=Cell.XNOR, **signs, **others)


def traffic(values: Integers, swap: Integers, loads: Integers) -> Traffic:
    """Vectors (batch, rows), their swaps (batch,) and loads (number, rows, columns)."""
    return {
        "vectors": {"values": values, "swap": swap},
        "weights": {"row": loads.reshape(-1, loads.shape[-1])},
    }


def numbers(spec: DigitalCimSpec, rng: np.random.Generator, loads: int, vectors: int) -> Traffic:
    """Random numbers and swaps that use every load, on the first vector too."""
    weight, value = spec.weight_format, spec.input_format
    swap = np.zeros(vectors, np.int64)
    swap[[0, *rng.choice(np.arange(1, vectors), loads - 1, replace=False)]] = 1
    return traffic(
        rng.integers(value.minimum, value.maximum + 1, (vectors, spec.rows)),
        swap,
        rng.integers(weight.minimum, weight.maximum + 1, (loads, spec.rows, spec.columns)),
    )


def by_hand(spec: DigitalCimSpec, sent: Traffic) -> list[list[int]]:
    """Products of Python integers, one vector after the other."""
    values, swap = (sent["vectors"][name].tolist() for name in ("values", "swap"))
    rows = sent["weights"]["row"].tolist()
    sums, load = [], -1
    for vector, swaps in zip(values, swap, strict=True):
        load += swaps
        bank = rows[load * spec.rows :][: spec.rows]
        pairs = [list(zip(vector, column, strict=True)) for column in zip(*bank, strict=True)]
        if spec.cell is Cell.XNOR:
            sums.append([sum(x == w for x, w in each) for each in pairs])
        else:
            sums.append([sum(x * w for x, w in each) for each in pairs])
    return sums


def every_number(low: int, high: int, count: int) -> Integers:
    return np.array(list(itertools.product(range(low, high + 1), repeat=count)))


def exhaustive(spec: DigitalCimSpec) -> Traffic:
    """Every load of a single column, and every vector with each."""
    weight, value = spec.weight_format, spec.input_format
    loads = every_number(weight.minimum, weight.maximum, spec.rows)
    vectors = every_number(value.minimum, value.maximum, spec.rows)
    swap = np.tile(np.arange(len(vectors)) == 0, len(loads)).astype(np.int64)
    return traffic(np.tile(vectors, (len(loads), 1)), swap, loads[:, :, np.newaxis])


def sums_of(spec: DigitalCimSpec, sent: Traffic) -> Integers:
    return spec.model().run(sent)["sums"]["values"]


SMALL = [
    cim(rows, 1, weight_bits, input_bits, weight_signed=weight_signed, input_signed=input_signed)
    for rows, weight_bits, input_bits in ((1, 1, 1), (1, 3, 3), (2, 2, 2), (3, 1, 2), (3, 2, 1))
    for weight_signed, input_signed in itertools.product([False, True], repeat=2)
] + [xnor(rows, 1) for rows in (1, 2, 5)]  # fmt: skip


def shown(spec: DigitalCimSpec) -> str:
    signs = "".join("us"[signed] for signed in (spec.weight_signed, spec.input_signed))
    return f"{spec.rows}x{spec.columns}-{spec.weight_bits}x{spec.input_bits}-{signs}-{spec.cell}"


@pytest.mark.parametrize("spec", SMALL, ids=shown)
def test_every_sum_of_a_small_column_and_its_range(spec: DigitalCimSpec) -> None:
    sent = exhaustive(spec)
    sums = sums_of(spec, sent)
    assert sums.tolist() == by_hand(spec, sent)
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
        int(rng.integers(1, 70)), int(rng.integers(1, 9)), int(rng.integers(1, 17)),
        int(rng.integers(1, 17)), weight_signed=weight_signed, input_signed=input_signed,
    )  # fmt: skip
    sent = numbers(spec, rng, loads=4, vectors=20)
    assert sums_of(spec, sent).tolist() == by_hand(spec, sent), f"seed {seed}: {spec}"


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


def test_loads_wait_for_the_vectors_that_take_them() -> None:
    spec = cim(1, 1, 4, 4)
    model = spec.model()

    def run(values: list[int], swap: list[int], loads: list[int]) -> list[int]:
        weights = np.array(loads, int).reshape(-1, 1, 1)
        sent = traffic(np.array(values, int).reshape(-1, 1), np.array(swap, int), weights)
        return list(model.run(sent)["sums"]["values"].ravel())

    assert run([], [], [2, 3]) == []
    assert run([1, 1, 1], [0, 0, 1], []) == [2, 2, 3]  # the first vector swaps in any case
    assert run([1], [0], [5]) == [3]
    assert run([1, 2], [1, 0], []) == [5, 10]
    with pytest.raises(ValueError, match=r"vector 1 computes with load 1 of 1: send 1 tokens"):
        run([1, 1], [0, 1], [])
    model.reset()
    with pytest.raises(ValueError, match=r"vector 0 computes with load 0 of 0"):
        run([1], [1], [])


def test_a_part_of_a_load_is_refused() -> None:
    spec = cim(3, 1, 4, 4)
    sent = traffic(np.zeros((0, 3), int), np.zeros(0, int), np.zeros((1, 4, 1), int))
    with pytest.raises(ValueError, match="takes 3 tokens for each load; 4 leave a part of one"):
        spec.model().run(sent)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "spec",
    [cim(3, 2, 3, 3), cim(9, 2, 2, 1, pipeline=2), cim(2, 1, 2, 5, pipeline=1), xnor(5, 2)],
    ids=shown,
)
def test_loads_among_vectors_under_gaps(spec: DigitalCimSpec, seed: int) -> None:
    rng = np.random.default_rng(seed)
    everywhere = numbers(spec, rng, loads=8, vectors=8)

    async def bench(sim: Simulator) -> None:
        bench = Bench(spec, sim, seed)
        await bench.reset()
        for sent in (everywhere, *(numbers(spec, rng, 5, 30) for _ in range(4))):
            await bench.send(sent)

    simulate(FlatPorts(DigitalCim(spec)), bench)


@pytest.mark.parametrize("pipeline", [0, 2])
def test_a_load_that_fits_between_two_swaps_costs_no_cycle(pipeline: int) -> None:
    spec = cim(11, 2, 3, 4, pipeline=pipeline)
    rng = np.random.default_rng(pipeline)
    sent = dict(numbers(spec, rng, loads=4, vectors=13))
    # 11 rows are written in the 12 cycles of three vectors, from the cycle after the swap on
    swap = np.zeros(13, np.int64)
    swap[[3, 6, 9, 12]] = 1
    sent["vectors"] = {**sent["vectors"], "swap": swap}

    async def bench(sim: Simulator) -> None:
        bench = Bench(spec, sim, 1)
        await bench.reset()
        await bench.send(numbers(spec, rng, loads=1, vectors=1))
        await bench.replay(sent)  # the contract, exactly
        assert (bench.report.latency, bench.report.interval) == (5 + pipeline, 4.0)

    simulate(FlatPorts(DigitalCim(spec)), bench)


def test_a_swap_waits_for_its_load_and_a_load_for_the_swap_before() -> None:
    spec = cim(3, 1, 4, 2)
    taken: dict[str, list[int]] = {"vectors": [], "weights": []}
    sums: list[int] = []

    async def offer(sim: Simulator) -> None:
        """Vectors of ones, each with a swap; row r of load k is 1 + k; from cycle 10 on."""
        sim.set("sums_ready", 1)
        sim.set("vectors_swap", 1)
        sim.set("vectors_values", 0b010101)
        sim.set("vectors_valid", 1)
        for cycle in range(40):
            sim.set("weights_valid", cycle >= 10 and len(taken["weights"]) < 9)
            sim.set("weights_row", 1 + len(taken["weights"]) // 3)
            await sim.settle()
            if sim.get("sums_valid"):
                sums.append(sim.get("sums_values") or 0)
            for name, cycles in taken.items():
                if sim.get(f"{name}_valid") and sim.get(f"{name}_ready"):
                    cycles.append(cycle)
            await sim.tick()

    simulate(FlatPorts(DigitalCim(spec)), offer)
    assert taken["weights"] == [10, 11, 12, 14, 15, 16, 18, 19, 20]
    assert taken["vectors"] == [13, 17, 21]  # and the fourth waits for a load that never comes
    assert sums == [3, 6, 9]


def test_reset_forgets_a_load_half_done() -> None:
    spec = cim(4, 1, 3, 2)
    rng = np.random.default_rng(1)

    async def bench(sim: Simulator) -> None:
        bench = Bench(spec, sim, 1)
        for tokens in range(1, 9):  # up to a load that is computed with and one that is complete
            await bench.reset()
            sim.set("sums_ready", 1)
            sim.set("vectors_valid", 1)
            sim.set("weights_valid", 1)
            for _ in range(tokens):
                await sim.settle()
                await sim.tick()
            sim.set("vectors_valid", 0)
            sim.set("weights_valid", 0)
            await bench.reset()
            await bench.send(numbers(spec, rng, loads=2, vectors=4))

    simulate(FlatPorts(DigitalCim(spec)), bench)


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
            {"cell": "xnor", "weight_bits": 2, "input_bits": 1, "weight_signed": False,
             "input_signed": False},
            "weights and inputs of .1 and -1",
        ),
        ({"rows": 2049, "weight_bits": 16}, "a column of 32784 bits; it has at most 32768"),
        ({"rows": 1024, "columns": 257}, "a bank of 1052672 bits; it has at most 1048576"),
        ({"rows": 4096, "columns": 1, "weight_bits": 1, "input_bits": 16}, "have 65575 port bits"),
    ],
)  # fmt: skip
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
    [cim(1, 1, 1, 1), cim(63, 2, 8, 8), cim(65, 3, 8, 8, style="compressor", pipeline=3),
     xnor(100, 7), cim(301, 11, 2, 2), *effort([], [cim(1000, 37, 2, 2)])],
    ids=shown,
)  # fmt: skip
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
        name.removeprefix("digital_cim_"): yosys.resources(cells, GATES)
        for name, cells in netlist.modules.items()
    }
    gates = {name: each["gates"] for name, each in found.items()}
    assert gates["plane_sum"] + gates["digital_cim"] < 195
    assert gates == {
        "plane_sum": 109, "digital_cim": 24,  # accumulator and control
        "cim_column": tree, "planes": 449, "word_lines": 107,
    }  # fmt: skip
    assert {name: each["FF"] for name, each in found.items()} == {
        "plane_sum": 22, "digital_cim": 7,
        "cim_column": 2 * 512, "planes": 512, "word_lines": 7,
    }  # fmt: skip
    assert spec.inventory.flip_flops == 22 + 7 + 2 * 512 + 512 + 7
